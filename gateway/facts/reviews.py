"""Reviews: a task for the day on which somebody is asked whether what was recorded still holds."""

from datetime import timedelta
from typing import Final

from audit.events import EntryType
from audit.parts import Part
from gateway import entries
from gateway.archive import FiledTask
from gateway.office import Office
from gateway.storage.tasks import TaskState
from gateway.storage.unit import Unit
from gateway.tasks import Kind, Subject, Task

_ESCALATION: Final = ("service_manager", "information_governance_officer")


def file_review(  # noqa: PLR0913, PLR0917 - a review is all of this
    office: Office, unit: Unit, child_id: str, question: str, owner: str, after: timedelta
) -> None:
    """File that *owner* is asked the *question* about a child *after* so long."""
    due_at = office.ports.now() + after
    task = Task(
        kind=Kind.REVIEW,
        owner_role=owner,
        due_at=due_at,
        escalate_at=due_at,
        subject=Subject(question=question, escalation=_ESCALATION),
    )
    office.filing.task(unit, child_id, task, entry=0)


def close_reviews(office: Office, unit: Unit, child_id: str, question: str, *, by: str) -> None:
    """File that the reviews of a child that ask this *question* are done."""
    for row in office.archive.store.tasks.of_child(child_id):
        if row.state is not TaskState.OPEN or row.kind != Kind.REVIEW:
            continue
        task = office.archive.task(row.id)
        if task is not None and task.subject.question == question:
            _close(office, unit, task, by)


def _close(office: Office, unit: Unit, task: FiledTask, by: str) -> None:
    child_id = task.row.child_id or ""
    gateway: entries.Fields = {
        "task": task.row.id,
        "decided_by": by,
        "outcome": "closed",
        "child": child_id,
    }
    entry = entries.entry(
        EntryType.TASK_RESOLVED, {Part.GATEWAY: gateway}, office.ports.random, child_id=child_id
    )
    position = len(unit.entries)
    unit.entries.append(entry)
    office.filing.resolve(unit, task.row, task.subject, by=by, entry=position)
