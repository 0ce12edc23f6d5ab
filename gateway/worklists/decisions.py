"""Decisions that answer a task: to share what was asked about, or to withhold it.

Where no fact that can be recorded is the answer, a named person in the office that is asked
decides. What they decide holds for the categories, the holder, the recipient and the purpose that
they were asked about, against the rules that asked, until a day or until it is withdrawn.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from msgspec import structs

from gateway.archive import FiledTask
from gateway.casefile import CaseFile, RecordedFact
from gateway.days import day_begins
from gateway.deciding import unit_of
from gateway.errors import ConflictError, EntitlementError, RequestError, UnknownTaskError
from gateway.facts.recording import commit, require_later, require_reason
from gateway.office import Office
from gateway.people import person
from gateway.person_decisions import DECIDED, standing
from gateway.registers import Practitioner
from gateway.storage.unit import Unit
from gateway.tasks import Kind
from gateway.worklists.belonging import is_excluded, is_near, offices_of
from policies import tasks
from policies.decision import NOT_RECORDED
from policies.person_decisions import Choice
from policies.tasks import Deciding, Sharing

_AUTHORITY: Final = "a decision that the rules leave to a person"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What a person chose, perhaps *until* a day; without one, for as long as `tasks.yaml` says."""

    choice: Choice
    until: date | None = None


def decided(
    office: Office, task: FiledTask, chosen: Chosen, by: Practitioner, reason: str
) -> RecordedFact:
    """Return what *by* decided of *task*, to be recorded of the child.

    Raises `RequestError` without a reason, for a day that is past, and for a question that is not
    for a person to decide; `EntitlementError` where it is not for *by*.
    """
    why, now, subject = require_reason(reason), office.ports.now(), task.subject
    deciding = _deciding(office, task)
    if chosen.choice is Choice.SHARE and deciding.may_share is None:
        message = "this question is answered by recording a fact, or that nothing is shared"
        raise RequestError(message, where="/decide")
    _require_office(office, task, deciding, by, now)
    until = now + deciding.holds if chosen.until is None else day_begins(chosen.until)
    require_later(until, now)
    return RecordedFact(
        name=DECIDED,
        value=chosen.choice.value,
        service=subject.holder,
        recipient=subject.recipient,
        purpose=subject.purpose,
        matter=task.row.id,
        categories=subject.categories,
        rules=subject.rules,
        by=by.id,
        at=now,
        until=until,
        source=_AUTHORITY,
        reason=why,
    )


def withdraw(office: Office, task_id: str, by: str, reason: str) -> int:
    """Withdraw what was decided of a task, and return the log's entry; the question is open again.

    Raises `UnknownTaskError` where the task is not for *by* to decide, `ConflictError` where
    nothing that was decided of it holds, and `RequestError` without a reason.
    """
    office.refresh()
    known, task = person(office.rulebook.registers, by), office.archive.task(task_id)
    if task is None or task.row.child_id is None or not _may_withdraw(office, task, known):
        message = "there is no task with this id among those of this person"
        raise UnknownTaskError(message)
    child_id, why = task.row.child_id, require_reason(reason)

    def withdrawing(case: CaseFile) -> Unit:
        now = office.ports.now()
        fact = next((one for one in standing(case.facts, now) if one.matter == task_id), None)
        if fact is None:
            message = "nothing that was decided of this task holds"
            raise ConflictError(message)
        ended = structs.replace(fact, is_withdrawn=True, by=by, at=now, reason=why)
        return unit_of(office, child_id, ended)

    return commit(office, child_id, withdrawing).indices[0]


def _may_withdraw(office: Office, task: FiledTask, by: Practitioner) -> bool:
    try:
        _require_office(office, task, _deciding(office, task), by, office.ports.now())
    except (EntitlementError, RequestError):
        return False
    return True


def _deciding(office: Office, task: FiledTask) -> Deciding:
    """Return which decisions *task* takes, or raise `RequestError` where it takes none."""
    subject = task.subject
    is_whole = None not in {task.row.child_id, subject.holder, subject.recipient}
    if task.row.kind != Kind.REFERRED or not subject.rules or not is_whole:
        message = "nothing is to be decided here: this task is answered otherwise"
        raise RequestError(message, where="/decide")
    if NOT_RECORDED in subject.rules:
        message = "what is not recorded decides this question: record it"
        raise RequestError(message, where="/decide")
    return tasks.of(office.rulebook.bundle.law).deciding(subject.rules)


def _require_office(
    office: Office, task: FiledTask, deciding: Deciding, by: Practitioner, now: datetime
) -> None:
    """Raise `EntitlementError` unless *by* holds an office that decides this.

    That somebody gave them the task does not do.
    """
    offices = deciding.owners
    if deciding.may_share is not Sharing.OWNER:
        offices |= frozenset(offices_of(task, now))
    if not _holds(office, task, by, offices):
        message = f"this is decided by one of: {', '.join(sorted(offices))}"
        raise EntitlementError(message)


def _holds(office: Office, task: FiledTask, by: Practitioner, offices: Iterable[str]) -> bool:
    """Whether *by* holds one of *offices* for the service that *task* is about."""
    held = {by.role, *by.appointments}.intersection(offices)
    partnership = tasks.shipped().partnership
    is_theirs = any(one in partnership for one in held) or (
        bool(held) and is_near(task, by, office.rulebook.registers)
    )
    return is_theirs and not is_excluded(task, by)
