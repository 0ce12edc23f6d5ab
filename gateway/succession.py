"""Ending a log and beginning the next: when it is full, when its key was stolen, after a restore.

To seal a log we must:

(1) append the entry that ends it, and names the next: nothing follows it;
(2) sign its last checkpoint;
(3) begin the next with an entry that embeds that checkpoint.

Killed between them, whatever opens the gateway next, or writes next on another node, goes on.

After an older database was put back, the log ends where it stands, unsealed: others hold larger
checkpoints of it, and what is missing cannot be signed again. The next log embeds the newest of
those, and the numbers of the entries that were lost are never given to others.
"""

from contextlib import closing
from dataclasses import dataclass

from audit.checkpoint import Checkpoint, open_checkpoint
from audit.errors import AuditError
from audit.note import VerifierKey, split
from gateway.errors import RequestError, StampMovedError
from gateway.office import Office
from gateway.ports import Ports
from gateway.security.keys import Keys
from gateway.settings import KEYS, Settings
from gateway.storage.committer import Committer
from gateway.storage.database import Database
from gateway.storage.log import Log
from gateway.storage.migrations import upgrade
from gateway.storage.published import Published
from gateway.storage.succession import Ended, Next, log_seal
from gateway.storage.unit import Unit

_SEALED = ("log", "sealed")
"""The stamp that each sealing moves: of two at once, one is refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Succession:
    """What ended, after how many entries of its own, and what goes on; *lost* entries between."""

    ended: str
    size: int
    lost: int
    begun: str
    shard: int
    first_entry: int


def seal(office: Office, next_origin: str, *, by: str, reason: str = "") -> Succession:
    """Seal the open log, and begin the next, called *next_origin*.

    Raises `RequestError` where a log of this gateway is or was called that, and `ConflictError`
    where another sealing came first.
    """
    committer, step = office.committer, office.ports.step
    log = committer.log
    stamp = office.archive.store.stamps.read(*_SEALED)
    ended = log.refresh().shard
    _require_new(log, next_origin)

    # (1) The last entry, and (2) its checkpoint.
    following = Next(next_origin, by=by, reason=reason)
    entry = log_seal(ended.origin, following, office.ports.random)
    try:
        committer.commit(Unit(stamps=(stamp,), moves=(_SEALED,), entries=[entry]))
    except StampMovedError as error:
        message = "the log was sealed by somebody else just now"
        raise RequestError(message) from error
    step("log:sealed")

    # (3) The next.
    committer.commit(Unit())
    return _report(log, ended.number, lost=0)


def go_on_restored(  # noqa: PLR0913 - what an operator says of a restore, each by its name
    settings: Settings,
    next_origin: str,
    *,
    lost: int | None,
    note: bytes | None,
    by: str,
    reason: str,
    ports: Ports | None = None,
) -> Succession:
    """End the log of a database that was put back, and begin another, called *next_origin*.

    *note* is the newest checkpoint that anybody holds of what was lost, None where nobody holds
    one; *lost* how many entries that was, at least what the checkpoint tells, and exactly that
    where it is None. Nothing else may have the database open.

    Raises `RequestError` where these do not fit one another, or what the database holds.
    """
    keys, database = Keys.load(settings.home / KEYS), Database(settings.database_url)
    with closing(database):
        upgrade(database.engine)
        log = Log(database, keys, settings.origin)
        _require_new(log, next_origin)
        ended = None if note is None else _ended(keys, note)
        if ended is not None and ended.origin == next_origin:
            raise RequestError(_TAKEN)
        missing = _lost(log.published, log.verifiers, ended, lost)
        following = Next(next_origin, lost=missing, ended=ended, by=by, reason=reason)
        committer = Committer(
            database,
            keys,
            ports or Ports(),
            node=settings.node,
            origin=settings.origin,
            restored=following,
        )
        with closing(committer):
            return _report(committer.log, log.published.shard.number, lost=missing)


_TAKEN = "a log of this gateway is or was called that: choose another name"


def _require_new(log: Log, origin: str) -> None:
    try:
        VerifierKey(origin, bytes(32))
    except AuditError as error:
        message = "a log's name is not empty, and has no space or plus in it"
        raise RequestError(message) from error
    if any(published.shard.origin == origin for published in log.shards()):
        raise RequestError(_TAKEN)


def _ended(keys: Keys, note: bytes) -> Ended:
    """Return the log whose checkpoint *note* is, if one of our keys signed it."""
    try:
        origin = Checkpoint.decode(split(note)[0]).origin
        open_checkpoint(note, keys.log.verifiers(origin))
    except AuditError as error:
        message = f"the checkpoint is not one of this gateway's: {error}"
        raise RequestError(message) from error
    return Ended(origin, note)


def _lost(
    left: Published, keys: tuple[VerifierKey, ...], ended: Ended | None, said: int | None
) -> int:
    """Return how many entries were lost, as far as is known."""
    least = 0
    if ended is not None and ended.origin == left.shard.origin:
        known, stored = open_checkpoint(ended.note, keys), open_checkpoint(left.note, keys)
        least = known.size - stored.size
        if least < 0 or (least == 0 and known.root != stored.root):
            message = "the checkpoint is not of a log that goes on from what the database holds"
            raise RequestError(message)
    elif ended is not None:
        # All of a later log is gone, and who knows what between the two.
        least = Checkpoint.decode(split(ended.note)[0]).size
    if said is not None and said < least:
        message = f"at least `{least}` entries were lost, says the checkpoint"
        raise RequestError(message)
    return least if said is None else said


def _report(log: Log, ended: int, *, lost: int) -> Succession:
    shards = {published.shard.number: published for published in log.shards()}
    before, after = shards[ended], shards[ended + 1]
    return Succession(
        ended=before.shard.origin,
        size=before.size,
        lost=lost,
        begun=after.shard.origin,
        shard=after.shard.number,
        first_entry=after.shard.base,
    )
