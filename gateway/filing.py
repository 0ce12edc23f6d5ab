"""Filing: what the exchange decided, made into the rows of its unit of work.

The values of `gateway.storage` seal what they hold under the key of the child it is about;
`gateway.archive` reads back what is filed here.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

import msgspec
from msgspec import Struct, structs

from adapters.contract import Payload
from audit.events import EntryType
from audit.parts import Part
from gateway import entries
from gateway.casefile import RecordedFact
from gateway.consents import RecordedConsent
from gateway.disclosing import Release
from gateway.facts.standing import SETTLED_BY_A_PERSON
from gateway.ports import Ports
from gateway.registers import Document, kind_of
from gateway.security.keys import Keys
from gateway.storage import children, outbox, records, registers, requests, tasks
from gateway.storage.ids import new_id
from gateway.storage.store import Store
from gateway.storage.unit import Stamp, Unit
from gateway.tasks import Subject, Task
from mappings.caf.assessment import Assessment
from policies.vocabulary import Risk

encode = msgspec.json.Encoder().encode
GATEWAY = "gateway"
"""Who closes a task that nobody has to answer any more."""
_URGENT = {Risk.SIGNIFICANT_HARM, Risk.IMMEDIATE}


class DecidedOn(Struct, frozen=True, kw_only=True):
    """What is needed to decide on a queued disclosure again, just before it is sent."""

    assessment: str
    holder: str
    recipient: str
    purpose: str | None
    written_at: datetime


@dataclass(frozen=True, slots=True)
class Filing:
    """Makes the rows of a unit; ids, times and salts come from the *ports*."""

    store: Store
    keys: Keys
    ports: Ports

    def new_id(self) -> str:
        """Return a new id."""
        return new_id(self.ports)

    def new_child(self, unit: Unit, child_id: str, keys: Iterable[tuple[str, str]]) -> None:
        """File a new child with a key of its own, to be found under *keys* (kind, text)."""
        unit.writes.append(self.store.children.new(child_id, self.ports.now()))
        self.index(unit, child_id, keys)

    def index(self, unit: Unit, child_id: str, keys: Iterable[tuple[str, str]]) -> None:
        """File a child under further search keys."""
        unit.writes += [self.store.children.index(child_id, *key) for key in keys]

    def episode(self, unit: Unit, child_id: str, holder: str) -> str:
        """Open an episode of help, and return its id."""
        episode = children.Episode(
            id=self.new_id(), child_id=child_id, holder=holder, opened_at=self.ports.now()
        )
        unit.writes.append(episode.write())
        return episode.id

    def record(  # noqa: PLR0913 - a received record is all of this
        self,
        unit: Unit,
        content: bytes,
        of: Iterable[str],
        *,
        sender: str,
        adapter: str,
        media_type: str,
        frame: records.Frame | None = None,
        entry: int,
    ) -> str:
        """File the bytes as they were received (design, invariant 6), and return their id."""
        record = records.ReceivedRecord(
            id=self.new_id(),
            sender=sender,
            adapter=adapter,
            media_type=media_type,
            content=content,
            received_at=self.ports.now(),
            frame=frame,
        )
        unit.writes += record.writes(self.store.vault, tuple(of), entry, self.ports.random)
        return record.id

    def assessment(  # noqa: PLR0913 - an assessment is filed with all of this
        self,
        unit: Unit,
        assessment_id: str,
        content: Assessment,
        *,
        child_id: str,
        episode: str,
        record: str | None,
        holder: str,
        version: int,
        entry: int,
    ) -> bytes:
        """File one version of one holder's assessment of a child; return what was `said`.

        *record* is what it was read from; None where that is not kept, since it also speaks of a
        child who is not to be stored.
        """
        filed = children.StoredAssessment(
            id=assessment_id,
            child_id=child_id,
            holder=holder,
            version=version,
            content=encode(content),
            created_at=self.ports.now(),
            episode_id=episode,
            record_id=record,
        )
        unit.writes.append(filed.write(self.store.vault, entry))
        return filed.said

    def consents(
        self,
        unit: Unit,
        child_id: str,
        consents: Iterable[RecordedConsent],
        *,
        by: str,
        entry: int,
    ) -> list[bytes]:
        """File consent statements, and return what was `said`; who the grantor is stays sealed."""
        said = []
        for consent in consents:
            filed = children.StoredConsent(
                id=self.new_id(),
                child_id=child_id,
                grantor=self.keys.index_value("grantor", f"{child_id}|{consent.grantor}"),
                content=encode(consent),
                recorded_at=consent.recorded_at,
                recorded_by=by,
            )
            unit.writes.append(filed.write(self.store.vault, entry))
            said.append(filed.said)
        return said

    def facts(
        self, unit: Unit, child_id: str, facts: Iterable[RecordedFact], *, by: str, entry: int
    ) -> list[bytes]:
        """File recorded facts about a child, and return what was `said`; it stays sealed.

        What is a question once it has lapsed is read after that, too.
        """
        said = []
        for fact in facts:
            filed = children.Fact(
                id=self.new_id(),
                child_id=child_id,
                fact=self.keys.index_value("fact", f"{child_id}|{fact.name}"),
                content=encode(fact),
                recorded_at=fact.at,
                recorded_by=by,
                service_id=fact.service,
                expires_at=None if fact.name in SETTLED_BY_A_PERSON else fact.until,
            )
            unit.writes.append(filed.write(self.store.vault, entry))
            said.append(filed.said)
        return said

    def task(self, unit: Unit, child_id: str | None, task: Task, *, entry: int) -> str:
        """File a task, and return its id."""
        filed = tasks.Task(
            id=self.new_id(),
            kind=task.kind,
            owner_role=task.owner_role,
            due_at=task.due_at,
            content=encode(task.subject),
            created_at=self.ports.now(),
            escalate_at=task.escalate_at,
            child_id=child_id,
        )
        unit.writes.append(filed.write(self.store.vault, entry))
        return filed.id

    def note(self, unit: Unit, task: tasks.Task, subject: Subject) -> None:
        """File how far *task*, which stays open, has come.

        It rests on the task's stamp and moves it: of two who take it on, one does.
        """
        unit.stamps = (*unit.stamps, self.store.stamps.read("task", task.id))
        unit.moves = (*unit.moves, ("task", task.id))
        unit.changes.append(replace(task, content=encode(subject)).noting(self.store.vault))

    def resolve(
        self, unit: Unit, task: tasks.Task, subject: Subject, *, by: str, entry: int
    ) -> None:
        """File that *task* is resolved; content that only waited in its *subject* is dropped."""
        row = replace(task, content=encode(structs.replace(subject, content=None)))
        unit.changes.append(row.resolution(self.store.vault, self.ports.now(), by, entry))

    def close(self, unit: Unit, task: tasks.Task, subject: Subject, outcome: str) -> None:
        """File that *task* has closed of itself, with its entry: nobody need answer it any more."""
        gateway: entries.Fields = {"task": task.id, "outcome": outcome}
        if task.child_id is not None:
            gateway["child"] = task.child_id
        unit.entries.append(
            entries.entry(
                EntryType.TASK_RESOLVED,
                {Part.GATEWAY: gateway},
                self.ports.random,
                child_id=task.child_id,
            )
        )
        self.resolve(unit, task, subject, by=GATEWAY, entry=len(unit.entries) - 1)

    def queue(  # noqa: PLR0913 - a queued disclosure is all of this
        self,
        unit: Unit,
        released: Release,
        payload: Payload,
        *,
        message_id: str,
        written_at: datetime,
        child_id: str,
        assessment: str,
        stamps: tuple[Stamp, ...],
        entry: int,
        content: Assessment | None = None,
    ) -> None:
        """Queue what is released; *stamps* are what it was decided on, as of after this commit.

        *content* is what it was released from, where that is not kept beyond delivery.
        *written_at* is the time that the payload bears: with it, the same view is the same bytes.
        """
        question = released.question
        decided_on = DecidedOn(
            assessment=assessment,
            holder=question.holder.id,
            recipient=question.recipient.id,
            purpose=question.purpose,
            written_at=written_at,
        )
        delivery = outbox.Delivery(
            id=self.new_id(),
            message_id=message_id,
            recipient=question.recipient.id,
            child_id=child_id,
            payload=payload.content,
            media_type=payload.media_type,
            created_at=self.ports.now(),
            stamps=stamps,
            context=encode(decided_on),
            content=None if content is None else encode(content),
            urgent=released.own.facts.risk in _URGENT,
        )
        unit.writes.append(delivery.write(self.store.vault, entry))

    def source_of(self, record: str) -> str:
        """Return what the items of a *record*, given by its SHA-256, name it by: keyed.

        Their ids are drawn from this and reach recipients, who must not be able to confirm a
        guess at the whole record by them (design, invariant 5).
        """
        return self.keys.index_value("source", record).hex()

    def answer_key(self, sender: str, message_id: str) -> bytes:
        """Return the key of a message: its sending service and its id, keyed."""
        return self.keys.index_value("message", f"{sender}|{message_id}")

    def answer(  # noqa: PLR0913 - what a repeat needs
        self,
        unit: Unit,
        key: bytes,
        body: str,
        status: int,
        answer: bytes,
        *,
        child_id: str | None,
        entry: int,
    ) -> None:
        """File the answer to a message, for its repeats; *body* is the SHA-256 of its bytes."""
        filed = requests.StoredAnswer(
            key=key,
            body_sha256=bytes.fromhex(body),
            status=status,
            content=answer,
            created_at=self.ports.now(),
            child_id=child_id,
        )
        unit.writes.append(filed.write(self.store.vault, entry))

    def document(
        self, unit: Unit, document: Document, *, version: int, by: str, entry: int
    ) -> bytes:
        """File a new version of a register document, and return what was `said`."""
        filed = registers.Registered(
            kind=kind_of(document),
            id=document.id,
            version=version,
            document=encode(document).decode(),
            recorded_at=self.ports.now(),
            recorded_by=by,
        )
        unit.writes.append(filed.write(entry))
        return filed.said
