"""Stamps: which version of what a decision was made on."""

from typing import Final, cast

from sqlalchemy import bindparam, select

from gateway.storage.database import Database
from gateway.storage.tables import stamp
from gateway.storage.unit import Stamp

_VERSION: Final = select(stamp.c.version).where(
    stamp.c.kind == bindparam("kind"), stamp.c.key == bindparam("key")
)


class Stamps:
    """Reads stamps. What was never moved has version 0."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def read(self, kind: str, key: str) -> Stamp:
        """Return the stamp of *kind* and *key* as it is now.

        Read it before, or in the same `Database.reading()` as, what is decided on.
        """
        row = self._database.row(_VERSION, kind=kind, key=key)
        return Stamp(kind, key, 0 if row is None else cast("int", row[0]))
