"""The archive: what the exchange filed, read back and decoded.

Every read is of committed rows, and each value is opened with the key of the child it is about.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

import msgspec

from gateway import identity
from gateway.casefile import CaseFile, RecordedFact
from gateway.consents import RecordedConsent
from gateway.errors import RegisterError
from gateway.filing import DecidedOn
from gateway.ports import Ports
from gateway.registers import KINDS, Document, Registers
from gateway.storage.children import Episode, StoredAssessment
from gateway.storage.outbox import Queued
from gateway.storage.registers import Registered
from gateway.storage.store import Store
from gateway.storage.tasks import Task as StoredTask
from gateway.storage.tasks import TaskState
from gateway.tasks import Subject, is_for_later
from mappings.caf.assessment import Assessment

_assessment = msgspec.json.Decoder(Assessment).decode
_consent = msgspec.json.Decoder(RecordedConsent).decode
_fact = msgspec.json.Decoder(RecordedFact).decode
_subject = msgspec.json.Decoder(Subject).decode
_decided_on = msgspec.json.Decoder(DecidedOn).decode


@dataclass(frozen=True, slots=True)
class Held:
    """One version of one holder's assessment of a child; *is_kept* beyond delivery, or not."""

    id: str
    child_id: str
    holder: str
    content: Assessment
    is_kept: bool = True

    @property
    def to_carry(self) -> Assessment | None:
        """The content that goes with whatever is decided on it, where it is kept nowhere else."""
        return None if self.is_kept else self.content


@dataclass(frozen=True, slots=True)
class FiledTask:
    """A task as filed, with what it is about."""

    row: StoredTask
    subject: Subject


@dataclass(frozen=True, slots=True)
class FiledConsent:
    """A consent statement as filed: by whom it was recorded, and by which entry, *leaf*.

    *grantor* is the keyed hash by which who gave it is known.
    """

    consent: RecordedConsent
    by: str
    leaf: int
    grantor: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class FiledWith:
    """What was filed of a child with one record: the *assessment*, and its *content* decoded.

    Beside it the ids of *consents*, and the ids and values of *facts*.
    """

    assessment: StoredAssessment
    content: Assessment
    consents: tuple[str, ...]
    facts: tuple[tuple[str, RecordedFact], ...]


@dataclass(frozen=True, slots=True)
class Archive:
    """Reads what is filed in *store*."""

    store: Store
    ports: Ports

    def registers(self) -> Registers:
        """Return the registers as they stand.

        Raises `RegisterError` that names the row, where one cannot be read or names another amiss.
        """
        snapshot = self.store.registers.snapshot()
        return Registers.of(map(_registered, snapshot.rows), snapshot.stamp.version)

    def find(self, kind: str, text: str) -> str | None:
        """Return the id of the child filed under a search key."""
        return self.store.children.find([(kind, text)]).get((kind, text))

    def case_file(self, child_id: str) -> CaseFile:
        """Return all that is recorded about a child, as of one moment."""
        children = self.store.children
        with self.store.moment():
            held = self.assessments(child_id)
            episode = self.last_episode(child_id)
            return CaseFile(
                child_id=child_id,
                version=children.stamp(child_id).version,
                born_on=_first(identity.born_on(one.content) for one in reversed(held)),
                expected_on=_first(
                    birth.expected_on for one in reversed(held) for birth in one.content.child.birth
                ),
                consents=tuple(_consent(row.content) for row in children.consents(child_id)),
                facts=tuple(
                    _fact(row.content) for row in children.facts(child_id, self.ports.now())
                ),
                is_open=episode is None or episode.is_open,
            )

    def consents(self, child_id: str) -> tuple[FiledConsent, ...]:
        """Return every consent statement about a child, as it was recorded, oldest first."""
        return tuple(
            FiledConsent(_consent(row.content), row.recorded_by, row.leaf, row.grantor)
            for row in self.store.children.consents(child_id)
        )

    def assessments(self, child_id: str) -> tuple[Held, ...]:
        """Return the newest version of each holder's assessment of a child, oldest first."""
        return tuple(_held(row) for row in self.store.children.assessments(child_id))

    def assessment(self, assessment_id: str) -> Held | None:
        """Return one version of an assessment, whether or not it is the newest."""
        row = self.store.children.assessment(assessment_id)
        return None if row is None else _held(row)

    def fact_history(self, child_id: str) -> tuple[tuple[int, RecordedFact], ...]:
        """Return all facts that were ever recorded about a child, each with its entry's index."""
        rows = self.store.children.every_fact(child_id)
        return tuple((row.leaf, _fact(row.content)) for row in rows)

    def filed_with(self, child_id: str, record_id: str) -> FiledWith | None:
        """Return what was filed of a child with one record; None where no assessment was.

        What came with it was recorded by the same entry of the log.
        """
        children = self.store.children
        filed = children.assessment_from(child_id, record_id)
        if filed is None:
            return None
        facts = children.facts_with(child_id, filed.leaf)
        return FiledWith(
            assessment=filed,
            content=_assessment(filed.content),
            consents=tuple(row.id for row in children.consents_with(child_id, filed.leaf)),
            facts=tuple((row.id, _fact(row.content)) for row in facts),
        )

    def next_version(self, child_id: str, holder: str) -> int:
        """Return the version that a holder's next assessment of a child has."""
        last = self.last_filed(child_id, holder)
        return 1 if last is None else last.version + 1

    def last_filed(self, child_id: str, holder: str) -> StoredAssessment | None:
        """Return the newest version of a holder's assessment of a child, as filed, if any."""
        held = self.store.children.assessments(child_id)
        return next((one for one in held if one.holder == holder), None)

    def last_episode(self, child_id: str) -> Episode | None:
        """Return the child's last episode of help, open or closed, if there was one."""
        episodes = self.store.children.episodes(child_id)
        return episodes[-1] if episodes else None

    def task(self, task_id: str) -> FiledTask | None:
        """Return one task, open or resolved."""
        row = self.store.tasks.find(task_id)
        return None if row is None else self.filed(row)

    def filed(self, row: StoredTask) -> FiledTask:
        """Return the task of *row*, with what it is about."""
        return FiledTask(row, _subject(row.content))

    def waiting(self, kind: str) -> tuple[FiledTask, ...]:
        """Return the tasks of this *kind* that wait, soonest due first."""
        return tuple(self.filed(row) for row in self.store.tasks.waiting(kind))

    def of_kind(self, kind: str) -> tuple[FiledTask, ...]:
        """Return every task of this *kind*, open or resolved, oldest first."""
        return tuple(self.filed(row) for row in self.store.tasks.of_kind(kind))

    def tasks_of(self, child_id: str, kind: str) -> tuple[FiledTask, ...]:
        """Return the tasks of this *kind* about a child, open or resolved, oldest first."""
        rows = self.store.tasks.of_child(child_id)
        return tuple(self.filed(row) for row in rows if row.kind == kind)

    def open_tasks(self) -> tuple[FiledTask, ...]:
        """Return the tasks that wait, soonest due first; not yet those that are for later."""
        now = self.ports.now()
        rows = self.store.tasks.open()
        return tuple(self.filed(row) for row in rows if not is_for_later(row.kind, row.due_at, now))

    def overdue_tasks(self, at: datetime) -> tuple[FiledTask, ...]:
        """Return the tasks that wait though they were due by then, longest overdue first."""
        rows = self.store.tasks.overdue(at)
        return tuple(self.filed(row) for row in rows)

    def tasks_about(self, child_id: str) -> tuple[FiledTask, ...]:
        """Return every task about a child, open or resolved, oldest first."""
        rows = self.store.tasks.of_child(child_id)
        return tuple(self.filed(row) for row in rows)

    def questions_about(self, child_id: str) -> frozenset[Subject]:
        """Return what persons are being asked about a child, however each question came up."""
        return frozenset(
            one.subject.matter
            for one in self.tasks_about(child_id)
            if one.row.state is not TaskState.RESOLVED
        )

    def content_of(self, queued: Queued) -> Held | None:
        """Return the assessment that a queued disclosure was released from, if it is there still.

        One that is not kept beyond its delivery is there until then.
        """
        decided_on = self.decided_on(queued)
        content = queued.content(self.store.vault)
        if content is None:
            return self.assessment(decided_on.assessment)
        return Held(
            decided_on.assessment,
            queued.child_id,
            decided_on.holder,
            _assessment(content),
            is_kept=False,
        )

    def content_asked_about(self, task: FiledTask) -> Held | None:
        """Return the assessment that *task* asks about, if it is there still.

        One that is not kept waits in the task until that is resolved.
        """
        subject, child_id = task.subject, task.row.child_id
        if subject.assessment is None or child_id is None:
            return None
        if subject.content is None:
            return self.assessment(subject.assessment)
        return Held(
            subject.assessment, child_id, subject.holder or "", subject.content, is_kept=False
        )

    def decided_on(self, queued: Queued) -> DecidedOn:
        """Return what a queued disclosure was decided on."""
        return _decided_on(queued.context(self.store.vault))


def _registered(row: Registered) -> Document:
    try:
        return _document(row.kind, row.document)
    except KeyError:
        reason = "there is no such register"
    except msgspec.DecodeError as error:
        reason = str(error).replace("Object", "object", 1).replace("Expected", "expected", 1)
    message = f"{row.kind} `{row.id}`, version {row.version}, cannot be read: {reason}"
    raise RegisterError(message)


# Of thousands of documents one changes, and all are read again.
@lru_cache(maxsize=65_536)
def _document(kind: str, text: str) -> Document:
    return msgspec.json.decode(text, type=KINDS[kind])


def _held(row: StoredAssessment) -> Held:
    return Held(row.id, row.child_id, row.holder, _assessment(row.content))


def _first(days: Iterable[date | None]) -> date | None:
    return next((day for day in days if day is not None), None)
