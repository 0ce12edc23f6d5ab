"""`POST /FHIR/R4/$process-message`: FHIR messages, the way of BaRS."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from gateway.api import accept, bodies, visit
from gateway.api.answers import ReceiptAddress, problem_response, receipt_headers
from gateway.api.contract import Exchange
from gateway.fhir_documents import FHIR_JSON, FHIR_XML
from gateway.observability import Event, log
from gateway.operation_outcome import JSON, informational, outcome
from gateway.problems import DUPLICATE, rejection_of
from gateway.requests import Accepted, Caller, DestinationOutcome, Fate, Inbound, Rejected

MEDIA_TYPES: Final = (FHIR_JSON, FHIR_XML)

_WORDS: Final = {
    Fate.QUEUED: "queued: what this recipient may see is on its way",
    Fate.QUEUED_IN_PART: (
        "queued: what this recipient may see is on its way; a person is looking at a question "
        "before more is released"
    ),
    Fate.NOTHING_RELEASED: "nothing is released to this recipient",
    Fate.WITH_A_PERSON: "a person is looking at a question before more is released",
    Fate.UNKNOWN_RECIPIENT: "no registered service has this identifier: mend the destination",
}


@dataclass(frozen=True, slots=True)
class Messages:
    """Takes FHIR messages for the *exchange*, of at most *limit* bytes.

    *address* is where the receipt of an entry can be fetched.
    """

    exchange: Exchange
    limit: int
    address: ReceiptAddress

    async def process_message(self, request: Request, caller: Caller) -> Response:
        """Take a message bundle: what became of it for each destination, with a receipt."""
        at = visit.of(request.scope)
        at.require_ids()
        answered_as = accept.require_fhir(request)
        inbound = Inbound(
            caller=caller,
            content=await bodies.read(request, self.limit),
            media_type=bodies.media_type(request),
            door_takes=MEDIA_TYPES,
            request_id=at.request_id,
            correlation_id=at.correlation_id,
        )
        answer = await self.exchange.receive(inbound)
        note(inbound, answer)
        headers = receipt_headers(answer.entry, answer.receipt, self.address)
        if isinstance(answer, Rejected):
            problem = rejection_of(answer.findings)
            return problem_response(
                problem, request.scope, findings=answer.findings, headers=headers
            )
        if answer.is_repeat:
            return problem_response(DUPLICATE, request.scope, headers=headers)
        issues = [*_fates(answer.outcomes), *map(informational, answer.findings)]
        body = outcome(at.request_id, issues, answered_as)
        return Response(body, 200, headers, answered_as)


def note(inbound: Inbound, answer: Accepted | Rejected) -> None:
    """Log what became of *inbound*, by ids."""
    event = Event.MESSAGE_REJECTED
    if isinstance(answer, Accepted):
        event = Event.MESSAGE_REPEATED if answer.is_repeat else Event.MESSAGE_ACCEPTED
    log(
        event,
        request_id=inbound.request_id,
        correlation_id=inbound.correlation_id,
        client=inbound.caller.client_id,
        service=inbound.caller.service_id,
        entry=answer.entry,
        bytes=len(inbound.content),
        findings=len(answer.findings),
    )


def _fates(outcomes: tuple[DestinationOutcome, ...]) -> Iterator[JSON]:
    """Yield an issue for each destination and child; a destination is named by its place."""
    places = list(dict.fromkeys(each.destination for each in outcomes))
    for each in outcomes:
        position = places.index(each.destination)
        unknown = each.fate is Fate.UNKNOWN_RECIPIENT
        yield {
            "severity": "warning" if unknown else "information",
            "code": "not-found" if unknown else "informational",
            "details": {"text": _WORDS[each.fate]},
            "diagnostics": f"{each.fate.value}: destination {position + 1}, child {each.child + 1}",
            "expression": [f"Bundle.entry[0].resource.destination[{position}]"],
        }
