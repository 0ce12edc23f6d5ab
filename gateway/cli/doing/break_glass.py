"""What `caf-gateway break-glass` does."""

from pathlib import Path

from msgspec import Struct

from gateway import settings
from gateway.composition import open_gateway
from gateway.obligations import reviewing
from gateway.obligations.reviewing import Misused, Outcome, Review
from policies.attributes import word_of


class Broken(Struct, frozen=True, kw_only=True):
    """The glasses that were broken, and how often each person did, and misused it."""

    reviews: tuple[Review, ...]
    people: tuple[Misused, ...]


class Reviewed(Struct, frozen=True, kw_only=True):
    """A review that was recorded, as *entry* of the log."""

    task: str
    outcome: Outcome
    entry: int


def listed(home: Path | None, by: str, *, everything: bool) -> Broken:
    """Return the broken glasses that the person *by* may review: those open, or all."""
    with open_gateway(settings.load(home)) as gateway:
        return Broken(
            reviews=reviewing.reviews(gateway.office, by, only_open=not everything),
            people=reviewing.misuse(gateway.office, by),
        )


def review(home: Path | None, task: str, by: str, outcome: str, reason: str) -> Reviewed:
    """Record what the person *by* found of a broken glass."""
    found = word_of(Outcome, outcome, "a review finds justified, not-justified or misuse")
    with open_gateway(settings.load(home)) as gateway:
        entry = reviewing.review(gateway.office, task, by, found, reason)
    return Reviewed(task=task, outcome=found, entry=entry)


def cells(row: Review) -> tuple[str, ...]:
    """Return *row* as the cells of a table."""
    due = f"{row.due_at:%d %b %H:%M}{', late' if row.is_overdue else ''}"
    found = row.outcome or ("was refused" if row.was_refused else "")
    who = f"{row.broken_by} ({row.service})"
    return row.id, str(row.entry), due, who, row.purpose, row.justification, found


def person_in_words(row: Misused) -> str:
    """Return the line that says how often somebody broke the glass."""
    return f"{row.person} ({row.service}): broken {row.broken}, misused {row.misused}"
