"""The keys of children: each child's own, made with the child, destroyed to erase it.

They are wrapped by the key-encryption key that is in force. One that was retired (a stamp says
so) wraps nothing any more: the committer refuses a child whose key it wrapped, so that nothing is
left that it alone opens.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterator
from typing import Final, cast

from sqlalchemy import bindparam, select, update

from gateway.errors import KeysError, StorageError
from gateway.security.key_encryption import ID_BYTES, KeyEncryption
from gateway.security.keys import Keys
from gateway.storage.database import Database
from gateway.storage.stamps import Stamps
from gateway.storage.tables import child, erasure, stamp
from gateway.storage.unit import ERASURES, Stamp

RETIRED: Final = "key-encryption"
"""The kind of the stamps of key-encryption keys: moved once, when the key is retired."""

_MOST: Final = 10_000
_AT_ONCE: Final = 256
_VERSION = select(stamp.c.version).where(stamp.c.kind == ERASURES[0], stamp.c.key == ERASURES[1])
_ERASED = select(erasure.c.subject)
_WRAPPED = select(child.c.wrapped_key).where(child.c.id == bindparam("child"))
_SOME = (
    select(child.c.id, child.c.wrapped_key)
    .where(child.c.id > bindparam("after"))
    .order_by(child.c.id)
    .limit(_AT_ONCE)
)
_WRAP_ANEW = (
    update(child)
    .where(child.c.id == bindparam("child"), child.c.wrapped_key == bindparam("old"))
    .values(wrapped_key=bindparam("new"))
)


class ChildKeys:
    """The children's keys, unwrapped on demand, the last ten thousand kept in memory.

    *erasures* is the stamp of the erasures that this process has heard of: see `follow`.
    """

    def __init__(self, database: Database, keys: Keys) -> None:
        self._database = database
        self._keys = keys
        self._stamps = Stamps(database)
        self._known: OrderedDict[str, bytes] = OrderedDict()
        self._lock = threading.Lock()
        self.erasures = 0

    def make(self, child_id: str) -> bytes:
        """Make the key of a new child, and return it wrapped, for the child's row."""
        made = self._keys.new_key(_context(child_id), self.in_force())
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

    def in_force(self) -> KeyEncryption:
        """Return what wraps now, or raise `KeysError` where it is not in this node's keys."""
        found = self._first_in_force()
        if found is None:
            self._keys.refresh()
            found = self._first_in_force()
        if found is None:
            message = "the key-encryption key was retired, and this node does not have the next"
            raise KeysError(message)
        return found

    def wrap_anew(self) -> Iterator[int]:
        """Wrap by the key in force whatever another wrapped; yield how many, some at a time.

        Each lot is a transaction of its own, so that nobody waits long for the writer's place. A
        key that is replaced or destroyed meanwhile stays as it is.
        """
        encryption, after = self.in_force(), ""
        while rows := cast("list[tuple[str, bytes]]", self._database.rows(_SOME, after=after)):
            after = rows[-1][0]
            others = [row for row in rows if row[1][:ID_BYTES] != encryption.id]
            if others:
                self._replace([(id_, old, self._wrapped(id_, old)) for id_, old in others])
                yield len(others)

    def _wrapped(self, child_id: str, wrapped: bytes) -> bytes:
        context = _context(child_id)
        return self._keys.wrap(self._keys.unwrap(wrapped, context), context, self.in_force())

    def _replace(self, keys: list[tuple[str, bytes, bytes]]) -> None:
        connection = self._database.writer()
        try:
            connection.begin_writing()
            for id_, old, new in keys:
                self._database.run(connection, _WRAP_ANEW, child=id_, old=old, new=new)
            connection.commit()
        finally:
            connection.close()

    def _first_in_force(self) -> KeyEncryption | None:
        for encryption in self._keys.encryptions:
            if not self._stamps.read(RETIRED, encryption.id.hex()).version:
                return encryption
        return None

    def _remember(self, child_id: str, key: bytes) -> None:
        self._known[child_id] = key
        if len(self._known) > _MOST:
            self._known.popitem(last=False)


def wrapped_in_force(wrapped: bytes) -> Stamp:
    """Return the stamp that holds as long as what *wrapped* a key was not retired."""
    return Stamp(RETIRED, wrapped[:ID_BYTES].hex(), 0)


def _context(child_id: str) -> bytes:
    return b"child:" + child_id.encode()
