"""One transaction of the committer: many units, one log head, one commit.

To commit a batch of units we must:

(1) begin, with the right to write: from here on nobody else writes;
(2) take the head of the log as it is, also where another process moved it;
(3) check what each unit rests on, and refuse those whose ground has moved;
(4) where the log ended, begin the next one;
(5) remove what the others file anew, write their rows, changes and moved stamps, and destroy what
    they erase;
(6) append their entries, with details and indexes, and the new head;
(7) commit.

INVARIANT: rows and entries of a unit are written in the same transaction, or neither is.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import BindParameter, bindparam, insert, update
from sqlalchemy.dialects.postgresql import insert as upsert  # SQLite took the clause over
from sqlalchemy.sql import Executable

from gateway.errors import (
    DatabaseError,
    RefusedUnitError,
    UnreachableError,
    WitnessesBehindError,
)
from gateway.storage import tables
from gateway.storage.checks import Checks
from gateway.storage.database import Connection, Database, Inserted, Row, Value
from gateway.storage.erasing import ErasureChecks, destroy, remove, sweep
from gateway.storage.log import Log, State
from gateway.storage.prepared import CHANGED_TABLE, Preparation, Prepared
from gateway.storage.succession import Next, log_start
from gateway.storage.times import to_ms
from gateway.storage.unit import ERASURES, ChangeKind, Table, Unit

_PUT_COSIGNATURE = upsert(tables.audit_cosignature)
_SEALED = "the log was sealed, and its witnesses have yet to see its end: come again in a moment"
_INSERTS = {
    **{table: insert(tables.metadata.tables[table]) for table in Table},
    Table.AUDIT_CHECKPOINT: upsert(tables.audit_checkpoint).on_conflict_do_nothing(),
    Table.AUDIT_COSIGNATURE: _PUT_COSIGNATURE.on_conflict_do_update(
        index_elements=["shard", "size", "witness"],
        set_={
            "line": _PUT_COSIGNATURE.excluded.line,
            "cosigned_at": _PUT_COSIGNATURE.excluded.cosigned_at,
        },
        where=tables.audit_cosignature.c.cosigned_at <= _PUT_COSIGNATURE.excluded.cosigned_at,
    ),
}
_PUT_DETAIL = insert(tables.audit_detail)
_PUT_INDEX = upsert(tables.audit_index).on_conflict_do_nothing()
_FIRST_MOVE = upsert(tables.stamp).values(kind=bindparam("kind"), key=bindparam("key"), version=1)
_MOVE = _FIRST_MOVE.on_conflict_do_update(
    index_elements=["kind", "key"], set_={"version": tables.stamp.c.version + 1}
)


@dataclass(frozen=True, slots=True)
class Written:
    """One unit that was written: the index of its *first* entry, and its *leaves*."""

    unit: Prepared
    first: int
    leaves: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one transaction did: units *written*, units *refused*, and the log's new *state*.

    *erasures* is the stamp of all erasures there were by then.
    """

    written: tuple[Written, ...]
    refused: tuple[tuple[Prepared, RefusedUnitError], ...]
    state: State
    erasures: int


class Transaction:
    """Commits batches of units on one *connection*, each in one transaction."""

    def __init__(self, database: Database, log: Log, preparation: Preparation) -> None:
        self.connection: Connection = database.writer()
        self._database = database
        self._log = log
        self._preparation = preparation
        self._ports = preparation.ports

    def commit(
        self, units: list[Prepared], state: State, begun: Callable[[list[Prepared]], None]
    ) -> Outcome:
        """Commit *units* on top of *state*: see the head of this module for the steps.

        *begun* is told when nobody else writes any more, which may take as long as another node's
        commit, and may add to *units* whoever arrived meanwhile.

        Raises `IntegrityError` where the log was changed behind our back, `UnreachableError`
        where the database cannot be reached or is busy, `DatabaseError` where it refuses something
        that a unit has in it, `WitnessesBehindError` where the log was sealed just now and its
        witnesses have yet to see that; nothing is written then. Only where it cannot be reached
        after `COMMIT` was sent is that not known, until somebody reads the log again.
        """
        step = self._ports.step
        # (1) Begin.
        step("committer:begin")
        connection = self._begin()
        begun(units)

        # (2) The head.
        state = self._log.advance(connection, state)

        # (3) Check.
        checks = Checks.read(self._database, connection, units)
        admitted, refused = self._judge(checks, units)
        erasures = checks.versions.get(ERASURES, 0)
        if not admitted:
            connection.roll_back()
            return Outcome((), refused, state, erasures)

        # (4) Begin the next log.
        at = max(to_ms(self._ports.now()), state.last_at)
        if state.following is not None and _wants_open(admitted):
            if not (_is_told(admitted) or self._log.may_go_on(state, at)):
                connection.roll_back()
                raise WitnessesBehindError(_SEALED)
            state = self._begin_next(state, state.following, at)
            step("committer:begun")

        # (5) Write.
        written = _number(admitted, state.end, at)
        self._remove(admitted)
        self._write_rows(written)
        self._write_changes(written)
        self._write_moves(admitted)
        self._destroy(admitted)
        step("committer:written")

        # (6) Append.
        self._write_details(written)
        leaves = [leaf for unit in written for leaf in unit.leaves]
        after = self._log.append(connection, state, leaves, at)
        step("committer:appended")

        # (7) Commit.
        step("committer:before-commit")
        self._finish(written)
        return Outcome(written, refused, after, erasures)

    def roll_back(self) -> None:
        """Undo whatever of a batch was begun."""
        self.connection.roll_back()

    def close(self) -> None:
        """Close the connection; what was not committed is undone."""
        self.connection.close()

    def _begin(self) -> Connection:
        """Return the connection with a transaction begun; another one where that one is gone."""
        try:
            self.connection.begin_writing()
        except UnreachableError:
            self._connect_again()
            self.connection.begin_writing()
        except DatabaseError as error:
            message = "the database is busy: try again"
            raise UnreachableError(message) from error
        return self.connection

    def _begin_next(self, state: State, following: Next, at: int) -> State:
        """Begin the log that follows, with the entry that binds it to the one before."""
        entry = log_start(following, self._log.ended(self.connection, state), self._ports.random)
        begun = self._log.begin(self.connection, state)
        started = _number([self._preparation.prepare(Unit(entries=[entry]))], begun.end, at)
        self._write_details(started)
        return self._log.append(self.connection, begun, started[0].leaves, at)

    def _connect_again(self) -> None:
        self.connection.close()
        self.connection = self._database.writer()

    def _finish(self, written: Sequence[Written]) -> None:
        """Commit; where it is not clear whether that happened, find out before going on."""
        try:
            self.connection.commit()
        except DatabaseError:
            if not self._has_committed(written):
                raise

    def _has_committed(self, written: Sequence[Written]) -> bool:
        """Return whether the transaction that was lost at its end is in the database.

        Its last entry says so where it has any: a transaction's own number would not survive that
        another server takes over.
        """
        lost = self.connection.transaction
        self._connect_again()
        entries = [entry for item in written for entry in enumerate(item.leaves, item.first)]
        if not entries:
            return self.connection.committed(lost)
        # INVARIANT: who may write knows that the lost transaction is over, one way or the other.
        self.connection.begin_writing()
        try:
            return self._log.holds(self.connection, *entries[-1])
        finally:
            self.connection.roll_back()

    def _judge(
        self, checks: Checks, units: Sequence[Prepared]
    ) -> tuple[list[Prepared], tuple[tuple[Prepared, RefusedUnitError], ...]]:
        erasing = ErasureChecks(self._database, self.connection, checks.versions.get(ERASURES, 0))
        admitted, refused = [], []
        for unit in units:
            if error := erasing.refusal(unit) or checks.admit(unit):
                refused.append((unit, error))
            else:
                admitted.append(unit)
                erasing.count_on(unit)
        return admitted, tuple(refused)

    def _remove(self, units: Sequence[Prepared]) -> None:
        for unit in units:
            for removal in unit.removals:
                remove(self._database, self.connection, removal)

    def _write_rows(self, written: Sequence[Written]) -> None:
        rows: defaultdict[Table, list[Row]] = defaultdict(list)
        for item in written:
            for row in item.unit.rows:
                rows[row.table].append(row.filed(item.first))
        # In this order, so that what is referred to is there first.
        inserts = [(_INSERTS[table], rows[table]) for table in Table if table in rows]
        self._database.insert_all(self.connection, inserts)

    def _write_changes(self, written: Sequence[Written]) -> None:
        for item in written:
            for change in item.unit.changes:
                row = dict(change.row)
                if change.entry is not None:
                    row["closing_leaf"] = item.first + change.entry
                statement = _change(change.kind, tuple(row))
                self._database.run(self.connection, statement, **row, row_id=change.id)

    def _write_moves(self, units: Sequence[Prepared]) -> None:
        for unit in units:
            for kind, key in unit.moves:
                self._database.run(self.connection, _MOVE, kind=kind, key=key)

    def _destroy(self, units: Sequence[Prepared]) -> None:
        for unit in units:
            if unit.erasure is not None:
                destroy(self._database, self.connection, unit.erasure)
            for what, before in unit.sweeps:
                sweep(self._database, self.connection, what, before)

    def _write_details(self, written: Sequence[Written]) -> None:
        numbered = [
            (seq, entry)
            for item in written
            for seq, entry in enumerate(item.unit.entries, item.first)
        ]
        details = [(seq, one.key_id, one.sealed) for seq, one in numbered]
        # Many entries of a batch are found by the same row.
        indexed = {key.row(seq) for seq, one in numbered for key in one.indexed}
        inserts: list[Inserted] = [(_PUT_DETAIL, details), (_PUT_INDEX, sorted(indexed))]
        self._database.insert_all(self.connection, inserts)


def _wants_open(units: Sequence[Prepared]) -> bool:
    """Return whether *units* want a log that is open: rows alone, as witnesses' are, do not."""
    return _is_told(units) or any(unit.entries for unit in units)


def _is_told(units: Sequence[Prepared]) -> bool:
    """Return whether one of *units* is there for nothing else than to have the log go on."""
    return any(not (unit.entries or unit.rows or unit.changes) for unit in units)


def _number(units: Sequence[Prepared], first: int, at: int) -> tuple[Written, ...]:
    """Return *units* with the indices that their entries get, from *first* on."""
    written = []
    for unit in units:
        leaves = tuple(entry.leaf_at(at) for entry in unit.entries)
        written.append(Written(unit, first, leaves))
        first += len(leaves)
    return tuple(written)


@lru_cache
def _change(kind: ChangeKind, columns: tuple[str, ...]) -> Executable:
    table = tables.metadata.tables[CHANGED_TABLE[kind]]
    values: dict[str, BindParameter[Value]] = {column: bindparam(column) for column in columns}
    return update(table).where(table.c.id == bindparam("row_id")).values(values)
