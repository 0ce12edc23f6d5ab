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
from gateway.errors import RequestError
from gateway.storage.log import Log
from gateway.storage.published import Published
from gateway.stored_log import StoredLog

_TILES = "tile"
_MARK = "checkpoint.ended"


def export_log(stored: StoredLog, folder: Path) -> Exported:
    """Bring the exported log in *folder* up to date; return what was done at its root.

    Raises `AuditError` where a shard has not only grown, or is not what was signed, and
    `RequestError` where the folder holds the tiles of something else.
    """
    log = stored.log()
    *ended, newest = log.shards()
    for published in ended:
        _export(stored, log, published, folder / str(published.shard.number))
    _make_room(log, folder, newest)
    done = _export(stored, log, newest, folder)
    (folder / _MARK).unlink(missing_ok=True)
    return done


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


def _make_room(log: Log, folder: Path, newest: Published) -> None:
    """Make room at the root of *folder* where it holds a log that has ended, and is beside it now.

    The checkpoint goes first: without it there is no log, rather than a wrong one. By its other
    name it marks what an export left, or has begun: nothing else is ever removed. Raises
    `RequestError` where there are tiles without either.
    """
    held, tiles, mark = LogFolder(folder), folder / _TILES, folder / _MARK
    if held.has_checkpoint():
        note = held.checkpoint()
        origin = open_checkpoint(note, log.verifiers_of(origin_of(note))).origin
        if origin == newest.shard.origin:
            return
        (folder / CHECKPOINT).rename(mark)
    if tiles.exists():
        if not mark.exists():
            message = f"`{tiles}` is not of an exported log: export to another folder"
            raise RequestError(message)
        shutil.rmtree(tiles)
    folder.mkdir(parents=True, exist_ok=True)
    mark.touch()
