"""Prove the named invariants of a law set and its agreements, or find a case that breaks one."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import NamedTuple, assert_never

import msgspec
import z3

from policies.agreements import Agreements
from policies.attributes import FACTS
from policies.conditions import Condition
from policies.proving.case import Case, Reading
from policies.proving.difference import Ending
from policies.proving.formula import Formula
from policies.proving.invariants import IN_A_CLAUSE, Claim, Invariants, Never, NoMore, Owes, shipped
from policies.proving.register import Register
from policies.proving.solving import Solver
from policies.proving.symbols import Symbols, Truth
from policies.rules import LawSet
from policies.vocabulary import Category


class Counterexample(msgspec.Struct, frozen=True):
    """One case that breaks a claim.

    *Because* holds the facts that matter, each as a condition that a rule could state; where the
    claim compares two cases, *then* holds what is different in the second. *Facts* is one whole
    case (the first), which `policy decide` reads.
    """

    category: Category
    because: tuple[str, ...]
    then: tuple[str, ...]
    endings: tuple[Ending, ...]
    facts: Mapping[str, object]

    def __str__(self) -> str:
        then = f"; then {', '.join(self.then)}" if self.then else ""
        return f"{' becomes '.join(map(str, self.endings))} where {', '.join(self.because)}{then}"


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one claim: it holds where no counterexample was found.

    *Idle* names the exceptions of the claim that no case needs.
    """

    name: str
    sentence: str
    source: str
    counterexample: Counterexample | None = None
    idle: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether the claim was proved."""
        return self.counterexample is None


def prove(
    law: LawSet,
    as_of: dt.date,
    *,
    agreements: Agreements | None = None,
    invariants: Invariants | None = None,
) -> tuple[Proof, ...]:
    """Return what comes of each claim under the rules in force on the day *as_of*.

    What a claim says of clauses is proved of the register *agreements*; all else holds of any
    agreement whatever. Raise `ProofError` where the solver cannot tell.
    """
    prover = _Prover(law, as_of, agreements or Agreements(()), invariants or shipped())
    return tuple(prover.proofs())


class _Breach(NamedTuple):
    """What would break a claim: *truth*, unless it is *allowed*, where *given* holds."""

    claim: Claim
    given: Truth
    truth: Truth
    allowed: tuple[Truth, ...]

    @property
    def is_of_two(self) -> bool:
        return isinstance(self.claim.form, NoMore)

    def unexcused(self, but: Truth | None = None) -> tuple[Truth, ...]:
        """Return the truths that together break the claim, were there no exception *but* it."""
        return (self.truth, *(z3.Not(each) for each in self.allowed if each is not but))

    def truths(self) -> tuple[Truth, ...]:
        return (self.given, *self.unexcused(), *self.allowed)


class _Prover:
    """All claims in one context of the solver: over one case and, where they compare, a second."""

    def __init__(
        self, law: LawSet, as_of: dt.date, agreements: Agreements, invariants: Invariants
    ) -> None:
        self._law = law
        self._as_of = as_of
        self._agreements = agreements
        self._invariants = invariants
        self._symbols = Symbols()

    def proofs(self) -> Iterator[Proof]:
        breaches = [self._breach(claim) for claim in self._invariants.claims]
        # A register is large: what does not ask about it is answered without it.
        solvers = {asks: self._solver(asks, breaches) for asks in (False, True)}
        return (self._proof(breach, solvers[breach.claim.asks_clauses]) for breach in breaches)

    @cached_property
    def _before(self) -> Formula:
        clauses = any(claim.asks_clauses for claim in self._invariants.claims)
        given = {IN_A_CLAUSE: self._register.in_a_clause} if clauses else {}
        return Formula(self._law, self._as_of, self._symbols, given)

    @cached_property
    def _after(self) -> Formula:
        return Formula(self._law, self._as_of, Symbols(self._symbols, FACTS))

    @cached_property
    def _register(self) -> Register:
        return Register(self._agreements, self._as_of, self._symbols)

    def _solver(self, asks_clauses: bool, breaches: Iterable[_Breach]) -> Solver:  # noqa: FBT001 - which of the two
        solver = Solver(self._symbols)
        asked = [each for each in breaches if each.claim.asks_clauses is asks_clauses]
        if asked:
            solver.watch(self._before)
        if any(each.is_of_two for each in asked):
            solver.require(self._after.symbols.bounds())
            solver.watch(self._after)
        for breach in asked:
            for truth in breach.truths():
                solver.named(truth)
        return solver

    def _proof(self, breach: _Breach, solver: Solver) -> Proof:
        claim = breach.claim
        return Proof(
            name=claim.name,
            sentence=claim.sentence,
            source=claim.source,
            counterexample=self._counterexample(breach, solver),
            idle=tuple(
                allowance.reads
                for allowance, allowed in zip(claim.allowances, breach.allowed, strict=True)
                if not solver.holds(breach.given, *breach.unexcused(allowed), allowed)
            ),
        )

    def _counterexample(self, breach: _Breach, solver: Solver) -> Counterexample | None:
        for part in self._parts(breach):
            with solver.supposing(part):
                case = solver.case(breach.given, *breach.unexcused())
                if case is not None:
                    return self._told(breach, case, solver)
        return None

    def _parts(self, breach: _Breach) -> Iterable[Truth]:
        """Return what is supposed, one after the other, where a claim is about a register."""
        return self._register.parts() if breach.claim.asks_clauses else (self._symbols.true,)

    def _told(self, breach: _Breach, case: Case, solver: Solver) -> Counterexample:
        formulas = (self._before, self._after) if breach.is_of_two else (self._before,)
        first, second = self._readings(breach, case)
        broken = self._symbols.every(breach.unexcused())
        matter = solver.mattering([*first, *second], broken, given=breach.given)
        return Counterexample(
            category=case.category,
            because=tuple(each.words for each in matter if each in first),
            then=tuple(each.words for each in matter if each in second),
            endings=tuple(formula.ending(case) for formula in formulas),
            facts=case.facts.plain(),
        )

    def _readings(self, breach: _Breach, case: Case) -> tuple[list[Reading], list[Reading]]:
        first = [case.category_reading(), *case.readings()]
        if breach.claim.asks_clauses:
            first.append(self._register.reading(case))
        form = breach.claim.form
        if not isinstance(form, NoMore):
            return first, []
        second = case.of(self._after.symbols).readings()
        return first, [each for each in second if each.fact in form.facts]

    def _breach(self, claim: Claim) -> _Breach:
        formulas = [self._before]
        given = self._symbols.true
        if isinstance(claim.form, NoMore):
            formulas.append(self._after)
            same = [name for name in FACTS if name not in claim.form.facts]
            given = self._symbols.same(self._after.symbols, same)
        allowed = tuple(
            self._symbols.either([self._holds(each.condition, formula) for formula in formulas])
            for each in claim.allowances
        )
        return _Breach(claim, given, self._broken(claim.form), allowed)

    def _broken(self, form: Never | Owes | NoMore) -> Truth:
        every, either = self._symbols.every, self._symbols.either
        match form:
            case Never(condition):
                return self._holds(condition, self._before)
            case Owes(condition, owed, not_owed):
                missing = [z3.Not(self._before.owed(each)) for each in owed]
                wrong = [self._before.owed(each) for each in not_owed]
                return every([self._holds(condition, self._before), either([*missing, *wrong])])
            case NoMore(_, before, after):
                held = [self._holds(before, self._before), self._holds(after, self._after)]
                return every([*held, self._after.releases_more(self._before)])
            case _:
                assert_never(form)

    def _holds(self, condition: Condition, formula: Formula) -> Truth:
        return formula.holds(condition, self._invariants.terms)
