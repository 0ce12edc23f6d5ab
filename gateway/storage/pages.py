"""The stored log as those who verify it read it: checkpoint, tiles, bundles (C2SP tlog-tiles)."""

from audit.merkle import HASH_BYTES
from audit.tiles import TILE_HEIGHT, TILE_WIDTH, Bundle, Tile, encode_bundle
from gateway.storage.log import Log


class LogPages:
    """Reads the *log* by the names that the log's readers use."""

    def __init__(self, log: Log) -> None:
        self._log = log

    async def checkpoint(self) -> bytes:
        """Return the newest checkpoint that the witnesses cosigned; without them, the newest."""
        published, cosigned = self._log.refresh(), self._log.cosigned
        return published.note if cosigned is None else cosigned.note

    async def tile(self, place: Tile | Bundle) -> bytes | None:
        """Return what stands at *place*, or None where the log has not grown so far.

        A partial tile stays readable at its width when the tile is full: a reader may hold an
        older checkpoint.
        """
        published = self._log.published
        level = place.level if isinstance(place, Tile) else 0
        held = published.size >> (TILE_HEIGHT * level)
        start = place.index * TILE_WIDTH
        if start + place.width > held:
            return None
        if isinstance(place, Bundle):
            leaves = self._log.leaves(start, start + place.width)
            return encode_bundle([leaf for _, leaf in leaves])
        if start + TILE_WIDTH <= held:
            return self._log.read_tile(place.level, place.index)[: place.width * HASH_BYTES]
        return published.edge.tile(place)
