"""`POST /api/v1/records`: a record in any allowed format, with what its format cannot carry."""

import re
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from adapters.contract import Destination
from gateway.api import bodies, visit
from gateway.api.answers import ReceiptAddress, problem_response, receipt_headers
from gateway.api.contract import Exchange
from gateway.api.messages import note
from gateway.errors import MalformedRequestError
from gateway.problems import rejection_of
from gateway.requests import MAX_DESTINATIONS, Caller, Inbound, Rejected

_DESTINATION: Final = re.compile(r"([^\s|]{1,200})\|([^\s|]{1,100})")
_USE_CASE: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_MESSAGE_ID: Final = re.compile(r"[A-Za-z0-9._:-]{1,128}")


@dataclass(frozen=True, slots=True)
class Records:
    """Takes records for the *exchange*, of at most *limit* bytes.

    *address* is where the receipt of an entry can be fetched.
    """

    exchange: Exchange
    limit: int
    address: ReceiptAddress

    async def receive_record(self, request: Request, caller: Caller) -> Response:
        """Take a record: 201 with what became of it; the same answer again, with 200, if repeated.

        Headers: `CAF-Destination: system|value` (once for each), `CAF-Use-Case`, `CAF-Message-Id`.
        """
        at = visit.of(request.scope)
        inbound = Inbound(
            caller=caller,
            media_type=bodies.media_type(request),
            request_id=at.request_id,
            correlation_id=at.correlation_id,
            destinations=_destinations(request),
            use_case=_header(request, "CAF-Use-Case", _USE_CASE),
            message_id=_header(request, "CAF-Message-Id", _MESSAGE_ID),
            content=await bodies.read(request, self.limit),
        )
        answer = await self.exchange.receive(inbound)
        note(inbound, answer)
        headers = receipt_headers(answer.entry, answer.receipt, self.address)
        if isinstance(answer, Rejected):
            problem = rejection_of(answer.findings)
            return problem_response(
                problem, request.scope, findings=answer.findings, headers=headers
            )
        status = 200 if answer.is_repeat else 201
        return Response(answer.answer, status, headers, "application/json")


def _destinations(request: Request) -> tuple[Destination, ...]:
    values = request.headers.getlist("caf-destination")
    matches = [_DESTINATION.fullmatch(value.strip()) for value in values[: MAX_DESTINATIONS + 1]]
    if len(matches) > MAX_DESTINATIONS or not all(matches):
        raise MalformedRequestError(where="CAF-Destination")
    return tuple(Destination(match[1], match[2]) for match in matches if match)


def _header(request: Request, name: str, grammar: re.Pattern[str]) -> str | None:
    values = request.headers.getlist(name)
    if len(values) > 1 or not all(map(grammar.fullmatch, values)):
        raise MalformedRequestError(where=name)
    return values[0] if values else None
