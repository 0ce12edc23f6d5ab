"""What answers a task: a fact about the child, or about the service that waits for the answer."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from msgspec import structs

from gateway.accrediting import accredit
from gateway.archive import FiledTask
from gateway.casefile import ABOUT_HOLDER, ABOUT_RECIPIENT, RecordedFact, fact_value, recorded_fact
from gateway.days import day_begins, uk_day
from gateway.errors import RequestError
from gateway.facts.entitlement import require_recorder
from gateway.office import Office
from gateway.recording import Recorder
from policies.obligations import shipped
from policies.vocabulary import Accreditation, Training

VERIFIED: Final = "recipient_verified"
"""That a person has verified the recipient: of its register, and no fact that rules consult."""

_TRAINING: Final = "training"
_YES: Final = frozenset({"true", "yes"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """One fact that answers a task: *name* = *value*, perhaps *until* a day."""

    name: str
    value: str
    until: date | None = None


def record_answer(office: Office, task: FiledTask, given: Answered, by: str) -> RecordedFact | None:
    """Return the fact that *given* records of the child, as it answers *task*.

    What is about the recipient is recorded in its register, at once, and None returned; recording
    it again changes nothing. Raises `VocabularyError` for a fact or value that there is not,
    `RequestError` for one that is not recorded by hand, and `EntitlementError` where it is not for
    the person *by* to record.
    """
    if given.name == _TRAINING:
        _train(office, task, given, by)
        return None
    if given.name == VERIFIED:
        _verify(office, task, given, by)
        return None
    subject = task.subject
    service = None
    if given.name in ABOUT_RECIPIENT:
        service = subject.recipient
    elif given.name in ABOUT_HOLDER:
        service = subject.holder
    at = office.ports.now()
    ends = None if given.until is None else day_begins(given.until)
    fact = recorded_fact(given.name, given.value, service=service, by=by, at=at, until=ends)
    if task.row.child_id is not None:
        require_recorder(office, office.archive.case_file(task.row.child_id), (fact,), by)
    return fact


def _train(office: Office, task: FiledTask, given: Answered, by: str) -> None:
    if fact_value(given.name, given.value) != Training.CURRENT or given.until is None:
        message = "training is recorded with the day until which it holds, as `current`"
        raise RequestError(message)
    recipient = office.service(task.subject.recipient or "")
    accredit(office, recipient.id, Accreditation.INFORMATION_SHARING, given.until, by=by)


def _verify(office: Office, task: FiledTask, given: Answered, by: str) -> None:
    """Record that the task's recipient was verified: by those whom the task belongs to."""
    if given.value not in _YES or VERIFIED not in task.subject.missing:
        message = f"`{VERIFIED}` is recorded as `true`, where a task asks for it"
        raise RequestError(message)
    until = given.until or uk_day(office.ports.now() + shipped().verified_for)
    recipient = office.service(task.subject.recipient or "")
    Recorder(office, by).documents([structs.replace(recipient, verified_until=until)])
