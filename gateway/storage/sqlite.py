"""SQLite: one file, written by one connection at a time, read beside it (WAL)."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Final

from sqlalchemy import URL, create_engine

from gateway.errors import DatabaseError, DurabilityError, StorageError, UnreachableError
from gateway.storage.checkpointing import Checkpointing
from gateway.storage.system import Insertion, Lookup, Result, Row, Upkeep, Value

BUSY_TIMEOUT_MS: Final = 10_000

CACHE_KIB: Final = 64 * 1024
"""A batch that did not fit into the cache would be written twice."""
CACHE_PARAMETER: Final = "cache_kib"
"""The parameter of a database's URL that says how large the writer's cache is instead."""

_CUTS: Final = 5
_KEYS_AT_ONCE: Final = 256
_ROWS_AT_ONCE: Final = 128
_MAX_PARAMETERS: Final = 16_000  # SQLite 3.32 and later take 32,766

# Pragma -> (what we set, what SQLite then answers). secure_delete: erased means overwritten.
_SETTINGS: Final[Mapping[str, tuple[str, Value]]] = {
    "journal_mode": ("WAL", "wal"),
    "synchronous": ("FULL", 2),
    "foreign_keys": ("ON", 1),
    "secure_delete": ("ON", 1),
    "busy_timeout": (str(BUSY_TIMEOUT_MS), BUSY_TIMEOUT_MS),
    "trusted_schema": ("OFF", 0),
    "wal_autocheckpoint": ("0", 0),  # `gateway.storage.checkpointing` does it beside the writer
}


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        name = getattr(error, "sqlite_errorname", type(error).__name__)
        message = f"the database cannot be read or changed: `{name}`"
        raise DatabaseError(message) from error


class SQLiteConnection:
    """One connection to the file at *uri*; *driver* is the standard library's."""

    def __init__(self, uri: str) -> None:
        try:
            self.driver = sqlite3.connect(
                uri,
                uri=True,
                isolation_level=None,
                check_same_thread=False,
                cached_statements=512,
            )
        except sqlite3.Error as error:
            message = "the database cannot be opened"
            raise UnreachableError(message) from error

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction was begun."""
        return self.driver.in_transaction

    @property
    def transaction(self) -> str:
        """Nothing: SQLite does not number its transactions."""
        return ""

    def committed(self, _transaction: str, /) -> bool:
        """Return False: where `COMMIT` fails, SQLite has not committed."""
        return False

    def begin_reading(self) -> None:
        """Begin a transaction that sees the file as of its first read."""
        self.execute("BEGIN")

    def begin_writing(self) -> None:
        """Begin a transaction with the one right to write."""
        self.execute("BEGIN IMMEDIATE")

    def execute(self, text: str, values: Sequence[Value] = (), /) -> Result:
        """Run one statement."""
        with _translated():
            return Result(self.driver.execute(text, values).fetchall())

    def insert(self, insertion: Insertion, rows: Sequence[Row], /) -> None:
        """Insert *rows*, all in one statement, or few.

        The driver gives Python's lock away and takes it back at each step, and where the threads
        of callers are busy, each taking back is a wait.
        """
        columns = len(insertion.types)
        most = min(_ROWS_AT_ONCE, 1 << ((_MAX_PARAMETERS // columns).bit_length() - 1))
        for start in range(0, len(rows), most):
            some = rows[start : start + most]
            # Room for a power of two: few different texts, so SQLite has them prepared.
            room = 1 << (len(some) - 1).bit_length()
            values = list(chain.from_iterable(some))
            values += [None] * (columns * (room - len(some)))
            self.execute(insertion.roomy_text(room), values)

    def insert_all(self, inserts: Sequence[tuple[Insertion, Sequence[Row]]], /) -> None:
        """Insert the rows of each insertion: there are no round trips to be saved."""
        for insertion, rows in inserts:
            self.insert(insertion, rows)

    def find(self, lookup: Lookup, keys: Sequence[Row], /) -> Iterable[Row]:
        """Yield the rows that have one of *keys*, some hundred keys a statement."""
        for start in range(0, len(keys), _KEYS_AT_ONCE):
            some = keys[start : start + _KEYS_AT_ONCE]
            # Padded to a power of two: few different texts, so SQLite has them prepared.
            room = 1 << (len(some) - 1).bit_length()
            padded = [*some, *[some[-1]] * (room - len(some))]
            values = [value for key in padded for value in key]
            yield from self.execute(_finding(lookup, room), values)

    def commit(self) -> None:
        """Commit."""
        self.execute("COMMIT")

    def roll_back(self) -> None:
        """Undo what was begun, if anything was."""
        if self.driver.in_transaction:
            with _translated():
                self.driver.rollback()

    def close(self) -> None:
        """Close; what was not committed is undone."""
        self.driver.close()


class SQLite:
    """The database in one file, by *url*: `sqlite:////folder/gateway.db`.

    With `?cache_kib=8192`, what writes keeps at most so much of it in memory.
    """

    def __init__(self, url: URL) -> None:
        if not url.database:
            message = "the database's address is not that of an SQLite file"
            raise StorageError(message)
        self.path = Path(url.database)
        self._cache_kib = _cache_of(url)
        self.engine = create_engine(url.difference_update_query([CACHE_PARAMETER]))

    @property
    def name(self) -> str:
        """The path of the file."""
        return f"SQLite file `{self.path}`"

    def exists(self) -> bool:
        """Return whether the file is there."""
        return self.path.exists()

    def writer(self) -> SQLiteConnection:
        """Return a new connection that may write, with every setting in force."""
        connection = SQLiteConnection(self.path.as_uri())
        try:
            _enforce(connection)
            connection.execute(f"PRAGMA cache_size = {-self._cache_kib}")
        except StorageError:
            connection.close()
            raise
        return connection

    def reader(self) -> SQLiteConnection:
        """Return a new connection that cannot write."""
        connection = SQLiteConnection(f"{self.path.as_uri()}?mode=ro")
        connection.execute("PRAGMA query_only = ON")
        connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
        return connection

    def upkeep(self) -> Upkeep:
        """Begin to move commits into the file beside the writer."""
        return Checkpointing(self.writer())

    def purge(self) -> bool:
        """Empty the write-ahead log into the file, and cut it to nothing.

        SQLite overwrites what it deletes (`secure_delete`), but first in its write-ahead log, which
        holds the pages as they were before, too. While another process reads or writes for longer
        than is waited, it is not done: the next purge does it, or whoever closes the file last.
        """
        connection = self.writer()
        try:
            return any(_cut(connection) for _ in range(_CUTS))
        finally:
            connection.close()


def _cache_of(url: URL) -> int:
    """Return how large the cache is to be, in KiB, or raise `StorageError`."""
    given = url.query.get(CACHE_PARAMETER, str(CACHE_KIB))
    if not (isinstance(given, str) and given.isascii() and given.isdigit()):
        message = f"the parameter `{CACHE_PARAMETER}` of the database's address is no number"
        raise StorageError(message)
    return int(given)


def _enforce(connection: SQLiteConnection) -> None:
    """Set every setting, then ask for each: SQLite ignores what it cannot do, silently."""
    try:
        for name, (setting, _) in _SETTINGS.items():
            connection.execute(f"PRAGMA {name} = {setting}")
        require_durable(connection)
    except DatabaseError as error:
        message = "the database cannot be opened"
        raise UnreachableError(message) from error


def require_durable(connection: SQLiteConnection) -> None:
    """Raise `DurabilityError` unless *connection* has every setting that keeps a commit."""
    for name, (_, expected) in _SETTINGS.items():
        (answer,) = connection.execute(f"PRAGMA {name}").fetchone()
        if answer != expected:
            message = f"the database does not take the setting `{name}`"
            raise DurabilityError(message)


def _cut(connection: SQLiteConnection) -> bool:
    try:
        is_busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except DatabaseError:
        return False
    return not is_busy


def _finding(lookup: Lookup, count: int) -> str:
    """Return the text that looks up so many keys."""
    place = f"({', '.join('?' * len(lookup.columns))})"
    places = ", ".join([place] * count)
    # Joined, in this order, SQLite looks each key up; compared with `IN` it reads the table.
    return (
        f"WITH wanted ({lookup.names}) AS (VALUES {places}) "  # noqa: S608 - names of our own tables
        f"SELECT {lookup.wanted} FROM wanted CROSS JOIN {lookup.table} WHERE {lookup.same}"
    )
