"""Received records: the bytes as they came, under a key of their own, wrapped for each child.

A record may concern several children, siblings in one message. Each child's key opens it; when
the last of them is destroyed, nothing does.

A record that came in a big file is that child's own bytes in it. What makes them a file again is
kept beside them, under the same key: its *frame*.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import cast

import msgspec
from msgspec import Struct
from sqlalchemy import bindparam, or_, select

from gateway.errors import IntegrityError, StorageError
from gateway.security.sealing import KEY_BYTES, Random, open_sealed, seal
from gateway.storage.database import Database, Value
from gateway.storage.tables import record, record_key
from gateway.storage.times import from_ms, to_ms
from gateway.storage.unit import Table, Write
from gateway.storage.vault import Vault

_RECORD = (
    select(record, record_key.c.wrapped)
    .join(record_key, record_key.c.record_id == record.c.id)
    .where(record.c.id == bindparam("id"), record_key.c.child_id == bindparam("child"))
)


class Frame(Struct, frozen=True, array_like=True):
    """What makes a record of a big file a file by itself: put before and after its bytes."""

    head: bytes = b""
    tail: bytes = b""


_encode = msgspec.msgpack.Encoder().encode
_frame = msgspec.msgpack.Decoder(Frame).decode


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedRecord:
    """The bytes of a record, *content*, and where they came from."""

    id: str
    sender: str
    adapter: str
    media_type: str
    content: bytes
    received_at: datetime
    frame: Frame | None = None
    leaf: int = -1

    @property
    def sha256(self) -> str:
        """The SHA-256 of the bytes of the record, in hexadecimal."""
        return sha256(self.content).hexdigest()

    @property
    def readable(self) -> bytes:
        """The bytes that an adapter reads as a whole: those of the record, in their frame."""
        frame = self.frame or Frame()
        return b"".join((frame.head, self.content, frame.tail))

    def writes(
        self, vault: Vault, children: Sequence[str], entry: int, random: Random
    ) -> list[Write]:
        """Return the rows to write, which entry *entry* of their unit records.

        Raises `StorageError` where no child is named: nobody's key could ever erase it.
        """
        if not children:
            message = "a record is kept for the children whom it concerns, and there are none"
            raise StorageError(message)
        place = f"record:{self.id}"
        key = random(KEY_BYTES)
        row: dict[str, Value] = {
            "id": self.id,
            "sender": self.sender,
            "adapter": self.adapter,
            "media_type": self.media_type,
            "sha256": sha256(self.content).digest(),
            "size": len(self.content),
            "sealed": seal(key, self.content, place.encode(), compress=True, random=random),
            "sealed_frame": self._sealed_frame(key, random),
            "received_at": to_ms(self.received_at),
        }
        keys = [
            Write(
                Table.RECORD_KEY,
                {
                    "record_id": self.id,
                    "child_id": child_id,
                    "wrapped": vault.seal(child_id, f"record_key:{self.id}", key),
                },
            )
            for child_id in dict.fromkeys(children)
        ]
        return [Write(Table.RECORD, row, entry), *keys]

    def _sealed_frame(self, key: bytes, random: Random) -> bytes | None:
        if self.frame is None:
            return None
        around = _encode(self.frame)
        return seal(key, around, _frame_place(self.id), compress=True, random=random)


_FIND = (
    select(record.c.id)
    .join(record_key, record_key.c.record_id == record.c.id)
    .where(
        record_key.c.child_id == bindparam("child"),
        or_(record.c.id == bindparam("id"), record.c.sha256 == bindparam("sha256")),
    )
)
_WRAPPED = select(record_key.c.wrapped).where(
    record_key.c.record_id == bindparam("id"), record_key.c.child_id == bindparam("child")
)


class Records:
    """Reads received records."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    def find(self, child_id: str, name: str) -> str | None:
        """Return the id of a record of this child, by that id or by the SHA-256 of its bytes."""
        try:
            digest = bytes.fromhex(name)
        except ValueError:
            digest = b""
        row = self._database.row(_FIND, child=child_id, id=name, sha256=digest)
        return None if row is None else str(row[0])

    def shared(self, record_id: str, child_id: str, other: str) -> Write:
        """Return the row by which a record of this child opens for an *other* child, too.

        Raises `StorageError` where this child's key does not open it.
        """
        row = self._database.row(_WRAPPED, id=record_id, child=child_id)
        if row is None or not isinstance(row[0], bytes):
            message = "there is no such record of this child"
            raise StorageError(message)
        place = f"record_key:{record_id}"
        key = self._vault.open(child_id, place, row[0])
        sealed = self._vault.seal(other, place, key)
        wrapped: dict[str, Value] = {"record_id": record_id, "child_id": other, "wrapped": sealed}
        return Write(Table.RECORD_KEY, wrapped)

    def read(self, record_id: str, child_id: str) -> ReceivedRecord:
        """Return the record as it concerns this child, or raise `StorageError`.

        Raises `IntegrityError` where the bytes are not those that were received.
        """
        row = self._database.row(_RECORD, id=record_id, child=child_id)
        if row is None:
            message = "there is no such record of this child"
            raise StorageError(message)
        id_, sender, adapter, media_type, digest, _, sealed, around, at, leaf, wrapped = cast(
            "tuple[str, str, str, str, bytes, int, bytes, bytes | None, int, int, bytes]", row
        )
        key = self._vault.open(child_id, f"record_key:{id_}", wrapped)
        content = open_sealed(key, sealed, f"record:{id_}".encode())
        if sha256(content).digest() != digest:
            message = "a stored record is not what was received"
            raise IntegrityError(message)
        return ReceivedRecord(
            id=id_,
            sender=sender,
            adapter=adapter,
            media_type=media_type,
            content=content,
            received_at=from_ms(at),
            frame=None if around is None else _opened_frame(key, id_, around),
            leaf=leaf,
        )


def _opened_frame(key: bytes, record_id: str, sealed: bytes) -> Frame:
    return _frame(open_sealed(key, sealed, _frame_place(record_id)))


def _frame_place(record_id: str) -> bytes:
    return f"record_frame:{record_id}".encode()
