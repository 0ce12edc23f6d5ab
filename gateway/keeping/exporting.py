"""Exporting the log to a folder: the shard that is open at its root, each that ended beside it.

    DIR/checkpoint, DIR/vkeys, DIR/tile/…        the log that goes on
    DIR/1/checkpoint, DIR/1/vkeys, DIR/1/tile/…  the first one, once it has ended

Each is a log of its own (C2SP tlog-tiles). When another log has begun since the last export, the
root is cleared for it: a reader finds the log of before, then for a moment none, then the new one.
"""

import shutil
from pathlib import Path

from audit.checkpoint import open_checkpoint, origin_of
from audit.export import Exported, export
from audit.folder import CHECKPOINT, LogFolder
from gateway.storage.log import Log
from gateway.storage.published import Published
from gateway.stored_log import StoredLog

_TILES = "tile"
_CLEARED = "tile.ended"


def export_log(stored: StoredLog, folder: Path) -> Exported:
    """Bring the exported log in *folder* up to date; return what was done at its root.

    Raises `AuditError` where a shard has not only grown, or is not what was signed.
    """
    log = stored.log()
    *ended, newest = log.shards()
    for published in ended:
        _export(stored, log, published, folder / str(published.shard.number))
    _clear(folder, newest)
    return _export(stored, log, newest, folder)


def _export(stored: StoredLog, log: Log, published: Published, folder: Path) -> Exported:
    shard = published.shard
    keys = [*log.verifiers_of(shard.origin), *stored.witness_keys]

    def leaves(start: int, stop: int) -> list[bytes]:
        return [leaf for _, leaf in log.leaves(shard.base + start, shard.base + stop)]

    return export(folder, _to_export(log, published, folder), keys, leaves)


def _to_export(log: Log, published: Published, folder: Path) -> bytes:
    """Return the newest checkpoint that the witnesses cosigned, if the folder holds no larger.

    A log that has ended is exported to its end, cosigned or not.
    """
    shard, held, cosigned = published.shard, LogFolder(folder), log.with_cosignatures(published)
    if shard != log.published.shard and cosigned.size < published.size:
        return published.note
    keys = log.verifiers_of(shard.origin)
    size = open_checkpoint(held.checkpoint(), keys).size if held.has_checkpoint() else 0
    return published.note if cosigned.size < size else cosigned.note


def _clear(folder: Path, newest: Published) -> None:
    """Make room at the root of *folder* where it holds a log that has ended, and is beside it now.

    The checkpoint goes first: without it there is no log, rather than a wrong one.
    """
    held = LogFolder(folder)
    if held.has_checkpoint() and origin_of(held.checkpoint()) != newest.shard.origin:
        (folder / CHECKPOINT).unlink()
    tiles, cleared = folder / _TILES, folder / _CLEARED
    if tiles.exists() and not held.has_checkpoint():
        shutil.rmtree(cleared, ignore_errors=True)
        tiles.rename(cleared)
    shutil.rmtree(cleared, ignore_errors=True)
