"""Rule U: where facts are not recorded, a decision is what all worlds that remain agree on.

The table is tried on the facts as they are. Where it consults one that is not recorded, the world
divides into those in which its question has one answer and those in which it has the other, for
just the categories that asked; each is tried in its turn.
"""

from typing import Final, NamedTuple

from policies.decision_table import Findings, Table
from policies.masks import Encoded, Fork, fact_at

# Rule U may refer past a stated limit: this many worlds (2 ** 12) for one category.
MAX_WORLDS: Final = 4_096


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
    settled: dict[int, int] = {}
    missing: dict[str, int] = {}
    owed = 0
    failed: frozenset[str] = frozenset()
    tally = _Tally()
    waiting = [(facts, mask)]
    while waiting:
        world, asking = waiting.pop()
        asking &= ~tally.full
        try:
            found = table.find(world, asking)
        except Fork as fork:
            waiting += _divided(fork, world, asking, missing)
            continue
        if not missing:
            return Evaluation(found, missing, 0)
        tally.count(asking)
        for how, categories in found.settled:
            settled[how] = settled.get(how, 0) | categories
        owed |= found.owed
        failed |= found.failed
    return Evaluation(Findings(list(settled.items()), owed, failed), missing, tally.full)


def _divided(
    fork: Fork, facts: tuple[Encoded, ...], mask: int, missing: dict[str, int]
) -> list[tuple[tuple[Encoded, ...], int]]:
    """Return the worlds into which *fork* divides *facts*, and who is to be tried in each."""
    # INVARIANT: a fact is only consulted on behalf of some category, so that each world in which
    # it was knows more than before, and the others have fewer categories: the work ends.
    name = fact_at(fork.place)
    missing[name] = missing.get(name, 0) | fork.mask
    worlds = [
        ((*facts[: fork.place], value, *facts[fork.place + 1 :]), fork.mask)
        for value in fork.either
    ]
    others = mask & ~fork.mask
    return [*worlds, (facts, others)] if others else worlds


class _Tally:
    """Counts worlds for all categories at once: plane *n* holds bit *n* of every count."""

    def __init__(self) -> None:
        self._planes = [0] * (MAX_WORLDS.bit_length() - 1)
        self.full = 0

    def count(self, mask: int) -> None:
        """Count one world more for the categories in *mask*."""
        for place, plane in enumerate(self._planes):
            self._planes[place] = plane ^ mask
            mask &= plane
            if not mask:
                return
        self.full |= mask
