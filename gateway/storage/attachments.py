"""Attachments: documents that came with a record, sealed as they came under their child's key.

    held ──▶ clean          a scanner found nothing
      └────▶ quarantined    it found a virus

No state says that anything may be shared: that is nobody's to decide here.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Final, TypeAlias, cast

import msgspec
from msgspec import Struct
from sqlalchemy import bindparam, func, select

from gateway.errors import IntegrityError, StorageError
from gateway.storage.database import Database, Row, Value
from gateway.storage.tables import attachment
from gateway.storage.times import from_ms, to_ms
from gateway.storage.unit import Change, ChangeKind, Table, Write
from gateway.storage.vault import Vault

_columns = [column for column in attachment.c if column.name != "sealed"]
_ONE = select(*_columns).where(attachment.c.id == bindparam("id"))
_OF_CHILD = (
    select(*_columns).where(attachment.c.child_id == bindparam("child")).order_by(attachment.c.id)
)
_OF_SENDER = (
    select(*_columns).where(attachment.c.sender == bindparam("sender")).order_by(attachment.c.id)
)
_DUE = (
    select(*_columns)
    .where(attachment.c.state == "held", attachment.c.next_at <= bindparam("at"))
    .order_by(attachment.c.next_at, attachment.c.id)
    .limit(bindparam("most"))
)
_COUNTED = select(attachment.c.state, func.count()).group_by(attachment.c.state)
_CONTENT = select(attachment.c.sealed).where(attachment.c.id == bindparam("id"))

_Columns: TypeAlias = tuple[str, str, str, str, int, bytes, str, int, int, int, int, int | None]


class AttachmentState(StrEnum):
    """What is known of an attachment."""

    HELD = "held"
    CLEAN = "clean"
    QUARANTINED = "quarantined"


class Described(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is said of an attachment; sealed, since a title may name anybody.

    *declared* is the media type that its sender gave, *where* its place in the received *record*
    (by the SHA-256 of that, hex), *message* the id of that, *sha256* (hex) that of its own bytes.
    """

    declared: str
    where: str
    message: str
    record: str
    sha256: str
    title: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAttachment:
    """One attachment of a child's record, without its bytes."""

    id: str
    child_id: str
    sender: str
    media_type: str
    size: int
    described: Described
    created_at: datetime
    state: AttachmentState = AttachmentState.HELD
    attempts: int = 0
    next_at: datetime
    leaf: int = -1
    closing_leaf: int | None = None

    def write(self, vault: Vault, content: bytes, entry: int) -> Write:
        """Return the row to write with its *content*, which entry *entry* of its unit records."""
        row: dict[str, Value] = {
            "id": self.id,
            "child_id": self.child_id,
            "sender": self.sender,
            "media_type": self.media_type,
            "size": self.size,
            "sealed": vault.seal(self.child_id, f"attachment:{self.id}", content),
            "sealed_detail": vault.seal(
                self.child_id, _place_of_detail(self.id), _encode(self.described)
            ),
            "state": self.state.value,
            "next_at": to_ms(self.next_at),
            "created_at": to_ms(self.created_at),
        }
        return Write(Table.ATTACHMENT, row, entry)

    def becoming(self, state: AttachmentState, entry: int) -> Change:
        """Return the change by which it is no longer held, which entry *entry* records."""
        change: dict[str, Value] = {"state": state.value, "attempts": self.attempts + 1}
        return Change(ChangeKind.ATTACHMENT_STATE, self.id, self.state.value, change, entry)

    def trying_again(self, next_at: datetime) -> Change:
        """Return the change by which it is scanned again at *next_at*."""
        change: dict[str, Value] = {"attempts": self.attempts + 1, "next_at": to_ms(next_at)}
        return Change(ChangeKind.ATTACHMENT_STATE, self.id, self.state.value, change)


class Attachments:
    """Reads attachments."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    def find(self, id_: str) -> StoredAttachment | None:
        """Return the attachment with this id, if there is one."""
        row = self._database.row(_ONE, id=id_)
        return None if row is None else self._attachment(row)

    def of_child(self, child_id: str) -> list[StoredAttachment]:
        """Return every attachment of this child, oldest first."""
        return [self._attachment(row) for row in self._database.rows(_OF_CHILD, child=child_id)]

    def of_sender(self, service_id: str) -> list[StoredAttachment]:
        """Return every attachment that this service sent, oldest first."""
        return [self._attachment(row) for row in self._database.rows(_OF_SENDER, sender=service_id)]

    def due(self, at: datetime, most: int) -> list[StoredAttachment]:
        """Return those that are held and were to be scanned by then, at *most* so many."""
        rows = self._database.rows(_DUE, at=to_ms(at), most=most)
        return [self._attachment(row) for row in rows]

    def counted(self) -> dict[str, int]:
        """Return how many attachments there are in each state."""
        return {str(state): cast("int", count) for state, count in self._database.rows(_COUNTED)}

    def content(self, stored: StoredAttachment) -> bytes:
        """Return the bytes of *stored*, or raise `StorageError` where it has gone since.

        Raises `IntegrityError` where they are not those that were received.
        """
        row = self._database.row(_CONTENT, id=stored.id)
        if row is None or not isinstance(row[0], bytes):
            message = "there is no such attachment any more"
            raise StorageError(message)
        content = self._vault.open(stored.child_id, f"attachment:{stored.id}", row[0])
        if sha256(content).hexdigest() != stored.described.sha256:
            message = "a stored attachment is not what was received"
            raise IntegrityError(message)
        return content

    def _attachment(self, row: Row) -> StoredAttachment:
        id_, child, sender, kind, size, detail, state, attempts, next_at, made, leaf, end = cast(
            "_Columns", row
        )
        return StoredAttachment(
            id=id_,
            child_id=child,
            sender=sender,
            media_type=kind,
            size=size,
            described=_decode(self._vault.open(child, _place_of_detail(id_), detail)),
            created_at=from_ms(made),
            state=AttachmentState(state),
            attempts=attempts,
            next_at=from_ms(next_at),
            leaf=leaf,
            closing_leaf=end,
        )


def _place_of_detail(id_: str) -> str:
    return f"attachment_detail:{id_}"


_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder(Described).decode
