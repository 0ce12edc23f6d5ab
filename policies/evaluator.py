"""Rule U: where facts are not recorded, a decision is what all worlds that remain agree on.

The table is tried on the facts as they are. Where it consults one that is not recorded, the world
divides into those in which its question has one answer and those in which it has the other, for
just the categories that asked; each is tried in its turn. A category on which worlds disagree is
tried further only in worlds that could make it owe what nothing owes yet.
"""

from typing import Final, NamedTuple

from policies.decision_table import Findings, Table
from policies.masks import Encoded, Fork, fact_at, possible

# Rule U may refer past a stated limit: this many worlds (2 ** 12) for one category.
MAX_WORLDS: Final = 4_096
# So many worlds of a category are tried whether or not they disagree, to find the facts that tell.
ENOUGH_WORLDS: Final = 64


class Evaluation(NamedTuple):
    """What was found over all worlds.

    *Missing* says for which categories a fact was consulted that is not recorded; *exhausted* are
    those for which there are too many worlds to try.
    """

    findings: Findings
    missing: dict[str, int]
    exhausted: int


def evaluate(table: Table, facts: tuple[Encoded, ...], mask: int) -> Evaluation:
    """Return what the rules of *table* find for the categories in *mask*, over all worlds."""
    try:
        return Evaluation(table.find(facts, mask), {}, 0)
    except Fork:
        return _over_all_worlds(table, facts, mask)


def _over_all_worlds(table: Table, facts: tuple[Encoded, ...], mask: int) -> Evaluation:
    found = _Found(table)
    waiting = [(facts, mask)]
    while waiting:
        world, mask = waiting.pop()
        asking = found.worth_trying(world, mask)
        try:
            found.add(table.find(world, asking), asking)
        except Fork as fork:
            found.consulted(fork)
            waiting += _divided(fork, world, asking)
    return found.evaluation()


def _divided(
    fork: Fork, facts: tuple[Encoded, ...], mask: int
) -> list[tuple[tuple[Encoded, ...], int]]:
    """Return the worlds into which *fork* divides *facts*, and who is to be tried in each."""
    # INVARIANT: a fact is only consulted on behalf of some category, so that each world in which
    # it was knows more than before, and the others have fewer categories: the work ends.
    worlds = [
        ((*facts[: fork.place], value, *facts[fork.place + 1 :]), fork.mask)
        for value in fork.either
    ]
    others = mask & ~fork.mask
    return [*worlds, (facts, others)] if others else worlds


class _Found:
    """What the worlds that were tried gave, and on which categories they disagree."""

    def __init__(self, table: Table) -> None:
        self.missing: dict[str, int] = {}
        self._table = table
        self._settled: dict[int, int] = {}
        self._owed = 0
        self._failed: frozenset[str] = frozenset()
        self._ended: dict[str, int] = {}
        self._disagreed = 0
        self._enough = _Tally(ENOUGH_WORLDS)
        self._limit = _Tally(MAX_WORLDS)

    @property
    def _referred(self) -> int:
        """The categories that are referred, whatever the worlds that remain give."""
        return self._disagreed & self._enough.full

    def worth_trying(self, world: tuple[Encoded, ...], mask: int) -> int:
        """Return the categories in *mask* about which *world* could tell anything new."""
        mask &= ~self._limit.full
        referred = mask & self._referred
        if not referred:
            return mask
        return mask & ~referred | self._table.may_owe(possible(world), referred, self._owed)

    def consulted(self, fork: Fork) -> None:
        """Take note of the fact that was consulted."""
        name = fact_at(fork.place)
        self.missing[name] = self.missing.get(name, 0) | fork.mask & ~self._referred

    def add(self, findings: Findings, mask: int) -> None:
        """Add the *findings* of one world more, for the categories in *mask*."""
        for how, categories in findings.settled:
            self._settled[how] = self._settled.get(how, 0) | categories
            self._end(self._table.settlements[how].outcome, categories)
        self._owed |= findings.owed
        self._failed |= findings.failed
        self._enough.count(mask)
        self._limit.count(mask)

    def _end(self, outcome: str, categories: int) -> None:
        for other, ended in self._ended.items():
            if other != outcome:
                self._disagreed |= ended & categories
        self._ended[outcome] = self._ended.get(outcome, 0) | categories

    def evaluation(self) -> Evaluation:
        """Return what was found over all worlds."""
        findings = Findings(list(self._settled.items()), self._owed, self._failed)
        return Evaluation(findings, self.missing, self._limit.full)


class _Tally:
    """Counts worlds for all categories at once: plane *n* holds bit *n* of every count.

    Those that were counted *limit* times, a power of two, are *full*.
    """

    def __init__(self, limit: int) -> None:
        self._planes = [0] * (limit.bit_length() - 1)
        self.full = 0

    def count(self, mask: int) -> None:
        """Count one world more for the categories in *mask*."""
        for place, plane in enumerate(self._planes):
            self._planes[place] = plane ^ mask
            mask &= plane
            if not mask:
                return
        self.full |= mask
