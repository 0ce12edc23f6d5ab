"""What was signed of the log, and the proofs that can be made from it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from audit.parts import Opening
from audit.proofs import Proof
from audit.receipts import make_receipt
from audit.tree import Edge, ReadTile
from gateway.storage.shards import Shard


@dataclass(frozen=True, slots=True)
class Published:
    """A signed checkpoint, *note*, of the first *size* entries of a shard, and what proves them.

    *edge* is that of a durable state of the shard, this one or a later one. Entries are named by
    their number, which goes on through all shards.
    """

    shard: Shard
    edge: Edge
    note: bytes
    size: int
    read_tile: ReadTile

    @property
    def place(self) -> tuple[int, int]:
        """How far the log had come: what has a greater place is newer."""
        return self.shard.number, self.size

    @property
    def end(self) -> int:
        """The number of the entry after the last that the checkpoint covers."""
        return self.shard.base + self.size

    def holds(self, seq: int) -> bool:
        """Whether the checkpoint covers entry *seq*."""
        return self.shard.base <= seq < self.end

    def under(self, note: bytes, size: int) -> "Published":
        """Return the same shard as *note* covers it: a checkpoint of its first *size* entries."""
        return replace(self, note=note, size=size)

    def proof(self, seq: int) -> Proof:
        """Return the proof that entry *seq* is in its log, or raise `TreeError`."""
        index = seq - self.shard.base
        hashes = self.edge.inclusion_proof(index, self.size, self.read_tile)
        return Proof(index, tuple(hashes), self.note)

    def growth_from(self, size: int) -> list[bytes]:
        """Return the proof that the shard has only grown since it had *size* entries.

        Raises `TreeError` where it never had so many.
        """
        return self.edge.consistency_proof(size, self.size, self.read_tile)

    def receipt(self, seq: int, leaf: bytes, opening: Opening) -> bytes:
        """Return the receipt for entry *seq*, for the holder of *opening*."""
        return make_receipt(leaf, self.proof(seq), opening)


def lost_between(shards: Sequence[Published]) -> tuple[str, ...]:
    """Return the entries that were lost with a database, as ranges, ends included.

    They had numbers, which no others get: each shard begins after those that were lost before it.
    """
    return tuple(
        f"{before.end}-{after.shard.base - 1}"
        for before, after in pairwise(shards)
        if before.end < after.shard.base
    )
