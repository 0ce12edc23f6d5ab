"""What is done about each obligation of a decision, and each term of an agreement, as data."""

import datetime as dt
from collections.abc import Iterator
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Annotated, Final

import msgspec

from policies import documents
from policies.agreements import Term
from policies.errors import DocumentError
from policies.vocabulary import Appointment, Obligation

SHIPPED: Final = Path(__file__).parent / "obligations.yaml"

Owed = Obligation | Term
_Hours = Annotated[int, msgspec.Meta(ge=1)]


class Effect(StrEnum):
    """How an obligation is carried out."""

    ENTRY = "entry"
    MARK = "mark"
    EXPIRY = "expiry"
    TASK = "task"
    HOLD = "hold"


class After(StrEnum):
    """After what there is anything to do: each decision, or a release alone."""

    DECISION = "decision"
    RELEASE = "release"


class Duty(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a person is to do: whose it is, the question, and when it is due at the latest.

    *missing* names what is recorded by doing it.
    """

    owner: Appointment
    asks: str
    due_in_hours: _Hours
    by_risk: bool = False
    missing: tuple[str, ...] = ()

    def due(self, by_risk: dt.timedelta) -> dt.timedelta:
        """Return within what time it is due, where a question of this risk is due *by_risk*.

        >>> advice = Duty(owner=Appointment.SAFEGUARDING_LEAD, asks="?", due_in_hours=24)
        >>> advice.due(dt.timedelta(hours=1))
        datetime.timedelta(days=1)
        """
        within = dt.timedelta(hours=self.due_in_hours)
        return min(within, by_risk) if self.by_risk else within


class Execution(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How one *obligation* of decisions, or *term* of agreements, is carried out.

    *mark* is the word for the recipient, *says* what the family is told, with gaps for names.
    """

    obligation: Obligation | None = None
    term: Term | None = None
    effects: Annotated[tuple[Effect, ...], msgspec.Meta(min_length=1)]
    after: After = After.DECISION
    mark: str | None = None
    task: Duty | None = None
    says: str = ""

    @property
    def owed(self) -> Owed | None:
        """What is carried out."""
        return self.obligation or self.term


class Misuse(Duty, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a person is to do once somebody misused break-glass so many *times* in so many days."""

    times: _Hours
    within_days: _Hours


class BreakGlass(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """For how long what break-glass opened may be used, and when its misuse is repeated."""

    usable_hours: _Hours
    misuse: Misuse


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    confirmed: bool
    obligations: tuple[Execution, ...]
    unmarkable: Execution
    verified_for_days: _Hours
    break_glass: BreakGlass


class Obligations:
    """How every obligation is carried out.

    >>> Obligations.load()[Obligation.DO_NOT_INFORM].mark
    'do-not-inform-family'
    """

    def __init__(self, table: _File) -> None:
        self._rows = {row.owed: row for row in table.obligations}
        self.unmarkable = table.unmarkable
        self.verified_for = dt.timedelta(days=table.verified_for_days)
        self.break_glass = table.break_glass

    @classmethod
    def load(cls, path: Path = SHIPPED) -> "Obligations":
        """Return the table in the file at *path*.

        Raise `DocumentError` where an obligation is not in it just once, or an effect has nothing
        to work with: what cannot be carried out refuses to start.
        """
        table = documents.load(path, _File)
        lines = documents.lines(path)
        for position, row in enumerate(table.obligations):
            complaint = _fault(row, table.obligations[:position])
            if complaint:
                message = f"{path}:{lines['obligations', position]}: {complaint}"
                raise DocumentError(message)
        known = {row.owed for row in table.obligations}
        for owed in (*Obligation, *Term):
            if owed not in known:
                message = f"{path}: nothing is done about `{owed}`: give it a row"
                raise DocumentError(message)
        return cls(table)

    def __getitem__(self, owed: Owed) -> Execution:
        return self._rows[owed]

    def __iter__(self) -> Iterator[Execution]:
        return iter(self._rows.values())

    def duty(self, owed: Owed) -> Duty:
        """Return what a person does about *owed*, or raise `DocumentError` where nobody does."""
        duty = self._rows[owed].task
        if duty is None:
            message = f"no person does anything about `{owed}`"
            raise DocumentError(message)
        return duty


def _fault(row: Execution, before: tuple[Execution, ...]) -> str | None:
    if (row.obligation is None) == (row.term is None):
        return "a row is about an `obligation` or a `term`"
    if any(other.owed == row.owed for other in before):
        return "the obligation is given twice"
    if (Effect.MARK in row.effects) != (row.mark is not None):
        return "a mark needs its word, and a word its effect `mark`"
    is_done_by_somebody = bool({Effect.TASK, Effect.HOLD} & set(row.effects))
    if is_done_by_somebody != (row.task is not None):
        return "what a person does needs its `task`, and a task its effect `task` or `hold`"
    return None


@cache
def shipped() -> Obligations:
    """Return how the gateway carries out obligations."""
    return Obligations.load()
