"""The registers: organisations, services, clients, practitioners, agreements, by version.

A register row is never changed: a change is a new version, with its log entry, and moves the
one stamp that every decision on the registers rests on.
"""

import threading
from dataclasses import dataclass
from datetime import datetime
from typing import Final, cast

from sqlalchemy import bindparam, func, select

from gateway.storage.database import Database, Row, Value
from gateway.storage.stamps import Stamps
from gateway.storage.tables import register
from gateway.storage.times import from_ms, to_ms
from gateway.storage.unit import Stamp, Table, Write

STAMP_KIND: Final = "registers"
MOVE: Final = (STAMP_KIND, "")
"""What a unit that writes a register row moves."""

_last = (
    select(register.c.kind, register.c.id, func.max(register.c.version).label("version"))
    .group_by(register.c.kind, register.c.id)
    .subquery()
)
_NEWEST = (
    select(register)
    .join(
        _last,
        (register.c.kind == _last.c.kind)
        & (register.c.id == _last.c.id)
        & (register.c.version == _last.c.version),
    )
    .order_by(register.c.kind, register.c.id)
)
_ALL = select(register).order_by(register.c.kind, register.c.id, register.c.version)
_VERSIONS = (
    select(register)
    .where(register.c.kind == bindparam("kind"), register.c.id == bindparam("id"))
    .order_by(register.c.version)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """One version of one row of a register; *document* is its JSON, *leaf* its entry's index."""

    kind: str
    id: str
    version: int
    document: str
    recorded_at: datetime
    recorded_by: str
    leaf: int = -1

    @property
    def said(self) -> bytes:
        """What the entry commits to: the document, and of which row it is which version."""
        return f"{self.kind} {self.id} {self.version} {self.document}".encode()

    def write(self, entry: int) -> Write:
        """Return the row to write, which entry *entry* of its unit records."""
        row: dict[str, Value] = {
            "kind": self.kind,
            "id": self.id,
            "version": self.version,
            "document": self.document,
            "recorded_at": to_ms(self.recorded_at),
            "recorded_by": self.recorded_by,
        }
        return Write(Table.REGISTER, row, entry)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The newest version of every register row, and the *stamp* under which they were read."""

    stamp: Stamp
    rows: tuple[Registered, ...]


class Registers:
    """Reads the registers; the newest versions are kept in memory until their stamp moves."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._stamps = Stamps(database)
        self._lock = threading.Lock()
        self._snapshot: Snapshot | None = None

    def snapshot(self) -> Snapshot:
        """Return the newest version of every row, all from one moment."""
        with self._lock, self._database.reading():
            stamp = self._stamps.read(STAMP_KIND, "")
            if self._snapshot is None or self._snapshot.stamp != stamp:
                rows = tuple(_registered(row) for row in self._database.rows(_NEWEST))
                self._snapshot = Snapshot(stamp, rows)
            return self._snapshot

    def versions(self, kind: str, id_: str) -> list[Registered]:
        """Return every version of one row, oldest first."""
        return [_registered(row) for row in self._database.rows(_VERSIONS, kind=kind, id=id_)]

    def every_version(self) -> list[Registered]:
        """Return every version of every row."""
        return [_registered(row) for row in self._database.rows(_ALL)]


def _registered(row: Row) -> Registered:
    kind, id_, version, document, at, by, leaf = cast(
        "tuple[str, str, int, str, int, str, int]", row
    )
    return Registered(
        kind=kind,
        id=id_,
        version=version,
        document=document,
        recorded_at=from_ms(at),
        recorded_by=by,
        leaf=leaf,
    )
