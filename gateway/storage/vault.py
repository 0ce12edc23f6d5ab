"""The vault: what is said about a child is sealed under the child's key, all else under ours.

Sealed bytes are bound to their *place*, `<table>:<id>`: moved to another row they do not open.
"""

from dataclasses import dataclass

from gateway.security.sealing import open_sealed, seal
from gateway.storage.child_keys import ChildKeys


@dataclass(frozen=True, slots=True)
class Vault:
    """Seals and opens for a child, by id, or with None for the gateway itself."""

    child_keys: ChildKeys
    detail_key: bytes

    def key(self, child_id: str | None) -> bytes:
        """Return the key of the child, or the gateway's own."""
        return self.detail_key if child_id is None else self.child_keys.key(child_id)

    def seal(self, child_id: str | None, place: str, plaintext: bytes) -> bytes:
        """Return *plaintext* sealed for the child, bound to *place*."""
        return seal(self.key(child_id), plaintext, place.encode())

    def seal_document(self, child_id: str | None, place: str, document: bytes) -> bytes:
        """Return a *document* that one party sent or gets whole, compressed and sealed."""
        return seal(self.key(child_id), document, place.encode(), compress=True)

    def open(self, child_id: str | None, place: str, sealed: bytes) -> bytes:
        """Return what was sealed for the child at *place*, or raise `SealError`.

        Raises `StorageError` where the child's key has been destroyed.
        """
        return open_sealed(self.key(child_id), sealed, place.encode())


def detail_place(commit: str) -> str:
    """Return the place to which the detail of an entry with this commitment is bound: its leaf."""
    return f"audit-detail:{commit}"
