"""What entries say was recorded about children, against the rows: nothing changed, added, removed.

The entry of an import, a consent statement or a fact commits to what was recorded with it
(`gateway.entries.recorded`), so that whoever writes to the database can neither take a withdrawal
out nor make an old assessment the newest. A received record is known by its hash.
"""

from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from hashlib import sha256
from typing import Final

from gateway.entries import recorded_sha256
from gateway.errors import GatewayError
from gateway.storage.children import Children
from gateway.storage.records import Records
from gateway.verifying.entries import Opened, Slice
from gateway.verifying.faults import Fault
from gateway.verifying.rows import RECORDING

_NOTHING: Final = recorded_sha256(())

UnlinkedOf = Callable[[str], AbstractSet[int]]
"""Returns a child's entries that were found to be about another: what they recorded is there."""


def wrong_statements(
    part: Slice, children: Children, records: Records, unlinked_of: UnlinkedOf
) -> Iterator[Fault]:
    """Yield the entries whose statements or record are not stored as they were recorded."""
    for entry in part.opened:
        if entry.leaf.type not in RECORDING:
            continue
        fields = entry.fields
        found = _recorded_with(entry, children)
        is_amiss = found != fields.get("recorded_sha256", _NOTHING)
        if is_amiss and found == _NOTHING and entry.index in unlinked_of(entry.child):
            continue
        if is_amiss:
            message = (
                "a consent statement, fact or assessment that was recorded with it has been "
                "changed, removed or added"
            )
            yield Fault(f"entry {entry.index}", message)
        record, digest = fields.get("record"), fields.get("record_sha256")
        if None not in {record, digest} and not _is_kept(str(record), digest, entry, records):
            message = f"the received record `{record}` is gone, or not what was received"
            yield Fault(f"entry {entry.index}", message)


def _recorded_with(entry: Opened, children: Children) -> str | None:
    try:
        return recorded_sha256(children.said_with(entry.child, entry.index))
    except (GatewayError, TypeError, ValueError, OverflowError):
        return None  # a row does not open, or holds what its columns do not


def _is_kept(record: str, digest: object, entry: Opened, records: Records) -> bool:
    try:
        kept = records.read(record, entry.child)
    except (GatewayError, TypeError, ValueError, OverflowError):
        return False
    return sha256(kept.content).hexdigest() == digest
