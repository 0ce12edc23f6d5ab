"""Escalation: what a person does not do in its time is told of, and to whom next (invariant 14).

Told is by the log of events, which operators watch and route to people: ids and roles, never what
a task is about. The gauge `caf_gateway_tasks_overdue` says the same in numbers.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from msgspec.structs import replace

from gateway.archive import FiledTask
from gateway.errors import RefusedUnitError
from gateway.observability import Event, log
from gateway.office import Office
from gateway.storage.unit import Unit
from gateway.tasks import Progress, told

_AHEAD: Final = timedelta(hours=24)
"""Nothing that is urgent is due later than so long after it came up."""


@dataclass(frozen=True, slots=True)
class Escalation:
    """Tells of the overdue tasks of *office*: each role once, in the order of the task's chain.

    How far that has come is stored with the task. Whoever dies between telling and storing tells
    again: rather twice than never.
    """

    office: Office

    def tell(self) -> None:
        """Tell of each task that is overdue each role that was not told yet.

        Of what is urgent its owner is told as soon as it waits.
        """
        at = self.office.ports.now()
        for task in self.office.archive.overdue_tasks(at + _AHEAD):
            if task.row.due_at <= at:
                self._tell(task, tuple(_chain(task, at)))
            elif task.subject.is_urgent and not task.subject.progress.is_announced:
                log(Event.TASK_URGENT, task=task.row.id, role=task.row.owner_role)
                self._store(task, replace(task.subject.progress, is_announced=True))

    def _tell(self, task: FiledTask, chain: tuple[str, ...]) -> None:
        progress = task.subject.progress
        if len(chain) <= progress.told:
            return
        for role in chain[progress.told :]:
            log(Event.TASK_OVERDUE, task=task.row.id, role=role)
        self._store(task, replace(progress, told=len(chain)))

    def _store(self, task: FiledTask, progress: Progress) -> None:
        unit = Unit()
        self.office.filing.note(unit, task.row, replace(task.subject, progress=progress))
        with suppress(RefusedUnitError):  # somebody has it in hand: the next round looks again
            self.office.committer.commit(unit)


def _chain(task: FiledTask, at: datetime) -> Iterator[str]:
    """Yield the roles that are to know by now: the owner, then who was to be told since."""
    row = task.row
    yield row.owner_role
    for role in told(task.subject, row.created_at, row.escalate_at, at):
        if role != row.owner_role:
            yield role
