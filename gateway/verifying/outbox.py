"""The outbox against the log: each disclosure has its row, each row its entry, each end its state.

A notice, and a disclosure that was not given in the answer to a request, waits in the outbox, or
waited there: without its row somebody was not told. How its delivery ended is an entry too, and the
row says so.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from audit.errors import AuditError
from audit.events import EntryType
from audit.gate import PERMITTING, Gate
from audit.parts import Part
from audit.receipts import check_receipt
from gateway.delivery import release
from gateway.errors import GatewayError, StorageError
from gateway.storage.details import Details
from gateway.storage.log import Log
from gateway.storage.outbox import Outbox, OutboxState, Queued
from gateway.storage.vault import Vault
from gateway.verifying.entries import Opened, Slice
from gateway.verifying.faults import Fault
from gateway.verifying.rows import Page, after

_ENDS: Final = {
    EntryType.DELIVERED: OutboxState.DELIVERED,
    EntryType.DELIVERY_FAILED: OutboxState.FAILED,
    EntryType.RECALLED: OutboxState.RECALLED,
}


def wrong_deliveries(part: Slice, outbox: Outbox) -> Iterator[Fault]:
    """Yield the entries of *part* whose row of the outbox is gone, or says something else."""
    for entry in part.opened:
        message = None
        if entry.leaf.type in PERMITTING:
            message = _queued_amiss(entry, outbox)
        elif entry.leaf.type in _ENDS and entry.leaf.recipient:
            message = _ended_amiss(entry, outbox)
        if message is not None:
            yield Fault(f"entry {entry.index}", message)


def _queued_amiss(entry: Opened, outbox: Outbox) -> str | None:
    is_queued = entry.leaf.type is EntryType.NOTICE
    if not is_queued and entry.said(Part.RECIPIENT).get("synchronous") is not False:
        return None
    rows = outbox.of_entry(entry.index, entry.leaf.recipient, entry.child)
    if not rows:
        return "what it permits is not in the outbox: its row was removed or changed"
    return "more than one row of the outbox says it is what it permits" if rows[1:] else None


def _ended_amiss(entry: Opened, outbox: Outbox) -> str | None:
    disclosed = entry.fields.get("entry")
    if not isinstance(disclosed, int):
        return "it does not say which disclosure it ended"
    for row in outbox.of_entry(disclosed, entry.leaf.recipient, entry.child):
        is_so = row is not None and row.state is _ENDS[entry.leaf.type]
        if not is_so or (row is not None and row.closing_leaf != entry.index):
            return f"the outbox says something else of how disclosure `{disclosed}` ended"
    return None


@dataclass(frozen=True, slots=True)
class Proofs:
    """What proves a row of the *outbox*: the *log*, and the *details* that the *vault* opens."""

    outbox: Outbox
    log: Log
    details: Details
    vault: Vault

    def page(self, start: str, most: int) -> Page:
        """Return what the log does not prove of the next rows, by their ids, from *start* on."""
        gate = Gate(self.log.verifiers)
        rows = self.outbox.page(start, most)
        faults = []
        for id_, row in rows:
            if row is None:
                faults.append(Fault(f"outbox row {id_!s}", "the row cannot be read"))
                continue
            try:
                self._require(row, gate)
            except (AuditError, GatewayError) as error:
                faults.append(Fault(f"outbox row {row.id}", str(error)))
        return Page(tuple(faults), after(rows[-1][0]) if len(rows) == most else None)

    def _require(self, row: Queued, gate: Gate) -> None:
        if row.state in _ENDS.values():
            _require_end(row, self.details)
        if row.sealed:
            release(row, gate, self.vault, self.details, self.log)
        else:
            _require_entry(row, self.details, self.log)


def _require_end(row: Queued, details: Details) -> None:
    """Raise unless the entry that ended a delivery says so of this *row*."""
    if row.closing_leaf is None:
        message = "the row says that its delivery has ended, and names no entry that says so"
        raise StorageError(message)
    ended = details.opened(row.closing_leaf)
    fields = ended.detail.open(Part.GATEWAY).fields() if ended.detail else {}
    if _ENDS.get(ended.leaf.type) is not row.state or fields.get("entry") != row.leaf:
        message = "the entry that the row names does not say that its delivery has ended so"
        raise StorageError(message)


def _require_entry(row: Queued, details: Details, log: Log) -> None:
    """Raise unless the entry of a *row*, whose payload is gone, says what the row says."""
    if row.state not in _ENDS.values():
        message = "the row waits to be sent, and has no payload"
        raise StorageError(message)
    checked = check_receipt(details.receipt(row.leaf, Part.RECIPIENT), log.verifiers)
    said = {
        "recipient": row.recipient,
        "payload_sha256": row.payload_sha256.hex(),
        "message_id": row.message_id,
    }
    if checked.leaf.type not in PERMITTING or not said.items() <= checked.fields.items():
        message = "the row says something else than its entry"
        raise StorageError(message)
