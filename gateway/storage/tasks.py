"""Tasks: everything that waits for a person, with a role that owns it and a time (invariant 14)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import cast

from sqlalchemy import bindparam, case, func, select

from gateway.storage.database import Database, Row, Value
from gateway.storage.tables import task
from gateway.storage.times import from_ms, to_ms
from gateway.storage.unit import Change, ChangeKind, Table, Write
from gateway.storage.vault import Vault

_ONE = select(task).where(task.c.id == bindparam("id"))
_OPEN = select(task).where(task.c.state == "open").order_by(task.c.due_at, task.c.id)
_OF_KIND = (
    select(task).where(task.c.kind == bindparam("kind")).order_by(task.c.created_at, task.c.id)
)
_OVERDUE = _OPEN.where(task.c.due_at <= bindparam("at"))
_OPEN_OF_KIND = _OPEN.where(task.c.kind == bindparam("kind"))
_OVERDUE_BY_ROLE = (
    select(task.c.owner_role, func.count())
    .where(task.c.state == "open", task.c.due_at <= bindparam("at"))
    .group_by(task.c.owner_role)
)
_COUNTED = (
    select(
        task.c.state,
        func.count(),
        func.coalesce(func.sum(case((task.c.due_at <= bindparam("at"), 1), else_=0)), 0),
    )
    .where(task.c.kind == bindparam("kind"))
    .group_by(task.c.state)
)
_OF_CHILD = select(task).where(task.c.child_id == bindparam("child")).order_by(task.c.id)


class TaskState(StrEnum):
    """Whether a task still waits."""

    OPEN = "open"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One thing that a person of the *owner_role* has to do by *due_at*; *content* says what."""

    id: str
    kind: str
    owner_role: str
    due_at: datetime
    content: bytes
    created_at: datetime
    escalate_at: datetime | None = None
    child_id: str | None = None
    state: TaskState = TaskState.OPEN
    resolved_at: datetime | None = None
    resolved_by: str | None = None
    leaf: int = -1
    closing_leaf: int | None = None

    def write(self, vault: Vault, entry: int) -> Write:
        """Return the row to write, which entry *entry* of its unit records."""
        row: dict[str, Value] = {
            "id": self.id,
            "kind": self.kind,
            "owner_role": self.owner_role,
            "due_at": to_ms(self.due_at),
            "escalate_at": None if self.escalate_at is None else to_ms(self.escalate_at),
            "state": self.state.value,
            "child_id": self.child_id,
            "sealed": vault.seal(self.child_id, f"task:{self.id}", self.content),
            "created_at": to_ms(self.created_at),
        }
        return Write(Table.TASK, row, entry)

    def noting(self, vault: Vault) -> Change:
        """Return the change that makes owner and content those of this value; it stays open."""
        row: dict[str, Value] = {
            "sealed": vault.seal(self.child_id, f"task:{self.id}", self.content),
            "owner_role": self.owner_role,
        }
        return Change(ChangeKind.TASK_STATE, self.id, TaskState.OPEN.value, row)

    def resolution(self, vault: Vault, at: datetime, by: str, entry: int) -> Change:
        """Return the change that resolves this task, which entry *entry* of its unit records.

        Its content is from then on what this value holds.
        """
        row: dict[str, Value] = {
            "sealed": vault.seal(self.child_id, f"task:{self.id}", self.content),
            "state": TaskState.RESOLVED.value,
            "resolved_at": to_ms(at),
            "resolved_by": by,
        }
        return Change(ChangeKind.TASK_STATE, self.id, TaskState.OPEN.value, row, entry)


class Tasks:
    """Reads tasks."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    def open(self) -> list[Task]:
        """Return every task that waits, the most urgent first."""
        return [self._task(row) for row in self._database.rows(_OPEN)]

    def waiting(self, kind: str) -> list[Task]:
        """Return every task of this *kind* that waits, the most urgent first."""
        return [self._task(row) for row in self._database.rows(_OPEN_OF_KIND, kind=kind)]

    def of_kind(self, kind: str) -> list[Task]:
        """Return every task of this *kind*, open or resolved, oldest first."""
        return [self._task(row) for row in self._database.rows(_OF_KIND, kind=kind)]

    def overdue(self, at: datetime) -> list[Task]:
        """Return every task that waits though it was due by then, longest overdue first."""
        return [self._task(row) for row in self._database.rows(_OVERDUE, at=to_ms(at))]

    def overdue_by_role(self, at: datetime) -> dict[str, int]:
        """Return how many tasks each role has that were due by then."""
        rows = self._database.rows(_OVERDUE_BY_ROLE, at=to_ms(at))
        return {str(role): cast("int", count) for role, count in rows}

    def counted(self, kind: str, at: datetime) -> dict[str, int]:
        """Return how many tasks of this *kind* wait, wait too long by then, and are resolved."""
        found = {"waiting": 0, "overdue": 0, "done": 0}
        for state, count, late in self._database.rows(_COUNTED, kind=kind, at=to_ms(at)):
            # PostgreSQL sums numbers to decimals.
            rows, overdue = cast("int", count), int(cast("int", late))
            if state == TaskState.RESOLVED:
                found["done"] = rows
            else:
                found |= {"waiting": rows - overdue, "overdue": overdue}
        return found

    def of_child(self, child_id: str) -> list[Task]:
        """Return every task about this child, oldest first."""
        return [self._task(row) for row in self._database.rows(_OF_CHILD, child=child_id)]

    def find(self, id_: str) -> Task | None:
        """Return the task with this id, if there is one."""
        row = self._database.row(_ONE, id=id_)
        return None if row is None else self._task(row)

    def _task(self, row: Row) -> Task:
        id_, kind, role, due, escalate, state, child_id, sealed, made, done, by, leaf, end = cast(
            "tuple[str, str, str, int, int | None, str, str | None, bytes, int, int | None,"
            " str | None, int, int | None]",
            row,
        )
        return Task(
            id=id_,
            kind=kind,
            owner_role=role,
            due_at=from_ms(due),
            content=self._vault.open(child_id, f"task:{id_}", sealed),
            created_at=from_ms(made),
            escalate_at=None if escalate is None else from_ms(escalate),
            child_id=child_id,
            state=TaskState(state),
            resolved_at=None if done is None else from_ms(done),
            resolved_by=by,
            leaf=leaf,
            closing_leaf=end,
        )
