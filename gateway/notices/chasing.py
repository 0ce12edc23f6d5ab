"""Chasing: whoever does not answer a notice is reminded of it, half-way and when it is due.

After that the task escalates as any other. A reminder is a notice of its own, whose id is made of
the first one's: two workers that find it due at once send one.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from msgspec.structs import replace

from gateway.archive import FiledTask
from gateway.errors import DuplicateError, UnknownNoticeError
from gateway.notices.acknowledging import notice_of
from gateway.notices.giving import queue
from gateway.office import Office
from gateway.storage.outbox import OutboxState
from gateway.storage.unit import Unit
from gateway.tasks import Kind

_REMINDERS: Final = 2


@dataclass(frozen=True, slots=True)
class Chasing:
    """Reminds those who have not answered; *office* is what it works with."""

    office: Office

    def remind(self) -> int:
        """Queue each reminder that has come due, and return how many."""
        now = self.office.ports.now()
        return sum(self._remind(task, now) for task in self.office.archive.waiting(Kind.NOTICE))

    def _remind(self, task: FiledTask, now: datetime) -> bool:
        number = reminders_due(task.row.created_at, task.row.due_at, now)
        first = task.subject.notice or ""
        again = f"{first}-r{number}"
        if not number or self.office.archive.store.outbox.find(again) is not None:
            return False
        try:
            row, notice = notice_of(self.office, first, None)
        except UnknownNoticeError:
            return False
        if row.state is not OutboxState.DELIVERED:
            return False  # it is tried still, or a person has been asked why it did not arrive
        unit = Unit()
        queue(self.office, unit, row.child_id, replace(notice, id=again, reminder_of=first))
        try:
            self.office.committer.commit(unit)
        except DuplicateError:  # another worker was there first
            return False
        return True


def reminders_due(given_at: datetime, due_at: datetime, now: datetime) -> int:
    """Return how many reminders are due by *now*: one half-way, one at the end.

    >>> from datetime import UTC
    >>> days = [datetime(2026, 11, day, tzinfo=UTC) for day in (1, 3)]
    >>> [reminders_due(*days, datetime(2026, 11, day, tzinfo=UTC)) for day in (1, 2, 3, 9)]
    [0, 1, 2, 2]
    """
    span = (due_at - given_at) / _REMINDERS
    return max(0, min(_REMINDERS, (now - given_at) // span))
