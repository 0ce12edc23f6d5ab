"""`Accept`: which of the formats that can be given a caller likes best (RFC 9110, 12.5.1)."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from starlette.requests import Request
from starlette.types import Scope

from gateway.errors import NotAcceptableError
from gateway.fhir_documents import FHIR_JSON, FHIR_XML

_QUALITY: Final = re.compile(r"q=([01](?:\.[0-9]{0,3})?)")

_FHIR: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        FHIR_JSON: (FHIR_JSON, "application/json", "application/*", "*/*"),
        FHIR_XML: (FHIR_XML, "application/xml", "text/xml", "application/*", "text/*", "*/*"),
    }
)
"""For each format of FHIR, JSON first, the ranges that name it, the most specific first.

The generic names count as well: https://hl7.org/fhir/R4/http.html#mime-type
"""


def require_fhir(request: Request) -> str:
    """Return the format of FHIR that the caller likes best, or raise `NotAcceptableError`."""
    chosen = fhir(request.scope)
    if chosen is None:
        raise NotAcceptableError(where="Accept")
    return chosen


def fhir(scope: Scope) -> str | None:
    """Return the format of FHIR that the caller likes best, None where it takes neither."""
    given = b",".join(value for name, value in scope["headers"] if name == b"accept")
    return _best(given.decode("latin-1")) if given else FHIR_JSON


def _best(header: str) -> str | None:
    """Return the format that *header* likes best; JSON where it likes both alike.

    >>> _best("application/fhir+xml; fhirVersion=4.0, */*;q=0.1")
    'application/fhir+xml'
    >>> _best("text/html") is None
    True
    """
    liked = dict(map(_range, header.split(",")))
    best, most = None, 0.0
    for media_type, ranges in _FHIR.items():
        quality = next((liked[one] for one in ranges if one in liked), 0.0)
        if quality > most:
            best, most = media_type, quality
    return best


def _range(text: str) -> tuple[str, float]:
    """Return a media range without its parameters, and how much it is liked: 0 to 1.

    >>> _range(" Application/XML ;version=1.2.0; q=0.5 ")
    ('application/xml', 0.5)
    """
    essence, *parameters = (one.strip().lower() for one in text.split(";"))
    found = [match for one in parameters if (match := _QUALITY.fullmatch(one))]
    return essence, min(float(found[-1][1]), 1.0) if found else 1.0
