"""The fidelity ledger: what a mapping says of every leaf of its source.

Every leaf is kept, changed (how), lost (why) or unmapped. Unmapped leaves stay with the
original and are never shareable (design, invariant 10).
"""

from collections import Counter
from enum import StrEnum

from msgspec import Struct


class Fate(StrEnum):
    """What became of one leaf of the source."""

    KEPT = "kept"
    CHANGED = "changed"
    LOST = "lost"
    UNMAPPED = "unmapped"


class Leaf(Struct, frozen=True):
    """One leaf of the source: its *place* there, its *fate*, and how or why where that is needed.

    *element* is the path of the CAF element that it went to, if any. The value is not here.
    """

    place: str
    fate: Fate
    element: str | None = None
    note: str | None = None


class Ledger(Struct, frozen=True):
    """The fate of every leaf of one source record."""

    leaves: tuple[Leaf, ...] = ()

    def count(self) -> dict[Fate, int]:
        """Return how many leaves met each fate.

        >>> Ledger((Leaf("a", Fate.KEPT), Leaf("b", Fate.UNMAPPED))).count()[Fate.UNMAPPED]
        1
        >>> Ledger().count()[Fate.LOST]
        0
        """
        counted = Counter(leaf.fate for leaf in self.leaves)
        return {fate: counted[fate] for fate in Fate}
