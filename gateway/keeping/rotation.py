"""Replacing keys without a gap: the one that signs the log, and the one that wraps children's.

To replace the key that signs the log's checkpoints we must:

(1) make the new one: both sign from now on;
(2) record so: the entry, proved under either key, leads whoever knows the old one to the new;
(3) give everybody time to take the new one over;
(4) let the new one sign alone, keep the public half of the old, destroy its private half;
(5) record so.

To replace the key-encryption key we must:

(1) make the new one: from now on both unwrap;
(2) retire the old one, with an entry: from then on it wraps nothing;
(3) wrap anew whatever it wrapped;
(4) destroy it.

Killed between any two, both can be done again from the start, and go on where they were.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from audit.events import EntryType
from audit.leaf import Leaf
from audit.note import VerifierKey
from audit.parts import Part
from gateway import entries
from gateway.errors import KeysError
from gateway.office import Office
from gateway.security import log_keys
from gateway.security.key_encryption import ROTATED
from gateway.security.keys import Keys
from gateway.security.log_keys import BEGUN, FINISHED
from gateway.storage.child_keys import RETIRED
from gateway.storage.log import Log
from gateway.storage.unit import Unit


@dataclass(frozen=True, slots=True)
class Rotation:
    """What entry *entry* says of the log's keys: a change of this *kind*, from one to another."""

    entry: int
    kind: str
    key: str
    previous_key: str


@dataclass(frozen=True, slots=True)
class Rewrapped:
    """How many children's keys were wrapped anew, and whether the old key *is_gone*.

    It is not where it came from the environment: whoever runs the gateway sees to that.
    """

    children: int
    is_gone: bool


@dataclass(frozen=True, slots=True)
class Span:
    """That *vkey* signed its log from entry *first* up to, not including, *last*: None, it does."""

    vkey: str
    first: int
    last: int | None


@dataclass(frozen=True, slots=True)
class Rotating:
    """Replaces the *keys* of the gateway of *office*; *by* is who does it, *reason* why."""

    office: Office
    keys: Keys
    by: str
    reason: str = ""

    def begin(self) -> Rotation:
        """Take the first two steps to another key for the log, unless they were taken.

        Raises `KeysError` where a rotation was begun before, and all but finished.
        """
        step, committer = self.office.ports.step, self.office.committer
        newest = newest_rotation(committer.log)
        is_begun = newest is not None and newest.kind == BEGUN
        if is_begun and not self.keys.log.is_rotating:
            message = "the rotation before is to be finished first"
            raise KeysError(message)

        # (1) The new key.
        log_keys.begin_rotation(self.keys.folder)
        step("rotation:made")
        self.keys.refresh()

        # (2) Its entry.
        if newest is None or not is_begun:
            old, new = (key.verifier.vkey for key in self.keys.log.signers(committer.log.origin))
            newest = self._record(BEGUN, new, old)
            step("rotation:begun")
        committer.commit(Unit())  # what both have signed is stored
        return newest

    def finish(self) -> Rotation:
        """Take the last two steps, or raise `KeysError` where no rotation was begun."""
        step, committer = self.office.ports.step, self.office.committer
        newest = newest_rotation(committer.log)
        if newest is None or newest.kind != BEGUN:
            message = "no key is taking another's place"
            raise KeysError(message)

        # (4) The new key signs alone.
        if self.keys.log.is_rotating:
            committer.commit(Unit())  # what both have signed is stored
            log_keys.finish_rotation(self.keys.folder, self._signed_by_the_old(committer.log))
            step("rotation:replaced")
            self.keys.refresh()

        # (5) The entry.
        new = committer.log.signing.verifier
        old = VerifierKey(new.name, self.keys.log.past[-1].public)
        return self._record(FINISHED, new.vkey, old.vkey)

    def wrap_anew(self) -> Rewrapped:
        """Replace the key-encryption key."""
        step, child_keys = self.office.ports.step, self.office.committer.child_keys
        # (1) The new key.
        self.keys.begin_encryption()
        step("rewrapping:made")

        # (2) The old one is retired.
        old, new = (encryption.id.hex() for encryption in self.keys.encryptions)
        if child_keys.in_force().id.hex() == old:
            self._record(ROTATED, new, old, retires=old)
            step("rewrapping:retired")

        # (3) All that it wrapped.
        children = 0
        for some in child_keys.wrap_anew():
            children += some
            step("rewrapping:some")

        # (4) The old one is gone.
        is_gone = self.keys.finish_encryption()
        return Rewrapped(children, is_gone)

    def _signed_by_the_old(self, log: Log) -> Iterator[str]:
        """Yield the names of the logs that the older of two keys signed."""
        old = self.keys.log.signers(log.origin)[0].verifier.public
        for key in (VerifierKey.parse(span.vkey) for span in spans(log)):
            if key.public == old:
                yield key.name

    def _record(self, kind: str, key: str, previous: str, *, retires: str = "") -> Rotation:
        fields: entries.Fields = {
            "kind": kind,
            "key": key,
            "previous_key": previous,
            "user": self.by,
        }
        if self.reason:
            fields["reason"] = self.reason
        entry = entries.entry(
            EntryType.KEY_ROTATION, {Part.GATEWAY: fields}, self.office.ports.random
        )
        moves = ((RETIRED, retires),) if retires else ()
        committed = self.office.committer.commit(Unit(entries=[entry], moves=moves))
        return Rotation(committed.indices[0], kind, key, previous)


def newest_rotation(log: Log) -> Rotation | None:
    """Return what the log says last of the keys that sign it, None where it says nothing."""
    newest = None
    for newest in rotations(log):  # noqa: B007 - the last of them is what is asked for
        pass
    return newest


def rotations(log: Log) -> Iterator[Rotation]:
    """Yield all that the log says of the keys that sign it. It looks at each entry."""
    for seq, leaf in log.leaves(0, log.refresh().end):
        if Leaf.decode(leaf).type is EntryType.KEY_ROTATION:
            said = log.fields(seq)
            if said["kind"] in {BEGUN, FINISHED}:
                yield Rotation(seq, str(said["kind"]), str(said["key"]), str(said["previous_key"]))


def spans(log: Log) -> Iterator[Span]:
    """Yield each key of each shard with the entries that it signed, in the order of these."""
    signed: dict[bytes, tuple[int, int | None]] = {}
    for rotation in rotations(log):
        new, old = (VerifierKey.parse(key).public for key in (rotation.key, rotation.previous_key))
        first, _ = signed.setdefault(old, (0, None))
        if rotation.kind == BEGUN:
            signed[new] = rotation.entry, None
        else:
            signed[old] = first, rotation.entry
    signed = signed or {log.signing.verifier.public: (0, None)}
    for published in log.shards():
        base, end = published.shard.base, published.end
        for public, (first, last) in signed.items():
            if first < end and (last is None or last > base):
                vkey = VerifierKey(published.shard.origin, public).vkey
                ended = None if last is None or last >= end else last
                yield Span(vkey, max(first, base), ended)
