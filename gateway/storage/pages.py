"""The stored log as those who verify it read it: checkpoint, tiles, bundles (C2SP tlog-tiles)."""

from audit.merkle import HASH_BYTES
from audit.tiles import TILE_HEIGHT, TILE_WIDTH, Bundle, Tile, encode_bundle
from gateway.storage.log import Log
from gateway.storage.published import Published


class LogPages:
    """Reads the *log* by the names that the log's readers use.

    Each shard is a log of its own, by its number; without one, it is the shard that is open.
    """

    def __init__(self, log: Log) -> None:
        self._log = log

    async def checkpoint(self, shard: int | None = None) -> bytes | None:
        """Return the newest checkpoint that the witnesses cosigned; without them, the newest.

        None where there is no such shard.
        """
        published = self._log.refresh() if shard is None else self._log.shard(shard)
        return None if published is None else self._log.with_cosignatures(published).note

    async def tile(self, place: Tile | Bundle, shard: int | None = None) -> bytes | None:
        """Return what stands at *place*, or None where the log has not grown so far.

        A partial tile stays readable at its width when the tile is full: a reader may hold an
        older checkpoint.
        """
        if shard is not None:
            published = self._log.shard(shard)
            return None if published is None else self._read(published, place)
        known = self._read(self._log.published, place)
        # The reader's checkpoint may be from another node, which knew of more.
        return self._read(self._log.refresh(), place) if known is None else known

    def _read(self, published: Published, place: Tile | Bundle) -> bytes | None:
        level = place.level if isinstance(place, Tile) else 0
        held = published.size >> (TILE_HEIGHT * level)
        start = place.index * TILE_WIDTH
        if start + place.width > held:
            return None
        if isinstance(place, Bundle):
            first = published.shard.base + start
            leaves = self._log.leaves(first, first + place.width)
            return encode_bundle([leaf for _, leaf in leaves])
        if start + TILE_WIDTH <= held:
            return published.read_tile(place.level, place.index)[: place.width * HASH_BYTES]
        return published.edge.tile(place)
