"""What `caf-gateway task` does."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from gateway import settings
from gateway.archive import FiledTask
from gateway.cli.dates import day
from gateway.cli.facts import named_value
from gateway.composition import open_gateway
from gateway.disclosing import Release
from gateway.errors import RequestError
from gateway.reconsidering import answer, task_of
from gateway.requests import ElementOutcome
from gateway.tasks import told


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One open task; *told* are the roles that were told because it is late."""

    id: str
    kind: str
    owner: str
    due_at: datetime
    is_overdue: bool
    told: tuple[str, ...]
    question: str
    holder: str | None
    recipient: str | None
    purpose: str | None
    missing: tuple[str, ...]
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """A closed task: whether anything *is_released* now to the *recipient*, and what of it.

    Nothing is, where the recipient *asks_again*: the task came from a question of theirs.
    """

    task: str
    recipient: str | None
    is_released: bool
    asks_again: bool
    elements: tuple[ElementOutcome, ...]


def waiting(home: Path | None, role: str | None, *, only_overdue: bool) -> tuple[Waiting, ...]:
    """Return the open tasks, soonest due first: all, or a *role*'s, or the late ones."""
    with open_gateway(settings.load(home)) as gateway:
        now = gateway.office.ports.now()
        rows = [_waiting(one, now) for one in gateway.office.archive.open_tasks()]
    return tuple(
        row
        for row in rows
        if (role is None or role in {row.owner, *row.told}) and (row.is_overdue or not only_overdue)
    )


def _waiting(task: FiledTask, now: datetime) -> Waiting:
    row, subject = task.row, task.subject
    return Waiting(
        id=row.id,
        kind=row.kind,
        owner=row.owner_role,
        due_at=row.due_at,
        is_overdue=row.due_at <= now,
        told=told(subject, row.created_at, row.escalate_at, now),
        question=subject.question,
        holder=subject.holder,
        recipient=subject.recipient,
        purpose=subject.purpose,
        missing=subject.missing,
        rules=subject.rules,
    )


def cells(row: Waiting) -> tuple[str, ...]:
    """Return *row* as the cells of a table."""
    due = f"{row.due_at:%d %b %H:%M}{', late' if row.is_overdue else ''}"
    about, missing = row.recipient or "", " ".join(row.missing)
    return row.id, due, row.owner, " ".join(row.told), about, row.question, missing


def resolve(  # noqa: PLR0913, PLR0917 - an answer has all of this
    home: Path | None, task_id: str, facts: tuple[str, ...], until: str | None, reason: str, by: str
) -> Resolved:
    """Record the *facts* that answer a task, decide again, and close it.

    Raises `UnknownTaskError`, `ConflictError` where it was resolved already, and `RequestError`
    or `VocabularyError` where a fact is not one.
    """
    named = [named_value(text) for text in facts]
    if not named and not reason:
        message = "a task is resolved by a fact, or with a reason"
        raise RequestError(message)
    ends = day(until)
    with open_gateway(settings.load(home)) as gateway:
        task = task_of(gateway.office, task_id)
        answers = [
            answer(gateway.office, task, name, value, by=by, until=ends) for name, value in named
        ]
        known = [fact for fact in answers if fact is not None]
        released = gateway.reconsidering.resolve(task, by, known, reason)
    return _resolved(task, released)


def _resolved(task: FiledTask, released: Release | None) -> Resolved:
    return Resolved(
        task=task.row.id,
        recipient=task.subject.recipient,
        is_released=released is not None and released.is_anything,
        asks_again=task.subject.is_ask,
        elements=() if released is None else released.outcomes,
    )


def in_words(report: Resolved) -> Iterator[str]:
    """Yield the lines that say what became of a task."""
    yield f"task {report.task} is resolved"
    if report.recipient is None:
        return
    if report.asks_again:
        yield f"service {report.recipient} is answered when it asks again"
        return
    if not report.is_released:
        yield f"nothing is released to service {report.recipient}"
    counts = Counter(row.outcome for row in report.elements)
    if counts:
        said = ", ".join(f"{count} {outcome}" for outcome, count in sorted(counts.items()))
        yield f"service {report.recipient}, by element: {said}"
    for row in report.elements:
        rules = " ".join(row.rules)
        yield f"  {row.outcome:9} {row.title}: {row.sentence}{f' [{rules}]' if rules else ''}"
