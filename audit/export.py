"""Writing a log to a folder that strangers can verify, with tools that we did not write."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from audit.checkpoint import Checkpoint, open_checkpoint, require_growth
from audit.errors import ForkError, TreeError
from audit.folder import CHECKPOINT, VKEYS, LogFolder
from audit.merkle import leaf_hash
from audit.note import VerifierKey
from audit.tiles import TILE_WIDTH, Bundle, Tile, partial_tiles
from audit.tree import Edge

ReadLeaves = Callable[[int, int], Iterable[bytes]]
"""Gives the leaves from one index up to, not including, another."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What the folder holds now, and the size that it held before."""

    checkpoint: Checkpoint
    size_before: int


def export(
    path: Path, note: bytes, keys: Sequence[VerifierKey], read_leaves: ReadLeaves
) -> Exported:
    """Bring the log in the folder at *path* up to the signed checkpoint *note*.

    Only what is new since the last export is read and written, each file by atomic rename:

    (1) open the new checkpoint, and the one that the folder holds;
    (2) go on from the full tiles that the folder holds;
    (3) write the bundles and tiles that are full now;
    (4) check that the entries give the signed root, and that the log has only grown;
    (5) write the partial tiles, the keys, and last the checkpoint.

    Partial tiles of earlier exports stay, for readers who hold an earlier checkpoint. Raises
    `ForkError` where the log has not only grown, `TreeError` where *read_leaves* does not give
    the entries that were signed, `TamperedError` where the folder lacks what it should hold, and
    `NoteError` or `CheckpointError` where a checkpoint is not the log's.
    """
    folder = LogFolder(path)
    # (1) Where we go, and where we are.
    checkpoint = open_checkpoint(note, keys)
    before = _exported(folder, checkpoint, keys)

    # (2) Go on from the last full tile.
    full = before.size // TILE_WIDTH * TILE_WIDTH
    edge = Edge.restore(full, folder.full_tile, lambda _start, _end: ())

    # (3) What is full now.
    edge, tail = _write_full(folder, edge, checkpoint.size, read_leaves)

    # (4) INVARIANT: what follows is written for entries that the log's key has signed.
    if edge.root() != checkpoint.root:
        message = "the entries do not give the root of the signed checkpoint"
        raise TreeError(message)
    proof = edge.consistency_proof(before.size, checkpoint.size, folder.full_tile)
    require_growth(before, checkpoint, proof)

    # (5) The rest, and last what says that all is there.
    if tail:
        folder.put_bundle(Bundle(checkpoint.size // TILE_WIDTH, len(tail)), tail)
    for tile in partial_tiles(checkpoint.size):
        folder.put(tile.path, edge.tile(tile))
    own_first = sorted(keys, key=lambda key: key.name != checkpoint.origin)
    folder.put(VKEYS, "".join(f"{key.vkey}\n" for key in own_first).encode())
    folder.put(CHECKPOINT, note)
    return Exported(checkpoint, before.size)


def _exported(folder: LogFolder, new: Checkpoint, keys: Sequence[VerifierKey]) -> Checkpoint:
    """Return the checkpoint that the folder holds: of an empty log, where there is none."""
    if not folder.has_checkpoint():
        return Checkpoint(new.origin, 0, Edge.empty().root())
    old = open_checkpoint(folder.checkpoint(), keys)
    if old.size > new.size:
        message = "the log is smaller than when it was last exported"
        raise ForkError(message)
    return old


def _write_full(
    folder: LogFolder, edge: Edge, size: int, read_leaves: ReadLeaves
) -> tuple[Edge, list[bytes]]:
    """Write the full bundles and tiles up to *size*; return the edge there, and the last leaves."""
    while True:
        start, end = edge.size, min(edge.size + TILE_WIDTH, size)
        leaves = list(read_leaves(start, end)) if start < end else []
        if len(leaves) != end - start:
            message = f"entry `{start + len(leaves)}` of the log is missing"
            raise TreeError(message)
        extension = edge.extend([leaf_hash(leaf) for leaf in leaves])
        edge = extension.edge
        if len(leaves) < TILE_WIDTH:
            return edge, leaves
        folder.put_bundle(Bundle(start // TILE_WIDTH), leaves)
        for tile in extension.full_tiles:
            folder.put(Tile(tile.level, tile.index).path, tile.hashes)
