"""For how long what is kept of a child is kept: the periods, and when one is over.

The periods are data (`retention.yaml`), each with its source and the owner who must confirm it.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Final

import msgspec

from policies import documents
from policies.vocabulary import Agency

SHIPPED: Final = Path(__file__).parent / "retention.yaml"

_Years = Annotated[int, msgspec.Meta(ge=0, le=120)]


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One period: the later of two ends. *holders* are the types of service whose records it is of.

    *confirmed* is false until its *owner*, a controller's role, has agreed to it.
    """

    id: str
    years_after_end: _Years
    until_birthday: _Years | None = None
    source: str
    owner: str
    confirmed: bool
    holders: tuple[Agency, ...] = ()

    def over_on(self, ended_on: dt.date, born_on: dt.date | None) -> dt.date | None:
        """Return the day on which the period is over; None where that cannot be told.

        >>> rule = Retention.load().of("school")
        >>> rule.over_on(dt.date(2026, 3, 1), dt.date(2012, 2, 29))
        datetime.date(2037, 3, 1)
        >>> rule.over_on(dt.date(2026, 3, 1), None) is None
        True
        """
        after = _years_on(ended_on, self.years_after_end)
        if self.until_birthday is None:
            return after
        return None if born_on is None else max(after, _years_on(born_on, self.until_birthday))


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    rules: tuple[Rule, ...]
    otherwise: Rule


class Retention:
    """The periods by type of holding service.

    >>> Retention.load().of("camhs").id
    'health'
    >>> Retention.load().of("researcher").id
    'other'
    """

    def __init__(self, by_holder: Mapping[str, Rule], otherwise: Rule) -> None:
        self._by_holder = by_holder
        self.otherwise = otherwise

    @classmethod
    def load(cls, path: Path = SHIPPED) -> "Retention":
        """Return the periods in the file at *path*.

        Raise `DocumentError` where two rules are about one type of service, or have one id.
        """
        table, source = documents.read(path, _File)
        known: set[str] = {table.otherwise.id}
        for index, rule in enumerate(table.rules):
            for what, names in (("id", (rule.id,)), ("holders", rule.holders)):
                if len({*known, *names}) < len(known) + len(names):
                    complaint = f"two rules have the same {what.removesuffix('s')}"
                    raise source.fault(complaint, "rules", index, what)
                known.update(names)
        by_holder = {holder.value: rule for rule in table.rules for holder in rule.holders}
        return cls(by_holder, table.otherwise)

    def of(self, holder_type: str) -> Rule:
        """Return the rule for what a service of this type holds."""
        return self._by_holder.get(holder_type, self.otherwise)

    @property
    def unconfirmed(self) -> tuple[Rule, ...]:
        """Return the rules to which nobody has agreed yet."""
        rules = dict.fromkeys((*self._by_holder.values(), self.otherwise))
        return tuple(rule for rule in rules if not rule.confirmed)


def last_over(
    periods: Iterable[tuple[Rule, dt.date]], born_on: dt.date | None
) -> tuple[Rule, dt.date] | None:
    """Return the rule that keeps a child longest and when it is over, of *periods* (rule, end).

    None where one of them cannot be told, or there is none.
    """
    last: tuple[Rule, dt.date] | None = None
    for rule, ended_on in periods:
        over_on = rule.over_on(ended_on, born_on)
        if over_on is None:
            return None
        if last is None or over_on > last[1]:
            last = rule, over_on
    return last


def _years_on(day: dt.date, years: int) -> dt.date:
    """Return the same day *years* later; of 29 February, where there is none, the day after."""
    year = day.year + years
    try:
        return day.replace(year=year)
    except ValueError:
        return dt.date(year, 3, 1)
