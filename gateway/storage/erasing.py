"""Destroying what is kept of a child, in the committer's transaction.

With the child's key gone, nothing that was sealed under it opens any more, wherever a copy of it
may be. The rows go too: what is not there need not be trusted to stay closed. Of the log the
leaves remain, which say nothing about anybody, and the index by services and persons, which says
of a child as little.
"""

from functools import cache
from typing import Final, cast

from sqlalchemy import BindParameter, Delete, bindparam, delete, exists, or_, select

from gateway.errors import StampMovedError
from gateway.storage import tables
from gateway.storage.database import Connection, Database
from gateway.storage.prepared import Prepared
from gateway.storage.unit import Erasure, Removal, Sweep, Table

_CHILD: Final[BindParameter[str]] = bindparam("child")


def _of(table: str) -> Delete:
    rows = tables.metadata.tables[table]
    return delete(rows).where(rows.c.child_id == _CHILD)


# In this order, so that nothing is deleted that is still referred to.
_OF_CHILD: Final = tuple(
    map(
        _of,
        (
            "outbox",
            "idempotency",
            "task",
            "consent",
            "child_fact",
            "attachment",
            "assessment",
            "episode",
            "record_key",
            "child_index",
        ),
    )
)
_RECORD: Final = delete(tables.record).where(tables.record.c.id == bindparam("id"))
_DETAILS: Final = delete(tables.audit_detail).where(tables.audit_detail.c.key_id == _CHILD)
_STAMP: Final = delete(tables.stamp).where(
    or_(tables.stamp.c.kind == "child", tables.stamp.c.kind == "disclosed"),
    tables.stamp.c.key == _CHILD,
)
_KEY: Final = delete(tables.child).where(tables.child.c.id == _CHILD)
_SWEEPS: Final = {
    Sweep.USED_TOKENS: delete(tables.replay).where(tables.replay.c.expires_at < bindparam("at")),
    Sweep.ANSWERS: delete(tables.idempotency).where(
        tables.idempotency.c.created_at < bindparam("at")
    ),
}

_KNOWN: Final = select(tables.child.c.id).where(tables.child.c.id == _CHILD)
_CHILDREN: Final = select(tables.child.c.id).order_by(tables.child.c.id)
_ENTRIES: Final = (
    select(tables.audit_detail.c.seq)
    .where(tables.audit_detail.c.key_id == _CHILD)
    .order_by(tables.audit_detail.c.seq)
)
_others: Final = tables.record_key.alias("others")
_RECORDS: Final = select(tables.record_key.c.record_id).where(
    tables.record_key.c.child_id == _CHILD,
    ~exists().where(
        _others.c.record_id == tables.record_key.c.record_id,
        _others.c.child_id != tables.record_key.c.child_id,
    ),
)


def all_of(database: Database, child_id: str) -> Erasure | None:
    """Return all that is kept of a child, to be destroyed; None where there is no such child."""
    with database.reading():
        if database.row(_KNOWN, child=child_id) is None:
            return None
        return Erasure(
            child_id=child_id,
            entries=tuple(cast("int", seq) for (seq,) in database.rows(_ENTRIES, child=child_id)),
            records=tuple(str(id_) for (id_,) in database.rows(_RECORDS, child=child_id)),
        )


def children(database: Database) -> tuple[str, ...]:
    """Return the ids of all children."""
    return tuple(str(id_) for (id_,) in database.rows(_CHILDREN))


def destroy(database: Database, connection: Connection, erasure: Erasure) -> None:
    """Delete all that is kept of a child, its key last, in this transaction."""
    child = erasure.child_id
    for statement in _OF_CHILD:
        database.run(connection, statement, child=child)
    for id_ in erasure.records:
        database.run(connection, _RECORD, id=id_)
    for statement in (_DETAILS, _STAMP, _KEY):
        database.run(connection, statement, child=child)


def remove(database: Database, connection: Connection, removal: Removal) -> None:
    """Delete one row, in this transaction."""
    names = tables.metadata.tables[removal.table].primary_key.columns.keys()
    given = dict(zip(names, removal.key, strict=True))
    database.run(connection, _removing(removal.table), **given)


def sweep(database: Database, connection: Connection, what: Sweep, before: int) -> None:
    """Delete what is older than *before* and of no use any more, in this transaction."""
    database.run(connection, _SWEEPS[what], at=before)


class ErasureChecks:
    """Refuses units about children who are erased, and erasures that would leave something.

    A unit is made ready outside the transaction, with a key that is perhaps gone by now: what it
    would write could be opened by nobody, and named by no erasure. *erasures* is the stamp of the
    erasures so far; a unit that was made ready on the same one needs no look at its children.
    """

    def __init__(self, database: Database, connection: Connection, erasures: int) -> None:
        self._database = database
        self._connection = connection
        self._erasures = erasures
        self._written: set[str] = set()
        self._erased: set[str] = set()

    def refusal(self, unit: Prepared) -> StampMovedError | None:
        """Return why *unit* is refused, or None."""
        is_late = unit.erasures != self._erasures and any(map(self._is_gone, unit.children))
        if is_late or self._erased & unit.children or self._leaves_something(unit.erasure):
            return StampMovedError(("child",))
        return None

    def count_on(self, unit: Prepared) -> None:
        """Count on *unit* being written, in this transaction, before those that follow."""
        self._written |= unit.children
        if unit.erasure is not None:
            self._erased.add(unit.erasure.child_id)

    def _leaves_something(self, erasure: Erasure | None) -> bool:
        """Whether *erasure* was read before all that is now there was written."""
        if erasure is None:
            return False
        child = erasure.child_id
        if child in self._written | self._erased:
            return True
        found = self._database.run(self._connection, _ENTRIES, child=child).fetchall()
        return tuple(seq for (seq,) in found) != erasure.entries

    def _is_gone(self, child: str) -> bool:
        return self._database.run(self._connection, _KNOWN, child=child).fetchone() is None


@cache
def _removing(table: Table) -> Delete:
    rows = tables.metadata.tables[table]
    return delete(rows).where(*(column == bindparam(column.name) for column in rows.primary_key))
