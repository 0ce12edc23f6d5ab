"""Answering a notice: its recipient says what it did, and nobody waits for it any more.

The recipient's own system says so, or a person here records what they were told. A repeat gets
the first answer; a reminder is answered as the notice that it repeats.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from audit.events import EntryType
from audit.parts import Part
from gateway import entries
from gateway.archive import FiledTask
from gateway.delivery import Changed, Same
from gateway.errors import ConflictError, RequestError, UnknownNoticeError
from gateway.notices.document import MEDIA_TYPE, Notice, read
from gateway.office import Office
from gateway.storage.outbox import OutboxState, Queued
from gateway.storage.tasks import TaskState
from gateway.storage.unit import Unit
from gateway.tasks import Kind

_NEVER_HAD = frozenset({OutboxState.RECALLED, OutboxState.FAILED})


class Done(StrEnum):
    """What a service did about a notice: all that it asks, or not all, and why not."""

    DONE = "done"
    KEPT = "kept"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The answer of *recipient* to the notice *message_id*, given in an *act*.

    *by* is the person who says so, or who recorded it here. What was *kept* has a *reason*.
    """

    message_id: str
    recipient: str
    done: Done = Done.DONE
    reason: str = ""
    by: str = ""
    act: entries.Act = field(default_factory=entries.Act)


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """The *entry* of the log that records an answer; *is_repeat* where it was there already."""

    entry: int
    is_repeat: bool = False


def acknowledge(office: Office, answer: Answer) -> Acknowledged:
    """Record *answer*, and close the task that waited for it.

    Raises `UnknownNoticeError` where this service was given no such notice, `RequestError` where
    it asks for no answer, or the reason is missing, and `ConflictError` where a person closed it.
    """
    if answer.done is Done.KEPT and not answer.reason.strip():
        message = "what is kept in spite of a notice is kept for a reason: say which"
        raise RequestError(message, where="/reason")
    row, notice = notice_of(office, answer.message_id, answer.recipient)
    task = _task_of(office, row.child_id, notice.reminder_of or notice.id)
    if task is None:
        message = "this notice asks for no answer"
        raise RequestError(message)
    if task.row.state is TaskState.OPEN:
        try:
            committed = office.committer.commit(_unit(office, row, task, answer))
            return Acknowledged(committed.indices[0])
        except ConflictError:  # somebody answered it meanwhile
            task = office.archive.task(task.row.id) or task
    return Acknowledged(_answered_by(office, task), is_repeat=True)


def notice_of(office: Office, message_id: str, recipient: str | None) -> tuple[Queued, Notice]:
    """Return the notice *message_id* to *recipient* (None: whoever's), with its row of the outbox.

    Raises `UnknownNoticeError` where there is none, and where it is another service's.
    """
    row = office.archive.store.outbox.find(message_id)
    if row is None or row.media_type != MEDIA_TYPE or recipient not in {None, row.recipient}:
        message = "there is no notice with this id"
        raise UnknownNoticeError(message)
    return row, read(row.context(office.archive.store.vault))


def still_due(office: Office, row: Queued) -> Same | Changed:
    """Return whether the notice in *row* may go: not where all that it is about never arrived.

    What it is about stands before it in the order of deliveries, and has ended by now.
    """
    notice = read(row.payload(office.archive.store.vault))
    about = {one.leaf: one for one in office.archive.store.outbox.of_child(row.child_id)}
    is_moot = bool(notice.entries) and all(
        (found := about.get(entry)) is not None
        and found.recipient == row.recipient
        and found.state in _NEVER_HAD
        for entry in notice.entries
    )
    if not is_moot:
        return Same(())
    unit, task = Unit(), _task_of(office, row.child_id, notice.id)
    if task is not None and task.row.state is TaskState.OPEN:
        office.filing.close(unit, task.row, task.subject, "moot")
    return Changed(unit, "never-arrived")


def _task_of(office: Office, child_id: str, notice: str) -> FiledTask | None:
    """Return the task that waits, or waited, for the answer to a notice, if one is asked for."""
    tasks = office.archive.tasks_of(child_id, Kind.NOTICE)
    return next((one for one in tasks if one.subject.notice == notice), None)


def _unit(office: Office, row: Queued, task: FiledTask, answer: Answer) -> Unit:
    known: entries.Fields = {
        "entry": row.leaf,
        "message_id": row.message_id,
        "recipient": row.recipient,
    }
    outcome: entries.Fields = {"outcome": answer.done.value}
    gateway = answer.act.fields() | known | outcome | {"child": row.child_id, "task": task.row.id}
    if answer.by:
        gateway["decided_by"] = answer.by
    if answer.reason:
        gateway["justification"] = answer.reason
    holder = task.subject.holder or ""
    parts = {Part.RECIPIENT: known, Part.GATEWAY: gateway}
    if holder:
        parts[Part.SENDER] = known | outcome
    unit = Unit()
    unit.entries.append(
        entries.entry(
            EntryType.ACKNOWLEDGED,
            parts,
            office.ports.random,
            sender=holder,
            recipient=row.recipient,
            child_id=row.child_id,
        )
    )
    by = answer.by or answer.act.caller
    office.filing.resolve(unit, task.row, task.subject, by=by, entry=0)
    return unit


def _answered_by(office: Office, task: FiledTask) -> int:
    """Return the entry with which *task* was closed, if that was an answer."""
    entry = task.row.closing_leaf
    if entry is None or office.details.opened(entry).leaf.type is not EntryType.ACKNOWLEDGED:
        message = "a person has closed what waited for this answer"
        raise ConflictError(message)
    return entry
