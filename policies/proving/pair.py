"""Two formulas side by side: every way in which a category can end otherwise in the second."""

from collections.abc import Iterable, Iterator
from itertools import product
from typing import NamedTuple

from policies.proving.case import Case, Reading
from policies.proving.difference import Change, DutyChange, Ending, Shift, Way, shift
from policies.proving.formula import Formula
from policies.proving.solving import Solver
from policies.proving.symbols import CATEGORIES, Truth
from policies.vocabulary import ALL_CATEGORIES, Category, Obligation, Outcome


class _Turn(NamedTuple):
    """How a category ends in each of the two, and that it does."""

    before: Ending
    after: Ending
    truth: Truth


class Pair:
    """The formulas *old* and *new*, in one context; what they share is the same in both."""

    def __init__(self, old: Formula, new: Formula) -> None:
        self._old = old
        self._new = new
        self._symbols = old.symbols
        self._solver = Solver(old.symbols)
        self._solver.require(new.symbols.bounds())
        self._solver.watch(old)
        self._solver.watch(new)
        self._same = self._symbols.either(
            [self._symbols.every([old.outcome(each), new.outcome(each)]) for each in Outcome]
        )
        self._differs = self._symbols.no(self._same)

    def changes(
        self, given: Truth | None = None, among: Iterable[Category] = ALL_CATEGORIES
    ) -> Iterator[Change]:
        """Yield what changes for the categories *among*, where *given* holds."""
        given = self._symbols.true if given is None else given
        asked = frozenset(among)
        found: dict[tuple[Shift, Category], list[Way]] = {}
        for turn in self._turns(given, asked):
            for category, way in self._ways(turn, given, asked):
                towards = shift(turn.before.outcome, turn.after.outcome)
                found.setdefault((towards, category), []).append(way)
        for towards, category in product(Shift, CATEGORIES):
            ways = found.get((towards, category), [])
            if ways:
                ways.sort(key=lambda way: (way.before, way.after))
                yield Change(towards, category, tuple(ways))

    def duties(self) -> Iterator[DutyChange]:
        """Yield the obligations that change where the outcome stays the same."""
        for obligation in Obligation:
            old, new = self._old.owed(obligation), self._new.owed(obligation)
            for is_owed, more, less in ((True, new, old), (False, old, new)):
                truth = self._symbols.every([self._same, more, self._symbols.no(less)])
                case = self._solver.case(truth)
                if case is not None:
                    category = case.category
                    here = self._symbols.category_among([category])
                    matter = self._mattering(case, truth, here)
                    words = tuple(each.words for each in matter)
                    facts = case.facts.plain()
                    yield DutyChange(obligation, is_owed, category, words, facts)

    def _turns(self, given: Truth, among: frozenset[Category]) -> Iterator[_Turn]:
        """Yield how a category among those can end otherwise: each two endings once."""
        asked = (given, self._symbols.category_among(among), self._differs)
        seen: list[Truth] = []
        while (case := self._solver.case(*asked, *seen)) is not None:
            before = self._old.ending(case)
            after = self._new.ending(case)
            truth = self._symbols.every(
                [
                    self._old.outcome(before.outcome),
                    self._old.settled_by(before.rule),
                    self._new.outcome(after.outcome),
                    self._new.settled_by(after.rule),
                ]
            )
            seen.append(self._symbols.no(truth))
            yield _Turn(before, after, truth)

    def _ways(
        self, turn: _Turn, given: Truth, among: frozenset[Category]
    ) -> Iterator[tuple[Category, Way]]:
        """Yield the way of *turn* for each category among those for which there is one."""
        left = among
        known: list[Reading] | None = None
        while (found := self._found(turn.truth, given, left, known)) is not None:
            case, category, known = found
            left -= {category}
            words = tuple(each.words for each in known)
            facts = case.facts.plain()
            yield category, Way(turn.before, turn.after, words, facts)

    def _found(
        self, truth: Truth, given: Truth, among: frozenset[Category], known: list[Reading] | None
    ) -> tuple[Case, Category, list[Reading]] | None:
        """Return a case of *truth* with the facts that give it: those *known*, if they do."""
        asked = (given, truth, self._symbols.category_among(among))
        if known is not None:
            case = self._solver.case(*asked, *(each.holds for each in known))
            if case is not None and self._solver.gives(known, truth, given=self._at(case, given)):
                return case, case.category, known
        case = self._solver.case(*asked)
        if case is None:
            return None
        matter = self._mattering(case, truth, self._at(case, given))
        return case, case.category, matter

    def _at(self, case: Case, given: Truth) -> Truth:
        """Return *given*, for the category of *case* alone."""
        return self._symbols.every([given, self._symbols.category_among([case.category])])

    def _mattering(self, case: Case, truth: Truth, given: Truth) -> list[Reading]:
        return self._solver.mattering(case.readings(), truth, given=given)
