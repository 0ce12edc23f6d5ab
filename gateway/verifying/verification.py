"""Verifying all that is stored of the log, and what was stored on the strength of it.

To say that the stored log holds we must verify that:

(1) its head, tiles, last entries and last signed checkpoint belong together;
(2) it holds all that was remembered of it outside of the database, and what others remember;
(3) every entry and every tile is what the signed checkpoint says;
(4) every detail that was not erased is there, and the one that its entry commits to;
(5) every row that an entry recorded is there, unchanged: registers, policies, consents, facts,
    assessments, received records, the outbox, and what the entry is found by;
(6) every such row was recorded by an entry, and every row of the outbox is what its entry permits:
    this payload, to this recipient;
(7) the times of entries agree with those of the witnesses, and of the anchors.

Nothing is written. Where the log cannot even be opened, (4) and (5) still say what was changed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from audit.errors import AuditError
from audit.evidence import read_evidence, require_evidence
from gateway.errors import DatabaseError, IntegrityError
from gateway.storage.attachments import Attachments
from gateway.storage.children import Children
from gateway.storage.details import Details
from gateway.storage.indexing import IndexKeys
from gateway.storage.log import Log
from gateway.storage.memory import require_continued
from gateway.storage.published import Published, lost_between
from gateway.storage.records import Records
from gateway.storage.registers import Registers
from gateway.storage.stamps import Stamps
from gateway.stored_log import StoredLog
from gateway.verifying.attachments import wrong_attachments
from gateway.verifying.entries import read_slice, slices, unlinked
from gateway.verifying.faults import Act, Fault
from gateway.verifying.index import not_indexed
from gateway.verifying.outbox import Proofs, wrong_deliveries
from gateway.verifying.registers import History, strays, wrong_decisions, wrong_registers
from gateway.verifying.rows import OUTBOX, ROW_KINDS, Page, wrong_page
from gateway.verifying.stamps import wrong_stamps
from gateway.verifying.statements import wrong_statements
from gateway.verifying.times import wrong_times

MOST_FAULTS: Final = 100
"""More are not listed: whoever has so many needs the backup, not the list."""

_AT_ONCE: Final = 1024
UNREADABLE: Final = Fault("database", "a part of it cannot be read", Act.RESTORE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What was found; *size* and *root* are of the checkpoint that was verified against.

    That is of the newest log. All *logs* together hold so many *entries*; those *lost* with a
    database, as ranges, ends included, are in none. That they were is no fault: it was said.
    """

    origin: str
    size: int | None
    root: str | None
    faults: tuple[Fault, ...]
    logs: int
    entries: int
    lost: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether everything that is stored is as the log says."""
        return not self.faults


class Verifier:
    """Verifies what is *stored*, a slice or page at a time; *log* where it can be opened."""

    def __init__(self, stored: StoredLog, log: Log | None) -> None:
        self._stored = stored
        self._log = log
        self._vault = stored.vault
        self._index_keys = IndexKeys(stored.keys)
        self._registers = Registers(stored.database)
        self._children = Children(stored.database, stored.keys, self._vault)
        self._stamps = Stamps(stored.database)
        self._records = Records(stored.database, self._vault)
        self._attachments = Attachments(stored.database, self._vault)

    def entries(self, start: int, stop: int) -> tuple[Fault, ...]:
        """Return what is wrong with the entries from *start* up to *stop*, and with their rows.

        What is found wrong is looked at once more: while it was read, a child may have been
        erased, or a delivery have ended.
        """
        found = tuple(self._entries(start, stop))
        again = frozenset(self._entries(start, stop)) if found else frozenset()
        return tuple(fault for fault in found if fault in again)

    def _entries(self, start: int, stop: int) -> Iterator[Fault]:
        history = History.read(self._registers)
        part = read_slice(self._stored.database, self._vault, start, stop)
        yield from part.faults
        yield from wrong_registers(part, history)
        yield from wrong_decisions(part, history)
        yield from wrong_statements(part, self._children, self._records, self._unlinked_of)
        yield from wrong_attachments(part, self._attachments, self._unlinked_of)
        yield from wrong_stamps(part, self._stamps)
        yield from wrong_deliveries(part, self._stored.outbox)
        yield from not_indexed(part, self._stored.database, self._index_keys)

    def _unlinked_of(self, child: str) -> frozenset[int]:
        return unlinked(self._stored.database, self._vault, child)

    def rows(self, kind: str, start: str, most: int) -> Page:
        """Return what is wrong with the next rows of this *kind*, from the id *start* on."""
        if kind != OUTBOX:
            return wrong_page(self._stored.database, kind, start, most)
        if self._log is None:
            return Page((), None)
        details = Details(self._stored.database, self._log, self._vault)
        return Proofs(self._stored.outbox, self._log, details, self._vault).page(start, most)

    def registers(self) -> Iterator[Fault]:
        """Yield the rows of registers that name no entry of the log."""
        history = History.read(self._registers)
        yield from strays(history, self._stored.entries())

    def all_rows(self) -> Iterator[Fault]:
        """Yield what is wrong with the rows of every kind."""
        yield from self.registers()
        for kind in ROW_KINDS:
            start: str | None = ""
            while start is not None:
                page = self.rows(kind, start, _AT_ONCE)
                yield from page.faults
                start = page.next


def verify(stored: StoredLog, older: Sequence[bytes] = ()) -> Verification:
    """Return what does not hold of the *stored* log: see the head of this module.

    *older* are checkpoints, or receipts, that somebody holds: the log must hold all of them.
    """
    checkpoint = log = None
    shards: tuple[Published, ...] = ()
    faults: list[Fault] = []
    try:
        # (1) What belongs together.
        log = stored.log()
        # (2) What is remembered.
        faults += _forgotten(log, stored, older)
        # (3) Entries and tiles.
        shards = log.shards()
        report = log.verify()
        checkpoint = report.checkpoint
        if report.fault is not None:
            faults.append(Fault(report.fault.where, report.fault.message, Act.RESTORE))
    except IntegrityError as error:
        faults.append(Fault("head of the log", str(error), Act.RESTORE))
    except DatabaseError:
        faults.append(UNREADABLE)

    try:
        # (4) Details, (5) what entries recorded, and (6) what nothing recorded.
        faults += islice(_stored_amiss(Verifier(stored, log), stored, log), MOST_FAULTS)
        # (7) Times.
        if log is not None:
            faults += islice(wrong_times(stored, log), MOST_FAULTS)
    except DatabaseError:
        faults.append(UNREADABLE)
    return Verification(
        origin=stored.origin if log is None else log.origin,
        size=None if checkpoint is None else checkpoint.size,
        root=None if checkpoint is None else checkpoint.root.hex(),
        faults=tuple(dict.fromkeys(faults)),
        logs=len(shards),
        entries=sum(published.size for published in shards),
        lost=lost_between(shards),
    )


def _forgotten(log: Log, stored: StoredLog, older: Sequence[bytes]) -> Iterator[Fault]:
    """Yield where the log does not hold what it once signed."""
    remembered = stored.memory.recall()
    if remembered is not None and not _is_evidence(remembered):
        message = "what the gateway remembers of its log is no checkpoint"
        yield Fault(f"file `{stored.memory.path}`", message, Act.REMIND)
        remembered = None
    for evidence in older if remembered is None else (remembered, *older):
        try:
            require_continued(log, read_evidence(evidence, log.verifiers))
        except (AuditError, IntegrityError) as error:
            yield Fault("an older checkpoint", str(error), Act.RESTORE)


def _is_evidence(data: bytes) -> bool:
    try:
        require_evidence(data)
    except AuditError:
        return False
    return True


def _stored_amiss(verifier: Verifier, stored: StoredLog, log: Log | None) -> Iterator[Fault]:
    size = stored.entries() if log is None else log.refresh().end
    for start, stop in slices(size, _AT_ONCE):
        yield from verifier.entries(start, stop)
    if log is not None:
        yield from verifier.all_rows()
