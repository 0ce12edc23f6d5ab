"""Entries with what their details open to, in slices of the log's order."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, cast

import orjson
from sqlalchemy import bindparam, select

from audit.canonical import Json
from audit.entry import Detail
from audit.errors import AuditError
from audit.events import EntryType
from audit.leaf import Leaf
from audit.parts import Part
from gateway.errors import KeysError, StorageError
from gateway.storage.database import Database, Row
from gateway.storage.erasures import erased_entries
from gateway.storage.tables import audit_detail, audit_leaf
from gateway.storage.vault import Vault, detail_place
from gateway.verifying.faults import Act, Fault

_SLICE = (
    select(audit_leaf.c.seq, audit_leaf.c.entry, audit_detail.c.key_id, audit_detail.c.sealed)
    .outerjoin(audit_detail, audit_detail.c.seq == audit_leaf.c.seq)
    .where(audit_leaf.c.seq >= bindparam("start"), audit_leaf.c.seq < bindparam("stop"))
    .order_by(audit_leaf.c.seq)
)

_OF_CHILD = (
    select(audit_leaf.c.seq, audit_leaf.c.entry, audit_detail.c.key_id, audit_detail.c.sealed)
    .join(audit_detail, audit_detail.c.seq == audit_leaf.c.seq)
    .where(audit_detail.c.key_id == bindparam("child"))
)

_DISAGREE: Final = "the entry and its detail do not belong together"


@dataclass(frozen=True, slots=True)
class Opened:
    """One entry, and its *detail*; *child* is whose key opened that: none, for the gateway's.

    *fields* is what the gateway's part of the detail says.
    """

    index: int
    leaf: Leaf
    child: str
    detail: Detail
    fields: Mapping[str, Json]

    def said(self, part: Part) -> Mapping[str, Json]:
        """Return what *part* of the detail says: nothing, where it has no such part."""
        return _said(self.detail, part)


@dataclass(frozen=True, slots=True)
class Slice:
    """The entries from *start* up to, not including, *stop*: those *opened*, and the *faults*."""

    start: int
    stop: int
    opened: tuple[Opened, ...]
    faults: tuple[Fault, ...]


def read_slice(database: Database, vault: Vault, start: int, stop: int) -> Slice:
    """Return the entries from *start* up to *stop*, opened.

    A detail that is gone, or whose key is, is a fault, unless an erasure names its entry. It goes
    by the stored rows alone, so that it also works on a log that cannot be opened.
    """
    opened: list[Opened] = []
    faults: list[Fault] = []
    missing: list[int] = []
    for row in database.rows(_SLICE, start=start, stop=stop):
        found, index = _open(vault, row), cast("int", row[0])
        if isinstance(found, Opened):
            opened.append(found)
        elif found is not None:
            faults.append(Fault(f"entry {index}", found, Act.RESTORE))
        else:
            missing.append(index)
    # Read after them: what was erased meanwhile is named by now.
    erased = erased_entries(database, vault) if missing else ()
    message = "its detail is gone, and no erasure names the entry"
    faults += (
        Fault(f"entry {index}", message, Act.RESTORE) for index in missing if index not in erased
    )
    return Slice(start, stop, tuple(opened), tuple(faults))


def unlinked(database: Database, vault: Vault, child: str) -> frozenset[int]:
    """Return the child's entries of which a later one says that they are about another child.

    What such an entry recorded is not there any more: it was filed anew, under the other child.
    """
    rows = database.rows(_OF_CHILD, child=child)
    opened = (found for row in rows if isinstance(found := _open(vault, row), Opened))
    return frozenset(
        cast("int", one.fields.get("entry"))
        for one in opened
        if one.leaf.type is EntryType.IDENTITY_UNLINKED
    )


def _open(vault: Vault, row: Row) -> Opened | str | None:
    """Return the entry of *row*, opened; what is wrong with it; or None where it is gone."""
    seq, entry, key_id, sealed = row
    if sealed is None and isinstance(entry, bytes):
        return None
    if not isinstance(entry, bytes) or not isinstance(sealed, bytes):
        return "the entry or its detail is not bytes"
    child = str(key_id)
    try:
        leaf = Leaf.decode(entry)
        detail = Detail.decode(vault.open(child or None, detail_place(leaf.commit), sealed))
    except (AuditError, KeysError):
        return _DISAGREE
    except StorageError:
        return None
    if detail.commit != leaf.commit:
        return _DISAGREE
    return Opened(cast("int", seq), leaf, child, detail, _said(detail, Part.GATEWAY))


def _said(detail: Detail, part: Part) -> Mapping[str, Json]:
    # We sealed it ourselves, in canonical JSON: here it need not be read as a stranger's.
    fields = orjson.loads(detail.open(part).content) if detail.holds(part) else {}
    return cast("Mapping[str, Json]", fields)


def slices(size: int, width: int) -> Iterator[tuple[int, int]]:
    """Yield the bounds of slices of this *width* over so many entries.

    >>> list(slices(10, 4))
    [(0, 4), (4, 8), (8, 10)]
    """
    for start in range(0, size, width):
        yield start, min(start + width, size)
