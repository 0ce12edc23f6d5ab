"""What was signed of the log, and the proofs that can be made from it."""

from dataclasses import dataclass

from audit.parts import Opening
from audit.proofs import Proof
from audit.receipts import make_receipt
from audit.tree import Edge, ReadTile
from gateway.storage.shards import Shard


@dataclass(frozen=True, slots=True)
class Published:
    """A durable state of one shard of the log, and the signed checkpoint, *note*, that covers it.

    Entries are named by their number, which goes on through all shards.
    """

    shard: Shard
    edge: Edge
    note: bytes
    read_tile: ReadTile
    covering: int | None = None
    """How many entries the checkpoint covers, where *edge* is that of a later state."""

    @property
    def size(self) -> int:
        """How many entries the checkpoint covers: those of its shard."""
        return self.edge.size if self.covering is None else self.covering

    @property
    def end(self) -> int:
        """The number that the next entry gets: beyond every entry that there is."""
        return self.shard.base + self.size

    def proof(self, seq: int) -> Proof:
        """Return the proof that entry *seq* is in its log, or raise `TreeError`."""
        return self.proof_under(self.note, self.size, seq)

    def growth_from(self, size: int) -> list[bytes]:
        """Return the proof that this shard has only grown since it had *size* entries.

        Raises `TreeError` where it never had so many.
        """
        return self.edge.consistency_proof(size, self.size, self.read_tile)

    def proof_under(self, note: bytes, size: int, seq: int) -> Proof:
        """Return the proof by an older checkpoint of the same log, *note*, of this *size*."""
        index = seq - self.shard.base
        hashes = self.edge.inclusion_proof(index, size, self.read_tile)
        return Proof(index, tuple(hashes), note)

    def receipt(self, seq: int, leaf: bytes, opening: Opening) -> bytes:
        """Return the receipt for entry *seq*, for the holder of *opening*."""
        return make_receipt(leaf, self.proof(seq), opening)
