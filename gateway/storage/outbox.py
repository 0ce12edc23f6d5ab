"""The outbox: what was disclosed and is to be delivered, in order per recipient and child.

    pending ─▶ sending ─▶ delivered
       │ ▲        │
       │ └────────┤ tried again later
       ├─▶ recalled     what it rested on changed before it was sent
       └─▶ failed       refused by the gate, or tried often enough

A row here is a wish, never a permission: whoever can write to the database can write one. The
dispatcher sends nothing that the log does not prove (`gateway.delivery`).
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Final

import orjson
from sqlalchemy import bindparam, exists, func, or_, select

from gateway.storage.database import Database, Row, Value
from gateway.storage.tables import outbox
from gateway.storage.times import from_ms, to_ms
from gateway.storage.unit import Change, ChangeKind, Stamp, Table, Write
from gateway.storage.vault import Vault


class OutboxState(StrEnum):
    """Where a delivery stands."""

    PENDING = "pending"
    SENDING = "sending"
    DELIVERED = "delivered"
    FAILED = "failed"
    RECALLED = "recalled"


REACHES: Final = frozenset({OutboxState.PENDING, OutboxState.SENDING, OutboxState.DELIVERED})
"""The states of what the recipient has, or is about to get."""

_MOST_NUMBER: Final = 2**47  # milliseconds since 1970: as far as a date can be reckoned

_UNDONE = (OutboxState.PENDING.value, OutboxState.SENDING.value)

_earlier = outbox.alias("earlier")
_waits_for_an_earlier_one = exists().where(
    _earlier.c.recipient == outbox.c.recipient,
    _earlier.c.child_id == outbox.c.child_id,
    _earlier.c.state.in_([bindparam("undone0", _UNDONE[0]), bindparam("undone1", _UNDONE[1])]),
    _earlier.c.leaf < outbox.c.leaf,
)
_DUE = (
    select(outbox)
    .where(
        outbox.c.state == OutboxState.PENDING.value,
        outbox.c.recipient == bindparam("recipient"),
        outbox.c.next_at <= bindparam("at"),
        or_(outbox.c.urgent == 1, ~_waits_for_an_earlier_one),
    )
    .order_by(outbox.c.urgent.desc(), outbox.c.leaf)
    .limit(bindparam("most"))
)
_RECIPIENTS = (
    select(outbox.c.recipient)
    .where(outbox.c.state == OutboxState.PENDING.value, outbox.c.next_at <= bindparam("at"))
    .distinct()
)
_IN_STATE = select(outbox).where(outbox.c.state == bindparam("state")).order_by(outbox.c.leaf)
_OF_CHILD = select(outbox).where(outbox.c.child_id == bindparam("child")).order_by(outbox.c.leaf)
_ONE = select(outbox).where(outbox.c.id == bindparam("id"))
_PAGE = (
    select(outbox)
    .where(outbox.c.id >= bindparam("start"))
    .order_by(outbox.c.id)
    .limit(bindparam("most"))
)
# By the index on recipient, child, state and entry: the log is verified with this, entry by entry.
_OF_ENTRY = select(outbox).where(
    outbox.c.recipient == bindparam("recipient"),
    outbox.c.child_id == bindparam("child"),
    outbox.c.state.in_([bindparam(state.name, state.value) for state in OutboxState]),
    outbox.c.leaf == bindparam("leaf"),
)
_UNDELIVERED = (OutboxState.PENDING, OutboxState.SENDING, OutboxState.FAILED)
_BACKLOG = (
    select(outbox.c.state, func.count(), func.min(outbox.c.created_at))
    .where(outbox.c.state.in_([bindparam(state.name, state.value) for state in _UNDELIVERED]))
    .group_by(outbox.c.state)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """One row of the outbox. Nothing in it is believed before the gate has verified it.

    *leaf* is the index of the disclosure's entry, *closing_leaf* of the one that ended its
    delivery; *answer_sha256* is the hash of the recipient's acknowledgement. What is not of its
    column's kind reads as nothing, which proves nothing.
    """

    id: str
    message_id: str
    recipient: str
    child_id: str
    sealed: bytes
    payload_sha256: bytes
    media_type: str
    leaf: int
    state: OutboxState
    urgent: bool
    attempts: int
    next_at: datetime
    created_at: datetime
    sealed_stamps: bytes
    sealed_context: bytes
    sealed_content: bytes
    answer_sha256: bytes | None = None
    closing_leaf: int | None = None

    def payload(self, vault: Vault) -> bytes:
        """Return the bytes to deliver, or raise `SealError` or `StorageError`."""
        return vault.open(self.child_id, f"outbox:{self.id}", self.sealed)

    def context(self, vault: Vault) -> bytes:
        """Return what is needed to decide again, or raise `SealError` or `StorageError`."""
        return vault.open(self.child_id, f"outbox-context:{self.id}", self.sealed_context)

    def content(self, vault: Vault) -> bytes | None:
        """Return what was released from, where it is kept for this delivery alone.

        Raises `SealError` or `StorageError`.
        """
        if not self.sealed_content:
            return None
        return vault.open(self.child_id, f"outbox-content:{self.id}", self.sealed_content)

    def stamps(self, vault: Vault) -> tuple[Stamp, ...]:
        """Return what the decision was made on, or raise `SealError` or `StorageError`.

        They are sealed so that nobody without the key can have a stale decision pass as fresh.
        """
        return decode_stamps(
            vault.open(self.child_id, f"outbox-stamps:{self.id}", self.sealed_stamps)
        )

    def change(self, row: dict[str, Value], entry: int | None = None) -> Change:
        """Return the change of this row, in its present state, to the values of *row*."""
        return Change(ChangeKind.OUTBOX_STATE, self.id, self.state.value, row, entry)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What to put into the outbox: a *payload* for a *recipient*, and what it rests on.

    *content* is what it was released from, where that is kept until it is delivered and no longer.
    """

    id: str
    message_id: str
    recipient: str
    child_id: str
    payload: bytes
    media_type: str
    created_at: datetime
    stamps: tuple[Stamp, ...]
    context: bytes
    content: bytes | None = None
    urgent: bool = False

    def write(self, vault: Vault, entry: int) -> Write:
        """Return the row to write; entry *entry* of its unit is the disclosure."""
        place, context_place = f"outbox:{self.id}", f"outbox-context:{self.id}"
        row: dict[str, Value] = {
            "id": self.id,
            "message_id": self.message_id,
            "recipient": self.recipient,
            "child_id": self.child_id,
            "sealed": vault.seal_document(self.child_id, place, self.payload),
            "payload_sha256": sha256(self.payload).digest(),
            "media_type": self.media_type,
            "state": OutboxState.PENDING.value,
            "urgent": int(self.urgent),
            "next_at": to_ms(self.created_at),
            "created_at": to_ms(self.created_at),
            "sealed_stamps": seal_stamps(vault, self.child_id, self.id, self.stamps),
            "sealed_context": vault.seal(self.child_id, context_place, self.context),
            "sealed_content": self._sealed_content(vault),
        }
        return Write(Table.OUTBOX, row, entry)

    def _sealed_content(self, vault: Vault) -> bytes:
        if self.content is None:
            return b""
        return vault.seal_document(self.child_id, f"outbox-content:{self.id}", self.content)


@dataclass(frozen=True, slots=True)
class Backlog:
    """How many rows stand in one state, and when the oldest of them was queued, if any."""

    rows: int
    oldest_at: datetime | None


class Outbox:
    """Reads the outbox."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def recipients_due(self, at: datetime) -> list[str]:
        """Return the services for which something is due *at* that time."""
        return [str(row[0]) for row in self._database.rows(_RECIPIENTS, at=to_ms(at))]

    def due(self, recipient: str, at: datetime, most: int) -> list[Queued]:
        """Return what may go to *recipient* next: urgent first, else the first of each child.

        Raises `StorageError` where a row cannot even be read.
        """
        rows = self._database.rows(_DUE, recipient=recipient, at=to_ms(at), most=most)
        return [_queued(row) for row in rows]

    def in_state(self, state: OutboxState) -> list[Queued]:
        """Return the rows in this state, in the log's order."""
        return [_queued(row) for row in self._database.rows(_IN_STATE, state=state.value)]

    def of_child(self, child_id: str) -> list[Queued]:
        """Return every row about this child, in the log's order."""
        return [_queued(row) for row in self._database.rows(_OF_CHILD, child=child_id)]

    def backlog(self) -> dict[OutboxState, Backlog]:
        """Return what is not delivered, for each state; what was delivered is not counted."""
        found = dict.fromkeys(_UNDELIVERED, Backlog(0, None))
        for state, rows, oldest in self._database.rows(_BACKLOG):
            found[OutboxState(_text(state))] = Backlog(_number(rows), from_ms(_number(oldest)))
        return found

    def page(self, start: str, most: int) -> list[tuple[Value, Queued | None]]:
        """Return the next rows from the id *start* on, by their ids; None for an unreadable one."""
        rows = self._database.rows(_PAGE, start=start, most=most)
        return [(row[0], _readable(row)) for row in rows]

    def of_entry(self, leaf: int, recipient: str, child_id: str) -> list[Queued | None]:
        """Return the rows that say entry *leaf* permits them: there should be one."""
        rows = self._database.rows(_OF_ENTRY, leaf=leaf, recipient=recipient, child=child_id)
        return list(map(_readable, rows))

    def find(self, id_: str) -> Queued | None:
        """Return the row with this id, if there is one."""
        row = self._database.row(_ONE, id=id_)
        return None if row is None else _queued(row)


def seal_stamps(vault: Vault, child_id: str, id_: str, stamps: tuple[Stamp, ...]) -> bytes:
    """Return *stamps* sealed, for the row *id_* about this child."""
    return vault.seal(child_id, f"outbox-stamps:{id_}", encode_stamps(stamps))


def encode_stamps(stamps: tuple[Stamp, ...]) -> bytes:
    """Return *stamps* as the bytes that are sealed.

    >>> encode_stamps((Stamp("child", "c1", 4),))
    b'[["child","c1",4]]'
    """
    rows = [[stamp.kind, stamp.key, stamp.version] for stamp in stamps]
    return orjson.dumps(rows)


def decode_stamps(text: bytes) -> tuple[Stamp, ...]:
    """Return the stamps in *text*.

    >>> decode_stamps(b'[["child","c1",4]]')
    (Stamp(kind='child', key='c1', version=4),)
    """
    return tuple(Stamp(kind, key, version) for kind, key, version in orjson.loads(text))


def _queued(row: Row) -> Queued:
    values = dict(zip(outbox.c.keys(), row, strict=True))
    return Queued(
        id=_text(values["id"]),
        message_id=_text(values["message_id"]),
        recipient=_text(values["recipient"]),
        child_id=_text(values["child_id"]),
        sealed=_blob(values["sealed"]),
        payload_sha256=_blob(values["payload_sha256"]),
        media_type=_text(values["media_type"]),
        leaf=_number(values["leaf"]),
        state=OutboxState(_text(values["state"])),
        urgent=bool(values["urgent"]),
        attempts=_number(values["attempts"]),
        next_at=from_ms(_number(values["next_at"])),
        created_at=from_ms(_number(values["created_at"])),
        sealed_stamps=_blob(values["sealed_stamps"]),
        sealed_context=_blob(values["sealed_context"]),
        sealed_content=_blob(values["sealed_content"]),
        answer_sha256=_blob(values["answer_sha256"]) or None,
        closing_leaf=None if values["closing_leaf"] is None else _number(values["closing_leaf"]),
    )


def _readable(row: Row) -> Queued | None:
    try:
        return _queued(row)
    except ValueError:
        return None


def _text(value: Value) -> str:
    return value if isinstance(value, str) else ""


def _blob(value: Value) -> bytes:
    return value if isinstance(value, bytes) else b""


def _number(value: Value) -> int:
    return value if isinstance(value, int) and 0 <= value < _MOST_NUMBER else 0
