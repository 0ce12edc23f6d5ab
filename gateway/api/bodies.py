"""Bodies: read no further than the limit, and decoded into what the route takes."""

import re
from typing import Final, TypeVar

import msgspec
from starlette.requests import Request

from gateway.errors import MalformedRequestError, PayloadTooLargeError, UnsupportedMediaTypeError

Body = TypeVar("Body")

JSON: Final = "application/json"

_PLACE: Final = re.compile(r"at `\$([^`]*)`")
_PARAMETER: Final = re.compile(r'\s*([a-z]+)\s*=\s*"?([A-Za-z0-9.-]+)"?\s*')
_FHIR_VERSION: Final = re.compile(r"[0-9]{1,2}(?:\.[0-9]{1,3}){1,2}")


async def read(request: Request, limit: int) -> bytes:
    """Return the body of *request*, or raise `PayloadTooLargeError` as soon as it passes *limit*.

    A compressed body is refused: nobody knows how large it will be.
    """
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise UnsupportedMediaTypeError(where="Content-Encoding")
    declared = _declared_length(request)
    if declared is not None and declared > limit:
        raise PayloadTooLargeError
    received = bytearray()
    async for chunk in request.stream():
        received += chunk
        if len(received) > limit:
            raise PayloadTooLargeError
    if declared is not None and declared != len(received):
        raise MalformedRequestError(where="Content-Length")
    return bytes(received)


async def read_json(request: Request, limit: int) -> bytes:
    """Return the body of *request* as `read` does; raise too where it is not said to be JSON."""
    if media_type(request) != JSON:
        raise UnsupportedMediaTypeError(where="Content-Type")
    return await read(request, limit)


def _declared_length(request: Request) -> int | None:
    text = request.headers.get("content-length")
    if text is None:
        return None
    if not text.isascii() or not text.isdigit():
        raise MalformedRequestError(where="Content-Length")
    return int(text[:20])


def media_type(request: Request) -> str:
    """Return the declared media type, lower case and without parameters.

    It is empty, which nothing here reads, where none is declared, for a charset other than UTF-8,
    and for a parameter other than `charset` and `version`.
    """
    essence, *parameters = request.headers.get("content-type", "").split(";")
    for parameter in parameters:
        match = _PARAMETER.fullmatch(parameter.lower())
        if match is None or not _is_known(match[1], match[2]):
            return ""
    return essence.strip().lower()


def _is_known(parameter: str, value: str) -> bool:
    if parameter == "charset":
        return value == "utf-8"
    return parameter in {"version", "fhirversion"} and bool(_FHIR_VERSION.fullmatch(value))


def decode(body: bytes, kind: type[Body]) -> Body:
    """Return *body*, a JSON document, as a *kind*, or raise `MalformedRequestError` with the place.

    The library's own words are not passed on: they may quote what was sent.
    """
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        place = _PLACE.search(str(error))
        raise MalformedRequestError(where=_pointer(place[1] if place else "")) from None
    except (msgspec.DecodeError, RecursionError):
        raise MalformedRequestError from None


def _pointer(path: str) -> str:
    """Return msgspec's *path* as a JSON pointer.

    >>> _pointer(".identifiers[0].value")
    '/identifiers/0/value'
    """
    return re.sub(r"\[(\d+)\]", r"/\1", path.replace(".", "/")) or "/"
