"""The log in the database: the shard that is open, what is signed of it, and the proofs from it.

    audit_head        of each shard: code (32 bytes) || size (8 bytes) || frontier
    audit_leaf        each entry, under its number
    audit_tile        the trees' hashes, a tile once it is full
    audit_checkpoint  what was signed, written with the transaction after it
    audit_cosignature what witnesses signed of it, as it comes

What is durable is signed, never the other way round: a log that signed a root and then rolled
back has forked. `Ed25519` is deterministic, so that a crash between the commit and the signature
is healed by signing the same checkpoint again.
"""

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, cast

from sqlalchemy import bindparam, insert, select

from audit.canonical import Json
from audit.checkpoint import Checkpoint, open_checkpoint
from audit.events import EntryType
from audit.leaf import Leaf
from audit.merkle import leaf_hashes
from audit.note import SigningKey, VerifierKey
from audit.proofs import Proof
from audit.tree import Edge
from audit.verify import Report
from gateway.errors import IntegrityError, KeysError, StorageError
from gateway.security.keys import Keys
from gateway.security.log_keys import BEGUN, FINISHED
from gateway.storage import tables
from gateway.storage.chain import verify_shards
from gateway.storage.database import Connection, Database, Inserted
from gateway.storage.ended import EndedShards
from gateway.storage.published import Published
from gateway.storage.shards import (
    Shard,
    Shards,
    StoredHead,
    putting_checkpoint,
    putting_head,
    putting_tiles,
)
from gateway.storage.succession import Ended, Next, own_fields

PATIENCE_MS: Final = 10_000
"""So long what was sealed waits for its witnesses."""

_AT_ONCE: Final = 1024  # what was read stays in the processor's cache until it is hashed
_OTHER_ENTRIES: Final = "the log has other entries than its head says"
_ROLLED_BACK: Final = "the log is smaller than it was: the database was rolled back"
_ROTATION: Final = f'"type":"{EntryType.KEY_ROTATION}"'.encode()
_LEAVES = (
    select(tables.audit_leaf.c.seq, tables.audit_leaf.c.entry)
    .where(
        tables.audit_leaf.c.seq >= bindparam("start"), tables.audit_leaf.c.seq < bindparam("stop")
    )
    .order_by(tables.audit_leaf.c.seq)
)
_NEXT_LEAF = (
    select(tables.audit_leaf.c.entry)
    .where(tables.audit_leaf.c.seq >= bindparam("start"))
    .order_by(tables.audit_leaf.c.seq)
    .limit(1)
)
_PUT_LEAF = insert(tables.audit_leaf)


@dataclass(frozen=True, slots=True)
class State:
    """The log as one transaction left it: its newest *shard*, and that one's tree and head row.

    *last_at* is the time of its last entry. Where the shard takes no more entries, *following* is
    how the log goes on.
    """

    shard: Shard
    edge: Edge
    head: bytes
    last_at: int
    following: Next | None = None

    @property
    def end(self) -> int:
        """The number that the next entry of this shard gets."""
        return self.shard.base + self.edge.size


class Log:
    """The log of one database. Its first shard is named *origin*; each later one by its entries.

    Opening it checks its tail in bounded time, and raises `IntegrityError` where head, tiles,
    last leaves and last checkpoint do not belong together. An entry is named by its number, which
    goes on through all shards, as `seq` or `index`. Where it *awaits_witnesses*, what was sealed is
    gone on with once they have seen its end.
    """

    def __init__(self, database: Database, keys: Keys, origin: str) -> None:
        self._database = database
        self._keys = keys
        self._first_origin = origin
        self._shards = Shards(database, keys.head)
        self._ended = EndedShards(database, self._shards, self.verifiers_of)
        self._origins: tuple[str, ...] = (origin,)
        self._cosigned: dict[int, Published] = {}
        self.awaits_witnesses = False
        self._lock = threading.Lock()
        with database.reading() as connection:
            self._published = self._sign(self.open(connection))

    @property
    def origin(self) -> str:
        """The name of the shard that is open."""
        return self._published.shard.origin

    @property
    def signing(self) -> SigningKey:
        """The key that signs: the newest of two."""
        return self._keys.log.signers(self.origin)[-1]

    @property
    def verifiers(self) -> tuple[VerifierKey, ...]:
        """Every key under which any shard was signed, those of the newest shard first."""
        newest = self._published.shard
        if self._origins[-1] != newest.origin:
            before = (one.shard.origin for one in self._ended.heads(newest.number))
            self._origins = (*before, newest.origin)
        return tuple(key for origin in reversed(self._origins) for key in self.verifiers_of(origin))

    def verifiers_of(self, origin: str) -> tuple[VerifierKey, ...]:
        """Return every key under which the shard of this name may be signed, the newest first."""
        return self._keys.log.verifiers(origin)

    @property
    def published(self) -> Published:
        """The newest state that this process knows to be durable, signed."""
        return self._published

    @property
    def cosigned(self) -> Published | None:
        """The newest state that a quorum of witnesses is known to have cosigned, if any."""
        return max(self._cosigned.values(), key=lambda one: one.place, default=None)

    def all_cosigned(self) -> tuple[Published, ...]:
        """Return what a quorum of witnesses cosigned last of each shard."""
        return tuple(self._cosigned.values())

    def cosigned_with(self, seq: int) -> Published | None:
        """Return what a quorum of witnesses cosigned that covers entry *seq*; None: nothing."""
        return next((one for one in self._cosigned.values() if one.holds(seq)), None)

    def with_cosignatures(self, published: Published) -> Published:
        """Return the newest of the shard of *published* that is cosigned; else that itself."""
        return self._cosigned.get(published.shard.number, published)

    def witnessed(self, published: Published) -> None:
        """Keep *published*, whose note carries a quorum's cosignatures, if none is newer.

        Of two of one size the later one is kept: it says that nothing was added meanwhile.
        """
        with self._lock:
            number = published.shard.number
            known = self._cosigned.get(number)
            if known is None or published.size >= known.size:
                # Another dictionary: whoever goes through the old one is not disturbed.
                self._cosigned = self._cosigned | {number: published}

    def refresh(self) -> Published:
        """Return the newest durable state, also where another process appended to it."""
        known = self._published
        with self._database.reading() as connection:
            state = self.advance(connection, State(known.shard, known.edge, b"", 0))
        return known if state.edge is known.edge else self.publish(state)

    def publish(self, state: State) -> Published:
        """Sign *state*, which must be durable, and keep it if it is the newest."""
        published = self._sign(state)
        with self._lock:
            if published.place > self._published.place:
                self._published = published
        return published

    def open(self, connection: Connection) -> State:
        """Return the state from which the next transaction appends, as of *connection*'s moment."""
        stored = self._shards.newest(connection)
        last = self._shards.last_leaf(connection)
        if stored is None:
            if last >= 0:
                raise IntegrityError(_OTHER_ENTRIES)
            first = Shard(1, self._first_origin, 0)
            return State(first, Edge.empty(), b"", 0, Next(self._first_origin))
        shard = stored.shard
        if last != shard.base + self._shards.opened(stored).size - 1:
            raise IntegrityError(_OTHER_ENTRIES)
        edge = self._shards.restore(connection, stored)
        self._shards.require_checkpoint(connection, shard, edge, self.verifiers_of(shard.origin))
        return self._state(connection, shard, edge, stored.row, self._last(connection, shard, edge))

    def advance(self, connection: Connection, state: State) -> State:
        """Return the state of the log inside this transaction: *state*, or what others appended.

        Raises `IntegrityError` where the log is smaller than *state*, or does not continue it, and
        `KeysError` where others sign with a key that is not here.
        """
        found = self._shards.since(connection, state.shard.number)
        if not found:
            if state.edge.size:
                raise IntegrityError(_ROLLED_BACK)
            return state
        if (found[-1].shard, found[-1].row) == (state.shard, state.head):
            return state
        for later in found:
            state = self._follow(connection, state, later)
        return state

    def append(
        self, connection: Connection, state: State, leaves: Sequence[bytes], at: int
    ) -> State:
        """Append *leaves*, all of the time *at*, in this transaction; return the new state."""
        inserts = self._putting_checkpoint()
        if not leaves:
            self._database.insert_all(connection, inserts)
            return state
        if state.following is not None:
            message = "the log was sealed: its next entry begins another"
            raise StorageError(message)
        extension = state.edge.extend(leaf_hashes(leaves))
        head = self._shards.head_row(state.shard, extension.edge)
        inserts += [
            (_PUT_LEAF, list(enumerate(leaves, state.end))),
            putting_tiles(state.shard, extension.full_tiles),
            putting_head(state.shard, head),
        ]
        self._database.insert_all(connection, inserts)
        last = Leaf.decode(leaves[-1])
        if last.type is EntryType.LOG_SEAL:
            return self._state(connection, state.shard, extension.edge, head, last)
        return State(state.shard, extension.edge, head, at)

    def begin(self, connection: Connection, state: State) -> State:
        """Return the state of a new, empty shard after *state*, which takes no more entries.

        What was signed last of the ended shard is kept for good.
        """
        if state.following is None or not state.head:
            return State(state.shard, state.edge, state.head, state.last_at)
        published = self._sign(state)
        kept = putting_checkpoint(state.shard, published.size, published.note)
        self._database.insert_all(connection, [kept])
        base = state.end + state.following.lost
        shard = Shard(state.shard.number + 1, state.following.origin, base)
        return State(shard, Edge.empty(), b"", state.last_at)

    def ended(self, connection: Connection, state: State) -> Ended | None:
        """Return what the next log embeds of the one before: None where there is none before.

        The witnesses' cosignatures are part of it, where they have seen the end.
        """
        if not state.head:
            return None
        signed, cosigned = self._sign(state), self._cosigned.get(state.shard.number)
        if cosigned is not None and cosigned.size == signed.size:
            return Ended(state.shard.origin, cosigned.note)
        lines = self._shards.cosignatures(connection, state.shard, signed.size)
        return Ended(state.shard.origin, signed.note + lines)

    def may_go_on(self, state: State, at: int) -> bool:
        """Return whether, at this time, a shard may be begun after *state*, which takes no more.

        Where there are witnesses they have seen its end, or were waited for long enough.
        """
        if not self.awaits_witnesses or not state.head or at - state.last_at > PATIENCE_MS:
            return True
        return self.cosigned_with(state.end - 1) is not None

    def holds(self, connection: Connection, seq: int, leaf: bytes) -> bool:
        """Return whether, inside this transaction, entry *seq* is *leaf*."""
        rows = self._database.run(connection, _LEAVES, start=seq, stop=seq + 1).fetchall()
        return rows == [(seq, leaf)]

    def leaf(self, seq: int) -> bytes:
        """Return the bytes of entry *seq*, or raise `StorageError` where there is none."""
        for _, leaf in self.leaves(seq, seq + 1):
            return leaf
        message = "no such entry in the log"
        raise StorageError(message)

    def leaf_from(self, seq: int) -> bytes:
        """Return the bytes of entry *seq*, or where it was lost of the next that there is.

        Raises `StorageError` where there is none.
        """
        found = self._database.row(_NEXT_LEAF, start=seq)
        if found is None:
            message = "no such entry in the log"
            raise StorageError(message)
        return cast("bytes", found[0])

    def proved(self, seq: int) -> tuple[bytes, Proof]:
        """Return the bytes of entry *seq* and the proof that it is in its shard of the log.

        Raises `StorageError` where there is no such entry, `TreeError` where none is proved.
        """
        return self.leaf(seq), self.proof(seq)

    def proof(self, seq: int) -> Proof:
        """Return the proof that entry *seq* is in the log, cosigned where witnesses have seen it.

        Raises `TreeError` where there is no such entry, or a tile that it needs is missing.
        """
        return (self.cosigned_with(seq) or self.holding(seq)).proof(seq)

    def proved_early(self, seq: int) -> tuple[bytes, Proof]:
        """Return the same by the oldest checkpoint that is kept: it bears the signatures of then.

        So whoever knows just a key that signs no more can still verify what it last signed.
        """
        published = self.holding(seq)
        shard = published.shard
        with self._database.reading() as connection:
            note = self._shards.first_checkpoint(connection, shard, seq - shard.base)
        if note is None:
            return self.proved(seq)
        size = open_checkpoint(note, self.verifiers_of(shard.origin)).size
        return self.leaf(seq), published.under(note, size).proof(seq)

    def leaves(self, start: int, stop: int) -> Iterator[tuple[int, bytes]]:
        """Yield number and bytes of the entries from *start* up to, not including, *stop*.

        Numbers of entries that were lost with a database are not given again: they are left out.
        SQLite stores whatever somebody writes, in any column: what is not bytes reads as none.
        """
        for first in range(start, stop, _AT_ONCE):
            rows = self._database.rows(_LEAVES, start=first, stop=min(first + _AT_ONCE, stop))
            for seq, leaf in rows:
                yield cast("int", seq), leaf if isinstance(leaf, bytes) else b""

    def shards(self) -> tuple[Published, ...]:
        """Return what was signed last of each shard, in their order: the last of them is open."""
        newest = self.refresh()
        return (*map(self._ended.published, self._ended.heads(newest.shard.number)), newest)

    def left_behind(self) -> tuple[Published, ...]:
        """Return the shards that ended with entries which their witnesses have not cosigned.

        Only those that witnesses watched; of one that was lost in part they know more than is here.
        """
        open_shard = self._published.shard.number
        ended = [self.shard(number) for number in self._cosigned if number < open_shard]
        return tuple(
            one
            for one in ended
            if one is not None
            and self._cosigned[one.shard.number].size < one.size
            and not self.lost_after(one)
        )

    def shard(self, number: int) -> Published | None:
        """Return what was signed last of the shard with this *number*, None where there is none."""
        newest = self._published
        if number >= newest.shard.number:
            newest = self.refresh()
        if number == newest.shard.number:
            return newest
        heads = self._ended.heads(newest.shard.number)
        return next(
            (self._ended.published(one) for one in heads if one.shard.number == number), None
        )

    def shard_named(self, origin: str) -> Published | None:
        """Return what was signed last of the shard of this name, None where there is none."""
        newest = self._published
        if newest.shard.origin == origin:
            return newest
        heads = self._ended.heads(newest.shard.number)
        return next(
            (self._ended.published(one) for one in heads if one.shard.origin == origin), None
        )

    def lost_after(self, ended: Published) -> int:
        """Return how many entries were lost with a database that was put back as it *ended*."""
        after = self.shard(ended.shard.number + 1)
        return 0 if after is None else after.shard.base - ended.end

    def verify(self) -> Report:
        """Verify every shard, each entry and tile, and their chain: see `verify_shards`."""
        return verify_shards(self, self.shards())

    def fields(self, seq: int) -> Mapping[str, Json]:
        """Return what entry *seq*, which is about the log itself, says, or raise `IntegrityError`.

        Raises `StorageError` where there is no such entry.
        """
        leaf = Leaf.decode(self.leaf(seq))
        with self._database.reading() as connection:
            return self._own_fields(connection, seq, leaf)

    def holding(self, seq: int) -> Published:
        """Return the shard that holds entry *seq*; the open one where none does."""
        published = self._published
        if seq >= published.end:
            published = self.refresh()
        if seq >= published.shard.base:
            return published
        heads = self._ended.heads(published.shard.number)
        return self._ended.published([one for one in heads if one.shard.base <= max(seq, 0)][-1])

    def _follow(self, connection: Connection, state: State, stored: StoredHead) -> State:
        """Return the state after others appended to the same shard, or began the next."""
        head, shard = self._shards.opened(stored), stored.shard
        if shard.number != state.shard.number:
            if state.following is None or shard.origin != state.following.origin:
                message = "the log was begun anew behind this process: start it again"
                raise IntegrityError(message)
            self._keys.refresh()
            edge = self._shards.restore(connection, stored)
            last = self._last(connection, shard, edge)
            return self._state(connection, shard, edge, stored.row, last)
        if shard != state.shard:
            message = "the log is not the one that this process knows"
            raise IntegrityError(message)
        if head.size < state.edge.size:
            raise IntegrityError(_ROLLED_BACK)
        leaves = self._shards.leaves(connection, state.end, shard.base + head.size)
        edge = state.edge
        if leaves:
            edge = edge.extend(leaf_hashes(leaves)).edge
            self._heed(connection, leaves, state)
        if edge.frontier != head.frontier:
            message = "the log does not continue what this process knows of it"
            raise IntegrityError(message)
        last = Leaf.decode(leaves[-1]) if leaves else self._last(connection, shard, edge)
        return self._state(connection, shard, edge, stored.row, last)

    def _heed(self, connection: Connection, leaves: Sequence[bytes], state: State) -> None:
        """Take over the keys that others rotated, or raise `KeysError` where they are not here."""
        for seq, leaf in enumerate(leaves, state.end):
            if _ROTATION not in leaf:
                continue
            self._keys.refresh()
            said = self._own_fields(connection, seq, Leaf.decode(leaf))
            known = {key.vkey for key in self.verifiers_of(state.shard.origin)}
            if said.get("kind") in {BEGUN, FINISHED} and said.get("key") not in known:
                message = "the log's key was rotated: this node needs the new one in its folder"
                raise KeysError(message)

    def _last(self, connection: Connection, shard: Shard, edge: Edge) -> Leaf:
        return self._shards.leaf(connection, shard.base + edge.size - 1)

    def _state(
        self, connection: Connection, shard: Shard, edge: Edge, row: bytes, last: Leaf
    ) -> State:
        """Return the state of *shard*, whose *last* entry may say that it takes no more."""
        if last.type is not EntryType.LOG_SEAL:
            return State(shard, edge, row, last.at)
        said = self._own_fields(connection, shard.base + edge.size - 1, last)
        return State(shard, edge, row, last.at, Next(str(said["next_origin"])))

    def _own_fields(self, connection: Connection, seq: int, leaf: Leaf) -> Mapping[str, Json]:
        return own_fields(self._database, connection, self._keys.detail, seq, leaf)

    def _putting_checkpoint(self) -> list[Inserted]:
        published = self._published
        if not published.size:
            return []
        return [putting_checkpoint(published.shard, published.size, published.note)]

    def _sign(self, state: State) -> Published:
        shard, edge = state.shard, state.edge
        checkpoint = Checkpoint(shard.origin, edge.size, edge.root())
        note = checkpoint.sign(*self._keys.log.signers(shard.origin))
        return Published(shard, edge, note, edge.size, self._shards.tiles_of(shard))
