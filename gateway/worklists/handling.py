"""Handling tasks: listing, taking on, handing over and resolving them, by those they belong to.

Each of these acts names a person (*by*), and is an entry of the log.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from msgspec import structs

from audit.events import EntryType
from audit.parts import Part
from gateway import entries
from gateway.archive import FiledTask
from gateway.disclosing import Release
from gateway.errors import ConflictError, EntitlementError, RequestError, StampMovedError
from gateway.facts.recording import require_reason
from gateway.office import Office
from gateway.people import person
from gateway.reconsidering import Reconsidering
from gateway.registers import Practitioner
from gateway.storage.tasks import TaskState
from gateway.storage.unit import Unit
from gateway.tasks import Kind, Progress
from gateway.worklists.accounts import Matter, Resolution, RoleCount, Waiting, counted
from gateway.worklists.accounts import matter as matter_of
from gateway.worklists.accounts import waiting as waiting_of
from gateway.worklists.answering import Answered, Answering
from gateway.worklists.belonging import (
    belongs_to,
    can_be_theirs,
    claimant,
    may_take_over,
    require_belongs,
)
from gateway.worklists.decisions import Chosen, decided
from policies.vocabulary import Appointment


def overview(office: Office) -> tuple[Waiting, ...]:
    """Return every open task, soonest due first, and nothing of what it is about."""
    now = office.ports.now()
    return tuple(waiting_of(one, now) for one in office.archive.open_tasks())


def counts(office: Office) -> tuple[RoleCount, ...]:
    """Return how many tasks wait for each role."""
    return counted(overview(office))


def worklist(office: Office, by: str) -> tuple[Matter, ...]:
    """Return the open tasks that belong to the person *by*, soonest due first.

    Raises `EntitlementError` where there is no such person.
    """
    office.refresh()
    registers, now = office.rulebook.registers, office.ports.now()
    known = person(registers, by)
    return tuple(
        _matter(office, one, now)
        for one in office.archive.open_tasks()
        if belongs_to(one, known, registers, now)
    )


def shown(office: Office, task_id: str, by: str) -> Matter:
    """Return one task, open or resolved, of the person *by*; raises `UnknownTaskError`."""
    task, _ = _taken_up(office, task_id, by)
    return _matter(office, task, office.ports.now())


def claim(office: Office, task_id: str, by: str, reason: str = "") -> int:
    """Have the person *by* take a task on, and return the log's entry.

    Raises `ConflictError` where another has taken it on, or it was resolved. Of one that is late,
    whoever was told of that takes it over, with a *reason*; `RequestError` without one.
    """
    task, known = _taken_up(office, task_id, by)
    _require_open(task)
    now = office.ports.now()
    if _holder(office, task) not in {None, by} and may_take_over(task, known, now):
        require_reason(reason)
    else:
        _require_free(office, task, by)
    return _assign(office, task, by=by, to=by, reason=reason)


def hand_over(office: Office, task_id: str, by: str, to: str, reason: str = "") -> int:
    """Hand a task of *by* over *to* another person or office, and return the log's entry.

    The clock runs on. A person to whom it is handed works for the same organisation, and not for
    the service that waits for the answer, nor is it about what they did; raises
    `EntitlementError` for any other.
    """
    task, _ = _taken_up(office, task_id, by)
    _require_free(office, task, by)
    if to in set(Appointment):
        return _assign(office, task, by=by, to=None, owner=to, reason=reason)
    registers, now = office.rulebook.registers, office.ports.now()
    other = person(registers, to)
    if not can_be_theirs(task, other, registers, now):
        message = (
            "it cannot be theirs: they work elsewhere, or for the service that waits for it, "
            "or it is about what they did"
        )
        raise EntitlementError(message)
    return _assign(office, task, by=by, to=to, reason=reason)


def resolve(  # noqa: PLR0913, PLR0917 - an answer has all of this
    office: Office,
    task_id: str,
    by: str,
    answers: Iterable[Answered],
    reason: str = "",
    chosen: Chosen | None = None,
) -> Resolution:
    """Record the *answers* of the person *by*, or what they *chose*; decide again, close the task.

    All of them are checked before any is recorded, each where it belongs: a judgement is one of the
    register of judgements, with its reason and its entry, however it is given.

    Raises `UnknownTaskError` where it is not theirs, `ConflictError` where it was resolved or
    another has taken it on, `EntitlementError` where a fact is not theirs to record or a decision
    not theirs to make, and `RequestError` or `VocabularyError` where one is not a fact, or there is
    neither one nor a reason.
    """
    given = tuple(answers)
    if not given and not reason.strip():
        message = "a task is resolved by a fact, or with a reason"
        raise RequestError(message)
    task, answering = _taken_up(office, task_id, by)
    _require_free(office, task, by)
    if task.row.kind == Kind.BREAK_GLASS:
        message = "a broken glass is reviewed: say whether it was justified"
        raise RequestError(message)
    if chosen is not None and given:
        message = "a question is answered by facts, or decided: not both"
        raise RequestError(message, where="/decide")
    decision = None if chosen is None else decided(office, task, chosen, answering, reason)
    checked = Answering(office, task, by, reason).checked(given)
    for record in checked.registers:
        record()
    released = Reconsidering(office).resolve(
        task, by, checked.facts, reason, decision, is_answered=bool(given)
    )
    return _resolution(task, released)


def _taken_up(office: Office, task_id: str, by: str) -> tuple[FiledTask, Practitioner]:
    office.refresh()
    registers = office.rulebook.registers
    known = person(registers, by)
    task = office.archive.task(task_id)
    return require_belongs(task, known, registers, office.ports.now()), known


def _require_open(task: FiledTask) -> None:
    if task.row.state is not TaskState.OPEN:
        message = "this task has been resolved already"
        raise ConflictError(message)


def _holder(office: Office, task: FiledTask) -> str | None:
    return claimant(task, office.rulebook.registers, office.ports.now())


def _require_free(office: Office, task: FiledTask, by: str) -> None:
    """Raise `ConflictError` unless *task* is open, and nobody but *by* has taken it on."""
    _require_open(task)
    if _holder(office, task) not in {None, by}:
        message = "another person has taken this task on: they hand it over"
        raise ConflictError(message)


def _assign(  # noqa: PLR0913 - each by its name
    office: Office,
    task: FiledTask,
    *,
    by: str,
    to: str | None,
    owner: str | None = None,
    reason: str = "",
) -> int:
    """Commit who has *task* from now on: a person, or an office."""
    unit, row = Unit(), replace(task.row, owner_role=owner or task.row.owner_role)
    before = Progress() if owner else task.subject.progress  # another office is told anew
    progress = structs.replace(before, claimed_by=to)
    office.filing.note(unit, row, structs.replace(task.subject, progress=progress))
    known: entries.Fields = {
        "task": row.id,
        "user": by,
        "decided_by": by,
        "assignee": to or row.owner_role,
    }
    if reason:
        known["justification"] = reason
    if row.child_id is not None:
        known["child"] = row.child_id
    unit.entries.append(
        entries.entry(
            EntryType.TASK_ASSIGNED,
            {Part.GATEWAY: known},
            office.ports.random,
            child_id=row.child_id,
        )
    )
    try:
        return office.committer.commit(unit).indices[0]
    except StampMovedError:
        message = "somebody else was there first: look at the task again"
        raise ConflictError(message) from None


def _matter(office: Office, task: FiledTask, now: datetime) -> Matter:
    """Return all of *task*, without the words for a family that must not be told by now."""
    is_silent = False
    if task.subject.says and task.row.child_id is not None:
        case = office.archive.case_file(task.row.child_id)
        is_silent = case.newest("notify_safe", None, now) == "no"
    return matter_of(task, now, is_silent=is_silent)


def _resolution(task: FiledTask, released: Release | None) -> Resolution:
    return Resolution(
        task=task.row.id,
        recipient=task.subject.recipient,
        is_released=released is not None and released.shows(task.subject.categories),
        asks_again=task.subject.is_ask,
        elements=() if released is None else released.outcomes,
    )
