"""Verifying all that is stored of the log, and what was queued on the strength of it.

To say that the stored log holds we must verify that:

(1) its head, tiles, last entries and last signed checkpoint belong together;
(2) every entry and every tile is what the signed checkpoint says;
(3) every detail that was not erased is the one that its entry commits to;
(4) every row of the outbox is what its entry permits: this payload, to this recipient.

Nothing is written. Where the log cannot even be opened, (3) still says which entry was changed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from audit.errors import AuditError, ProofError
from audit.events import EntryType
from audit.gate import Gate
from audit.parts import Part
from audit.receipts import check_receipt
from gateway.delivery import release
from gateway.errors import DatabaseError, GatewayError, IntegrityError
from gateway.storage.details import Details, wrong_details
from gateway.storage.log import Log
from gateway.storage.outbox import OutboxState, Queued
from gateway.stored_log import StoredLog

MOST_FAULTS: Final = 100
"""More are not listed: whoever has so many needs the backup, not the list."""

_CLOSED: Final = {OutboxState.DELIVERED, OutboxState.FAILED, OutboxState.RECALLED}


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that does not hold, and *where*: an entry, a tile, a row of the outbox."""

    where: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What was found; *size* and *root* are of the checkpoint that was verified against."""

    origin: str
    size: int | None
    root: str | None
    faults: tuple[Fault, ...]

    @property
    def holds(self) -> bool:
        """Whether everything that is stored is as the log says."""
        return not self.faults


def verify(stored: StoredLog) -> Verification:
    """Return what does not hold of the *stored* log: see the head of this module."""
    checkpoint = log = None
    faults: list[Fault] = []
    try:
        # (1) What belongs together.
        log = stored.log()
        # (2) Entries and tiles.
        report = log.verify()
        checkpoint = report.checkpoint
        if report.fault is not None:
            faults.append(Fault(report.fault.where, report.fault.message))
    except IntegrityError as error:
        faults.append(Fault("head of the log", str(error)))
    except DatabaseError:
        faults.append(_UNREADABLE)

    # (3) Details, and (4) the outbox.
    try:
        faults += islice(_details(stored), MOST_FAULTS)
        if log is not None:
            faults += islice(_outbox(stored, log), MOST_FAULTS)
    except DatabaseError:
        faults.append(_UNREADABLE)
    return Verification(
        origin=stored.origin if log is None else log.origin,
        size=None if checkpoint is None else checkpoint.size,
        root=None if checkpoint is None else checkpoint.root.hex(),
        faults=tuple(dict.fromkeys(faults)),
    )


_UNREADABLE: Final = Fault("database", "a part of it cannot be read")


def _details(stored: StoredLog) -> Iterator[Fault]:
    for index, complaint in wrong_details(stored.database, stored.vault):
        yield Fault(f"entry {index}", complaint)


def _outbox(stored: StoredLog, log: Log) -> Iterator[Fault]:
    gate, vault = Gate(log.verifiers), stored.vault
    details = Details(stored.database, log, vault)
    for row in stored.outbox.all():
        if not isinstance(row, Queued):
            yield Fault(f"outbox row {row}", "the row cannot be read")
            continue
        try:
            if row.state in _CLOSED and not row.sealed:
                _require_entry(row, details, log)
            else:
                release(row, gate, vault, details, log)
        except (AuditError, GatewayError) as error:
            yield Fault(f"outbox row {row.id}", str(error))


def _require_entry(row: Queued, details: Details, log: Log) -> None:
    """Raise unless the entry of a closed *row*, whose payload is gone, says what the row says."""
    receipt = details.receipt(row.leaf, Part.RECIPIENT)
    checked = check_receipt(receipt, log.verifiers)
    said = {
        "recipient": row.recipient,
        "payload_sha256": row.payload_sha256.hex(),
        "message_id": row.message_id,
    }
    if checked.leaf.type is not EntryType.DISCLOSURE or not said.items() <= checked.fields.items():
        message = "the row says something else than its entry"
        raise ProofError(message)
