"""Responses and cancellations: BaRS messages about a referral that is already there.

Both name the referral by its identifier, the id of the message that made it; a response names the
message that it answers, too (`MessageHeader.response.identifier`).
"""

from collections.abc import Iterator
from typing import Literal

from msgspec.structs import replace

from mappings.bars.names import extension
from mappings.bars.writing.child import patient
from mappings.bars.writing.consent import consents
from mappings.bars.writing.draft import Draft, draft_of
from mappings.bars.writing.message import (
    Heading,
    Part,
    Status,
    bundle,
    encounter,
    header,
    organisations,
    practitioners,
    receiving_service,
    referral,
)
from mappings.caf.assessment import Assessment, Child
from mappings.fhir_r4 import generated as fhir
from mappings.fhir_r4.generated import Bundle

Extent = Literal["full", "short", "interim"]

DEFINITIONS: dict[Extent, str] = {
    "full": "servicerequest-response-referral",
    "short": "servicerequest-response-referral-short",
    "interim": "servicerequest-response-validation-interim",
}
CANCELLED = "servicerequest-request-cancelled"

# What a referral is after an answer: one that was closed or refused is no longer open.
_STATUSES: dict[str, Status] = {
    "accepted": "active",
    "more-information": "on-hold",
    "consent-refused": "completed",
    "stepped-up": "active",
    "stepped-down": "active",
    "closed": "completed",
}


def answer(  # noqa: PLR0913 - each is a part of one answer
    child: Child,
    heading: Heading,
    *,
    to: str,
    code: str,
    note: str = "",
    extent: Extent = "short",
) -> Bundle:
    """Return the answer *code* (of our code system `referral-answer`) to the message *to*.

    *child* is as much of who the child is as may be told; *note* is said in words besides.
    """
    draft = draft_of(Assessment(child=child), heading.id, heading.sender.value)
    plain = header(draft, heading, "servicerequest-response", "new", DEFINITIONS[extent])
    replied = fhir.MessageHeaderResponse(identifier=to, code="ok")
    category = "validation" if extent == "interim" else "referral"
    parts = (
        (draft.url("header"), replace(plain, response=replied)),
        (draft.url("referral"), _answered(draft, heading, code, note, category)),
        (draft.url("patient"), patient(draft, child)),
        *organisations(draft, heading),
        *practitioners(draft),
        *_rest(draft, heading, extent),
    )
    return bundle(draft, heading, parts)


def _answered(
    draft: Draft, heading: Heading, code: str, note: str, category: str
) -> fhir.ServiceRequest:
    said = [fhir.Extension(url="code", valueCode=code)]
    if note:
        said.append(fhir.Extension(url="note", valueString=note))
    answered = fhir.Extension(url=extension("answer"), extension=tuple(said))
    return replace(referral(draft, heading, _STATUSES[code], category), extension=(answered,))


def _rest(draft: Draft, heading: Heading, extent: Extent) -> Iterator[Part]:
    """Yield what a full response has besides, and the two encounters of the others."""
    if extent == "full":
        yield receiving_service(draft, heading)
        for consent in consents(draft, ()):
            yield draft.url("consent"), consent
    else:
        yield draft.url("encounter"), encounter(draft)
        yield draft.url("encounter-here"), encounter(draft, "planned")


def cancellation(child: Child, heading: Heading, *, in_error: bool = False) -> Bundle:
    """Return that the referral is withdrawn, or was made in error and is to be deleted."""
    draft = draft_of(Assessment(child=child), heading.id, heading.sender.value)
    reason: Literal["update", "delete"] = "delete" if in_error else "update"
    status: Status = "entered-in-error" if in_error else "revoked"
    parts = (
        (draft.url("header"), header(draft, heading, "servicerequest-request", reason, CANCELLED)),
        (draft.url("referral"), referral(draft, heading, status, "referral")),
        (draft.url("patient"), patient(draft, child)),
        *organisations(draft, heading),
    )
    return bundle(draft, heading, parts)
