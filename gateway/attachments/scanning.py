"""Scanning: each attachment that is held is given to the scanner, and its answer is recorded.

    clean       it is no longer held for the scanner; it stays unmapped, and goes to nobody
    infected    it is locked away; a person is asked, its sender is told
    no answer   it stays held and is tried again; a person is asked once that takes too long

Of two workers that scan one attachment, one records what was found.
"""

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from gateway.archive import FiledTask
from gateway.attachments.holding import entry_of
from gateway.attachments.scanner import Scanner, Verdict
from gateway.errors import RefusedUnitError, ScannerError, StorageError
from gateway.notices.document import About, NoticeKind
from gateway.notices.giving import Telling, give
from gateway.observability import Event, log
from gateway.office import Office
from gateway.storage.attachments import AttachmentState, StoredAttachment
from gateway.storage.unit import Unit
from gateway.tasks import Kind, about_attachment

NOT_SCANNED: Final = "not-scanned"
_MOST: Final = 50
"""So many in one round: the other work of a round is not to wait for long."""

_STATES: Final = {
    Verdict.CLEAN: AttachmentState.CLEAN,
    Verdict.INFECTED: AttachmentState.QUARANTINED,
}


@dataclass(frozen=True, slots=True)
class Scanning:
    """Has the attachments of *office* scanned, by *scanner* if there is one.

    One without an answer is tried again after *pause*, and overdue when *patience* has gone by
    since it came.
    """

    office: Office
    scanner: Scanner | None
    pause: timedelta
    patience: timedelta

    def run(self) -> Counter[str]:
        """Scan what is due; return how many came to which end, `not-scanned` among them."""
        ends: Counter[str] = Counter()
        store = self.office.archive.store.attachments
        for stored in store.due(self.office.ports.now(), _MOST):
            with suppress(RefusedUnitError, StorageError):  # another worker was first, or erasure
                ends[self._scan(stored)] += 1
        return ends

    def _scan(self, stored: StoredAttachment) -> str:
        try:
            verdict = self._verdict(stored)
        except ScannerError:
            self._try_again(stored)
            return NOT_SCANNED
        self._record(stored, verdict)
        return verdict.value

    def _verdict(self, stored: StoredAttachment) -> Verdict:
        if self.scanner is None:
            message = "no scanner is set up"
            raise ScannerError(message)
        return self.scanner.scan(self.office.archive.store.attachments.content(stored))

    def _record(self, stored: StoredAttachment, verdict: Verdict) -> None:
        office, unit = self.office, Unit()
        state = _STATES[verdict]
        unit.entries.append(entry_of(office, stored, state))
        unit.changes.append(stored.becoming(state, 0))
        for task in self._waiting(stored):
            office.filing.close(unit, task.row, task.subject, "answered")
        if verdict is Verdict.INFECTED:
            self._lock_away(unit, stored, office.ports.now())
        office.committer.commit(unit)
        log(Event.ATTACHMENT_SCANNED, attachment=stored.id, outcome=state.value)

    def _lock_away(self, unit: Unit, stored: StoredAttachment, now: datetime) -> None:
        asked = about_attachment(Verdict.INFECTED.value, stored.id, stored.sender, now)
        self.office.filing.task(unit, stored.child_id, asked, entry=0)
        telling = Telling(
            kind=NoticeKind.ATTACHMENT_INFECTED,
            recipient=stored.sender,
            about=(About(message=stored.described.message, entry=stored.leaf),),
        )
        give(self.office, unit, stored.child_id, telling, because=0)

    def _try_again(self, stored: StoredAttachment) -> None:
        """Put *stored* off; ask a person where that was done for too long."""
        office, now, unit = self.office, self.office.ports.now(), Unit()
        unit.changes.append(stored.trying_again(now + self.pause))
        is_overdue = now >= stored.created_at + self.patience
        if is_overdue and not self._waiting(stored):
            unit.entries.append(entry_of(office, stored, AttachmentState.HELD))
            asked = about_attachment(NOT_SCANNED, stored.id, stored.sender, now)
            office.filing.task(unit, stored.child_id, asked, entry=0)
            log(Event.SCANNER_SILENT, attachment=stored.id)
        office.committer.commit(unit)

    def _waiting(self, stored: StoredAttachment) -> tuple[FiledTask, ...]:
        """Return the questions about *stored* that are open."""
        open_ = self.office.archive.waiting(Kind.ATTACHMENT)
        return tuple(one for one in open_ if one.subject.attachment == stored.id)
