"""Reviewing a glass that was broken: by a second person, within a day, with an outcome on record.

Never by whoever broke it. Misuse is counted for the person and their service; where somebody
misuses it again, an officer is asked what is done about that.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct, structs

from audit.events import EntryType
from audit.parts import Part
from gateway import entries
from gateway.archive import FiledTask
from gateway.errors import ConflictError, RequestError, UnknownTaskError
from gateway.office import Office
from gateway.people import person
from gateway.storage.tasks import TaskState
from gateway.storage.unit import Entry, Unit
from gateway.tasks import Kind, Subject, Task
from gateway.worklists.belonging import belongs_to, require_belongs
from policies.obligations import shipped
from policies.tasks import shipped as questions
from policies.vocabulary import Obligation


class Outcome(StrEnum):
    """What a review found: it was right, it was wrong in good faith, or it was misused."""

    JUSTIFIED = "justified"
    NOT_JUSTIFIED = "not-justified"
    MISUSE = "misuse"


class Review(Struct, frozen=True, kw_only=True, rename="camel"):
    """One glass that was broken, as a reviewer sees it.

    *entry* is the log's that records it. *was_refused* where break-glass was asked for by a role
    or at a risk that does not allow it; *reviewed_by* and *outcome* once it was reviewed.
    """

    id: str
    entry: int
    child: str | None
    broken_by: str
    service: str
    purpose: str
    justification: str
    broken_at: datetime
    due_at: datetime
    is_overdue: bool
    was_refused: bool
    reviewed_by: str | None = None
    outcome: Outcome | None = None


class Misused(Struct, frozen=True, kw_only=True, rename="camel"):
    """How often a person of a *service* broke the glass, and how often that was found misuse."""

    person: str
    service: str
    broken: int
    misused: int


def reviews(office: Office, by: str, *, only_open: bool = True) -> tuple[Review, ...]:
    """Return the broken glasses that the person *by* may review, newest last.

    Raises `EntitlementError` where there is no such person.
    """
    return tuple(
        _review(one, office.ports.now())
        for one in _theirs(office, by)
        if not only_open or one.row.state is TaskState.OPEN
    )


def misuse(office: Office, by: str) -> tuple[Misused, ...]:
    """Return, for each person, how often they broke the glass and how often misused it."""
    theirs = _theirs(office, by)
    broken = Counter(map(_who, theirs))
    misused = Counter(_who(one) for one in theirs if one.subject.outcome == Outcome.MISUSE)
    return tuple(
        Misused(person=who, service=service, broken=count, misused=misused[who, service])
        for (who, service), count in sorted(broken.items())
    )


def review(office: Office, task_id: str, by: str, outcome: Outcome, reason: str) -> int:
    """Record what the person *by* found of a broken glass, and return the log's entry.

    Raises `RequestError` without a written reason, `UnknownTaskError` where it is not theirs to
    review, as for whoever broke it, and `ConflictError` where it was reviewed.
    """
    if not reason.strip():
        message = "a review is recorded with its reason"
        raise RequestError(message, where="/reason")
    task = _to_review(office, task_id, by)
    unit, now = Unit(), office.ports.now()
    unit.entries.append(_reviewed(office, task, by, outcome, reason))
    subject = structs.replace(task.subject, outcome=outcome)
    office.filing.resolve(unit, task.row, subject, by=by, entry=0)
    if outcome is Outcome.MISUSE:
        for again in _repeated(office, subject, now):
            office.filing.task(unit, None, again, entry=0)
    return office.committer.commit(unit).indices[0]


def _to_review(office: Office, task_id: str, by: str) -> FiledTask:
    office.refresh()
    registers = office.rulebook.registers
    known = person(registers, by)
    found = require_belongs(office.archive.task(task_id), known, registers, office.ports.now())
    if found.row.kind != Kind.BREAK_GLASS:
        message = "there is no broken glass with this id"
        raise UnknownTaskError(message)
    if found.row.state is not TaskState.OPEN:
        message = "this was reviewed already"
        raise ConflictError(message)
    return found


def _reviewed(office: Office, task: FiledTask, by: str, outcome: Outcome, reason: str) -> Entry:
    known: entries.Fields = {
        "task": task.row.id,
        "decided_by": by,
        "decision": outcome,
        "entry": task.row.leaf,
        "justification": reason,
        "outcome": "closed",
        "recipient": task.subject.recipient or "",
    }
    if task.row.child_id is not None:
        known["child"] = task.row.child_id
    return entries.entry(
        EntryType.TASK_RESOLVED,
        {Part.GATEWAY: known},
        office.ports.random,
        child_id=task.row.child_id,
    )


def _repeated(office: Office, subject: Subject, now: datetime) -> Iterator[Task]:
    """Yield the task of what is done about somebody who has misused it so often by now."""
    rule = shipped().break_glass.misuse
    since = now - timedelta(days=rule.within_days)
    before = sum(
        one.subject.outcome == Outcome.MISUSE
        and one.subject.user == subject.user
        and one.row.created_at >= since
        for one in _broken(office)
    )
    if before + 1 >= rule.times:
        due = now + timedelta(hours=rule.due_in_hours)
        yield Task(
            kind=Kind.MISUSE,
            owner_role=rule.owner,
            due_at=due,
            escalate_at=due,
            subject=Subject(
                question=rule.asks,
                recipient=subject.recipient,
                escalation=questions().escalation,
                user=subject.user,
            ),
        )


def _broken(office: Office) -> tuple[FiledTask, ...]:
    return office.archive.of_kind(Kind.BREAK_GLASS)


def _theirs(office: Office, by: str) -> tuple[FiledTask, ...]:
    """Return the broken glasses, reviewed or not, that belong to the person *by*."""
    office.refresh()
    registers, now = office.rulebook.registers, office.ports.now()
    known = person(registers, by)
    return tuple(one for one in _broken(office) if belongs_to(one, known, registers, now))


def _who(task: FiledTask) -> tuple[str, str]:
    return task.subject.user or "", task.subject.recipient or ""


def _review(task: FiledTask, now: datetime) -> Review:
    row, subject = task.row, task.subject
    return Review(
        id=row.id,
        entry=row.leaf,
        child=row.child_id,
        broken_by=subject.user or "",
        service=subject.recipient or "",
        purpose=subject.purpose or "",
        justification=subject.justification,
        broken_at=row.created_at,
        due_at=row.due_at,
        is_overdue=row.state is TaskState.OPEN and row.due_at <= now,
        was_refused=subject.obligation == Obligation.IG_REVIEW_MISUSE,
        reviewed_by=row.resolved_by,
        outcome=None if subject.outcome is None else Outcome(subject.outcome),
    )
