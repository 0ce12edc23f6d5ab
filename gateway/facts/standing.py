"""What of all that was recorded about a child counts now: of each matter, what was said last.

Most facts are one matter: the newest record that still holds counts. Of some there can be several
at once, each a matter of its own, and all of them count together: two practitioners of one service
in the team around the child, two orders of two courts.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Final

from policies.vocabulary import ALL_CATEGORIES, CourtOrder

if TYPE_CHECKING:
    from gateway.casefile import FactValue, RecordedFact

_ORDER: Final = "court_order"
_SCOPE: Final = "court_scope"

Matters = Mapping[str, "RecordedFact"]


def as_they_stand(facts: "Iterable[RecordedFact]", at: datetime) -> "dict[str, FactValue]":
    """Return the value of each fact, by its name, of all that were recorded and hold *at* a time.

    *facts* are those that bear on one question.
    """
    by_name = newest_of_each(facts, at)
    values = {name: _together(matters) for name, matters in by_name.items()}
    if len(by_name.get(_ORDER, ())) > 1:
        values.pop(_SCOPE, None)
        values |= _of_orders(by_name[_ORDER], by_name.get(_SCOPE, {}))
    return values


def newest_of_each(facts: "Iterable[RecordedFact]", at: datetime) -> "Mapping[str, Matters]":
    """Return the newest fact of each name and matter of those that hold *at* a time.

    What was withdrawn since is not among them.
    """
    by_name: dict[str, dict[str, RecordedFact]] = {}
    for fact in facts:
        if fact.is_over(at):
            continue
        matters = by_name.setdefault(fact.name, {})
        known = matters.get(fact.matter)
        if known is None or known.at < fact.at:
            matters[fact.matter] = fact
    vouched = {name: _vouched(matters) for name, matters in by_name.items()}
    return {name: matters for name, matters in vouched.items() if matters}


def _vouched(matters: Matters) -> Matters:
    return {matter: fact for matter, fact in matters.items() if not fact.is_withdrawn}


def _together(matters: Matters) -> "FactValue":
    """Return what several matters of one fact come to: yes where any of them is, or the newest."""
    if len(matters) > 1 and all(isinstance(fact.value, bool) for fact in matters.values()):
        return any(fact.value for fact in matters.values())
    return max(matters.values(), key=lambda fact: fact.at).value


def _of_orders(orders: Matters, scopes: Matters) -> "dict[str, FactValue]":
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
