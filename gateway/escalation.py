"""Escalation: what a person does not do in its time is told of, and to whom next (invariant 14).

Told is by the log of events, which operators watch and route to people: ids and roles, never what
a task is about. The gauge `caf_gateway_tasks_overdue` says the same in numbers.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from gateway.archive import Archive, FiledTask
from gateway.observability import Event, log
from gateway.tasks import told


@dataclass(slots=True)
class Escalation:
    """Tells of the overdue tasks of *archive*: each role once, in the order of the task's chain.

    What was told is forgotten with the process: one that starts tells of all that is overdue.
    """

    archive: Archive
    now: Callable[[], datetime]
    _told: dict[str, int] = field(default_factory=dict)

    def tell(self) -> None:
        """Tell each role that has not been told yet of each task that is overdue."""
        at = self.now()
        chains = {task.row.id: _chain(task, at) for task in self.archive.overdue_tasks(at)}
        for task_id, roles in chains.items():
            for role in roles[self._told.get(task_id, 0) :]:
                log(Event.TASK_OVERDUE, task=task_id, role=role)
        self._told = {task_id: len(roles) for task_id, roles in chains.items()}


def _chain(task: FiledTask, at: datetime) -> tuple[str, ...]:
    """Return the roles that are to know by now: the owner, then who was to be told since."""
    row = task.row
    return row.owner_role, *told(task.subject, row.created_at, row.escalate_at, at)
