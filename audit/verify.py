"""Verifying a whole log against its signed checkpoint: every entry, every tile, the root.

This module and what it imports need the standard library and `cryptography`, nothing else: copy
the folder `audit`, and call `verify_folder` with the verifier keys that you were given.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from audit.checkpoint import Checkpoint, open_checkpoint, require_growth
from audit.errors import AuditError, TamperedError, TreeError
from audit.folder import CHECKPOINT, LogFolder
from audit.merkle import HASH_BYTES, leaf_hash
from audit.note import VerifierKey
from audit.quorum import Quorum
from audit.tiles import TILE_WIDTH, Bundle, Tile, partial_tiles
from audit.tree import Edge, FullTile, ReadTile


@dataclass(frozen=True, slots=True)
class Fault:
    """The first thing that does not hold, and *where*: a file's or tile's path, or an entry."""

    where: str
    message: str


@dataclass(frozen=True, slots=True)
class Report:
    """What was found: no *fault*, or the first one.

    *checkpoint* is what the log was verified against, None where that itself is at fault.
    """

    checkpoint: Checkpoint | None
    fault: Fault | None = None

    @property
    def holds(self) -> bool:
        """Whether the log is what its checkpoint says."""
        return self.fault is None


def verify_leaves(
    leaves: Iterable[bytes], checkpoint: Checkpoint, read_tile: ReadTile | None = None
) -> Report:
    """Verify that *leaves* begin with the entries of *checkpoint*, in their order.

    With *read_tile*, which gives stored full tiles, the tiles are verified too, and a changed
    entry is named; without, all that can be said is that some entry was changed.

    >>> from audit.merkle import EMPTY_ROOT
    >>> verify_leaves([], Checkpoint("example.org/log", 0, EMPTY_ROOT)).holds
    True
    >>> verify_leaves([], Checkpoint("example.org/log", 1, EMPTY_ROOT)).fault
    Fault(where='entry 0', message='the log ends before the checkpoint does')
    """
    try:
        _replay(iter(leaves), checkpoint, read_tile)
    except TamperedError as error:
        return Report(checkpoint, Fault(error.where, str(error)))
    return Report(checkpoint)


def verify_folder(
    path: Path,
    keys: Sequence[VerifierKey],
    older: Checkpoint | None = None,
    quorum: Quorum | None = None,
) -> Report:
    """Verify the exported log in the folder at *path* under the log's verifier *keys*.

    *older* is a checkpoint that the verifier remembers, or holds a receipt for: where the log
    does not hold all of it unchanged, it has been rolled back or rewritten. *quorum* says which
    witnesses, and how many, must have cosigned the checkpoint.
    """
    folder = LogFolder(path)
    try:
        note = folder.checkpoint()
        checkpoint = open_checkpoint(note, keys)
        if quorum is not None:
            quorum.require(note, keys)
    except AuditError as error:
        return Report(None, Fault(CHECKPOINT, str(error)))
    try:
        edge = _replay(_entries(folder, checkpoint.size), checkpoint, folder.full_tile)
        _require_partial_tiles(folder, edge)
        _require_older(edge, folder, older, checkpoint)
    except TamperedError as error:
        return Report(checkpoint, Fault(error.where, str(error)))
    return Report(checkpoint)


def _replay(leaves: Iterator[bytes], checkpoint: Checkpoint, read_tile: ReadTile | None) -> Edge:
    """Return the edge of the tree built anew from *leaves*, or raise `TamperedError`."""
    edge = Edge.empty()
    while edge.size < checkpoint.size:
        wanted = min(TILE_WIDTH, checkpoint.size - edge.size)
        hashes = [leaf_hash(leaf) for leaf in islice(leaves, wanted)]
        extension = edge.extend(hashes)
        edge = extension.edge
        if len(hashes) < wanted:
            where = f"entry {edge.size}"
            raise TamperedError(where, "the log ends before the checkpoint does")
        if read_tile:
            for tile in extension.full_tiles:
                _require_tile(tile, read_tile)
    if edge.root() != checkpoint.root:
        # Full tiles agreed with their entries, if there were any to compare.
        first = edge.size // TILE_WIDTH * TILE_WIDTH if read_tile else 0
        where = f"entries {first} to {edge.size - 1}" if edge.size > first else "tiles"
        raise TamperedError(where, "the entries do not give the root of the signed checkpoint")
    return edge


def _require_tile(tile: FullTile, read_tile: ReadTile) -> None:
    stored = read_tile(tile.level, tile.index)
    if stored == tile.hashes:
        return
    path = Tile(tile.level, tile.index).path
    if tile.level or len(stored) != len(tile.hashes):
        raise TamperedError(path, "the tile is not that of its entries")
    place = next(
        at
        for at in range(0, len(stored), HASH_BYTES)
        if stored[at : at + HASH_BYTES] != tile.hashes[at : at + HASH_BYTES]
    )
    where = f"entry {tile.index * TILE_WIDTH + place // HASH_BYTES}"
    message = f"the entry and its tile `{path}` disagree"
    raise TamperedError(where, message)


def _require_partial_tiles(folder: LogFolder, edge: Edge) -> None:
    for tile in partial_tiles(edge.size):
        if folder.tile(tile) != edge.tile(tile):
            raise TamperedError(tile.path, "the tile is not that of its entries")


def _require_older(
    edge: Edge, folder: LogFolder, older: Checkpoint | None, checkpoint: Checkpoint
) -> None:
    if older is None:
        return
    if older.size > checkpoint.size:
        raise TamperedError(CHECKPOINT, "the log is smaller than it once was: it was rolled back")
    try:
        proof = edge.consistency_proof(older.size, checkpoint.size, folder.full_tile)
        require_growth(older, checkpoint, proof)
    except AuditError as error:
        raise TamperedError(CHECKPOINT, str(error)) from error


def _entries(folder: LogFolder, size: int) -> Iterator[bytes]:
    for start in range(0, size, TILE_WIDTH):
        bundle = Bundle(start // TILE_WIDTH, min(TILE_WIDTH, size - start))
        try:
            yield from folder.bundle(bundle)
        except TreeError as error:
            raise TamperedError(bundle.path, str(error)) from error
