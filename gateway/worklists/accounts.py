"""What is shown of tasks: to those whom they belong to all of it, to others that they wait."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct

from gateway.archive import FiledTask
from gateway.requests import ElementOutcome
from gateway.tasks import told


class Waiting(Struct, frozen=True, kw_only=True, rename="camel"):
    """One open task, and nothing of what it is about; *told* are the roles told that it is late."""

    id: str
    kind: str
    owner: str
    due_at: datetime
    is_overdue: bool
    is_urgent: bool
    told: tuple[str, ...]
    claimed_by: str | None


class Matter(Struct, frozen=True, kw_only=True, rename="camel"):
    """What a task is about, for those whom it belongs to.

    *child* is the id in this gateway, *missing* are the facts whose recording answers it, *entry*
    is the log's that it came from. *says* are the words for the family, where there are any: empty
    where it has since been recorded that the family is not to be told (*is_silent*).
    """

    waiting: Waiting
    question: str
    child: str | None
    holder: str | None
    recipient: str | None
    purpose: str | None
    categories: tuple[str, ...]
    rules: tuple[str, ...]
    missing: tuple[str, ...]
    obligation: str | None
    says: str
    is_silent: bool
    broken_by: str | None
    justification: str
    entry: int


class RoleCount(Struct, frozen=True, kw_only=True, rename="camel"):
    """How many tasks wait for one role, how many of them too long, how many nobody took on."""

    role: str
    open: int
    overdue: int
    unclaimed: int


class Resolution(Struct, frozen=True, kw_only=True, rename="camel"):
    """A closed task: whether anything *is_released* now to the *recipient*, and what of it.

    Nothing is, where the recipient *asks_again*: the task came from a question of theirs.
    """

    task: str
    recipient: str | None
    is_released: bool
    asks_again: bool
    elements: tuple[ElementOutcome, ...]


def waiting(task: FiledTask, now: datetime) -> Waiting:
    """Return what anybody may know of *task*."""
    row, subject = task.row, task.subject
    return Waiting(
        id=row.id,
        kind=row.kind,
        owner=row.owner_role,
        due_at=row.due_at,
        is_overdue=row.due_at <= now,
        is_urgent=subject.is_urgent,
        told=told(subject, row.created_at, row.escalate_at, now),
        claimed_by=subject.progress.claimed_by,
    )


def matter(task: FiledTask, now: datetime, *, is_silent: bool) -> Matter:
    """Return all of *task*; *is_silent* where the family must not be told by now."""
    row, subject = task.row, task.subject
    return Matter(
        waiting=waiting(task, now),
        question=subject.question,
        child=row.child_id,
        holder=subject.holder,
        recipient=subject.recipient,
        purpose=subject.purpose,
        categories=subject.categories,
        rules=subject.rules,
        missing=subject.missing,
        obligation=subject.obligation,
        says="" if is_silent else subject.says,
        is_silent=is_silent,
        broken_by=subject.user,
        justification=subject.justification,
        entry=row.leaf,
    )


def counted(rows: Iterable[Waiting]) -> tuple[RoleCount, ...]:
    """Return how many of *rows* each role owns."""
    held = tuple(rows)
    overdue = Counter(row.owner for row in held if row.is_overdue)
    unclaimed = Counter(row.owner for row in held if row.claimed_by is None)
    return tuple(
        RoleCount(role=role, open=count, overdue=overdue[role], unclaimed=unclaimed[role])
        for role, count in sorted(Counter(row.owner for row in held).items())
    )
