"""The keys of children: each child's own, made with the child, destroyed to erase it."""

import threading
from collections import OrderedDict
from typing import Final, cast

from sqlalchemy import bindparam, select

from gateway.errors import StorageError
from gateway.security.keys import Keys
from gateway.storage.database import Database
from gateway.storage.tables import child, erasure, stamp
from gateway.storage.unit import ERASURES

_MOST: Final = 10_000
_VERSION = select(stamp.c.version).where(stamp.c.kind == ERASURES[0], stamp.c.key == ERASURES[1])
_ERASED = select(erasure.c.subject)
_WRAPPED = select(child.c.wrapped_key).where(child.c.id == bindparam("child"))


class ChildKeys:
    """The children's keys, unwrapped on demand, the last ten thousand kept in memory.

    *erasures* is the stamp of the erasures that this process has heard of: see `follow`.
    """

    def __init__(self, database: Database, keys: Keys) -> None:
        self._database = database
        self._keys = keys
        self._known: OrderedDict[str, bytes] = OrderedDict()
        self._lock = threading.Lock()
        self.erasures = 0

    def make(self, child_id: str) -> bytes:
        """Make the key of a new child, and return it wrapped, for the child's row."""
        made = self._keys.new_key(_context(child_id))
        with self._lock:
            self._remember(child_id, made.key)
        return made.wrapped

    def key(self, child_id: str) -> bytes:
        """Return the key of this child, or raise `StorageError` where there is none any more."""
        with self._lock:
            known = self._known.get(child_id)
            if known is not None:
                self._known.move_to_end(child_id)
                return known
        as_of = self.erasures
        found = self._database.row(_WRAPPED, child=child_id)
        if found is None or not isinstance(found[0], bytes):
            message = "there is no key of this child"
            raise StorageError(message)
        key = self._keys.unwrap(found[0], _context(child_id))
        with self._lock:
            if as_of == self.erasures:  # else it may be one of those that were just dropped
                self._remember(child_id, key)
        return key

    def subject(self, child_id: str) -> bytes:
        """Return the keyed hash by which an erased child is known, when its id is gone."""
        return self._keys.index_value("erased", child_id)

    def follow(self) -> None:
        """Drop from memory the keys of children whom any process has erased since the last look."""
        found = self._database.row(_VERSION)
        version = 0 if found is None else cast("int", found[0])
        if version == self.erasures:
            return
        erased = {key for (key,) in self._database.rows(_ERASED)}
        with self._lock:
            self.erasures = version
            for child_id in [one for one in self._known if self.subject(one) in erased]:
                del self._known[child_id]

    def _remember(self, child_id: str, key: bytes) -> None:
        self._known[child_id] = key
        if len(self._known) > _MOST:
            self._known.popitem(last=False)


def _context(child_id: str) -> bytes:
    return b"child:" + child_id.encode()
