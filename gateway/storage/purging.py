"""Purging: what deleted rows leave behind in the database's files.

SQLite overwrites what it deletes (`secure_delete`), but first in its write-ahead log, which holds
the pages as they were before, too. It is emptied into the file and cut to nothing here.
"""

import sqlite3
from typing import Final

from gateway.storage.database import Database

_ATTEMPTS: Final = 5
_MOVE_ALL: Final = "PRAGMA wal_checkpoint(TRUNCATE)"


def purge(database: Database) -> bool:
    """Rid the files of what was deleted; return whether that was done.

    It is not where another process reads or writes for longer than is waited: the next purge, or
    whoever closes the database last, does it then.
    """
    connection = database.writer()
    try:
        return any(_cut(connection) for _ in range(_ATTEMPTS))
    finally:
        connection.close()


def _cut(connection: sqlite3.Connection) -> bool:
    try:
        is_busy, _, _ = connection.execute(_MOVE_ALL).fetchone()
    except sqlite3.OperationalError:
        return False
    return not is_busy
