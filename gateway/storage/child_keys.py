"""The keys of children: each child's own, made with the child, destroyed to erase it."""

import threading
from typing import Final

from sqlalchemy import bindparam, select

from gateway.errors import StorageError
from gateway.security.keys import Keys
from gateway.storage.database import Database
from gateway.storage.tables import child

_MOST: Final = 10_000
_WRAPPED = select(child.c.wrapped_key).where(child.c.id == bindparam("child"))


class ChildKeys:
    """The children's keys, unwrapped on demand, the ten thousand fetched last kept in memory."""

    def __init__(self, database: Database, keys: Keys) -> None:
        self._database = database
        self._keys = keys
        self._known: dict[str, bytes] = {}
        self._lock = threading.Lock()

    def make(self, child_id: str) -> bytes:
        """Make the key of a new child, and return it wrapped, for the child's row."""
        made = self._keys.new_key(_context(child_id))
        self._remember(child_id, made.key)
        return made.wrapped

    def key(self, child_id: str) -> bytes:
        """Return the key of this child, or raise `StorageError` where there is none any more."""
        known = self._known.get(child_id)
        if known is not None:
            return known
        found = self._database.row(_WRAPPED, child=child_id)
        if found is None or not isinstance(found[0], bytes):
            message = "there is no key of this child"
            raise StorageError(message)
        key = self._keys.unwrap(found[0], _context(child_id))
        self._remember(child_id, key)
        return key

    def forget(self, child_id: str) -> None:
        """Drop the key from memory: after an erasure nothing may still open."""
        with self._lock:
            self._known.pop(child_id, None)

    def _remember(self, child_id: str, key: bytes) -> None:
        with self._lock:
            self._known[child_id] = key
            if len(self._known) > _MOST:
                del self._known[next(iter(self._known))]


def _context(child_id: str) -> bytes:
    return b"child:" + child_id.encode()
