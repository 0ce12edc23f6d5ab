"""The shards of the log: one after another, each with its own name, tree and head row.

    seq      0 1 2 3 4 5 6 7 8 9 …        an entry's number, on through all shards
    shard    └─ 1 ─────┘ └─ 2 ──…
    index    0 1 2 3 4 5 0 1 2 3 …        its place in the tree of its shard: seq - base

A shard that was sealed stays as it is. Its entries are proved by its last checkpoint.
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, cast

from sqlalchemy import bindparam, func, insert, select
from sqlalchemy.dialects.postgresql import insert as upsert  # SQLite took the clause over

from audit.checkpoint import Checkpoint, open_checkpoint
from audit.errors import AuditError, NoteError
from audit.head import Head
from audit.leaf import Leaf
from audit.merkle import leaf_hashes, verify_consistency
from audit.note import VerifierKey, split
from audit.tree import Edge, FullTile, ReadTile
from gateway.errors import IntegrityError, KeysError
from gateway.storage import tables
from gateway.storage.database import Connection, Database, Inserted, Value

_CODE_BYTES: Final = 32
_SIZE_BYTES: Final = 8

_HEADS = select(
    tables.audit_head.c.shard,
    tables.audit_head.c.origin,
    tables.audit_head.c.base,
    tables.audit_head.c.head,
)
_NEWEST = _HEADS.order_by(tables.audit_head.c.shard.desc()).limit(1)
_SINCE = _HEADS.where(tables.audit_head.c.shard >= bindparam("shard")).order_by(
    tables.audit_head.c.shard
)
_PUT_HEAD = upsert(tables.audit_head).values(
    shard=bindparam("shard"),
    origin=bindparam("origin"),
    base=bindparam("base"),
    head=bindparam("head"),
)
_SET_HEAD = _PUT_HEAD.on_conflict_do_update(
    index_elements=["shard"], set_={"head": _PUT_HEAD.excluded.head}
)
_TILE = select(tables.audit_tile.c.hashes).where(
    tables.audit_tile.c.shard == bindparam("shard"),
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
_CHECKPOINTS = select(tables.audit_checkpoint.c.size, tables.audit_checkpoint.c.note).where(
    tables.audit_checkpoint.c.shard == bindparam("shard")
)
_LAST_CHECKPOINT = _CHECKPOINTS.order_by(tables.audit_checkpoint.c.size.desc()).limit(1)
_FIRST_CHECKPOINT = (
    _CHECKPOINTS.where(tables.audit_checkpoint.c.size > bindparam("index"))
    .order_by(tables.audit_checkpoint.c.size)
    .limit(1)
)
_COSIGNATURES = (
    select(tables.audit_cosignature.c.line)
    .where(
        tables.audit_cosignature.c.shard == bindparam("shard"),
        tables.audit_cosignature.c.size == bindparam("size"),
    )
    .order_by(tables.audit_cosignature.c.witness)
)
_PUT_TILE = insert(tables.audit_tile)
_PUT_CHECKPOINT = upsert(tables.audit_checkpoint).on_conflict_do_nothing()


@dataclass(frozen=True, slots=True)
class Shard:
    """One log of this gateway: its *number*, from 1 on, its name, and its first entry's number."""

    number: int
    origin: str
    base: int

    def head_key(self, key: bytes) -> bytes:
        """Return the key of this shard's head: one shard's head does not pass for another's."""
        named = f"caf-gateway/shard/v1\0{self.number}\0{self.base}\0{self.origin}"
        return hmac.digest(key, named.encode(), "sha256")


def putting_tiles(shard: Shard, tiles: Sequence[FullTile]) -> Inserted:
    """Return what stores the tiles that are now full of a shard's tree."""
    return _PUT_TILE, [(shard.number, tile.level, tile.index, tile.stored) for tile in tiles]


def putting_head(shard: Shard, row: bytes) -> Inserted:
    """Return what stores the head of a shard, in the place of the one before."""
    return _SET_HEAD, [(shard.number, shard.origin, shard.base, row)]


def putting_checkpoint(shard: Shard, size: int, note: bytes) -> Inserted:
    """Return what stores a signed checkpoint, unless it is there."""
    return _PUT_CHECKPOINT, [(shard.number, size, note)]


@dataclass(frozen=True, slots=True)
class StoredHead:
    """The head row of a *shard*, as stored; nothing of it is believed before `Shards.opened`."""

    shard: Shard
    row: bytes


class Shards:
    """Reads and writes the rows of shards, in the *connection*'s transaction.

    Each method raises `IntegrityError` where what is stored does not hold together.
    """

    def __init__(self, database: Database, head_key: bytes) -> None:
        self._database = database
        self._head_key = head_key

    def newest(self, connection: Connection) -> StoredHead | None:
        """Return the head of the newest shard, None where the log has not begun."""
        found = self._database.run(connection, _NEWEST).fetchone()
        return None if found is None else _stored(found)

    def since(self, connection: Connection, number: int) -> list[StoredHead]:
        """Return the heads from shard *number* on."""
        return [_stored(row) for row in self._database.run(connection, _SINCE, shard=number)]

    def opened(self, stored: StoredHead) -> Head:
        """Return the head in a row that this gateway wrote."""
        code, rest = stored.row[:_CODE_BYTES], stored.row[_CODE_BYTES:]
        try:
            head = Head(int.from_bytes(rest[:_SIZE_BYTES], "big"), rest[_SIZE_BYTES:])
            head.check(stored.shard.head_key(self._head_key), code)
        except AuditError as error:
            message = "the head of the log was not written by this gateway"
            raise IntegrityError(message) from error
        return head

    def restore(self, connection: Connection, stored: StoredHead) -> Edge:
        """Return the edge of a shard's tree, which is that of its head, in bounded time."""
        head, shard = self.opened(stored), stored.shard
        try:
            edge = Edge.restore(
                head.size,
                lambda level, index: self.tile(connection, shard, level, index),
                lambda start, stop: self.hashes(connection, shard.base + start, shard.base + stop),
            )
        except AuditError as error:
            message = "the log's tiles or last entries are missing"
            raise IntegrityError(message) from error
        if edge.frontier != head.frontier:
            message = "the log's tiles or last entries are not those of its head"
            raise IntegrityError(message)
        return edge

    def tile(self, connection: Connection, shard: Shard, level: int, index: int) -> bytes:
        """Return the hashes of a full tile."""
        found = self._database.run(
            connection, _TILE, shard=shard.number, level=level, idx=index
        ).fetchone()
        if found is None:
            message = f"tile `{index}` of level `{level}` is missing"
            raise IntegrityError(message)
        return _blob(found[0])

    def tiles_of(self, shard: Shard) -> ReadTile:
        """Return what reads a shard's tiles outside any transaction."""

        def read(level: int, index: int) -> bytes:
            with self._database.reading() as connection:
                return self.tile(connection, shard, level, index)

        return read

    def leaves(self, connection: Connection, start: int, stop: int) -> list[bytes]:
        """Return the entries from number *start* up to, not including, *stop*; none is missing."""
        rows = self._database.run(connection, _LEAVES, start=start, stop=stop).fetchall()
        if any(later != earlier + 1 for (earlier, _), (later, _) in pairwise(rows)):
            message = "an entry of the log is missing"
            raise IntegrityError(message)
        return [_blob(leaf) for _, leaf in rows]

    def hashes(self, connection: Connection, start: int, stop: int) -> list[bytes]:
        """Return the leaf hashes of these entries."""
        return leaf_hashes(self.leaves(connection, start, stop))

    def last_leaf(self, connection: Connection) -> int:
        """Return the number of the last entry that is stored, -1 where there is none."""
        (last,) = self._database.run(connection, _LAST_LEAF).fetchone()
        return -1 if last is None else cast("int", last)

    def leaf(self, connection: Connection, seq: int) -> Leaf:
        """Return one entry, which is known to be there."""
        (leaf,) = self.leaves(connection, seq, seq + 1)
        return Leaf.decode(leaf)

    def head_row(self, shard: Shard, edge: Edge) -> bytes:
        """Return the row that says that *edge* is the head of a shard, with our code."""
        head = Head(edge.size, edge.frontier)
        code = head.code(shard.head_key(self._head_key))
        return code + head.size.to_bytes(_SIZE_BYTES, "big") + head.frontier

    def last_checkpoint(self, connection: Connection, shard: Shard) -> bytes | None:
        """Return the newest checkpoint that is stored of a shard, None where there is none."""
        found = self._database.run(connection, _LAST_CHECKPOINT, shard=shard.number).fetchone()
        return None if found is None else _blob(found[1])

    def cosignatures(self, connection: Connection, shard: Shard, size: int) -> bytes:
        """Return the lines with which witnesses signed the checkpoint of this *size*."""
        rows = self._database.run(connection, _COSIGNATURES, shard=shard.number, size=size)
        return "".join(str(line) for (line,) in rows).encode()

    def first_checkpoint(self, connection: Connection, shard: Shard, index: int) -> bytes | None:
        """Return the oldest stored checkpoint of a shard that covers the entry at *index*."""
        found = self._database.run(
            connection, _FIRST_CHECKPOINT, shard=shard.number, index=index
        ).fetchone()
        return None if found is None else _blob(found[1])

    def require_checkpoint(
        self, connection: Connection, shard: Shard, edge: Edge, keys: Sequence[VerifierKey]
    ) -> Checkpoint | None:
        """Return what was signed last of a shard: the shard, up to its *edge*, continues that."""
        note = self.last_checkpoint(connection, shard)
        if note is None:
            return None
        _require_known(note, shard, keys)
        try:
            old = open_checkpoint(note, keys)
            proof = edge.consistency_proof(
                old.size,
                edge.size,
                lambda level, index: self.tile(connection, shard, level, index),
            )
            verify_consistency(old.size, old.root, edge.size, edge.root(), proof)
        except AuditError as error:
            message = "the log does not continue what was signed of it"
            raise IntegrityError(message) from error
        return old


def _require_known(note: bytes, shard: Shard, keys: Sequence[VerifierKey]) -> None:
    """Raise `KeysError` where the log signed with a key that is not among *keys*."""
    try:
        _, lines = split(note)
    except NoteError:
        return  # whoever opens it says so
    for line in lines:
        if line.name == shard.origin and not any(line.is_by(key) for key in keys):
            message = "the log is signed by a key that is not in this node's folder"
            raise KeysError(message)


def _stored(row: Sequence[Value]) -> StoredHead:
    number, origin, base, head = row
    shard = Shard(cast("int", number), str(origin), cast("int", base))
    return StoredHead(shard, _blob(head))


def _blob(value: Value) -> bytes:
    """Return *value* if it is bytes: SQLite stores whatever somebody writes, in any column."""
    if not isinstance(value, bytes):
        message = "the log holds something that is not bytes"
        raise IntegrityError(message)
    return value
