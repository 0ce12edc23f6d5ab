"""Rules: one fault each, found in a child, an episode, or a part of one.

    @of_part("protection_plans", "8925", "the sender has to ...", at="CPPendDate")
    def _ends_before_it_starts(plan, case, record): ...

A rule answers True where it is broken. Its code is the Department's; one that ends in `Q` is a
query, which a return may have and give a reason for. The sentences are ours.
"""

from collections.abc import Callable, Iterator
from datetime import date
from itertools import pairwise
from typing import Final, NamedTuple, TypeAlias

from msgspec import Struct

from mappings.caf.assessment import Child, SocialCare
from mappings.caf.items import Identifier
from mappings.caf.social_care import ChildInNeedEpisode, EpisodePart
from mappings.cin.children import Case, ChildReading
from mappings.cin.years import Period
from mappings.language.trees import Node, Tree

_SCHOOL_AGE: Final = (5, 16)


class Broken(NamedTuple):
    """A rule that is broken: its *code*, and where."""

    rule: "Rule"
    where: str


class Record(Struct, frozen=True, gc=False, kw_only=True):
    """A child of the census as the rules see it: who it is, and its episodes.

    *cases* are the episodes one by one, *held* has the parts of all of them together.
    *identifiers* are by their scheme; *year* is the year of the census, *period* its days.
    """

    at: str
    tree: Tree
    child: Child
    cases: tuple[Case, ...]
    held: SocialCare
    year: int
    period: Period
    identifiers: dict[str, Identifier]
    born_on: date | None
    expected_on: date | None
    died_on: date | None

    @classmethod
    def of(cls, reading: ChildReading, tree: Tree, at: str, year: int) -> "Record":
        """Return what was read of *tree*, the child at the place *at*, in the census of *year*."""
        child = reading.assessment.child
        birth = child.birth[0] if child.birth else None
        return cls(
            at=at,
            tree=tree,
            child=child,
            cases=reading.cases,
            held=reading.assessment.social_care,
            year=year,
            period=Period.of(year),
            identifiers={one.scheme: one for one in child.identifiers},
            born_on=birth.born_on if birth else None,
            expected_on=birth.expected_on if birth else None,
            died_on=birth.died_on if birth else None,
        )

    def identifier(self, scheme: str) -> str | None:
        """Return the child's identifier of *scheme*, valid or not."""
        found = self.identifiers.get(scheme)
        return None if found is None else found.value

    @property
    def is_of_school_age(self) -> bool:
        """Whether the child is between five and sixteen at the end of the census year."""
        if self.born_on is None:
            return False
        return _SCHOOL_AGE[0] <= age_on(self.period.end, self.born_on) <= _SCHOOL_AGE[1]


class Rule(NamedTuple):
    """One rule: its *code*, what the sender has to do, and *at* what of a record it looks."""

    code: str
    message: str
    at: str

    @property
    def is_query(self) -> bool:
        """Whether a return may break it and give a reason."""
        return self.code.endswith("Q")


OfChild: TypeAlias = Callable[[Record], bool]
OfCase: TypeAlias = Callable[[ChildInNeedEpisode, Case, Record], bool]
OfPart: TypeAlias = Callable[..., bool]

_OF_CHILD: Final[dict[OfChild, list[tuple[Rule, OfChild]]]] = {}
_OF_CASE: Final[dict[OfCase, list[tuple[Rule, OfCase]]]] = {}
_PartRules: TypeAlias = dict[OfPart, list[tuple[Rule, OfPart]]]
_OF_PARTS: Final[dict[str, _PartRules]] = {}
_ELEMENT: Final = {
    "assessments": "Assessments",
    "plans": "CINPlanDates",
    "enquiries": "Section47",
    "protection_plans": "ChildProtectionPlans",
}


def any_child(_: Record) -> bool:
    """Say of any child that a rule may be broken."""
    return True


def any_case(_: ChildInNeedEpisode, __: Case, ___: Record) -> bool:
    """Say of any episode that a rule may be broken."""
    return True


def any_part(_: EpisodePart, __: Case, ___: Record) -> bool:
    """Say of any part that a rule may be broken."""
    return True


def of_child(
    code: str, message: str, at: str = "", *, when: OfChild = any_child
) -> Callable[[OfChild], OfChild]:
    """Register a rule about a whole child; of no other than those *when* holds is it asked."""

    def register(is_broken: OfChild) -> OfChild:
        _OF_CHILD.setdefault(when, []).append((Rule(code, message, at), is_broken))
        return is_broken

    return register


def of_case(
    code: str, message: str, at: str = "", *, when: OfCase = any_case
) -> Callable[[OfCase], OfCase]:
    """Register a rule about one episode with its parts; it is asked only *when* that holds."""

    def register(is_broken: OfCase) -> OfCase:
        _OF_CASE.setdefault(when, []).append((Rule(code, message, at), is_broken))
        return is_broken

    return register


def of_part(
    field: str, code: str, message: str, at: str = "", *, when: OfPart = any_part
) -> Callable[[OfPart], OfPart]:
    """Register a rule about each part in *field* of the CAF; it is asked only *when* that holds."""

    def register(is_broken: OfPart) -> OfPart:
        rule = Rule(code, message, at)
        _OF_PARTS.setdefault(field, {}).setdefault(when, []).append((rule, is_broken))
        return is_broken

    return register


def of_file(code: str, message: str) -> Rule:
    """Return a rule about a whole return: who looks at the return asks for it."""
    return Rule(code, message, "")


def broken(record: Record) -> Iterator[Broken]:
    """Yield each rule that *record* breaks, with the place."""
    for holds, rules in _OF_CHILD.items():
        if holds(record):
            for rule, is_broken in rules:
                if is_broken(record):
                    yield Broken(rule, _place(record.at, rule))
    for case in record.cases:
        if case.episode is not None:
            yield from _broken_in(case.episode, case, record)


def _broken_in(episode: ChildInNeedEpisode, case: Case, record: Record) -> Iterator[Broken]:
    for holds, rules in _OF_CASE.items():
        if holds(episode, case, record):
            for rule, is_broken in rules:
                if is_broken(episode, case, record):
                    yield Broken(rule, _place(case.at, rule))
    for field, of_field in _OF_PARTS.items():
        for position, part in enumerate(getattr(case.held, field), 1):
            for rule in _broken_by(part, of_field, case, record):
                yield Broken(rule, _place(_at(part, field, position, case), rule))


def _broken_by(part: EpisodePart, rules: _PartRules, case: Case, record: Record) -> Iterator[Rule]:
    for holds, of_parts in rules.items():
        if holds(part, case, record):
            for rule, is_broken in of_parts:
                if is_broken(part, case, record):
                    yield rule


def codes() -> frozenset[str]:
    """Return the code of every rule about a child, an episode, or a part."""
    found = [rule for rules in _OF_CHILD.values() for rule, _ in rules]
    found += [rule for of_cases in _OF_CASE.values() for rule, _ in of_cases]
    found += [
        rule for held in _OF_PARTS.values() for of_parts in held.values() for rule, _ in of_parts
    ]
    return frozenset(rule.code for rule in found)


def stands(tree: Tree, *names: str) -> bool:
    """Say whether anything stands at *names* in *tree*.

    >>> stands({"a": {"b": "1"}}, "a", "b"), stands({"a": ""}, "a")
    (True, False)
    """
    node: Node = tree
    for name in names:
        node = node.get(name) if isinstance(node, dict) else None
    return bool(node)


def age_on(day: date, born_on: date) -> int:
    """Return how many years old someone born on *born_on* is on *day*.

    >>> age_on(date(2026, 3, 31), date(2015, 4, 1))
    10
    """
    return day.year - born_on.year - ((day.month, day.day) < (born_on.month, born_on.day))


def is_weekend(day: date | None) -> bool:
    """Say whether *day* is a Saturday or a Sunday."""
    return day is not None and day.isoweekday() > 5  # noqa: PLR2004 - Friday


def working_days(start: date, end: date) -> int:
    """Return how many days from Monday to Friday there are from *start* until *end*, without it.

    Public holidays count: a query that a return answers with a reason may be made for a few more.

    >>> working_days(date(2026, 3, 27), date(2026, 3, 31))
    2
    """
    weeks, days = divmod((end - start).days, 7)
    odd = (start.isoweekday() + day for day in range(max(days, 0)))
    return weeks * 5 + sum((day - 1) % 7 < 5 for day in odd)  # noqa: PLR2004 - Saturday


def is_within(day: date | None, period: Period) -> bool:
    """Say whether *day* is known, and in *period*."""
    return day is not None and period.start <= day <= period.end


def overlap(spans: list[tuple[date, date | None]]) -> bool:
    """Say whether two of *spans*, from one day to another or still open, have a day between them.

    One may begin on the day on which another ends.

    >>> overlap([(date(2026, 1, 1), date(2026, 1, 9)), (date(2026, 1, 9), None)])
    False
    >>> overlap([(date(2026, 1, 1), None), (date(2026, 1, 9), None)])
    True
    """
    ordered = sorted(spans, key=lambda span: span[0])
    return any(end is None or end > start for (_, end), (start, _) in pairwise(ordered))


def _at(part: EpisodePart, field: str, position: int, case: Case) -> str:
    return part.source.place if part.source else f"{case.at}/{_ELEMENT[field]}[{position}]"


def _place(around: str, rule: Rule) -> str:
    return f"{around}/{rule.at}" if rule.at else around
