"""Questions to the solver: is there a case in which this holds, and which of its facts matter."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Final

import z3

from policies.errors import ProofError
from policies.proving.case import Case, Reading
from policies.proving.formula import Formula
from policies.proving.symbols import Symbols, Truth

_PATIENCE_MS: Final = 60_000


class Solver:
    """Answers questions about cases that meet what was *required*, in one context.

    A question is asked of a truth by its name: to name many before the first question is quicker
    than to ask of each anew.
    """

    def __init__(self, symbols: Symbols) -> None:
        self._symbols = symbols
        self._solver = z3.SimpleSolver(ctx=symbols.context)
        self._solver.set("timeout", _PATIENCE_MS)
        # A core is the facts that matter: none of them can be left out.
        self._solver.set("core.minimize", True)  # noqa: FBT003 - the option's value
        self._names: dict[int, tuple[Truth, Truth]] = {}
        self.require(symbols.bounds())

    def require(self, truth: Truth) -> None:
        """Leave out the cases in which *truth* does not hold."""
        self._solver.add(truth)

    @contextmanager
    def supposing(self, truth: Truth) -> Iterator[None]:
        """Leave out the cases in which *truth* does not hold, for a while."""
        names = self._names.copy()
        self._solver.push()
        self._solver.add(truth)
        try:
            yield
        finally:
            self._solver.pop()
            # What was named meanwhile is forgotten with it.
            self._names = names

    def named(self, truth: Truth) -> Truth:
        """Return a name of *truth*, by which questions are asked."""
        key = truth.get_id()
        if key not in self._names:
            name = z3.Bool(f"asked-{len(self._names)}", self._symbols.context)
            self._solver.add(name == truth)
            # The truth is kept beside its name: the number of one that is gone goes to another.
            self._names[key] = (name, truth)
        return self._names[key][0]

    def case(self, *truths: Truth) -> Case | None:
        """Return a case in which all *truths* hold, or `None` where there is none.

        Raise `ProofError` where the solver gives up.
        """
        answer = self._solver.check(*(self.named(truth) for truth in truths))
        if answer == z3.unknown:
            message = "the solver did not answer in time"
            raise ProofError(message)
        return Case(self._symbols, self._solver.model()) if answer == z3.sat else None

    def holds(self, *truths: Truth) -> bool:
        """Whether there is a case in which all *truths* hold."""
        return self.case(*truths) is not None

    def watch(self, formula: Formula) -> None:
        """Name how *formula* can end: quicker before the first question than after it."""
        for truth in formula.endings():
            self.named(truth)

    def mattering(
        self, readings: Iterable[Reading], truth: Truth, *, given: Truth
    ) -> list[Reading]:
        """Return the fewest *readings* of a case that give *truth*, whatever the rest is.

        None of them can be left out; another choice of as few may exist. Only cases in which
        *given* holds are thought of.
        """
        readings = list(readings)
        if not self.gives(readings, truth, given=given):
            message = "the facts of a case do not give it"
            raise ProofError(message)
        core = {each.get_id() for each in self._solver.unsat_core()}
        return [each for each in readings if self.named(each.holds).get_id() in core]

    def gives(self, readings: Iterable[Reading], truth: Truth, *, given: Truth) -> bool:
        """Whether *truth* holds in every case that has these *readings*, where *given* holds."""
        asked = [given, self._symbols.no(truth), *(each.holds for each in readings)]
        answer = self._solver.check(*(self.named(each) for each in asked))
        return bool(answer == z3.unsat)
