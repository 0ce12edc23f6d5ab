"""What of all that was recorded about a child counts now: of each matter, what was said last.

Whoever says the same anew takes the place of what was said. What was said of another recipient or
purpose, or of all of them, is another matter, as are two practitioners of one service in the team
and two orders of two courts: of those that bear on one question, the strictest counts. What a
message told counts where no person recorded anything, and can raise a risk, but never lower one.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from operator import attrgetter
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from policies.vocabulary import ALL_CATEGORIES, CourtOrder, Detriment, Judgement, Risk

if TYPE_CHECKING:
    from gateway.casefile import FactValue, RecordedFact

_ORDER: Final = "court_order"
_SCOPE: Final = "court_scope"
_RISK: Final = "risk"

_STRICTEST: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "judgement": (Judgement.NOT_MADE, Judgement.MADE),
        "detriment": (Detriment.YES, Detriment.NO, Detriment.NOT_CONSIDERED),
        _RISK: tuple(reversed(Risk)),
    }
)
"""In which order what was said in several scopes counts; a harm not considered says nothing."""
SETTLED_BY_A_PERSON: Final = frozenset({"competent"})
"""Facts of which no value is the strictest: where scopes differ, or all have lapsed, it is asked.

Whoever was found competent and said no would otherwise be passed over once that has lapsed.
"""

Matters = Mapping[tuple[object, ...], "RecordedFact"]
"""By what each is about: see `RecordedFact.subject`."""


def as_they_stand(facts: "Iterable[RecordedFact]", at: datetime) -> "dict[str, FactValue | None]":
    """Return the value of each fact, by its name, of all that were recorded and hold *at* a time.

    *facts* are those that bear on one question. The value is None where what was recorded
    disagrees or has lapsed, and a person must say.
    """
    by_name = newest_of_each(facts, at)
    values = {name: _together(name, matters, at) for name, matters in by_name.items()}
    if len(by_name.get(_ORDER, ())) > 1:
        values.pop(_SCOPE, None)
        values |= _of_orders(_by_reference(by_name[_ORDER]), _by_reference(by_name.get(_SCOPE, {})))
    return values


def newest_of_each(facts: "Iterable[RecordedFact]", at: datetime) -> "Mapping[str, Matters]":
    """Return the newest fact of each name and matter of those that hold *at* a time, and count.

    What was withdrawn since is not among them, nor what a message told of what a person recorded.
    """
    by_name: dict[str, dict[tuple[object, ...], RecordedFact]] = {}
    for fact in sorted(facts, key=attrgetter("at")):
        if fact.is_over(at) and fact.name not in SETTLED_BY_A_PERSON:
            continue
        matters = by_name.setdefault(fact.name, {})
        if fact.value != Detriment.NOT_CONSIDERED or fact.subject not in matters:
            matters[fact.subject] = fact
    vouched = {name: _vouched(matters) for name, matters in by_name.items()}
    return {name: _holding(matters, at) for name, matters in vouched.items() if matters}


def _vouched(matters: Matters) -> Matters:
    """Return what is not withdrawn, without what was told of what a person recorded.

    A risk that was told after that stays: where it is higher, it counts.
    """
    standing = {matter: fact for matter, fact in matters.items() if not fact.is_withdrawn}
    newest = max((fact.at for fact in standing.values() if not fact.is_told), default=None)
    return {
        matter: fact
        for matter, fact in standing.items()
        if not fact.is_told or newest is None or (fact.name == _RISK and fact.at > newest)
    }


def _holding(matters: Matters, at: datetime) -> Matters:
    """Return what still holds, or what has lapsed where nothing of it does."""
    holding = {matter: fact for matter, fact in matters.items() if not fact.is_over(at)}
    return holding or matters


def _together(name: str, matters: Matters, at: datetime) -> "FactValue | None":
    """Return what several matters of one fact come to: yes where any is, else the strictest.

    The newest of a fact whose values have no order; None where that is for a person to settle.
    """
    values = {fact.value for fact in matters.values()}
    has_lapsed = all(fact.is_over(at) for fact in matters.values())
    if has_lapsed or (len(values) > 1 and name in SETTLED_BY_A_PERSON):
        return None
    if len(values) > 1 and all(isinstance(value, bool) for value in values):
        return True
    strictest = (value for value in _STRICTEST.get(name, ()) if value in values)
    newest = max(matters.values(), key=attrgetter("at"))
    return next(strictest, newest.value)


def _by_reference(matters: Matters) -> "Mapping[str, RecordedFact]":
    return {fact.matter: fact for fact in matters.values()}


def _of_orders(
    orders: "Mapping[str, RecordedFact]", scopes: "Mapping[str, RecordedFact]"
) -> "dict[str, FactValue]":
    """Return what several court orders come to: the strictest kind, over all that those cover.

    An order that prohibits goes before one that nobody has read, and that before one to disclose.
    Beside an order that prohibits, one that was not read leaves the scope open: whether it covers a
    category is a question for the legal officer.
    """
    kinds = {order.value for order in orders.values()}
    strictest = next((kind for kind in _STRICTEST_FIRST if kind in kinds), CourtOrder.NONE)
    if strictest is CourtOrder.NONE:
        return {_ORDER: CourtOrder.NONE.value}
    found: dict[str, FactValue] = {_ORDER: strictest.value}
    covered = [
        scopes[matter].value if matter in scopes else None
        for matter, order in orders.items()
        if order.value == strictest
    ]
    is_open = strictest is CourtOrder.PROHIBIT and CourtOrder.UNVERIFIED in kinds
    if not is_open and None not in covered:
        found[_SCOPE] = _union(covered)
    return found


_STRICTEST_FIRST: Final = (CourtOrder.PROHIBIT, CourtOrder.UNVERIFIED, CourtOrder.DISCLOSE)
_ALL: Final = tuple(sorted(category.value for category in ALL_CATEGORIES))


def _union(covered: "Iterable[FactValue | None]") -> tuple[str, ...]:
    found: set[str] = set()
    for value in covered:
        found.update(value if isinstance(value, tuple) else _ALL if value == "all" else ())
    return tuple(sorted(found))
