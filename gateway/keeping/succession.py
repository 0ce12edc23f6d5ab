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

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Final

from audit.checkpoint import Checkpoint, open_checkpoint, origin_of
from audit.errors import AuditError
from audit.note import VerifierKey
from gateway.errors import RequestError, StampMovedError
from gateway.office import Office
from gateway.ports import Ports
from gateway.security.keys import Keys
from gateway.settings import KEYS, LAST_CHECKPOINT, Settings
from gateway.storage.committer import Committer
from gateway.storage.database import Database
from gateway.storage.log import Log
from gateway.storage.memory import Memory
from gateway.storage.migrations import upgrade
from gateway.storage.succession import Ended, Next, log_seal
from gateway.storage.unit import Unit

_MOST_LOST: Final = 100_000_000
"""More is a slip of the keyboard: whoever verifies the log passes over all of their numbers."""

_SEALED = ("log", "sealed")
"""The stamp that each sealing moves: of two at once, one is refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Succession:
    """What ended, after how many entries of its own, and what goes on; *lost* entries between.

    *unwitnessed*: it has witnesses, and the next embeds an end that they have not cosigned.
    """

    ended: str
    size: int
    lost: int
    begun: str
    shard: int
    first_entry: int
    unwitnessed: bool = False


def _nobody() -> None:
    """There are no witnesses."""


def seal(
    office: Office,
    next_origin: str,
    *,
    by: str,
    reason: str = "",
    ask_witnesses: Callable[[], None] = _nobody,
) -> Succession:
    """Seal the open log, and begin the next, called *next_origin*.

    *ask_witnesses* has its end cosigned, which the next log then embeds.

    Raises `RequestError` where a log of this gateway is or was called that, or another sealing
    came first.
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
    ask_witnesses()
    end = log.refresh().end - 1
    unwitnessed = log.awaits_witnesses and log.cosigned_with(end) is None

    # (3) The next.
    committer.commit(Unit())
    return replace(_report(log, ended.number, lost=0), unwitnessed=unwitnessed)


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

    *note* is the newest checkpoint that anybody holds of what was lost; None: what the gateway
    itself remembers. *lost* is how many entries that was, at least what the checkpoint shows, and
    exactly that where it is None. Nothing else may have the database open.

    Raises `RequestError` where these do not fit one another, or what the database holds, and where
    it holds no log.
    """
    keys, database = Keys.load(settings.home / KEYS), Database(settings.database_url)
    with closing(database):
        upgrade(database.engine)
        log = Log(database, keys, settings.origin)
        if not log.published.size:
            message = "the database holds no log: put a backup of it back first"
            raise RequestError(message)
        _require_new(log, next_origin)
        left = open_checkpoint(log.published.note, log.verifiers)
        memory = Memory(settings.home / LAST_CHECKPOINT)
        note = _newest(keys, note, memory.recall())
        if note is None and lost is None:
            message = "say how many entries were lost, or give the newest checkpoint that is known"
            raise RequestError(message)
        known = None if note is None else _known(keys, note)
        if known is not None and known.origin == next_origin:
            raise RequestError(_TAKEN)
        missing = _lost(left, known, lost)
        ended = None if note is None or known is None else Ended(known.origin, note)
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
            done = _report(committer.log, log.published.shard.number, lost=missing)
            memory.keep(committer.log.published.note)
            return done


_TAKEN = "a log of this gateway is or was called that: choose another name"


def _require_new(log: Log, origin: str) -> None:
    try:
        VerifierKey(origin, bytes(32))
    except AuditError as error:
        message = "a log's name is not empty, and has no space or plus in it"
        raise RequestError(message) from error
    if any(published.shard.origin == origin for published in log.shards()):
        raise RequestError(_TAKEN)


def _known(keys: Keys, note: bytes) -> Checkpoint:
    """Return the checkpoint in *note*, if one of our keys signed it."""
    try:
        return open_checkpoint(note, keys.log.verifiers(origin_of(note)))
    except AuditError as error:
        message = f"the checkpoint is not one of this gateway's: {error}"
        raise RequestError(message) from error


def _newest(keys: Keys, given: bytes | None, remembered: bytes | None) -> bytes | None:
    """Return the checkpoint that was *given*, unless the one *remembered* shows more of its log."""
    if given is None or remembered is None:
        return given or remembered
    one, other = _known(keys, given), _known(keys, remembered)
    return remembered if one.origin == other.origin and other.size > one.size else given


def _lost(left: Checkpoint, known: Checkpoint | None, said: int | None) -> int:
    """Return how many entries were lost, as far as is known: what *known* shows, or was *said*."""
    least = 0
    if known is not None and known.origin == left.origin:
        least = known.size - left.size
        if least < 0 or (least == 0 and known.root != left.root):
            message = "the checkpoint is not of a log that goes on from what the database holds"
            raise RequestError(message)
    elif known is not None:
        least = known.size  # of a later log, all of which is gone
    if said is not None and said < least:
        message = f"at least `{least}` entries were lost, says the checkpoint"
        raise RequestError(message)
    if said is not None and said > _MOST_LOST:
        message = f"more than `{_MOST_LOST}` entries cannot have been lost"
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
