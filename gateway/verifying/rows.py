"""Rows that no entry recorded: written past the gateway, they rest on nothing.

What an entry recorded is compared with its rows from the entry's side (`gateway.verifying`'s other
modules). This is the other side: each row names an entry of the log, of a kind that records such
rows, about the same child.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from sqlalchemy import Select, Table, bindparam, literal, select

from audit.errors import EntryError
from audit.events import EntryType
from audit.leaf import Leaf
from gateway.storage import tables
from gateway.storage.database import Database, Row, Value
from gateway.verifying.faults import Fault

RECORDING: Final = frozenset(
    {
        EntryType.IMPORT,
        EntryType.CONSENT_CHANGE,
        EntryType.FACT_RECORDED,
        EntryType.IDENTITY_UNLINKED,
        EntryType.JUDGEMENT,
        EntryType.ATTACHMENT,
    }
)
"""The entries with which something is recorded about a child."""

_TABLES: Final[Mapping[str, Table]] = {
    str(table.name): table
    for table in (
        tables.consent,
        tables.child_fact,
        tables.assessment,
        tables.attachment,
        tables.record,
    )
}
OUTBOX: Final = "outbox"
ROW_KINDS: Final = (*_TABLES, OUTBOX)
"""The tables whose rows are looked at one by one, in this order."""


class Page(NamedTuple):
    """Some rows of a table: the *faults* found, and where the *next* page starts, if there is."""

    faults: tuple[Fault, ...]
    next: str | None


def _statement(table: Table) -> Select[tuple[str, int, str, bytes, str]]:
    leaf, detail = tables.audit_leaf, tables.audit_detail
    child = table.c.child_id if "child_id" in table.c else literal(None)
    return (
        select(table.c.id, table.c.leaf, child, leaf.c.entry, detail.c.key_id)
        .outerjoin(leaf, leaf.c.seq == table.c.leaf)
        .outerjoin(detail, detail.c.seq == table.c.leaf)
        .where(table.c.id >= bindparam("start"))
        .order_by(table.c.id)
        .limit(bindparam("most"))
    )


_PAGES: Final = {name: _statement(table) for name, table in _TABLES.items()}


def wrong_page(database: Database, kind: str, start: str, most: int) -> Page:
    """Return what is wrong with the next rows of table *kind*, by their ids, from *start* on."""
    rows = database.rows(_PAGES[kind], start=start, most=most)
    faults = tuple(
        Fault(f"{kind} row {row[0]!s}", "no entry of the log recorded it")
        for row in rows
        if not _is_recorded(row)
    )
    return Page(faults, after(rows[-1][0]) if len(rows) == most else None)


def after(id_: Value) -> str | None:
    """Return where the page after the row *id_* starts; None where ids cannot be gone on with.

    >>> after("b7") > "b7"
    True
    """
    # What is no text was written by hand, and stands behind all that is.
    return f"{id_}\x01" if isinstance(id_, str) else None


def _is_recorded(row: Row) -> bool:
    _, _, child, entry, key_id = row
    if not isinstance(entry, bytes) or (child is not None and child != key_id):
        return False
    try:
        return Leaf.decode(entry).type in RECORDING
    except EntryError:
        return False
