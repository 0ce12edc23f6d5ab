"""The erasures that the log records: which details may be missing, and who was erased."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, cast

from sqlalchemy import select

from audit.entry import Detail
from audit.errors import AuditError
from audit.events import EntryType
from audit.leaf import Leaf
from audit.parts import Part
from gateway.errors import GatewayError
from gateway.storage import tables
from gateway.storage.database import Database
from gateway.storage.vault import Vault, detail_place

_ALL: Final = select(tables.erasure.c.subject, tables.erasure.c.leaf).order_by(
    tables.erasure.c.leaf
)
_RECORDED: Final = (
    select(tables.audit_leaf.c.entry, tables.audit_detail.c.sealed)
    .join(tables.erasure, tables.erasure.c.leaf == tables.audit_leaf.c.seq)
    .join(tables.audit_detail, tables.audit_detail.c.seq == tables.audit_leaf.c.seq)
)


@dataclass(frozen=True, slots=True)
class ErasedEntries:
    """The entries that erasures name, as ranges in order, ends included.

    >>> 5 in ErasedEntries(((3, 3), (5, 7))), 4 in ErasedEntries(((3, 3), (5, 7)))
    (True, False)
    """

    ranges: tuple[tuple[int, int], ...]

    def __contains__(self, index: int) -> bool:
        """Whether an erasure names entry *index*."""
        before = bisect_right(self.ranges, index, key=lambda one: one[0]) - 1
        return before >= 0 and index <= self.ranges[before][1]


def erased_entries(database: Database, vault: Vault) -> ErasedEntries:
    """Return the entries whose details, and whose child's key, may be missing.

    For whoever verifies the stored log: an entry without a detail, or with one whose key is gone,
    is as it should be if it is in what this returns, and a fault if not. It believes no row: what
    an erasure names stands in its own sealed detail, which its leaf commits to. That the leaves
    are those of the log is verified apart from this. An erasure that cannot be read so names
    nothing, and what it was to account for becomes a fault.
    """
    rows = cast("list[tuple[bytes, bytes]]", database.rows(_RECORDED))
    named = (one for leaf, sealed in rows for one in _named(vault, leaf, sealed))
    return ErasedEntries(tuple(sorted(named)))


def subjects(database: Database) -> dict[bytes, int]:
    """Return who was erased, by the keyed hash of the child's id, and which entry records it."""
    rows = cast("list[tuple[bytes, int]]", database.rows(_ALL))
    return {bytes(subject): leaf for subject, leaf in rows}


def as_ranges(entries: Iterable[int]) -> list[str]:
    """Return *entries*, in order, as an erasure names them.

    >>> as_ranges([3, 5, 6, 7])
    ['3-3', '5-7']
    """
    known = list(entries)
    breaks = [(a, b) for a, b in pairwise(known) if b != a + 1]
    starts = [*known[:1], *(b for _, b in breaks)]
    stops = [*(a for a, _ in breaks), *known[-1:]]
    return [f"{start}-{stop}" for start, stop in zip(starts, stops, strict=True)]


def _named(vault: Vault, entry: bytes, sealed: bytes) -> Iterator[tuple[int, int]]:
    try:
        leaf = Leaf.decode(entry)
        detail = Detail.decode(vault.open(None, detail_place(leaf.commit), sealed))
        fields = detail.open(Part.GATEWAY).fields()
    except (AuditError, GatewayError):
        return
    if leaf.type is EntryType.ERASURE and detail.commit == leaf.commit:
        for text in cast("list[str]", fields["entries"]):
            start, _, stop = text.partition("-")
            yield int(start), int(stop)
