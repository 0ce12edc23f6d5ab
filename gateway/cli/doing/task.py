"""What `caf-gateway task` does."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from gateway import settings
from gateway.cli.doing.dates import day
from gateway.cli.doing.fact import named_value
from gateway.composition import open_gateway
from gateway.worklists import decisions, handling
from gateway.worklists.accounts import Matter, Resolution, RoleCount, Waiting, counted
from gateway.worklists.answering import Answered
from gateway.worklists.decisions import Chosen
from policies.attributes import word_of
from policies.person_decisions import Choice


class Listed(Struct, frozen=True, kw_only=True):
    """The open tasks: *counts* by role, and each; *matters* are those of the person who asks."""

    counts: tuple[RoleCount, ...]
    tasks: tuple[Waiting, ...]
    matters: tuple[Matter, ...] = ()


class Assigned(Struct, frozen=True, kw_only=True):
    """A task that somebody has from now on, and the *entry* of the log that says so."""

    task: str
    assignee: str
    entry: int


class Withdrawn(Struct, frozen=True, kw_only=True):
    """A task of which nothing that was decided holds, and the *entry* that says so."""

    task: str
    entry: int


def listed(home: Path | None, by: str | None, role: str | None, *, only_overdue: bool) -> Listed:
    """Return the open tasks, soonest due first: all, or a *role*'s, or the late ones.

    What they are about is there for the person *by*, of the tasks that are theirs.
    """
    with open_gateway(settings.load(home)) as gateway:
        matters = () if by is None else handling.worklist(gateway.office, by)
        rows = handling.overview(gateway.office)
        if by is not None:
            rows = tuple(one.waiting for one in matters)
    kept = tuple(row for row in rows if _is_wanted(row, role, only_overdue=only_overdue))
    ids = {row.id for row in kept}
    return Listed(
        counts=counted(kept),
        tasks=kept,
        matters=tuple(one for one in matters if one.waiting.id in ids),
    )


def _is_wanted(row: Waiting, role: str | None, *, only_overdue: bool) -> bool:
    return (role is None or role in {row.owner, *row.told}) and (row.is_overdue or not only_overdue)


def shown(home: Path | None, task_id: str, by: str) -> Matter:
    """Return one task of the person *by*."""
    with open_gateway(settings.load(home)) as gateway:
        return handling.shown(gateway.office, task_id, by)


def claimed(home: Path | None, task_id: str, by: str, reason: str) -> Assigned:
    """Have the person *by* take a task on, or over from another."""
    with open_gateway(settings.load(home)) as gateway:
        entry = handling.claim(gateway.office, task_id, by, reason)
    return Assigned(task=task_id, assignee=by, entry=entry)


def handed_over(home: Path | None, task_id: str, by: str, to: str, reason: str) -> Assigned:
    """Hand a task of *by* over *to* another person or office."""
    with open_gateway(settings.load(home)) as gateway:
        entry = handling.hand_over(gateway.office, task_id, by, to, reason)
    return Assigned(task=task_id, assignee=to, entry=entry)


def resolve(  # noqa: PLR0913, PLR0917 - an answer has all of this
    home: Path | None,
    task_id: str,
    facts: tuple[str, ...],
    decide: str | None,
    until: str | None,
    reason: str,
    by: str,
) -> Resolution:
    """Record the *facts* that answer a task of the person *by*, or what they *decide*; close it."""
    ends = day(until)
    chosen = None
    if decide is not None:
        choice = word_of(Choice, decide, "a person decides to share or to withhold")
        chosen = Chosen(choice=choice, until=ends)
    given = [
        Answered(name=name, value=value, until=ends) for name, value in map(named_value, facts)
    ]
    with open_gateway(settings.load(home)) as gateway:
        return handling.resolve(gateway.office, task_id, by, given, reason, chosen)


def withdrawn(home: Path | None, task_id: str, by: str, reason: str) -> Withdrawn:
    """Withdraw what was decided of a task that the person *by* may decide."""
    with open_gateway(settings.load(home)) as gateway:
        return Withdrawn(
            task=task_id, entry=decisions.withdraw(gateway.office, task_id, by, reason)
        )


def cells(row: Waiting) -> tuple[str, ...]:
    """Return *row* as the cells of a table."""
    due = f"{row.due_at:%d %b %H:%M}{', late' if row.is_overdue else ''}"
    return row.id, row.kind, due, row.owner, " ".join(row.told), row.claimed_by or ""


def count_in_words(row: RoleCount) -> str:
    """Return the line that says how much waits for one role."""
    return f"{row.role}: {row.open} open, {row.overdue} late, {row.unclaimed} nobody's yet"


def matter_in_words(row: Matter) -> Iterator[str]:
    """Yield the lines that say what a task is about."""
    about = row.waiting
    yield f"task {about.id} ({about.kind}), due {about.due_at:%d %b %H:%M}, {about.owner}"
    yield f"  {row.question}"
    for title, value in (
        ("child", row.child),
        ("held by service", row.holder),
        ("for service", row.recipient),
        ("purpose", row.purpose),
        ("record", " ".join(row.missing)),
        ("rules", " ".join(row.rules)),
        ("glass broken by", row.broken_by),
        ("their reason", row.justification),
        ("words for the family", row.says),
        ("claimed by", about.claimed_by),
    ):
        if value:
            yield f"  {title}: {value}"
    if row.is_silent:
        yield "  the family must not be told: it was recorded since that this is not safe"


def in_words(report: Resolution) -> Iterator[str]:
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
