"""The log in the database: its head, leaves, tiles and checkpoints, and the proofs from them.

    audit_head        code (32 bytes) || size (8 bytes) || frontier
    audit_leaf        each entry, under its index
    audit_tile        the tree's hashes, a tile once it is full
    audit_checkpoint  what was signed, written with the transaction after it
    audit_cosignature what witnesses signed of it, as it comes

What is durable is signed, never the other way round: a log that signed a root and then rolled
back has forked. `Ed25519` is deterministic, so that a crash between the commit and the signature
is healed by signing the same checkpoint again.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final, cast

from sqlalchemy import bindparam, func, insert, select
from sqlalchemy.dialects.postgresql import insert as upsert  # SQLite took the clause over

from audit.checkpoint import Checkpoint, open_checkpoint
from audit.errors import AuditError
from audit.head import Head
from audit.leaf import Leaf
from audit.merkle import leaf_hash, verify_consistency
from audit.note import SigningKey, VerifierKey
from audit.parts import Opening
from audit.proofs import Proof
from audit.receipts import make_receipt
from audit.tree import Edge
from audit.verify import Report, verify_leaves
from gateway.errors import IntegrityError, StorageError
from gateway.security.keys import Keys
from gateway.storage import tables
from gateway.storage.database import Connection, Database, Value

_CODE_BYTES: Final = 32
_SIZE_BYTES: Final = 8
_AT_ONCE: Final = 4096

_SHARD: Final = 1
_HEAD = select(tables.audit_head.c.head).where(tables.audit_head.c.shard == _SHARD)
_PUT_HEAD = upsert(tables.audit_head).values(
    shard=_SHARD, origin=bindparam("origin"), base=0, head=bindparam("head")
)
_SET_HEAD = _PUT_HEAD.on_conflict_do_update(
    index_elements=["shard"], set_={"head": _PUT_HEAD.excluded.head}
)
_TILE = select(tables.audit_tile.c.hashes).where(
    tables.audit_tile.c.shard == _SHARD,
    tables.audit_tile.c.level == bindparam("level"),
    tables.audit_tile.c.idx == bindparam("idx"),
)
_LEAVES = (
    select(tables.audit_leaf.c.seq, tables.audit_leaf.c.entry)
    .where(
        tables.audit_leaf.c.seq >= bindparam("start"), tables.audit_leaf.c.seq < bindparam("stop")
    )
    .order_by(tables.audit_leaf.c.seq)
)
_LAST_LEAF = select(func.max(tables.audit_leaf.c.seq))
_LAST_CHECKPOINT = (
    select(tables.audit_checkpoint.c.size, tables.audit_checkpoint.c.note)
    .where(tables.audit_checkpoint.c.shard == _SHARD)
    .order_by(tables.audit_checkpoint.c.size.desc())
    .limit(1)
)
_PUT_LEAF = insert(tables.audit_leaf)
_PUT_TILE = insert(tables.audit_tile)
_PUT_CHECKPOINT = upsert(tables.audit_checkpoint).on_conflict_do_nothing()

ReadTile = Callable[[int, int], bytes]


@dataclass(frozen=True, slots=True)
class State:
    """The log as one transaction left it: its *edge*, head row and the time of its last entry."""

    edge: Edge
    head: bytes
    last_at: int


@dataclass(frozen=True, slots=True)
class Published:
    """A signed checkpoint, *note*, of the log's first *size* entries, and what proves them.

    *edge* is that of a durable state of the log, this one or a later one.
    """

    edge: Edge
    note: bytes
    size: int
    read_tile: ReadTile

    def proof(self, index: int) -> Proof:
        """Return the proof that entry *index* is in the log, or raise `TreeError`."""
        hashes = self.edge.inclusion_proof(index, self.size, self.read_tile)
        return Proof(index, tuple(hashes), self.note)

    def growth_from(self, size: int) -> list[bytes]:
        """Return the proof that the log has only grown since it had *size* entries.

        Raises `TreeError` where it never had so many.
        """
        return self.edge.consistency_proof(size, self.size, self.read_tile)

    def receipt(self, index: int, leaf: bytes, opening: Opening) -> bytes:
        """Return the receipt for entry *index*, for the holder of *opening*."""
        return make_receipt(leaf, self.proof(index), opening)


class Log:
    """The log of one database, named *origin*.

    Opening it checks its tail in bounded time, and raises `IntegrityError` where head, tiles,
    last leaves and last checkpoint do not belong together.
    """

    def __init__(self, database: Database, keys: Keys, origin: str) -> None:
        self.signing = SigningKey(origin, keys.log_signing)
        self.origin = origin
        self._database = database
        self._head_key = keys.head
        self._lock = threading.Lock()
        self._cosigned: Published | None = None
        with database.reading() as connection:
            self._published = self._sign(self._open(connection).edge)

    @property
    def published(self) -> Published:
        """The newest state that this process knows to be durable, signed."""
        return self._published

    @property
    def verifiers(self) -> tuple[VerifierKey, ...]:
        """The keys with which the log's checkpoints are verified."""
        return (self.signing.verifier,)

    @property
    def cosigned(self) -> Published | None:
        """The newest state that a quorum of witnesses is known to have cosigned, if any."""
        return self._cosigned

    def at_size(self, size: int, note: bytes) -> Published:
        """Return the log as it was at this *size*, of which *note* is the signed checkpoint."""
        published = self._published if size <= self._published.size else self.refresh()
        return replace(published, size=size, note=note)

    def witnessed(self, published: Published) -> None:
        """Keep *published*, whose note carries a quorum's cosignatures, if none is newer.

        Of two of one size the later one is kept: it says that nothing was added meanwhile.
        """
        with self._lock:
            if self._cosigned is None or published.size >= self._cosigned.size:
                self._cosigned = published

    def refresh(self) -> Published:
        """Return the newest durable state, also where another process appended to it."""
        known = self._published
        with self._database.reading() as connection:
            state = self._advance(connection, State(known.edge, b"", 0))
        return known if state.edge is known.edge else self.publish(state)

    def publish(self, state: State) -> Published:
        """Sign *state*, which must be durable, and keep it if it is the newest."""
        published = self._sign(state.edge)
        with self._lock:
            if published.size > self._published.size:
                self._published = published
        return published

    def open(self, connection: Connection) -> State:
        """Return the state from which the next transaction on *connection* appends."""
        return self._open(connection)

    def advance(self, connection: Connection, state: State) -> State:
        """Return the state of the log inside this transaction: *state*, or what others appended.

        Raises `IntegrityError` where the log is smaller than *state*, or does not continue it.
        """
        return self._advance(connection, state)

    def append(
        self, connection: Connection, state: State, leaves: Sequence[bytes], at: int
    ) -> State:
        """Append *leaves*, all of the time *at*, in this transaction; return the new state."""
        if not leaves:
            return state
        extension = state.edge.extend([leaf_hash(leaf) for leaf in leaves])
        numbered = list(enumerate(leaves, state.edge.size))
        tiles = [(_SHARD, tile.level, tile.index, tile.hashes) for tile in extension.full_tiles]
        self._database.insert(connection, _PUT_LEAF, numbered)
        self._database.insert(connection, _PUT_TILE, tiles)
        head = self._head_of(extension.edge)
        self._database.run(connection, _SET_HEAD, origin=self.origin, head=head)
        self._put_checkpoint(connection)
        return State(extension.edge, head, at)

    def holds(self, connection: Connection, index: int, leaf: bytes) -> bool:
        """Return whether, inside this transaction, entry *index* is *leaf*."""
        rows = self._database.run(connection, _LEAVES, start=index, stop=index + 1).fetchall()
        return rows == [(index, leaf)]

    def leaf(self, index: int) -> bytes:
        """Return the bytes of entry *index*, or raise `StorageError` where there is none."""
        for _, leaf in self.leaves(index, index + 1):
            return leaf
        message = "no such entry in the log"
        raise StorageError(message)

    def proved(self, index: int) -> tuple[bytes, Proof]:
        """Return the bytes of entry *index* and the proof that it is in the log: see `proof`."""
        return self.leaf(index), self.proof(index)

    def proof(self, index: int) -> Proof:
        """Return the proof that entry *index* is in the log, cosigned where witnesses have seen it.

        Raises `TreeError` where there is no such entry, or a tile that it needs is missing.
        """
        published = self._cosigned
        if published is None or index >= published.size:
            published = self._published
        if index >= published.size:
            published = self.refresh()
        return published.proof(index)

    def leaves(self, start: int, stop: int) -> Iterator[tuple[int, bytes]]:
        """Yield index and bytes of the entries from *start* up to, not including, *stop*."""
        for first in range(start, stop, _AT_ONCE):
            rows = self._database.rows(_LEAVES, start=first, stop=min(first + _AT_ONCE, stop))
            yield from cast("list[tuple[int, bytes]]", rows)

    def verify(self) -> Report:
        """Verify the whole stored log, each entry and tile, against the newest checkpoint."""
        published = self.refresh()
        checkpoint = open_checkpoint(published.note, [self.signing.verifier])
        entries = (leaf for _, leaf in self.leaves(0, checkpoint.size))
        return verify_leaves(entries, checkpoint, self._tile_or_nothing)

    def read_tile(self, level: int, index: int) -> bytes:
        """Return the full tile with this level and index, or raise `StorageError`."""
        with self._database.reading() as connection:
            return self._tile(connection, level, index)

    def _open(self, connection: Connection) -> State:
        head, row = self._read_head(connection)
        (last,) = self._database.run(connection, _LAST_LEAF).fetchone()
        if (-1 if last is None else last) != head.size - 1:
            message = "the log has other entries than its head says"
            raise IntegrityError(message)
        try:
            edge = Edge.restore(
                head.size,
                lambda level, index: self._tile(connection, level, index),
                lambda start, stop: self._hashes(connection, start, stop),
            )
        except AuditError as error:
            message = "the log's tiles or last entries are missing"
            raise IntegrityError(message) from error
        if edge.frontier != head.frontier:
            message = "the log's tiles or last entries are not those of its head"
            raise IntegrityError(message)
        self._require_checkpoint(connection, edge)
        last_at = self._last_at(connection, head.size)
        return State(edge, row, last_at)

    def _advance(self, connection: Connection, state: State) -> State:
        found = self._database.run(connection, _HEAD).fetchone()
        if found is not None and found[0] == state.head:
            return state
        head, row = self._read_head(connection)
        if head.size < state.edge.size:
            message = "the log is smaller than it was: the database was rolled back"
            raise IntegrityError(message)
        edge = state.edge
        if head.size > edge.size:
            edge = edge.extend(self._hashes(connection, edge.size, head.size)).edge
        if edge.frontier != head.frontier:
            message = "the log does not continue what this process knows of it"
            raise IntegrityError(message)
        return State(edge, row, self._last_at(connection, head.size))

    def _read_head(self, connection: Connection) -> tuple[Head, bytes]:
        found = self._database.run(connection, _HEAD).fetchone()
        if found is None:
            return Head(0, b""), b""
        row = _blob(found[0])
        code, rest = row[:_CODE_BYTES], row[_CODE_BYTES:]
        try:
            head = Head(int.from_bytes(rest[:_SIZE_BYTES], "big"), rest[_SIZE_BYTES:])
            head.check(self._head_key, code)
        except AuditError as error:
            message = "the head of the log was not written by this gateway"
            raise IntegrityError(message) from error
        return head, row

    def _head_of(self, edge: Edge) -> bytes:
        head = Head(edge.size, edge.frontier)
        size = head.size.to_bytes(_SIZE_BYTES, "big")
        return head.code(self._head_key) + size + head.frontier

    def _require_checkpoint(self, connection: Connection, edge: Edge) -> None:
        """Raise `IntegrityError` unless the log continues what was signed of it last."""
        found = self._database.run(connection, _LAST_CHECKPOINT).fetchone()
        if found is None:
            return
        try:
            old = open_checkpoint(_blob(found[1]), [self.signing.verifier])
            proof = edge.consistency_proof(
                old.size, edge.size, lambda level, index: self._tile(connection, level, index)
            )
            verify_consistency(old.size, old.root, edge.size, edge.root(), proof)
        except AuditError as error:
            message = "the log does not continue what was signed of it"
            raise IntegrityError(message) from error

    def _last_at(self, connection: Connection, size: int) -> int:
        if size == 0:
            return 0
        row = self._database.run(connection, _LEAVES, start=size - 1, stop=size).fetchone()
        return Leaf.decode(row[1]).at

    def _tile(self, connection: Connection, level: int, index: int) -> bytes:
        found = self._database.run(connection, _TILE, level=level, idx=index).fetchone()
        if found is None:
            message = f"tile `{index}` of level `{level}` is missing"
            raise IntegrityError(message)
        return _blob(found[0])

    def _tile_or_nothing(self, level: int, index: int) -> bytes:
        try:
            return self.read_tile(level, index)
        except IntegrityError:
            return b""

    def _hashes(self, connection: Connection, start: int, stop: int) -> list[bytes]:
        rows = self._database.run(connection, _LEAVES, start=start, stop=stop).fetchall()
        if any(later != earlier + 1 for (earlier, _), (later, _) in pairwise(rows)):
            message = "an entry of the log is missing"
            raise IntegrityError(message)
        return [leaf_hash(_blob(leaf)) for _, leaf in rows]

    def _put_checkpoint(self, connection: Connection) -> None:
        published = self._published
        if published.size:
            row = (_SHARD, published.size, published.note)
            self._database.insert(connection, _PUT_CHECKPOINT, [row])

    def _sign(self, edge: Edge) -> Published:
        note = Checkpoint(self.origin, edge.size, edge.root()).sign(self.signing)
        return Published(edge, note, edge.size, self.read_tile)


def _blob(value: Value) -> bytes:
    """Return *value* if it is bytes: SQLite stores whatever somebody writes, in any column."""
    if not isinstance(value, bytes):
        message = "the log holds something that is not bytes"
        raise IntegrityError(message)
    return value
