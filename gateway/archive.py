"""The archive: reading back what is filed, each row opened with the key of the child it is about.

Every read is of committed rows. A row that does not open under its own place was moved or
changed by hand, and raises `SealError`: it is never taken for something else.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import cast

import msgspec
from sqlalchemy import and_, bindparam, func, select

from gateway import identity
from gateway.casefile import CaseFile, RecordedFact
from gateway.consents import RecordedConsent
from gateway.filing import context
from gateway.registers import KINDS, Document, Registers
from gateway.security.keys import Keys
from gateway.security.sealing import open_sealed
from gateway.storage import tables
from gateway.storage.child_keys import ChildKeys
from gateway.storage.database import Database
from gateway.storage.times import from_ms
from gateway.storage.unit import Table
from gateway.tasks import Kind, Subject
from mappings.caf.assessment import Assessment

_CHILD_BY_KEY = select(tables.child_index.c.child_id).where(
    tables.child_index.c.kind == bindparam("kind"), tables.child_index.c.key == bindparam("key")
)
_STAMP = select(tables.stamp.c.version).where(
    tables.stamp.c.kind == bindparam("kind"), tables.stamp.c.key == bindparam("key")
)
_CONSENTS = select(tables.consent.c.id, tables.consent.c.sealed).where(
    tables.consent.c.child_id == bindparam("child")
)
_FACTS = select(tables.child_fact.c.id, tables.child_fact.c.sealed).where(
    tables.child_fact.c.child_id == bindparam("child")
)
_EPISODE = (
    select(tables.episode.c.id, tables.episode.c.state)
    .where(tables.episode.c.child_id == bindparam("child"))
    .order_by(tables.episode.c.opened_at.desc())
    .limit(1)
)
_newest = (
    select(tables.assessment.c.holder, func.max(tables.assessment.c.version).label("version"))
    .where(tables.assessment.c.child_id == bindparam("child"))
    .group_by(tables.assessment.c.holder)
    .subquery()
)
_ASSESSMENTS = (
    select(
        tables.assessment.c.id,
        tables.assessment.c.holder,
        tables.assessment.c.version,
        tables.assessment.c.record_id,
        tables.assessment.c.sealed,
    )
    .join(
        _newest,
        and_(
            tables.assessment.c.holder == _newest.c.holder,
            tables.assessment.c.version == _newest.c.version,
        ),
    )
    .where(tables.assessment.c.child_id == bindparam("child"))
    .order_by(tables.assessment.c.created_at)
)
_VERSION = select(func.max(tables.assessment.c.version)).where(
    tables.assessment.c.child_id == bindparam("child"),
    tables.assessment.c.holder == bindparam("holder"),
)
_ONE_ASSESSMENT = select(
    tables.assessment.c.id,
    tables.assessment.c.holder,
    tables.assessment.c.version,
    tables.assessment.c.record_id,
    tables.assessment.c.sealed,
    tables.assessment.c.child_id,
).where(tables.assessment.c.id == bindparam("id"))
_ANSWER = select(
    tables.idempotency.c.body_sha256,
    tables.idempotency.c.status,
    tables.idempotency.c.sealed_answer,
    tables.idempotency.c.child_id,
    tables.idempotency.c.leaf,
).where(tables.idempotency.c.key == bindparam("key"))
_latest = (
    select(
        tables.register.c.kind,
        tables.register.c.id,
        func.max(tables.register.c.version).label("version"),
    )
    .group_by(tables.register.c.kind, tables.register.c.id)
    .subquery()
)
_REGISTERS = select(
    tables.register.c.kind, tables.register.c.version, tables.register.c.document
).join(
    _latest,
    and_(
        tables.register.c.kind == _latest.c.kind,
        tables.register.c.id == _latest.c.id,
        tables.register.c.version == _latest.c.version,
    ),
)
_TASKS = select(
    tables.task.c.id,
    tables.task.c.kind,
    tables.task.c.owner_role,
    tables.task.c.due_at,
    tables.task.c.escalate_at,
    tables.task.c.state,
    tables.task.c.child_id,
    tables.task.c.sealed,
    tables.task.c.resolved_by,
    tables.task.c.leaf,
).order_by(tables.task.c.due_at, tables.task.c.id)
_OPEN_TASKS = _TASKS.where(tables.task.c.state == "open")
_TASK = _TASKS.where(tables.task.c.id == bindparam("id"))

_assessment = msgspec.json.Decoder(Assessment).decode
_consent = msgspec.json.Decoder(RecordedConsent).decode
_fact = msgspec.json.Decoder(RecordedFact).decode
_subject = msgspec.json.Decoder(Subject).decode


@dataclass(frozen=True, slots=True)
class Held:
    """One holder's newest assessment of a child, as filed."""

    id: str
    holder: str
    version: int
    record: str
    content: Assessment
    child_id: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a message that was taken before, and the entry that recorded it."""

    body_sha256: bytes
    status: int
    content: bytes
    child_id: str | None
    entry: int


@dataclass(frozen=True, slots=True)
class FiledTask:
    """A task as filed."""

    id: str
    kind: Kind
    owner_role: str
    due_at: datetime
    escalate_at: datetime
    state: str
    child_id: str | None
    subject: Subject
    resolved_by: str | None
    entry: int


@dataclass(frozen=True, slots=True)
class Archive:
    """Reads what is filed in *database*."""

    database: Database
    keys: Keys
    child_keys: ChildKeys

    def stamp(self, kind: str, key: str) -> int:
        """Return the version of what a stamp names; 0 where it never moved."""
        found = self.database.row(_STAMP, kind=kind, key=key)
        return 0 if found is None else cast("int", found[0])

    def registers(self) -> Registers:
        """Return the registers as they stand."""
        # The stamp first: a change between the two reads makes the snapshot look old, never new.
        version = self.stamp("registers", "")
        return Registers.of((one for one, _ in self._documents()), version)

    def version_of(self, kind: str, document_id: str) -> int:
        """Return the version of a register document, 0 where there is none."""
        return next(
            (
                version
                for document, version in self._documents()
                if document.id == document_id and isinstance(document, KINDS[kind])
            ),
            0,
        )

    def _documents(self) -> Iterator[tuple[Document, int]]:
        rows = cast("list[tuple[str, int, str]]", self.database.rows(_REGISTERS))
        for kind, version, document in rows:
            yield msgspec.json.decode(document, type=KINDS[kind]), version

    def child_by_key(self, kind: str, key: bytes) -> str | None:
        """Return the id of the child filed under a search key."""
        found = self.database.row(_CHILD_BY_KEY, kind=kind, key=key)
        return None if found is None else cast("str", found[0])

    def case_file(self, child_id: str) -> CaseFile:
        """Return all that is recorded about a child; the stamp is read first."""
        version = self.stamp("child", child_id)
        held = self.assessments(child_id)
        born = (identity.born_on(one.content) for one in reversed(held))
        expected = (
            birth.expected_on for one in reversed(held) for birth in one.content.child.birth
        )
        return CaseFile(
            child_id=child_id,
            version=version,
            born_on=next((day for day in born if day is not None), None),
            expected_on=next((day for day in expected if day is not None), None),
            consents=tuple(
                _consent(self._open(child_id, sealed, Table.CONSENT, row_id))
                for row_id, sealed in self._sealed(_CONSENTS, child_id)
            ),
            facts=tuple(
                _fact(self._open(child_id, sealed, Table.CHILD_FACT, row_id))
                for row_id, sealed in self._sealed(_FACTS, child_id)
            ),
            is_open=self._is_open(child_id),
        )

    def assessments(self, child_id: str) -> tuple[Held, ...]:
        """Return the newest assessment of each holder, oldest first."""
        rows = self.database.rows(_ASSESSMENTS, child=child_id)
        return tuple(self._held(cast("_AssessmentRow", row), child_id) for row in rows)

    def assessment(self, assessment_id: str) -> Held | None:
        """Return one assessment, whether or not it is the newest."""
        row = self.database.row(_ONE_ASSESSMENT, id=assessment_id)
        if row is None:
            return None
        return self._held(cast("_AssessmentRow", row[:5]), cast("str", row[5]))

    def next_version(self, child_id: str, holder: str) -> int:
        """Return the version that a holder's next assessment of a child has."""
        found = self.database.row(_VERSION, child=child_id, holder=holder)
        return 1 if found is None or found[0] is None else cast("int", found[0]) + 1

    def episode(self, child_id: str) -> str | None:
        """Return the id of the child's open episode."""
        found = self.database.row(_EPISODE, child=child_id)
        return cast("str", found[0]) if found is not None and found[1] == "open" else None

    def answer(self, sender: str, message_id: str) -> Answer | None:
        """Return the answer that *sender* got to this message, if it was taken before."""
        key = self.answer_key(sender, message_id)
        found = cast(
            "tuple[bytes, int, bytes, str | None, int] | None",
            self.database.row(_ANSWER, key=key),
        )
        if found is None:
            return None
        body, status, sealed, child_id, entry = found
        content = open_sealed(self._key(child_id), sealed, b"idempotency:" + key)
        return Answer(body, status, content, child_id, entry)

    def answer_key(self, sender: str, message_id: str) -> bytes:
        """Return the key of a message: its sending service and its id, keyed."""
        return self.keys.index_value("message", f"{sender}|{message_id}")

    def open_tasks(self) -> tuple[FiledTask, ...]:
        """Return the tasks that wait, soonest due first."""
        return tuple(self._task(row) for row in self.database.rows(_OPEN_TASKS))

    def task(self, task_id: str) -> FiledTask | None:
        """Return one task, open or resolved."""
        row = self.database.row(_TASK, id=task_id)
        return None if row is None else self._task(row)

    def _task(self, row: tuple[object, ...]) -> FiledTask:
        task_id, kind, owner, due, escalate, state, child_id, sealed, by, entry = cast(
            "tuple[str, str, str, int, int, str, str | None, bytes, str | None, int]", row
        )
        subject = _subject(self._open(child_id, sealed, Table.TASK, task_id))
        return FiledTask(
            id=task_id,
            kind=Kind(kind),
            owner_role=owner,
            due_at=from_ms(due),
            escalate_at=from_ms(escalate),
            state=state,
            child_id=child_id,
            subject=subject,
            resolved_by=by,
            entry=entry,
        )

    def _held(self, row: "_AssessmentRow", child_id: str) -> Held:
        row_id, holder, version, record, sealed = row
        content = _assessment(self._open(child_id, sealed, Table.ASSESSMENT, row_id))
        return Held(row_id, holder, version, record, content, child_id)

    def _is_open(self, child_id: str) -> bool:
        found = self.database.row(_EPISODE, child=child_id)
        return found is None or found[1] == "open"

    def _sealed(self, statement: "_Statement", child_id: str) -> list[tuple[str, bytes]]:
        return cast("list[tuple[str, bytes]]", self.database.rows(statement, child=child_id))

    def _open(self, child_id: str | None, sealed: bytes, table: Table, row_id: str) -> bytes:
        return open_sealed(self._key(child_id), sealed, context(table, row_id))

    def _key(self, child_id: str | None) -> bytes:
        return self.keys.detail if child_id is None else self.child_keys.key(child_id)


_AssessmentRow = tuple[str, str, int, str, bytes]
_Statement = type(_CONSENTS)
