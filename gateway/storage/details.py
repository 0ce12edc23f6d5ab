"""The details of log entries: encrypted beside the log, opened part by part, deletable."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Final, cast

from sqlalchemy import bindparam, select

from audit.entry import Detail
from audit.errors import EntryError
from audit.leaf import Leaf
from audit.parts import Part
from audit.receipts import make_receipt
from gateway.errors import StorageError
from gateway.storage.database import Database, Row
from gateway.storage.indexing import IndexKey
from gateway.storage.log import Log
from gateway.storage.tables import audit_detail, audit_index, audit_leaf
from gateway.storage.vault import Vault, detail_place

_ONE = (
    select(audit_leaf.c.entry, audit_detail.c.key_id, audit_detail.c.sealed)
    .join(audit_detail, audit_detail.c.seq == audit_leaf.c.seq)
    .where(audit_leaf.c.seq == bindparam("seq"))
)
_ENTRY = (audit_leaf.c.seq, audit_leaf.c.entry, audit_detail.c.key_id, audit_detail.c.sealed)
_OF_CHILD = (
    select(*_ENTRY)
    .join(audit_detail, audit_detail.c.seq == audit_leaf.c.seq)
    .where(
        audit_detail.c.key_id == bindparam("child"),
        audit_detail.c.seq >= bindparam("start"),
        audit_detail.c.seq < bindparam("stop"),
    )
    .order_by(audit_detail.c.seq)
)
_BETWEEN = (
    select(*_ENTRY)
    .outerjoin(audit_detail, audit_detail.c.seq == audit_leaf.c.seq)
    .where(audit_leaf.c.seq >= bindparam("start"), audit_leaf.c.seq < bindparam("stop"))
    .order_by(audit_leaf.c.seq)
)
_INDEXED = (
    select(audit_index.c.seq)
    .where(
        audit_index.c.kind == bindparam("kind"),
        audit_index.c.key == bindparam("key"),
        audit_index.c.seq >= bindparam("start"),
        audit_index.c.seq < bindparam("stop"),
    )
    .order_by(audit_index.c.seq)
)
_SPAN: Final = 256


@dataclass(frozen=True, slots=True)
class OpenedEntry:
    """One entry with its *detail*, None where that was erased; then nobody knows its *child*."""

    index: int
    leaf: Leaf
    detail: Detail | None
    child: str | None = None


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """One entry as it is stored: its *leaf*, and its detail, empty where that was erased."""

    index: int
    leaf: bytes
    key_id: str
    sealed: bytes


class Details:
    """Opens the details of the entries of one *log*."""

    def __init__(self, database: Database, log: Log, vault: Vault) -> None:
        self._database = database
        self._log = log
        self._vault = vault

    def detail(self, index: int) -> Detail:
        """Return the detail of entry *index*, or raise `StorageError` where it is not there.

        Raises `SealError` or `EntryError` where it is not the one that the entry commits to.
        """
        found = cast("tuple[bytes, str, bytes] | None", self._database.row(_ONE, seq=index))
        if found is None:
            message = "there is no detail of this entry"
            raise StorageError(message)
        leaf, child_id, sealed = found
        place = detail_place(Leaf.decode(leaf).commit)
        return Detail.decode(self._vault.open(child_id or None, place, sealed))

    def receipt(self, index: int, part: Part, *, early: bool = False) -> bytes:
        """Return the receipt for entry *index* that the holder of *part* may have.

        An *early* one is by the oldest checkpoint that is kept of it.
        """
        leaf, proof = self._log.proved_early(index) if early else self._log.proved(index)
        return make_receipt(leaf, proof, self.detail(index).open(part))

    def of_child(self, child_id: str, within: range) -> list[StoredEntry]:
        """Return every entry *within* a range that is filed as about this child, oldest first."""
        rows = self._database.rows(_OF_CHILD, child=child_id, start=within.start, stop=within.stop)
        return [_stored(row) for row in rows]

    def pages(self, key: IndexKey, within: range) -> list[range]:
        """Return where *within* a range entries are that have this *key*, in order."""
        # The first page may begin before the range does.
        start = within.start - within.start % key.page
        rows = self._database.rows(
            _INDEXED, kind=key.kind, key=key.key, start=start, stop=within.stop
        )
        firsts = (cast("int", first) for (first,) in rows)
        return [
            range(max(first, within.start), min(first + key.page, within.stop)) for first in firsts
        ]

    def leaves(self, pages: Iterable[range]) -> Iterator[tuple[int, bytes]]:
        """Yield index and bytes of the leaves of *pages*."""
        return chain.from_iterable(self._log.leaves(page.start, page.stop) for page in pages)

    def read(self, indices: Iterable[int]) -> Iterator[StoredEntry]:
        """Yield the entries with these *indices*, which are in order: some at each reading."""
        for wanted in _close_together(indices):
            among = frozenset(wanted)
            rows = self._database.rows(_BETWEEN, start=wanted[0], stop=wanted[-1] + 1)
            yield from (_stored(row) for row in rows if row[0] in among)

    def opened(self, index: int) -> OpenedEntry:
        """Return entry *index* with its detail, or raise `StorageError` where there is none."""
        for stored in self.read([index]):
            return self.open(stored)
        message = "no such entry in the log"
        raise StorageError(message)

    def open(self, stored: StoredEntry) -> OpenedEntry:
        """Return a *stored* entry with its detail, if that is still there.

        Raises `AuditError` or `SealError` where it is not the one that the entry commits to.
        """
        leaf = Leaf.decode(stored.leaf)
        if not stored.sealed:
            return OpenedEntry(stored.index, leaf, None)
        try:
            opened = self._vault.open(
                stored.key_id or None, detail_place(leaf.commit), stored.sealed
            )
        except StorageError:
            return OpenedEntry(stored.index, leaf, None)
        detail = Detail.decode(opened)
        if detail.commit != leaf.commit:
            message = "the entry and its detail do not belong together"
            raise EntryError(message)
        return OpenedEntry(stored.index, leaf, detail, stored.key_id or None)


def _close_together(indices: Iterable[int]) -> Iterator[list[int]]:
    """Yield *indices* in lists, each of which one reading may span."""
    some: list[int] = []
    for index in indices:
        if some and index - some[0] >= _SPAN:
            yield some
            some = []
        some.append(index)
    if some:
        yield some


def _stored(row: Row) -> StoredEntry:
    index, leaf, key_id, sealed = cast("tuple[int, bytes, str | None, bytes | None]", row)
    return StoredEntry(index, leaf, key_id or "", sealed or b"")
