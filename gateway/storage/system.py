"""What the gateway asks of a database system; `sqlite` and `postgres` are the two that there are.

    System ── writer(), reader() ─▶ Connection ── execute(), insert(), find() ─▶ Result

All that differs between them is behind these, so that nothing else need know which one it is.
Whatever goes wrong in a driver comes out as `DatabaseError` or its `UnreachableError`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from sqlalchemy import Engine

Value: TypeAlias = str | int | bytes | None
Row: TypeAlias = tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """The *rows* that a statement gave, all of them, by the names that drivers' cursors use."""

    rows: Sequence[Row]

    def fetchone(self) -> Any:  # noqa: ANN401 - a row of the statement's columns, or None
        """Return the first row, or None where there is none."""
        return self.rows[0] if self.rows else None

    def fetchall(self) -> list[Any]:
        """Return every row."""
        return list(self.rows)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.rows)


@dataclass(frozen=True, slots=True)
class Insertion:
    """An insert in the system's own words: `head VALUES row clause`, *row* once for each row.

    *types* are those of the table's columns.
    """

    head: str
    row: str
    clause: str
    types: tuple[str, ...]

    @classmethod
    def of(cls, text: str, types: tuple[str, ...]) -> "Insertion":
        """Return what the *text* of an insert of one row is made of.

        >>> Insertion.of("INSERT INTO t (a, b) VALUES (?, ?) ON CONFLICT DO NOTHING", ()).clause
        ' ON CONFLICT DO NOTHING'
        """
        head, _, rest = text.partition(" VALUES ")
        row, _, clause = rest.partition(")")
        return cls(head, f"{row})", clause, types)

    @property
    def array_text(self) -> str:
        """The statement that takes an array for each column, however many rows there are.

        >>> Insertion.of("INSERT INTO t (a) VALUES (%s)", ("TEXT",)).array_text
        'INSERT INTO t (a) SELECT * FROM unnest(%s::TEXT[])'
        """
        arrays = ", ".join(f"%s::{type_}[]" for type_ in self.types)
        return f"{self.head} SELECT * FROM unnest({arrays}){self.clause}"  # noqa: S608 - our own

    def roomy_text(self, count: int) -> str:
        """Return the statement for at most so many rows: one whose first column is null is none.

        >>> Insertion.of("INSERT INTO t (a) VALUES (?)", ()).roomy_text(2)
        'INSERT INTO t (a) SELECT * FROM (VALUES (?), (?)) WHERE column1 IS NOT NULL'
        """
        rows = ", ".join([self.row] * count)
        some = f"SELECT * FROM (VALUES {rows}) WHERE column1 IS NOT NULL"  # noqa: S608 - our own
        return f"{self.head} {some}{self.clause}"


@dataclass(frozen=True, slots=True)
class Lookup:
    """Which *columns* of *table* to find among many keys, of which *types*, and what *more* of it.

    Names of our own tables, and types in the system's own words.
    """

    table: str
    columns: tuple[str, ...]
    types: tuple[str, ...]
    more: tuple[str, ...]

    @property
    def wanted(self) -> str:
        """The columns to return, as a statement names them."""
        return ", ".join(f"{self.table}.{column}" for column in (*self.columns, *self.more))

    @property
    def names(self) -> str:
        """What a statement calls the columns of the keys."""
        return ", ".join(f"wanted_{column}" for column in self.columns)

    @property
    def same(self) -> str:
        """The condition that a row of the table is one of the keys."""
        return " AND ".join(f"{self.table}.{column} = wanted_{column}" for column in self.columns)


class Connection(Protocol):
    """One connection, outside a transaction until it begins one.

    Each method raises `DatabaseError` where the database fails, `UnreachableError` where it is
    gone: what was begun and not committed is undone then.
    """

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction was begun."""
        ...

    def begin_reading(self) -> None:
        """Begin a transaction that sees all as of one moment."""
        ...

    def begin_writing(self) -> None:
        """Begin a transaction once nobody else writes, to see what all before it committed."""
        ...

    def execute(self, text: str, values: Sequence[Value] = (), /) -> Result:
        """Run one statement."""
        ...

    def insert(self, insertion: Insertion, rows: Sequence[Row], /) -> None:
        """Insert *rows*, each the values of all columns in their order."""
        ...

    def insert_all(self, inserts: Sequence[tuple[Insertion, Sequence[Row]]], /) -> None:
        """Insert the rows of each insertion, in this order, in as few round trips as can be."""
        ...

    def find(self, lookup: Lookup, keys: Sequence[Row], /) -> Iterable[Row]:
        """Return the rows that have one of *keys*, each looked up by its index."""
        ...

    def commit(self) -> None:
        """Commit. Where this raises, only the database knows whether it did."""
        ...

    def roll_back(self) -> None:
        """Undo what was begun, if anything was; a connection that is gone has undone it."""
        ...

    def committed(self, transaction: str, /) -> bool:
        """Return whether *transaction*, once another connection's, is known to be committed."""
        ...

    @property
    def transaction(self) -> str:
        """What the database calls the transaction that was begun last for writing."""
        ...

    def close(self) -> None:
        """Close; what was not committed is undone."""
        ...


class Upkeep(Protocol):
    """What a database system needs done beside the writer, for as long as something writes."""

    def after_commit(self, connection: Connection, /) -> None:
        """Do the writer's share, between two transactions."""
        ...

    def close(self) -> None:
        """Stop."""
        ...


class System(Protocol):
    """One database of one database system."""

    @property
    def engine(self) -> Engine:
        """SQLAlchemy's own way in, for migrations."""
        ...

    @property
    def name(self) -> str:
        """What people call it: never with a password."""
        ...

    def exists(self) -> bool:
        """Return whether there is a database with our tables, or raise `UnreachableError`."""
        ...

    def writer(self) -> Connection:
        """Return a new connection that may write, with every setting in force.

        Raises `DurabilityError` where one is not, `UnreachableError` where there is no database.
        """
        ...

    def reader(self) -> Connection:
        """Return a new connection that cannot write."""
        ...

    def upkeep(self) -> Upkeep:
        """Begin what must be done beside the writer."""
        ...

    def purge(self) -> bool:
        """Rid the files of what deleted rows left behind; return whether that was done."""
        ...


@dataclass(frozen=True, slots=True)
class Compiled:
    """A statement in the system's own words: its text, and its parameters in their order.

    A parameter is named by whoever runs the statement, or has the value written in it.
    """

    text: str
    names: tuple[str, ...]
    values: Mapping[str, Value]

    def arguments(self, given: Mapping[str, Value]) -> Row:
        """Return the parameters' values in order."""
        values = self.values
        return tuple(given[name] if name in given else values[name] for name in self.names)
