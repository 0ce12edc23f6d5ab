"""The index of the log, made anew from the opened entries: a row that was taken out hides entries.

A row too many hides nothing, since whoever searches looks at what each entry of a page says: it
costs a page that is read in vain, and is not looked for.
"""

from collections.abc import Iterator

from gateway.entries import terms_of
from gateway.storage.database import Database, Row
from gateway.storage.indexing import IndexKeys
from gateway.storage.tables import audit_index
from gateway.verifying.entries import Opened, Slice
from gateway.verifying.faults import Fault

_KEY = ("kind", "key", "seq")


def not_indexed(part: Slice, database: Database, keys: IndexKeys) -> Iterator[Fault]:
    """Yield the entries of *part* that the index does not lead to."""
    expected: dict[Row, int] = {}
    for entry in part.opened:
        for row in _rows_of(entry, keys):
            expected.setdefault(row, entry.index)
    with database.reading() as connection:
        stored = set(database.find(connection, audit_index, _KEY, tuple(expected)))
    for row in sorted(expected.keys() - stored, key=expected.__getitem__):
        message = f"the index of the log lacks it: it is not found by its {row[0]!s}"
        yield Fault(f"entry {expected[row]}", message)


def _rows_of(entry: Opened, keys: IndexKeys) -> Iterator[Row]:
    leaf = entry.leaf
    for key in keys.of_entry(leaf.sender, leaf.recipient, terms_of(entry.fields)):
        yield key.row(entry.index)
