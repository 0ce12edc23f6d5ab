"""Rules that nothing reaches, that say the same twice, or that only their order keeps apart."""

import datetime as dt
from collections.abc import Iterator
from itertools import combinations, groupby

import msgspec

from policies.conditions import ALWAYS
from policies.decision_source import UNSETTLED
from policies.proving.difference import RELEASES, Ending
from policies.proving.formula import Formula, Standing
from policies.proving.solving import Solver
from policies.proving.symbols import Symbols
from policies.rules import GO_ON, UNCHANGED, LawSet
from policies.vocabulary import Outcome


class Unreachable(msgspec.Struct, frozen=True):
    """A clause or an obligation of a rule that no case reaches: *what* names it."""

    rule: str
    what: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.what} is reached by no case"


class Conflict(msgspec.Struct, frozen=True):
    """Two rules of one section of which one releases and the other withholds, in one case.

    The first decides, because it stands first. *Because* holds the facts of such a case that
    matter, as conditions.
    """

    section: str
    first: Ending
    second: Ending
    because: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.first}, though {self.second.rule} would {self.second.outcome}"


class Duplicate(msgspec.Struct, frozen=True):
    """Two clauses that apply in the same cases and end them alike: the *second* does nothing."""

    first: str
    second: str
    outcome: Outcome

    def __str__(self) -> str:
        return f"{self.second} says {self.outcome} where {self.first} does"


class Coverage(msgspec.Struct, frozen=True):
    """What was found of the rules in force on one day."""

    unreachable: tuple[Unreachable, ...]
    conflicts: tuple[Conflict, ...]
    duplicates: tuple[Duplicate, ...]


def cover(law: LawSet, as_of: dt.date) -> Coverage:
    """Return what of the rules in force on the day *as_of* is unreachable, in conflict or double.

    A conflict is information: that the first rule decides is how the rules are read. Raise
    `ProofError` where the solver cannot tell.
    """
    symbols = Symbols()
    survey = _Survey(Formula(law, as_of, symbols), Solver(symbols))
    return Coverage(
        tuple(survey.unreachable()), tuple(survey.conflicts()), tuple(survey.duplicates())
    )


class _Survey:
    """Asks of each rule, and of each two of a section."""

    def __init__(self, formula: Formula, solver: Solver) -> None:
        self._formula = formula
        self._solver = solver
        self._symbols = formula.symbols
        for standing in formula.standings:
            solver.named(standing.reached)
            solver.named(standing.meets)

    def unreachable(self) -> Iterator[Unreachable]:
        """Yield each clause that no case reaches, and each obligation that none owes."""
        for standing in self._formula.standings:
            if not self._solver.holds(standing.reached):
                clause = f"clause {standing.number + 1} ({standing.effect})"
                yield Unreachable(standing.rule.id, clause)
        for obliging in self._formula.obligings:
            if obliging.rule != UNSETTLED and not self._solver.holds(obliging.truth):
                yield Unreachable(obliging.rule, f"the obligation {obliging.obligation}")

    def conflicts(self) -> Iterator[Conflict]:
        """Yield each two rules of a section that would end one case in opposite ways."""
        for first, second in combinations(self._settling(), 2):
            if first[0].rule.section == second[0].rule.section and second[0].rule.when != ALWAYS:
                for releases in (True, False):
                    yield from self._conflict(
                        [each for each in first if _releases(each) is releases],
                        [each for each in second if _releases(each) is not releases],
                    )

    def duplicates(self) -> Iterator[Duplicate]:
        """Yield each clause that nothing reaches because one before it says the same."""
        standings = [each for each in self._formula.standings if _settles(each)]
        for first, second in combinations(standings, 2):
            if first.effect == second.effect and not self._solver.holds(second.reached):
                unlike = self._symbols.no(first.meets == second.meets)
                if not self._solver.holds(unlike):
                    yield Duplicate(first.rule.id, second.rule.id, Outcome(second.effect))

    def _settling(self) -> list[list[Standing]]:
        """Return the clauses that settle a category, rule by rule."""
        by_rule = groupby(self._formula.standings, key=lambda each: id(each.rule))
        kept = ([each for each in standings if _settles(each)] for _, standings in by_rule)
        return [standings for standings in kept if standings]

    def _conflict(self, first: list[Standing], second: list[Standing]) -> Iterator[Conflict]:
        symbols = self._symbols
        decides = symbols.either([each.reached for each in first])
        would = symbols.either([each.meets for each in second])
        case = self._solver.case(decides, would)
        if case is None:
            return
        truth = symbols.every([decides, would])
        readings = [case.category_reading(), *case.readings()]
        matter = self._solver.mattering(readings, truth, given=symbols.true)
        decided = next(each for each in first if case.tells(each.reached))
        other = next(each for each in second if case.tells(each.meets))
        yield Conflict(
            decided.rule.section,
            Ending(Outcome(decided.effect), decided.rule.id),
            Ending(Outcome(other.effect), other.rule.id),
            tuple(each.words for each in matter),
        )


def _settles(standing: Standing) -> bool:
    return standing.effect not in {GO_ON, UNCHANGED}


def _releases(standing: Standing) -> bool:
    return RELEASES[Outcome(standing.effect)] > 0
