"""The shards that take no more entries, as what was signed of them last proves them."""

from collections.abc import Callable
from dataclasses import dataclass, field

from audit.note import VerifierKey
from gateway.errors import IntegrityError
from gateway.storage.database import Database
from gateway.storage.published import Published
from gateway.storage.shards import Shards, StoredHead


@dataclass(slots=True)
class EndedShards:
    """Reads the ended shards of one log, each once; *keys_of* gives the keys of a log's name."""

    database: Database
    shards: Shards
    keys_of: Callable[[str], tuple[VerifierKey, ...]]
    _read: dict[int, Published] = field(default_factory=dict, init=False)

    def heads(self, number: int) -> list[StoredHead]:
        """Return the heads of the shards before the one with this *number*, in their order."""
        with self.database.reading() as connection:
            return [one for one in self.shards.since(connection, 0) if one.shard.number < number]

    def published(self, stored: StoredHead) -> Published:
        """Return a shard as its last checkpoint covers it, with the cosignatures that it has.

        Raises `IntegrityError` where what is stored of it does not hold together.
        """
        shard = stored.shard
        found = self._read.get(shard.number)
        if found is not None:
            return found
        with self.database.reading() as connection:
            edge = self.shards.restore(connection, stored)
            keys = self.keys_of(shard.origin)
            signed = self.shards.require_checkpoint(connection, shard, edge, keys)
            note = self.shards.last_checkpoint(connection, shard)
            lines = self.shards.cosignatures(connection, shard, edge.size)
        if signed is None or note is None or signed.size != edge.size:
            message = "the last checkpoint of a log that ended is missing"
            raise IntegrityError(message)
        read_tile = self.shards.tiles_of(shard)
        found = Published(shard, edge, note + lines, edge.size, read_tile)
        self._read[shard.number] = found
        return found
