"""Escalation: what a person does not do in its time is told of, and to whom next (invariant 14).

Told is by the log of events, which operators watch and route to people: ids and roles, never what
a task is about. The gauge `caf_gateway_tasks_overdue` says the same in numbers.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from msgspec.structs import replace

from gateway.archive import FiledTask
from gateway.errors import RefusedUnitError
from gateway.observability import Event, log
from gateway.office import Office
from gateway.storage.unit import Unit
from gateway.tasks import told


@dataclass(frozen=True, slots=True)
class Escalation:
    """Tells of the overdue tasks of *office*: each role once, in the order of the task's chain.

    How far that has come is stored with the task. Whoever dies between telling and storing tells
    again: rather twice than never.
    """

    office: Office

    def tell(self) -> None:
        """Tell each role that has not been told yet of each task that is overdue."""
        at = self.office.ports.now()
        for task in self.office.archive.overdue_tasks(at):
            self._tell(task, tuple(_chain(task, at)))

    def _tell(self, task: FiledTask, chain: tuple[str, ...]) -> None:
        progress = task.subject.progress
        if len(chain) <= progress.told:
            return
        for role in chain[progress.told :]:
            log(Event.TASK_OVERDUE, task=task.row.id, role=role)
        unit = Unit()
        after = replace(task.subject, progress=replace(progress, told=len(chain)))
        self.office.filing.note(unit, task.row, after)
        with suppress(RefusedUnitError):  # somebody has it in hand: the next round looks again
            self.office.committer.commit(unit)


def _chain(task: FiledTask, at: datetime) -> Iterator[str]:
    """Yield the roles that are to know by now: the owner, then who was to be told since."""
    row = task.row
    yield row.owner_role
    for role in told(task.subject, row.created_at, row.escalate_at, at):
        if role != row.owner_role:
            yield role
