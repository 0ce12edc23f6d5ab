"""PostgreSQL: one server, many nodes that write, one at a time.

A node that writes holds one lock of the database's from the beginning of its transaction to its
end (an advisory one: it exists before the log has a head, and leaves no dead row behind). Each
statement then sees all that was committed before it, READ COMMITTED, which under the lock is all
that there will be. Readers take no lock, and see one moment, REPEATABLE READ.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final

import psycopg
from psycopg.pq import TransactionStatus
from sqlalchemy import URL, create_engine

from gateway.errors import DatabaseError, DurabilityError, StorageError, UnreachableError
from gateway.storage.system import Connection, Insertion, Lookup, Result, Row, Upkeep, Value

LOCK: Final = 0x0CAF_0001
"""The advisory lock of whoever writes. The number is ours alone; it means nothing."""

LOCK_TIMEOUT_MS: Final = 10_000
"""As long as SQLite waits for another writer."""

IDLE_TIMEOUT_MS: Final = 5_000
"""A node that vanished amid its transaction is rid of sooner than others give up waiting."""

_PURGE_WAITS_MS: Final = 2_000

_COPY_FROM: Final = 4
"""So many rows are copied, fewer inserted: measured, a copy costs a round trip more."""

_MAX_PREPARED: Final = 512

# Setting -> (what keeps a commit, why it must).
_REQUIRED: Final[Mapping[str, frozenset[str]]] = {
    "fsync": frozenset({"on"}),
    "full_page_writes": frozenset({"on"}),
    "synchronous_commit": frozenset({"on", "remote_apply"}),
    "server_encoding": frozenset({"UTF8"}),
}
_NETWORK: Final[Mapping[str, str]] = {
    "application_name": "caf-gateway",
    "connect_timeout": "10",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "15000",
}
_SETTINGS: Final = f"SELECT name, setting FROM pg_settings WHERE name IN {tuple(_REQUIRED)}"  # noqa: S608 - ours
_FOR_WRITING: Final = (
    f"SET lock_timeout = {LOCK_TIMEOUT_MS}; "
    f"SET idle_in_transaction_session_timeout = {IDLE_TIMEOUT_MS}; "
    "SET client_encoding = 'UTF8'"
)
_FOR_READING: Final = "SET default_transaction_read_only = on; SET client_encoding = 'UTF8'"
_BEGIN_WRITING: Final = (
    "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; "
    f"SELECT pg_advisory_xact_lock({LOCK}); "
    "SELECT pg_current_xact_id()::text"
)
_BEGIN_READING: Final = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"

# Classes of SQLSTATE: connection exceptions, and an operator who ends connections.
_GONE: Final = ("08", "57P")


class PostgreSQLConnection:
    """One connection to the server that *address* (a libpq URI) names."""

    def __init__(self, address: str, setting_up: str) -> None:
        try:
            self.driver = psycopg.connect(address, autocommit=True, prepare_threshold=0)
            self.driver.prepared_max = _MAX_PREPARED
        except psycopg.Error:
            message = "the database cannot be reached"
            # Not "from": the driver's words may repeat what the address says.
            raise UnreachableError(message) from None
        self.transaction = ""
        try:
            self._together(setting_up)
        except DatabaseError:
            self.close()
            raise

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction was begun."""
        status = self.driver.info.transaction_status
        return status not in {TransactionStatus.IDLE, TransactionStatus.UNKNOWN}

    def committed(self, transaction: str, /) -> bool:
        """Return whether *transaction*, of any connection, is known to be committed.

        It waits until that one is over, which it may not be though its connection is gone.
        """
        self.begin_writing()
        try:
            (status,) = self.execute("SELECT pg_xact_status(%s::xid8)", (transaction,)).fetchone()
        finally:
            self.roll_back()
        return bool(status == "committed")

    def begin_reading(self) -> None:
        """Begin a transaction that sees the database as of its first read."""
        self._together(_BEGIN_READING)

    def begin_writing(self) -> None:
        """Begin a transaction, and wait for the one right to write."""
        (transaction,) = self._together(_BEGIN_WRITING)
        self.transaction = str(transaction)

    def execute(self, text: str, values: Sequence[Value] = (), /) -> Result:
        """Run one statement."""
        with self._translated():
            cursor = self.driver.execute(text, values)
            return Result(cursor.fetchall() if cursor.description else ())

    def insert(self, insertion: Insertion, rows: Sequence[Row], /) -> None:
        """Insert *rows*: copied, where they are some, and none of them may be there already."""
        if len(rows) >= _COPY_FROM and not insertion.clause:
            self._copy(insertion, rows)
            return
        with self._translated():
            self._insert_arrays(insertion, rows)

    def insert_all(self, inserts: Sequence[tuple[Insertion, Sequence[Row]]], /) -> None:
        """Insert the rows of each insertion, all sent before any answer is waited for."""
        if len(inserts) == 1:
            self.insert(*inserts[0])
            return
        with self._translated(), self.driver.pipeline():
            for insertion, rows in inserts:
                self._insert_arrays(insertion, rows)

    def find(self, lookup: Lookup, keys: Sequence[Row], /) -> Iterable[Row]:
        """Return the rows that have one of *keys*: one statement, however many they are."""
        columns = [list(column) for column in zip(*keys, strict=True)]
        with self._translated():
            return self.driver.execute(_finding(lookup), columns).fetchall()

    def commit(self) -> None:
        """Commit."""
        self._together("COMMIT")

    def roll_back(self) -> None:
        """Undo what was begun, if anything was; a connection that is gone has undone it."""
        if self.in_transaction and not self.driver.closed:
            try:
                self._together("ROLLBACK")
            except UnreachableError:
                return

    def close(self) -> None:
        """Close; what was not committed is undone."""
        self.driver.close()

    def _insert_arrays(self, insertion: Insertion, rows: Sequence[Row]) -> None:
        # One array a column: one statement to prepare, however many rows there are.
        columns = [list(column) for column in zip(*rows, strict=True)]
        self.driver.execute(insertion.array_text, columns)

    def _copy(self, insertion: Insertion, rows: Sequence[Row]) -> None:
        into = insertion.head.removeprefix("INSERT INTO ")
        text = f"COPY {into} FROM STDIN (FORMAT BINARY)"
        with self._translated(), self.driver.cursor().copy(text) as copy:
            copy.set_types([type_.lower() for type_ in insertion.types])
            for row in rows:
                copy.write_row(row)

    def _together(self, statements: str) -> Row:
        """Run *statements* without parameters in one round trip; return the last one's one row."""
        with self._translated():
            cursor = self.driver.execute(statements, prepare=False)
            while cursor.nextset():
                pass
            return (cursor.fetchone() or ()) if cursor.description else ()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except psycopg.Error as error:
            code = error.sqlstate or ""
            if self.driver.closed or code.startswith(_GONE):
                message = "the connection to the database was lost: try again"
                raise UnreachableError(message) from error
            message = f"the database cannot be read or changed: `{code or type(error).__name__}`"
            raise DatabaseError(message) from error


class PostgreSQL:
    """The database that *url* names: `postgresql://user@host/gateway`, with libpq's parameters."""

    def __init__(self, url: URL) -> None:
        if not url.database:
            message = "the database's address does not say which database"
            raise StorageError(message)
        network = {name: value for name, value in _NETWORK.items() if name not in url.query}
        url = url.update_query_dict(network).set(drivername="postgresql")
        self._address = url.render_as_string(hide_password=False)
        self._url = url
        self.engine = create_engine(
            url.set(drivername="postgresql+psycopg"), paramstyle="format", hide_parameters=True
        )

    @property
    def name(self) -> str:
        """The name of the database, and where it is."""
        where = self._url.host or self._url.query.get("host") or "this machine"
        return f"PostgreSQL database `{self._url.database}` on `{where}`"

    def exists(self) -> bool:
        """Return whether our tables are there."""
        connection = self.reader()
        try:
            (table,) = connection.execute("SELECT to_regclass('audit_head')::text").fetchone()
        finally:
            connection.close()
        return table is not None

    def writer(self) -> PostgreSQLConnection:
        """Return a new connection that may write, to a server that keeps what it commits."""
        connection = PostgreSQLConnection(self._address, _FOR_WRITING)
        try:
            require_durable(connection)
        except StorageError:
            connection.close()
            raise
        return connection

    def reader(self) -> PostgreSQLConnection:
        """Return a new connection that cannot write."""
        return PostgreSQLConnection(self._address, _FOR_READING)

    def upkeep(self) -> Upkeep:
        """Do nothing: PostgreSQL sees to itself."""
        return _Nothing()

    def purge(self) -> bool:
        """Write the table of children's keys anew, and free the room of other deleted rows.

        Return whether that was done. No table's file holds the key of an erased child then. What
        was sealed under it may stay in free room until that is used again; nothing opens it. The
        write-ahead log, its archive and backups keep what they have: see `docs/operating.md`.
        """
        connection = self.writer()
        try:
            # Whoever reads the keys for longer is not to hold up all others behind this.
            connection.execute(f"SET lock_timeout = {_PURGE_WAITS_MS}")
            connection.execute("VACUUM (FULL) child")
            connection.execute("VACUUM")
        except DatabaseError:
            return False
        finally:
            connection.close()
        return True


class _Nothing:
    def after_commit(self, _connection: Connection, /) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


def _finding(lookup: Lookup) -> str:
    """Return the text that looks up the keys in arrays, one for each column."""
    places = ", ".join(f"%s::{type_}[]" for type_ in lookup.types)
    return (
        f"SELECT {lookup.wanted} "  # noqa: S608 - names of our own tables
        f"FROM unnest({places}) AS wanted ({lookup.names}) "
        f"JOIN {lookup.table} ON {lookup.same}"
    )


def require_durable(connection: PostgreSQLConnection) -> None:
    """Raise `DurabilityError` unless the server has every setting that keeps a commit."""
    found = dict(connection.execute(_SETTINGS).fetchall())
    for name, good in _REQUIRED.items():
        if found.get(name) not in good:
            message = f"with the database's setting `{name}` something could be lost"
            raise DurabilityError(message)
