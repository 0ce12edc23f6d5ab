"""Verifying a whole log against its signed checkpoint: every entry, every tile, the root.

This module and what it imports need the standard library and `cryptography`, nothing else: copy
the folder `audit`, and run `python -m audit.verify` (see `audit.stranger`), or call
`verify_folder`, with the verifier keys that you were given.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from audit.checkpoint import Checkpoint, require_growth
from audit.cosignature import Cosignature, open_cosigned
from audit.errors import AuditError, NoteError, ProofError, TamperedError, TreeError
from audit.folder import CHECKPOINT, VKEYS, LogFolder
from audit.merkle import HASH_BYTES, leaf_hashes
from audit.note import VerifierKey
from audit.quorum import Quorum
from audit.tiles import TILE_WIDTH, Bundle, Tile, partial_tiles
from audit.tree import Edge, FullTile, ReadTile

_AT_ONCE = 16 * TILE_WIDTH


@dataclass(frozen=True, slots=True)
class Fault:
    """The first thing that does not hold, and *where*: a file's or tile's path, or an entry."""

    where: str
    message: str


@dataclass(frozen=True, slots=True)
class Report:
    """What was found: no *fault*, or the first one.

    *checkpoint* is what the log was verified against, None where that itself is at fault;
    *cosignatures* is which known witnesses cosigned it.
    """

    checkpoint: Checkpoint | None
    fault: Fault | None = None
    cosignatures: tuple[Cosignature, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether the log is what its checkpoint says."""
        return self.fault is None


@dataclass(frozen=True, slots=True)
class Witnessed:
    """What is asked of witnesses: that the *quorum* cosigned, and not before this POSIX second."""

    quorum: Quorum
    not_before: int = 0

    def require(self, cosignatures: Sequence[Cosignature]) -> None:
        """Raise `ProofError` unless *cosignatures* are what is asked."""
        if self.quorum.require_agreed(cosignatures) < self.not_before:
            message = "the witnesses' word is older than is allowed: is the log held back from us?"
            raise ProofError(message)


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
    older: Sequence[Checkpoint] = (),
    witnessed: Witnessed | None = None,
) -> Report:
    """Verify the exported log in the folder at *path* under verifier *keys* of log and witnesses.

    To believe an exported log we must verify that:

    (1) the log's own key signed the checkpoint, and the witnesses cosigned it as *witnessed* asks;
    (2) the keys that the folder itself names are those that we trust;
    (3) its entries give its tiles, and the root of the checkpoint;
    (4) it holds all of the *older* checkpoints, which somebody remembers or holds a receipt for:
        where it does not, it has been rolled back or rewritten.
    """
    folder = LogFolder(path)
    # (1) The checkpoint.
    try:
        witnesses = () if witnessed is None else witnessed.quorum.witnesses
        cosigned = open_cosigned(folder.checkpoint(), (*keys, *witnesses))
        checkpoint = cosigned.checkpoint
        if witnessed is not None:
            witnessed.require(cosigned.cosignatures)
    except AuditError as error:
        return Report(None, Fault(CHECKPOINT, str(error)))
    try:
        # (2) The keys.
        _require_keys(folder, checkpoint, keys)
        # (3) Entries and tiles.
        edge = _replay(_entries(folder, checkpoint.size), checkpoint, folder.full_tile)
        _require_partial_tiles(folder, edge)
        # (4) What is remembered.
        for one in older:
            _require_older(edge, folder, one, checkpoint)
    except TamperedError as error:
        return Report(checkpoint, Fault(error.where, str(error)), cosigned.cosignatures)
    return Report(checkpoint, None, cosigned.cosignatures)


def _replay(leaves: Iterator[bytes], checkpoint: Checkpoint, read_tile: ReadTile | None) -> Edge:
    """Return the edge of the tree built anew from *leaves*, or raise `TamperedError`."""
    edge = Edge.empty()
    while edge.size < checkpoint.size:
        wanted = min(_AT_ONCE, checkpoint.size - edge.size)
        hashes = leaf_hashes(islice(leaves, wanted))
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
    stored, whole = read_tile(tile.level, tile.index), tile.hashes + tile.inner
    if stored == (tile.hashes if len(stored) == len(tile.hashes) else whole):
        return
    path = Tile(tile.level, tile.index).path
    places = range(0, len(tile.hashes), HASH_BYTES)
    wrong = [at for at in places if not stored.startswith(tile.hashes[at : at + HASH_BYTES], at)]
    if tile.level or len(stored) not in {len(tile.hashes), len(whole)} or not wrong:
        raise TamperedError(path, "the tile is not that of its entries")
    where = f"entry {tile.index * TILE_WIDTH + wrong[0] // HASH_BYTES}"
    message = f"the entry and its tile `{path}` disagree"
    raise TamperedError(where, message)


def _require_keys(
    folder: LogFolder, checkpoint: Checkpoint, trusted: Sequence[VerifierKey]
) -> None:
    """Raise `TamperedError` where the folder names keys, but not those of the log that we trust."""
    if not folder.has_keys():
        return
    try:
        named = folder.keys()
    except NoteError as error:
        raise TamperedError(VKEYS, str(error)) from error
    if not {key for key in trusted if key.name == checkpoint.origin} <= set(named):
        raise TamperedError(VKEYS, "the folder names other keys of the log than those trusted")


def _require_partial_tiles(folder: LogFolder, edge: Edge) -> None:
    for tile in partial_tiles(edge.size):
        if folder.tile(tile) != edge.tile(tile):
            raise TamperedError(tile.path, "the tile is not that of its entries")


def _require_older(
    edge: Edge, folder: LogFolder, older: Checkpoint, checkpoint: Checkpoint
) -> None:
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


if __name__ == "__main__":
    import sys

    from audit.stranger import main

    sys.exit(main(sys.argv[1:]))
