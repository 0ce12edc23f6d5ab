"""`POST /api/v1/children/...`: which child is it, and what may be seen of it.

Both take their parameters in the body, so that no address names a child by more than our own id;
neither is cached, and neither has a form without a body (no HEAD, 304 or ranges).
"""

import re
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from adapters.errors import UnsupportedFormatError
from gateway.api import bodies, visit
from gateway.api.answers import ReceiptAddress, receipt_headers
from gateway.api.contract import Exchange
from gateway.errors import MalformedRequestError, NotAcceptableError, UnsupportedMediaTypeError
from gateway.observability import Event, log
from gateway.requests import Ask, Caller, Lookup

MAX_BODY_BYTES: Final = 16 * 1024

_CHILD_ID: Final = re.compile(r"[A-Za-z0-9-]{1,64}")
_ACCEPT: Final = re.compile(r"[A-Za-z0-9!#$&^_.+*/;=, \"-]{1,256}")

_Code = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]


class _Identifier(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    scheme: _Code
    value: _Code


class _LookupBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    identifiers: Annotated[tuple[_Identifier, ...], msgspec.Meta(min_length=1, max_length=10)]
    born_on: date | None = None


class _AskBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    purpose: _Code
    practitioner: _Code | None = None
    justification: Annotated[str, msgspec.Meta(min_length=1, max_length=4000)] | None = None
    break_glass: bool = False


@dataclass(frozen=True, slots=True)
class Children:
    """Asks the *exchange* about children; *address* is where a receipt can be fetched."""

    exchange: Exchange
    address: ReceiptAddress

    async def look_up(self, request: Request, caller: Caller) -> Response:
        """Return `{"child": id}`, or `{"child": null}` for whatever the caller may not know."""
        body = bodies.decode(await _read(request), _LookupBody)
        request_id = visit.of(request.scope).request_id
        found = await self.exchange.lookup(
            Lookup(
                caller=caller,
                identifiers=tuple((each.scheme, each.value) for each in body.identifiers),
                born_on=body.born_on,
                request_id=request_id,
            )
        )
        log(Event.LOOKED_UP, request_id=request_id, client=caller.client_id)
        answer = msgspec.json.encode({"child": found.child_id})
        return Response(answer, 200, media_type="application/json")

    async def disclose(self, request: Request, caller: Caller) -> Response:
        """Return what may be seen of a child for one purpose, in a format of `Accept`."""
        child_id = request.path_params["child_id"]
        if not _CHILD_ID.fullmatch(child_id):
            raise MalformedRequestError(where="child_id")
        accept = request.headers.get("accept", "*/*")
        if not _ACCEPT.fullmatch(accept):
            raise NotAcceptableError(where="Accept")
        body = bodies.decode(await _read(request), _AskBody)
        ask = Ask(
            caller=caller,
            child_id=child_id,
            purpose=body.purpose,
            accept=accept,
            request_id=visit.of(request.scope).request_id,
            practitioner=body.practitioner,
            justification=body.justification,
            break_glass=body.break_glass,
        )
        try:
            answer = await self.exchange.disclose(ask)
        except UnsupportedFormatError:
            raise NotAcceptableError(where="Accept") from None
        log(
            Event.DISCLOSED,
            request_id=ask.request_id,
            client=caller.client_id,
            service=caller.service_id,
            entry=answer.entry,
        )
        headers = receipt_headers(answer.entry, answer.receipt, self.address)
        return Response(answer.content, 200, headers, answer.media_type)


async def _read(request: Request) -> bytes:
    if bodies.media_type(request) != "application/json":
        raise UnsupportedMediaTypeError(where="Content-Type")
    return await bodies.read(request, MAX_BODY_BYTES)
