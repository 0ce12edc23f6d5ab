"""What Cedar's answers come to, for one question, over all that its unrecorded facts could be."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from policies.cedar.answers import Failed
from policies.cedar.asking import Ruled
from policies.decision import NOT_RECORDED, Decision, Ruling
from policies.vocabulary import Category, Obligation, Outcome

# Rule U may refer past a stated limit: this many ways for one category.
MAX_WAYS: Final = 4_096

_ALARM: Final = frozenset({Obligation.ALERT_IG, Obligation.RECORD_REASON})


class Findings:
    """What was found for the categories of one question."""

    def __init__(self, categories: Iterable[Category]) -> None:
        self._found: dict[Category, set[tuple[Outcome, str]]] = {
            category: set() for category in sorted(categories)
        }
        self._missing: dict[Category, set[str]] = defaultdict(set)
        self._ways: dict[Category, int] = defaultdict(lambda: 1)
        self._owed: set[Obligation] = {Obligation.ACCOUNT}
        self._failed: set[str] = set()

    def settle(self, category: Category, ruled: Ruled) -> None:
        """Add what comes out for *category* in one way."""
        self._found[category].add((ruled.outcome, ruled.rule))
        self._owed |= ruled.owed

    def fail(self, category: Category, failed: Failed) -> None:
        """Add that Cedar could not say what becomes of *category*: a person decides."""
        self._failed |= failed.rules
        for rule in failed.rules:
            self.settle(category, Ruled(Outcome.REFER, rule, _ALARM))

    def divide(self, category: Category, fact: str, ways: int) -> None:
        """Add that *category* divides into *ways* on *fact*, which is not recorded."""
        self._missing[category].add(fact)
        self._ways[category] += ways - 1

    def unexhausted(self, categories: Iterable[Category]) -> frozenset[Category]:
        """Return those of *categories* that have no more ways than are followed."""
        return frozenset(each for each in categories if self._ways[each] <= MAX_WAYS)

    def decision(self, orders: Mapping[str, int]) -> Decision:
        """Return the decision, with rules in the *orders* in which they are tried."""
        rulings = {category: self._ruling(category, orders) for category in self._found}
        owed = set(self._owed)
        if any(ruling.rules == (NOT_RECORDED,) for ruling in rulings.values()):
            owed.add(Obligation.RECORD_REASON)
        if Obligation.DO_NOT_INFORM in owed:
            owed.discard(Obligation.INFORM_FAMILY)
        return Decision(MappingProxyType(rulings), frozenset(owed), frozenset(self._failed))

    def _ruling(self, category: Category, orders: Mapping[str, int]) -> Ruling:
        found = self._found[category]
        outcomes = {outcome for outcome, _ in found}
        if len(outcomes) != 1 or not self.unexhausted([category]):
            missing = frozenset(self._missing[category])
            return Ruling(Outcome.REFER, (NOT_RECORDED,), missing)
        rules = sorted((rule for _, rule in found), key=lambda rule: orders.get(rule, 0))
        return Ruling(outcomes.pop(), tuple(rules))
