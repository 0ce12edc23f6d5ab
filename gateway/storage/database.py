"""The database: how it is opened, and which settings it must have before anything is written.

Durability is a matter of integrity here, not of speed: a log that loses a commit whose
checkpoint was shown to somebody has forked. So a weak setting refuses to start.

Statements are written with SQLAlchemy, compiled once for the database at hand, and run on the
driver's own connection: a compiled statement costs the hot path one dictionary look-up.
"""

import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Final, TypeAlias

from sqlalchemy import Engine, Executable, Insert, create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.sql import ClauseElement

from gateway.errors import DurabilityError, StorageError

Value: TypeAlias = str | int | bytes | None
Row: TypeAlias = tuple[Value, ...]
Connection: TypeAlias = sqlite3.Connection

BUSY_TIMEOUT_MS: Final = 10_000

CACHE_KIB: Final = 64 * 1024
"""A batch that did not fit into the cache would be written twice."""

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
    "cache_size": (str(-CACHE_KIB), -CACHE_KIB),
    "wal_autocheckpoint": ("0", 0),  # `gateway.storage.checkpointing` does it beside the writer
}


@dataclass(frozen=True, slots=True)
class Compiled:
    """A statement in the database's own words: its text, and its parameters in their order.

    A parameter is named by whoever runs the statement, or has the value written in it.
    """

    text: str
    names: tuple[str, ...]
    values: Mapping[str, Value]

    def arguments(self, given: Mapping[str, Value]) -> Row:
        """Return the parameters' values in order."""
        values = self.values
        return tuple(given[name] if name in given else values[name] for name in self.names)


class Database:
    """One database, by URL: `sqlite:///folder/gateway.db`.

    Raises `StorageError` for a URL of another kind; opening raises `DurabilityError` where the
    database does not take the settings that keep a commit.
    """

    def __init__(self, url: str) -> None:
        try:
            parsed = make_url(url)
        except ArgumentError:
            message = "the database's address is not a URL"
            raise StorageError(message) from None
        if parsed.get_backend_name() != "sqlite" or not parsed.database:
            message = "the database's address is not that of an SQLite file"
            raise StorageError(message)
        self.path = Path(parsed.database)
        self.engine: Engine = create_engine(url)
        self._compiled: dict[int, tuple[Executable, Compiled]] = {}
        self._insertions: dict[tuple[int, int], str] = {}
        self._readers = threading.local()
        self._open_readers: list[Connection] = []
        self._lock = threading.Lock()

    def writer(self) -> Connection:
        """Return a new connection that may write, with every setting in force."""
        connection = self._connect(self.path.as_uri())
        _enforce(connection)
        return connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Lend this thread's connection for reads, in one transaction: all from one moment."""
        connection = self._reader()
        if connection.in_transaction:
            yield connection
            return
        connection.execute("BEGIN")
        try:
            yield connection
        finally:
            connection.rollback()

    def compile(self, statement: Executable) -> Compiled:
        """Return *statement* compiled; the same object is compiled once.

        So statements are made once, at the head of a module, never in a function.
        """
        found = self._compiled.get(id(statement))
        if found is None:
            found = self._compiled[id(statement)] = (statement, self._compile(statement))
        return found[1]

    def run(self, connection: Connection, statement: Executable, **given: Value) -> sqlite3.Cursor:
        """Run *statement* on *connection* with the parameters *given*."""
        compiled = self.compile(statement)
        return connection.execute(compiled.text, compiled.arguments(given))

    def insert(self, connection: Connection, statement: Insert, rows: Sequence[Row]) -> None:
        """Run *statement* for *rows*, each the values of all its table's columns in their order.

        All rows in one statement, or few: the driver gives Python's lock away and takes it back at
        each, and where the threads of callers are busy, each taking back is a wait.
        """
        columns = len(statement.table.columns)
        most = min(_ROWS_AT_ONCE, 1 << ((_MAX_PARAMETERS // columns).bit_length() - 1))
        for start in range(0, len(rows), most):
            some = rows[start : start + most]
            # Room for a power of two: few different texts, so SQLite has them prepared.
            room = 1 << (len(some) - 1).bit_length()
            values: list[Value] = list(chain.from_iterable(some))
            values += [None] * (columns * (room - len(some)))
            connection.execute(self._insertion(statement, room), values)

    def rows(self, statement: Executable, **given: Value) -> list[Row]:
        """Return the rows of *statement* with the parameters *given*."""
        # One statement reads from one moment by itself, inside a transaction or not.
        return self.run(self._reader(), statement, **given).fetchall()

    def row(self, statement: Executable, **given: Value) -> Row | None:
        """Return the first row of *statement*, or None."""
        rows = self.rows(statement, **given)
        return rows[0] if rows else None

    def close(self) -> None:
        """Close every connection for reads; those that write are closed by whoever took them."""
        with self._lock:
            for connection in self._open_readers:
                connection.close()
            self._open_readers.clear()
        self._readers = threading.local()
        self.engine.dispose()

    def _insertion(self, statement: Insert, count: int) -> str:
        """Return the text of *statement* for at most so many rows: one without a key is none."""
        found = self._insertions.get((id(statement), count))
        if found is None:
            row = f"({', '.join('?' * len(statement.table.columns))})"
            many = ", ".join([row] * count)
            rows = f"SELECT * FROM (VALUES {many}) WHERE column1 IS NOT NULL"  # noqa: S608 - no names
            found = self.compile(statement).text.replace(f"VALUES {row}", rows, 1)
            self._insertions[id(statement), count] = found
        return found

    def _compile(self, statement: Executable) -> Compiled:
        if not isinstance(statement, ClauseElement):
            message = "only a whole statement can be compiled"
            raise StorageError(message)
        compiled = statement.compile(dialect=self.engine.dialect)
        names = tuple(getattr(compiled, "positiontup", None) or ())
        return Compiled(str(compiled), names, dict(compiled.params))

    def _reader(self) -> Connection:
        connection: Connection | None = getattr(self._readers, "connection", None)
        if connection is None:
            connection = self._connect(f"{self.path.as_uri()}?mode=ro")
            connection.execute("PRAGMA query_only = ON")
            connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
            self._readers.connection = connection
            with self._lock:
                self._open_readers.append(connection)
        return connection

    def _connect(self, uri: str) -> Connection:
        try:
            return sqlite3.connect(
                uri,
                uri=True,
                isolation_level=None,
                check_same_thread=False,
                cached_statements=512,
            )
        except sqlite3.Error as error:
            message = "the database cannot be opened"
            raise StorageError(message) from error


def _enforce(connection: Connection) -> None:
    """Set every setting, then ask for each: SQLite ignores what it cannot do, silently."""
    try:
        for name, (setting, _) in _SETTINGS.items():
            connection.execute(f"PRAGMA {name} = {setting}").fetchall()
        require_durable(connection)
    except sqlite3.Error as error:
        connection.close()
        message = "the database cannot be opened"
        raise StorageError(message) from error
    except DurabilityError:
        connection.close()
        raise


def require_durable(connection: Connection) -> None:
    """Raise `DurabilityError` unless *connection* has every setting that keeps a commit."""
    for name, (_, expected) in _SETTINGS.items():
        (answer,) = connection.execute(f"PRAGMA {name}").fetchone()
        if answer != expected:
            message = f"the database does not take the setting `{name}`"
            raise DurabilityError(message)


def in_batches(
    connection: Connection, select: Callable[[int], str], keys: Sequence[Row]
) -> Iterator[Row]:
    """Yield the rows of a statement that takes many *keys* at once, some hundred at a time.

    *select* gives its text for so many keys.
    """
    for start in range(0, len(keys), _KEYS_AT_ONCE):
        some = keys[start : start + _KEYS_AT_ONCE]
        # Padded to a power of two: few different texts, so SQLite has them prepared.
        room = 1 << (len(some) - 1).bit_length()
        padded = [*some, *[some[-1]] * (room - len(some))]
        yield from connection.execute(select(room), [value for key in padded for value in key])
