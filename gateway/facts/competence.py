"""Competence (Gillick): whether the child decides for themselves, about this sharing.

By a practitioner who works with the child, for this decision: it may be for one recipient or
purpose alone. From 16 the rules presume it.
"""

from collections.abc import Iterator

from msgspec import Struct

from gateway.casefile import SOURCES, CaseFile, RecordedFact
from gateway.errors import RequestError
from gateway.facts.entitlement import Recordable
from gateway.facts.recording import record, require_reason
from gateway.office import Office
from gateway.storage.unit import Committed
from policies.attributes import word_of
from policies.vocabulary import Answer, Purpose


class Assessed(Struct, frozen=True, kw_only=True):
    """Whether the child was found *competent* to decide about sharing, and about which."""

    competent: Answer
    reason: str
    recipient: str | None = None
    purpose: Purpose | None = None


def assessed(
    *, competent: str, reason: str, recipient: str | None = None, purpose: str | None = None
) -> Assessed:
    """Return an assessment as words write it, or raise `VocabularyError` for another word."""
    return Assessed(
        competent=word_of(Answer, competent, "competent is yes, no or unknown"),
        reason=reason,
        recipient=recipient,
        purpose=None if purpose is None else word_of(Purpose, purpose, "unknown purpose"),
    )


def record_competence(office: Office, child_id: str, found: Assessed, *, by: str) -> Committed:
    """Record whether the child was *found* competent (Gillick), for this decision.

    It holds for as many days as facts.yaml says; after that, or where another assessment that bears
    on the same sharing differs, somebody is asked wherever it would tell.

    Raises `RequestError` without a reason or for a service that is not registered, and as
    `gateway.facts.recording.record` does.
    """
    why = require_reason(found.reason)
    recipient = found.recipient
    if recipient is not None and recipient not in office.rulebook.registers.services:
        message = "there is no service with this id"
        raise RequestError(message, where="/recipient")

    def assessing(_: CaseFile) -> Iterator[RecordedFact]:
        at = office.ports.now()
        yield RecordedFact(
            name="competent",
            value=found.competent.value,
            by=by,
            at=at,
            until=SOURCES.until("competent", at),
            recipient=recipient,
            purpose=found.purpose,
            source="competence assessment",
            reason=why,
        )

    return record(office, child_id, Recordable("competent"), assessing, by)
