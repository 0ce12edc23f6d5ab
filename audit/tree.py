"""The growing tree: what the log keeps in memory, and the proofs that it makes from that.

An `Edge` holds the right edge of the tree: for each tile level the tile that is being
filled and the full one before it, with the inner nodes of both. That is enough to append,
to give the root, and to prove what was appended lately without reading anything; older
proofs read full tiles from storage, two or three each.

An edge never changes. `Edge.extend` returns another, so that the edge from before is still
right if the transaction that stores the new leaves is rolled back.

A full tile may be stored with the nodes inside it behind its hashes, which doubles it: a proof
then takes its hashes from where they stand, and hashes next to nothing itself.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

from audit.errors import TreeError
from audit.merkle import (
    HASH_BYTES,
    consistency_ranges,
    fold,
    fold_perfect,
    inclusion_ranges,
    node_hash,
    node_hashes,
    perfect_subtrees,
)
from audit.tiles import TILE_BYTES, TILE_HEIGHT, TILE_WIDTH, Tile

ReadTile: TypeAlias = Callable[[int, int], bytes]
"""Gives the 8192 bytes of the full tile with this level and index, perhaps with its inner nodes."""

INNER_BYTES = HASH_BYTES * (TILE_WIDTH - 2)
"""The nodes between a full tile's hashes and its root: 128 of the lowest row, then 64, ..."""

ReadLeafHashes: TypeAlias = Callable[[int, int], Sequence[bytes]]
"""Gives the hashes of the leaves from one index up to, not including, another."""

_Rows: TypeAlias = tuple[tuple[bytes, ...], ...]
_NO_ROWS: _Rows = ((),) * TILE_HEIGHT


@dataclass(frozen=True, slots=True)
class _Band:
    """The last tiles of one tile level: a row of nodes for each of the eight heights in it."""

    first: int
    """The index of the first tile that the rows hold."""
    rows: _Rows


@dataclass(frozen=True, slots=True)
class FullTile:
    """A tile that was filled: what storage keeps of the tree, written once.

    *inner* is the nodes inside it, row by row from the lowest.
    """

    level: int
    index: int
    hashes: bytes
    inner: bytes

    @property
    def stored(self) -> bytes:
        """What to store, to make proofs from it at once: the tile, and the nodes inside it."""
        return self.hashes + self.inner


@dataclass(frozen=True, slots=True)
class Edge:
    """The right edge of a tree of *size* leaves.

    >>> from audit.merkle import leaf_hash
    >>> edge = Edge.empty().extend([leaf_hash(b"a"), leaf_hash(b"b")]).edge
    >>> edge.size, edge.root() == node_hash(leaf_hash(b"a"), leaf_hash(b"b"))
    (2, True)
    """

    size: int
    _bands: tuple[_Band, ...]

    @classmethod
    def empty(cls) -> "Edge":
        """Return the edge of a tree without leaves."""
        return cls(0, ())

    @classmethod
    def restore(cls, size: int, read_tile: ReadTile, read_leaf_hashes: ReadLeafHashes) -> "Edge":
        """Return the edge of a stored tree of *size* leaves.

        Reads fewer than 256 leaf hashes, and the few hundred full tiles below the right edge,
        whatever the size. Nothing is believed of what is read: compare `root()` or `frontier`
        with what was signed. Raises `TreeError` if storage gives too little.
        """
        bands = []
        level = 0
        while width := size >> (TILE_HEIGHT * level):
            full, partial = divmod(width, TILE_WIDTH)
            first = max(0, full - 1)
            hashes = _hashes_of(read_tile(level, first)) if full else []
            bottom = range(full * TILE_WIDTH, full * TILE_WIDTH + partial)
            if level:
                hashes += [fold_perfect(_full(read_tile(level - 1, index))) for index in bottom]
            else:
                hashes += read_leaf_hashes(bottom.start, bottom.stop)
            if len(hashes) != width - first * TILE_WIDTH:
                message = f"storage gave too few hashes for tile level `{level}`"
                raise TreeError(message)
            bands.append(_Band(first, _grow(_NO_ROWS, hashes)))
            level += 1
        return cls(size, tuple(bands))

    def extend(self, leaf_hashes: Sequence[bytes]) -> "Extension":
        """Return the edge after *leaf_hashes* are appended, and the tiles that they filled."""
        bands, tiles = list(self._bands), []
        added: Sequence[bytes] = leaf_hashes
        level = 0
        while added:
            if level == len(bands):
                bands.append(_Band(0, _NO_ROWS))
            before = self.size >> (TILE_HEIGHT * level)
            bands[level], filled, added = _extend_band(bands[level], level, before, added)
            tiles += filled
            level += 1
        return Extension(Edge(self.size + len(leaf_hashes), tuple(bands)), tuple(tiles))

    def root(self) -> bytes:
        """Return the root hash (RFC 6962, section 2.1)."""
        return fold(self._frontier())

    @property
    def frontier(self) -> bytes:
        """The roots of the perfect subtrees, from largest to smallest, 32 bytes each."""
        return b"".join(self._frontier())

    def _frontier(self) -> list[bytes]:
        return [
            self._bands[height // TILE_HEIGHT].rows[height % TILE_HEIGHT][-1]
            for height in reversed(range(self.size.bit_length()))
            if self.size >> height & 1
        ]

    def inclusion_proof(self, index: int, size: int, read_tile: ReadTile) -> list[bytes]:
        """Return the proof that leaf *index* is in the tree of the first *size* leaves.

        Raises `TreeError` where there is no such leaf, or *read_tile* gives no full tile.
        """
        if not 0 <= index < size <= self.size:
            message = "no such entry in a tree of this size"
            raise TreeError(message)
        return self._hashes(inclusion_ranges(index, size), read_tile)

    def consistency_proof(self, old: int, new: int, read_tile: ReadTile) -> list[bytes]:
        """Return the proof that the tree of *old* leaves is the beginning of that of *new*.

        Raises `TreeError` where there are no such trees, or *read_tile* gives no full tile.
        """
        if not 0 <= old <= new <= self.size:
            message = "no such trees in the log"
            raise TreeError(message)
        return self._hashes(consistency_ranges(old, new), read_tile)

    def tile(self, tile: Tile) -> bytes:
        """Return the bytes of a *tile* of the right edge, partial as a rule.

        Raises `TreeError` for a tile that the edge does not hold: storage has that one.
        """
        if tile.level < len(self._bands):
            band = self._bands[tile.level]
            start = (tile.index - band.first) * TILE_WIDTH
            hashes = band.rows[0][start : start + tile.width] if start >= 0 else ()
            if len(hashes) == tile.width:
                return b"".join(hashes)
        message = "the edge does not hold this tile"
        raise TreeError(message)

    def _hashes(self, ranges: Sequence[tuple[int, int]], read_tile: ReadTile) -> list[bytes]:
        read_tile = cache(read_tile)  # several hashes of a proof are from one tile
        return [self._hash(start, end, read_tile) for start, end in ranges]

    def _hash(self, start: int, end: int, read_tile: ReadTile) -> bytes:
        """Return the hash over the leaves *start* to *end*, a range of a proof."""
        width = end - start
        if width & (width - 1) == 0:  # one perfect subtree, as nearly all of them are
            return self._node(width.bit_length() - 1, start // width, read_tile)
        return fold([self._node(*place, read_tile) for place in perfect_subtrees(start, end)])

    def _node(self, height: int, index: int, read_tile: ReadTile) -> bytes:
        """Return node *index* of those at *height*: from the edge, or else from a full tile."""
        level, row = divmod(height, TILE_HEIGHT)
        band = self._bands[level]
        place = index - (band.first << (TILE_HEIGHT - row))
        if place >= 0:
            return band.rows[row][place]
        tile, offset = divmod(index, TILE_WIDTH >> row)
        return _node_in(read_tile(level, tile), row, offset)


@dataclass(frozen=True, slots=True)
class Extension:
    """What appending gave: the new *edge*, and the tiles to store because they are now full."""

    edge: Edge
    full_tiles: tuple[FullTile, ...]


def _extend_band(
    band: _Band, level: int, before: int, added: Sequence[bytes]
) -> tuple[_Band, list[FullTile], list[bytes]]:
    """Append *added* to a tile level that had *before* hashes, and keep just its last tiles.

    Returns the tiles that are now full, too, and their roots, which the next level takes.
    """
    rows = _grow(band.rows, added)
    filled, roots = [], []
    full = (before + len(added)) // TILE_WIDTH
    for index in range(before // TILE_WIDTH, full):
        offset = index - band.first
        hashes = rows[0][offset * TILE_WIDTH : (offset + 1) * TILE_WIDTH]
        inner = [
            node
            for height, nodes in enumerate(rows[1:], 1)
            for node in nodes[
                offset * (TILE_WIDTH >> height) : (offset + 1) * (TILE_WIDTH >> height)
            ]
        ]
        filled.append(FullTile(level, index, b"".join(hashes), b"".join(inner)))
        roots.append(node_hash(*rows[-1][2 * offset : 2 * offset + 2]))
    first = max(0, full - 1)
    leave = (first - band.first) * TILE_WIDTH
    kept = tuple(nodes[leave >> height :] for height, nodes in enumerate(rows))
    return _Band(first, kept), filled, roots


def _grow(rows: _Rows, added: Sequence[bytes]) -> _Rows:
    """Return *rows* with *added* at the bottom, and every node that is now complete above it."""
    below = (*rows[0], *added)
    grown = [below]
    for row in rows[1:]:
        below = (*row, *node_hashes(below[2 * len(row) :]))
        grown.append(below)
    return tuple(grown)


def _node_in(tile: bytes, row: int, offset: int) -> bytes:
    """Return the node at *offset* of a *row* of a full *tile*: it stands there, or is folded."""
    if len(tile) == TILE_BYTES + INNER_BYTES:
        start = HASH_BYTES * (2 * TILE_WIDTH - (2 * TILE_WIDTH >> row) + offset)
        return tile[start : start + HASH_BYTES]
    width = HASH_BYTES << row
    return fold_perfect(_full(tile)[offset * width : (offset + 1) * width])


def _full(tile: bytes) -> bytes:
    """Return the hashes of a full *tile*, without its inner nodes."""
    if len(tile) not in {TILE_BYTES, TILE_BYTES + INNER_BYTES}:
        message = f"storage gave a tile that is not `{TILE_BYTES}` bytes long"
        raise TreeError(message)
    return tile[:TILE_BYTES]


def _hashes_of(tile: bytes) -> list[bytes]:
    hashes = _full(tile)
    return [hashes[start : start + HASH_BYTES] for start in range(0, TILE_BYTES, HASH_BYTES)]
