"""A unit made ready: all that can be done for it before its transaction, in the caller's thread.

Rows become tuples in the columns' order, details are sealed, leaves are written; what is wrong
with a unit is found here, where it is its caller's business alone. The one committer, for which
everybody waits, is left with the indices, the time, and the database.
"""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Final, NamedTuple

from audit.entry import NONCE_BYTES, TAG_BYTES, subject_tag
from audit.events import EntryType
from audit.leaf import Leaf
from gateway.errors import StorageError
from gateway.ports import Ports
from gateway.security.keys import subject_key
from gateway.storage import tables
from gateway.storage.child_keys import wrapped_in_force
from gateway.storage.database import Row, Value
from gateway.storage.indexing import IndexKey, IndexKeys
from gateway.storage.times import to_ms
from gateway.storage.unit import (
    Change,
    ChangeKind,
    Committed,
    Entry,
    Erasure,
    Removal,
    Stamp,
    Sweep,
    Table,
    Unit,
    Write,
)
from gateway.storage.vault import Vault, detail_place

COLUMNS: Final[Mapping[Table, tuple[str, ...]]] = {
    table: tuple(column.name for column in tables.metadata.tables[table].columns) for table in Table
}
CHANGED_TABLE: Final[Mapping[ChangeKind, Table]] = {
    ChangeKind.OUTBOX_STATE: Table.OUTBOX,
    ChangeKind.TASK_STATE: Table.TASK,
    ChangeKind.EPISODE_STATE: Table.EPISODE,
    ChangeKind.ATTACHMENT_STATE: Table.ATTACHMENT,
}
ONCE: Final[Mapping[Table, tuple[str, ...]]] = {
    Table.IDEMPOTENCY: ("key",),
    Table.REPLAY: ("client_id", "jti"),
    Table.CHILD_INDEX: ("kind", "key"),
    Table.REGISTER: ("kind", "id", "version"),
    Table.ASSESSMENT: ("child_id", "holder", "version"),
}
"""What two callers may try to write at the same time, though it may be there but once."""

_NAMES: Final[Mapping[str, frozenset[str]]] = {
    table: frozenset(columns) for table, columns in COLUMNS.items()
}
_LEAF: Final[Mapping[Table, int]] = {
    table: columns.index("leaf") for table, columns in COLUMNS.items() if "leaf" in columns
}
_DEFAULTS: Final[Mapping[Table, Mapping[str, Value]]] = {
    Table.OUTBOX: {"urgent": 0, "attempts": 0},
    Table.ATTACHMENT: {"attempts": 0},
}


class PreparedRow(NamedTuple):
    """The *values* of one row; *leaf* is the place of the column for the index of *entry*."""

    table: Table
    values: Row
    entry: int | None
    leaf: int

    def filed(self, first: int) -> Row:
        """Return the values, with the index of the row's entry where *first* is the unit's."""
        if self.entry is None:
            return self.values
        return (*self.values[: self.leaf], first + self.entry, *self.values[self.leaf + 1 :])


@dataclass(frozen=True, slots=True)
class PreparedEntry:
    """One entry: its *leaf*, of a time yet to be set, and where its detail goes, sealed."""

    leaf: bytes
    key_id: str
    sealed: bytes
    indexed: tuple[IndexKey, ...]

    def leaf_at(self, at: int) -> bytes:
        """Return the leaf with the time *at*: the first member of its canonical JSON."""
        return b'{"at":%d,%s' % (at, self.leaf.partition(b",")[2])


@dataclass(frozen=True, slots=True)
class Prepared:
    """A unit ready to be committed, and the *answer* that its caller waits for.

    *stamps* are the versions that it rests on, each by its kind and key.
    *children* are those whom its entries are about and whom it does not make itself; their keys
    were there as of the stamp *erasures*. One that *seals* the log is the last of its transaction.
    """

    stamps: tuple[tuple[tuple[str, str], int], ...]
    moves: tuple[tuple[str, str], ...]
    changes: tuple[Change, ...]
    rows: tuple[PreparedRow, ...]
    entries: tuple[PreparedEntry, ...]
    once: tuple[tuple[Table, Row], ...]
    children: frozenset[str]
    erasures: int
    removals: tuple[Removal, ...]
    erasure: Erasure | None
    sweeps: tuple[tuple[Sweep, int], ...]
    seals: bool
    answer: Future[Committed]


@dataclass(frozen=True, slots=True)
class Preparation:
    """What units are made ready with: the keys, what is found by what, the gateway's *node*."""

    vault: Vault
    index_keys: IndexKeys
    ports: Ports
    node: str

    def prepare(self, unit: Unit) -> Prepared:
        """Return *unit* made ready, or raise `StorageError` or `EntryError` for what is wrong."""
        erasures = self.vault.child_keys.erasures  # before any key is taken
        # Its entries are about few children: each one's key is derived once.
        children = {entry.child_id for entry in unit.entries if entry.child_id is not None}
        tag_keys = {child: subject_key(self.vault.key(child)) for child in children}
        made = {write.row["id"] for write in unit.writes if write.table is Table.CHILD}
        return Prepared(
            stamps=tuple(
                ((stamp.kind, stamp.key), stamp.version)
                for stamp in (*unit.stamps, *_wrapped_in_force(unit))
            ),
            moves=tuple(unit.moves),
            changes=tuple(_change(change) for change in unit.changes),
            rows=tuple(_row(write, len(unit.entries)) for write in unit.writes),
            entries=tuple(self._entry(entry, tag_keys) for entry in unit.entries),
            once=tuple(_once(write) for write in unit.writes if _is_once(write, unit.removals)),
            children=frozenset(children - made),
            erasures=erasures,
            removals=tuple(unit.removals),
            erasure=unit.erasure,
            sweeps=unit.sweeps,
            seals=any(entry.type is EntryType.LOG_SEAL for entry in unit.entries),
            answer=Future(),
        )

    def _entry(self, entry: Entry, tag_keys: Mapping[str, bytes]) -> PreparedEntry:
        random, commit = self.ports.random, entry.detail.commit
        nonce = random(NONCE_BYTES)
        if entry.child_id is None:
            tag = random(TAG_BYTES).hex()
        else:
            tag = subject_tag(tag_keys[entry.child_id], nonce)
        leaf = Leaf(
            type=entry.type,
            at=to_ms(self.ports.now()),
            node=self.node,
            nonce=nonce.hex(),
            tag=tag,
            commit=commit,
            sender=entry.sender,
            recipient=entry.recipient,
            purpose=entry.purpose,
            policy=entry.policy,
        ).encode()
        place = detail_place(commit)
        sealed = self.vault.seal(entry.child_id, place, entry.detail.encode())
        indexed = self.index_keys.of_entry(entry.sender, entry.recipient, entry.terms)
        return PreparedEntry(leaf, entry.child_id or "", sealed, indexed)


def _row(write: Write, entries: int) -> PreparedRow:
    table, row = write.table, write.row
    if defaults := _DEFAULTS.get(table):
        row = {**defaults, **row}
    if not row.keys() <= _NAMES[table]:
        message = f"a row has columns that `{table}` does not have"
        raise StorageError(message)
    values = tuple(map(row.get, COLUMNS[table]))
    if write.entry is None:
        return PreparedRow(table, values, None, 0)
    if not 0 <= write.entry < entries or table not in _LEAF:
        message = f"a row of `{table}` names an entry that its unit does not have"
        raise StorageError(message)
    return PreparedRow(table, values, write.entry, _LEAF[table])


def _change(change: Change) -> Change:
    if not change.row.keys() <= _NAMES[CHANGED_TABLE[change.kind]]:
        message = f"a change has columns that `{CHANGED_TABLE[change.kind]}` does not have"
        raise StorageError(message)
    return change


def _wrapped_in_force(unit: Unit) -> Iterator[Stamp]:
    """Yield what keeps a retired key-encryption key from wrapping the key of a new child."""
    for write in unit.writes:
        wrapped = write.row.get("wrapped_key")
        if write.table is Table.CHILD and isinstance(wrapped, bytes):
            yield wrapped_in_force(wrapped)


def _once(write: Write) -> tuple[Table, Row]:
    return write.table, tuple(write.row.get(column) for column in ONCE[write.table])


def _is_once(write: Write, removals: Sequence[Removal]) -> bool:
    """Whether *write* is refused where there is such a row, which none of *removals* takes away."""
    if write.table not in ONCE:
        return False
    return not removals or Removal(*_once(write)) not in removals
