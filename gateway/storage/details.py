"""The details of log entries: encrypted beside the log, opened part by part, deletable."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, cast

from sqlalchemy import bindparam, select

from audit.entry import Detail
from audit.errors import AuditError
from audit.leaf import Leaf
from audit.parts import Part
from audit.receipts import make_receipt
from gateway.errors import SealError, StorageError
from gateway.storage.database import Database, Value
from gateway.storage.log import Log
from gateway.storage.tables import audit_detail, audit_index, audit_leaf
from gateway.storage.vault import Vault, detail_place

_ONE = (
    select(audit_leaf.c.entry, audit_detail.c.key_id, audit_detail.c.sealed)
    .join(audit_detail, audit_detail.c.seq == audit_leaf.c.seq)
    .where(audit_leaf.c.seq == bindparam("seq"))
)
_FROM = (
    select(audit_leaf.c.seq, audit_leaf.c.entry, audit_detail.c.key_id, audit_detail.c.sealed)
    .join(audit_detail, audit_detail.c.seq == audit_leaf.c.seq)
    .where(audit_leaf.c.seq >= bindparam("seq"))
    .order_by(audit_leaf.c.seq)
    .limit(bindparam("most"))
)
_AT_ONCE: Final = 1024
_OF_CHILD = (
    select(audit_detail.c.seq)
    .where(audit_detail.c.key_id == bindparam("child"))
    .order_by(audit_detail.c.seq)
)
_INDEXED = (
    select(audit_index.c.seq)
    .where(audit_index.c.kind == bindparam("kind"), audit_index.c.key == bindparam("key"))
    .order_by(audit_index.c.seq)
)


@dataclass(frozen=True, slots=True)
class OpenedEntry:
    """One entry with its *detail*, None where that was erased."""

    index: int
    leaf: Leaf
    detail: Detail | None


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

    def of_child(self, child_id: str) -> Iterator[OpenedEntry]:
        """Yield every entry about this child, oldest first."""
        for (index,) in self._database.rows(_OF_CHILD, child=child_id):
            yield self.opened(cast("int", index))

    def indexed(self, kind: str, key: bytes) -> list[int]:
        """Return the indices of the entries filed under this *key* of the index *kind*."""
        rows = self._database.rows(_INDEXED, kind=kind, key=key)
        return [cast("int", index) for (index,) in rows]

    def opened(self, index: int) -> OpenedEntry:
        """Return entry *index* with its detail, if that is still there."""
        leaf = Leaf.decode(self._log.leaf(index))
        try:
            return OpenedEntry(index, leaf, self.detail(index))
        except StorageError:
            return OpenedEntry(index, leaf, None)


def wrong_details(database: Database, vault: Vault) -> Iterator[tuple[int, str]]:
    """Yield index and complaint for each entry whose detail is not the one it commits to.

    It goes by the stored rows alone, so that it also works on a log that cannot be opened. What
    was erased, detail or key, is no fault.
    """
    start = 0
    while rows := database.rows(_FROM, seq=start, most=_AT_ONCE):
        for seq, entry, key_id, sealed in rows:
            index = cast("int", seq)
            start = index + 1
            complaint = _complaint(vault, entry, key_id, sealed)
            if complaint is not None:
                yield index, complaint


def _complaint(vault: Vault, entry: Value, key_id: Value, sealed: Value) -> str | None:
    if not isinstance(entry, bytes) or not isinstance(sealed, bytes):
        return "the entry or its detail is not bytes"
    try:
        commit = Leaf.decode(entry).commit
        opened = vault.open(str(key_id) or None, detail_place(commit), sealed)
        is_its_own = Detail.decode(opened).commit == commit
    except (AuditError, SealError):
        is_its_own = False
    except StorageError:
        return None
    return None if is_its_own else "the entry and its detail do not belong together"
