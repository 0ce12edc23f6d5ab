"""The database: the one face of SQLite and PostgreSQL that everything else sees.

Durability is a matter of integrity here, not of speed: a log that loses a commit whose
checkpoint was shown to somebody has forked. So a weak setting refuses to start.

Statements are written with SQLAlchemy, compiled once for the database at hand, and run on the
driver's own connection: a compiled statement costs the hot path one dictionary look-up. What
differs between the two is in `gateway.storage.sqlite` and `gateway.storage.postgres`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Final, TypeAlias

from sqlalchemy import URL, Engine, Executable, Insert, Table
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.sql import ClauseElement, FromClause

from gateway.errors import StorageError
from gateway.storage.postgres import PostgreSQL
from gateway.storage.readers import Readers
from gateway.storage.sqlite import CACHE_PARAMETER, SQLite
from gateway.storage.system import (
    Compiled,
    Connection,
    Insertion,
    Lookup,
    Result,
    Row,
    System,
    Upkeep,
    Value,
)

__all__ = ["Connection", "Database", "Inserted", "Result", "Row", "Value"]

Inserted: TypeAlias = tuple[Insert, Sequence[Row]]
"""An insert, and the rows for it: each the values of all its table's columns in their order."""

_SYSTEMS: Final[Mapping[str, Callable[[URL], System]]] = {
    "sqlite": SQLite,
    "postgresql": PostgreSQL,
    "postgres": PostgreSQL,  # as many hosts spell it
}


class Database:
    """One database, by URL: `sqlite:////folder/gateway.db`, `postgresql://user@host/gateway`.

    Raises `StorageError` for a URL of another kind; opening raises `DurabilityError` where the
    database does not have the settings that keep a commit, `UnreachableError` where it is not
    there.
    """

    def __init__(self, url: str) -> None:
        self._system = _system_at(url)
        self._readers = Readers(self._system.reader)
        self._compiled: dict[int, tuple[Executable, Compiled]] = {}
        self._insertions: dict[int, Insertion] = {}
        self._lookups: dict[tuple[str, tuple[str, ...], tuple[str, ...]], Lookup] = {}

    @property
    def engine(self) -> Engine:
        """SQLAlchemy's own way in, for migrations."""
        return self._system.engine

    @property
    def name(self) -> str:
        """Which database this is, in words and without a password."""
        return self._system.name

    def exists(self) -> bool:
        """Return whether the database is there, with our tables."""
        return self._system.exists()

    def writer(self) -> Connection:
        """Return a new connection that may write, with every setting in force."""
        return self._system.writer()

    def upkeep(self) -> Upkeep:
        """Begin what the database needs done beside whoever writes."""
        return self._system.upkeep()

    def purge(self) -> bool:
        """Rid the database's files of what deleted rows left behind; return whether that was done.

        Where it was not, the next purge does it.
        """
        return self._system.purge()

    def reading(self) -> AbstractContextManager[Connection]:
        """Lend this thread a connection for reads, in one transaction: all from one moment."""
        return self._readers.moment()

    def compile(self, statement: Executable) -> Compiled:
        """Return *statement* compiled; the same object is compiled once.

        So statements are made once, at the head of a module, never in a function.
        """
        found = self._compiled.get(id(statement))
        if found is None:
            found = self._compiled[id(statement)] = (statement, self._compile(statement))
        return found[1]

    def run(self, connection: Connection, statement: Executable, **given: Value) -> Result:
        """Run *statement* on *connection* with the parameters *given*."""
        compiled = self.compile(statement)
        return connection.execute(compiled.text, compiled.arguments(given))

    def insert(self, connection: Connection, statement: Insert, rows: Sequence[Row]) -> None:
        """Run *statement* for *rows*, each the values of all its table's columns in their order."""
        if rows:
            connection.insert(self._insertion(statement), rows)

    def insert_all(self, connection: Connection, inserts: Iterable[Inserted]) -> None:
        """Run each of *inserts*, a statement and its rows, in this order."""
        some = [(self._insertion(statement), rows) for statement, rows in inserts if rows]
        if some:
            connection.insert_all(some)

    def find(
        self,
        connection: Connection,
        table: Table,
        columns: tuple[str, ...],
        keys: Sequence[Row],
        *more: str,
    ) -> Iterable[Row]:
        """Return *columns* and *more* of the rows of *table* whose *columns* are one of *keys*."""
        if not keys:
            return ()
        return connection.find(self._lookup(table, columns, more), keys)

    def rows(self, statement: Executable, **given: Value) -> list[Row]:
        """Return the rows of *statement* with the parameters *given*."""
        # One statement reads from one moment by itself, inside a transaction or not.
        return self._readers.read(
            lambda connection: self.run(connection, statement, **given).fetchall()
        )

    def row(self, statement: Executable, **given: Value) -> Row | None:
        """Return the first row of *statement*, or None."""
        rows = self.rows(statement, **given)
        return rows[0] if rows else None

    def close(self) -> None:
        """Close every connection for reads; those that write are closed by whoever took them."""
        self._readers.close()
        self.engine.dispose()

    def _compile(self, statement: Executable) -> Compiled:
        if not isinstance(statement, ClauseElement):
            message = "only a whole statement can be compiled"
            raise StorageError(message)
        compiled = statement.compile(dialect=self.engine.dialect)
        names = tuple(getattr(compiled, "positiontup", None) or ())
        return Compiled(str(compiled), names, dict(compiled.params))

    def _insertion(self, statement: Insert) -> Insertion:
        found = self._insertions.get(id(statement))
        if found is None:
            text = self.compile(statement).text
            columns = [column.name for column in statement.table.columns]
            types = self._types(statement.table, columns)
            found = self._insertions[id(statement)] = Insertion.of(text, types)
        return found

    def _lookup(self, table: Table, columns: tuple[str, ...], more: tuple[str, ...]) -> Lookup:
        place = (table.name, columns, more)
        found = self._lookups.get(place)
        if found is None:
            types = self._types(table, columns)
            found = self._lookups[place] = Lookup(table.name, columns, types, more)
        return found

    def _types(self, table: FromClause, columns: Iterable[str]) -> tuple[str, ...]:
        """Return what the database calls the types of these columns."""
        dialect = self.engine.dialect
        return tuple(table.c[column].type.compile(dialect=dialect) for column in columns)


def with_cache(url: str, kib: int) -> str:
    """Return *url* with a writer's cache of that size, where its system has one of its own.

    >>> with_cache("sqlite:////home/gateway.db", 8192)
    'sqlite:////home/gateway.db?cache_kib=8192'
    >>> with_cache("postgresql://gateway@db/gateway", 8192)
    'postgresql://gateway@db/gateway'
    """
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return url
    with_it = parsed.update_query_dict({CACHE_PARAMETER: str(kib)})
    return with_it.render_as_string(hide_password=False)


def _system_at(url: str) -> System:
    try:
        parsed = make_url(url)
    except ArgumentError:
        message = "the database's address is not a URL"
        raise StorageError(message) from None
    system = _SYSTEMS.get(parsed.get_backend_name())
    if system is None:
        message = "the database's address is neither of SQLite nor of PostgreSQL"
        raise StorageError(message)
    return system(parsed)
