"""Requests that may come twice: the answer that the first one got, and tokens that were used."""

from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import bindparam, select

from gateway.storage.database import Database, Value
from gateway.storage.tables import idempotency
from gateway.storage.times import from_ms, to_ms
from gateway.storage.unit import Table, Write
from gateway.storage.vault import Vault

_ANSWER = select(idempotency).where(idempotency.c.key == bindparam("key"))


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAnswer:
    """The answer to one request; *key* is a keyed hash of who asked and under which id.

    *leaf* is the index of its log entry, from which the receipt is made again.
    """

    key: bytes
    body_sha256: bytes
    status: int
    content: bytes
    created_at: datetime
    child_id: str | None = None
    leaf: int = -1

    def write(self, vault: Vault, entry: int) -> Write:
        """Return the row to write, which entry *entry* of its unit records."""
        row: dict[str, Value] = {
            "key": self.key,
            "body_sha256": self.body_sha256,
            "status": self.status,
            "sealed_answer": vault.seal_document(self.child_id, _place(self.key), self.content),
            "child_id": self.child_id,
            "created_at": to_ms(self.created_at),
        }
        return Write(Table.IDEMPOTENCY, row, entry)


class Requests:
    """Reads the answers that earlier requests got."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    def answer(self, key: bytes) -> StoredAnswer | None:
        """Return the answer that the request with this *key* got, if it was made before."""
        row = self._database.row(_ANSWER, key=key)
        if row is None:
            return None
        _, body_sha256, status, sealed, child_id, at, leaf = cast(
            "tuple[bytes, bytes, int, bytes, str | None, int, int]", row
        )
        return StoredAnswer(
            key=key,
            body_sha256=body_sha256,
            status=status,
            content=self._vault.open(child_id, _place(key), sealed),
            created_at=from_ms(at),
            child_id=child_id,
            leaf=leaf,
        )


def used_token(client_id: str, jti: str, expires_at: datetime) -> Write:
    """Return the row that keeps the token *jti* of a client from being used again."""
    row: dict[str, Value] = {"client_id": client_id, "jti": jti, "expires_at": to_ms(expires_at)}
    return Write(Table.REPLAY, row)


def _place(key: bytes) -> str:
    return f"idempotency:{key.hex()}"
