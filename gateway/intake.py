"""Taking a message in: what is decided for each child and destination, and what is committed.

`Intake` carries a message through steps 4 to 6 of the exchange and gathers its unit of work.
Nothing here waits or writes: the exchange commits the unit, and starts again where a stamp moved.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from adapters.contract import Destination, Message, Reading, Received, SharingBasis
from gateway import entries
from gateway.casefile import CaseFile, Question, RecordedFact
from gateway.consents import RecordedConsent, consenting_people, may_keep, recorded_in
from gateway.disclosing import Release, Writer, release
from gateway.filing import Filing
from gateway.identity import Resolution, born_on, resolve
from gateway.registers import Service
from gateway.requests import DestinationOutcome, Fate, Inbound
from gateway.rulebook import Rulebook
from gateway.storage.store import Store
from gateway.storage.unit import Stamp, Unit
from gateway.tasks import Task, about_identity, about_referral
from mappings.caf.assessment import Assessment
from policies.purposes import purpose_of
from policies.risk import risk_of


@dataclass(frozen=True, slots=True)
class Child:
    """One child of a message: the reading, whose record it is, and the case file to decide on."""

    number: int
    reading: Reading
    resolution: Resolution
    case: CaseFile
    consents: tuple[RecordedConsent, ...]
    facts: tuple[RecordedFact, ...]

    @property
    def assessment(self) -> Assessment:
        """What the message says about this child."""
        return self.reading.assessment


@dataclass(slots=True)
class Intake:
    """One message on its way in: who sent it, what it says, what is to be committed."""

    inbound: Inbound
    sender: Service
    received: Received
    message: Message
    record: str
    at: datetime
    rulebook: Rulebook
    store: Store
    filing: Filing
    writer: Writer
    unit: Unit = field(default_factory=Unit)
    children: list[Child] = field(default_factory=list)
    outcomes: list[DestinationOutcome] = field(default_factory=list)

    def resolve(self) -> None:
        """Step 4: find or start the child of each reading, and open their case files."""
        for number, reading in enumerate(self.received.readings):
            resolution = resolve(
                reading, self.sender.id, self.filing.index_value, self.store.child_by_key
            )
            consents = recorded_in(reading.assessment, self.at)
            facts = tuple(self._facts(self._recipients()))
            case = self._case_file(resolution, reading.assessment).with_more(consents, facts)
            self.children.append(Child(number, reading, resolution, case, consents, facts))

    def decide(self) -> None:
        """Steps 5 and 6: decide for each child and destination; project and write what is released."""
        self.filing.record(self.unit, self)
        for child in self.children:
            first = len(self.unit.entries)
            self.unit.entries.append(entries.imported(self, child))
            self.filing.child(self.unit, self, child, entry=first)
            self._ask_about_identity(child, entry=first)
            for destination in self.message.destinations:
                self.outcomes.append(self._for(destination, child))
        self.unit.stamps = (
            Stamp("registers", "", self.rulebook.registers.version),
            *(Stamp("child", child.case.child_id, child.case.version) for child in self.children),
        )
        self.unit.moves = tuple(("child", child.case.child_id) for child in self.children)

    def _recipients(self) -> Iterable[Service]:
        for destination in self.message.destinations:
            service = self.rulebook.registers.addressed(destination)
            if service is not None:
                yield service

    def _facts(self, recipients: Iterable[Service]) -> Iterable[RecordedFact]:
        """The facts that the message itself records, as its sender may (facts.yaml).

        A referral addressed by its holder records that each addressed service works with the
        child; the sender's threshold of concern and the basis it states are its own to record.
        """
        by = self.message.practitioner or self.sender.id
        for recipient in recipients:
            yield RecordedFact(
                name="on_team", value=True, service=recipient.id, by=self.sender.id, at=self.at
            )
        risk = risk_of(self.message.concern)
        if risk is not None:
            yield RecordedFact(name="risk", value=risk, by=by, at=self.at)
        if self.message.basis is not None and self.message.practitioner is not None:
            is_duty = self.message.basis is SharingBasis.DUTY_TO_SHARE
            yield RecordedFact(
                name="judgement",
                value="made" if is_duty else "not_made",
                service=self.sender.id,
                by=by,
                at=self.at,
            )

    def _case_file(self, resolution: Resolution, assessment: Assessment) -> CaseFile:
        if resolution.child_id is not None:
            known = self.store.case_file(resolution.child_id)
            if known is not None:
                return known
        expected = next((one.expected_on for one in assessment.child.birth), None)
        return CaseFile(
            child_id=self.filing.new_id(),
            version=0,
            born_on=born_on(assessment),
            expected_on=expected,
        )

    def _ask_about_identity(self, child: Child, *, entry: int) -> None:
        for question in child.resolution.questions:
            task = about_identity(question, self.at)
            self.filing.task(self.unit, child.case.child_id, task, entry=entry)

    def _for(self, destination: Destination, child: Child) -> DestinationOutcome:
        """Decide for one destination; queue what is released, record what is not, ask a person."""
        recipient = self.rulebook.registers.addressed(destination)
        if recipient is None:
            return DestinationOutcome(
                destination=destination,
                service_id=None,
                child=child.number,
                fate=Fate.UNKNOWN_RECIPIENT,
            )
        question = Question(
            holder=self.sender,
            recipient=recipient,
            purpose=purpose_of(self.message.use_case),
            asked_at=self.at,
        )
        released = release(
            question,
            child.assessment,
            child.case,
            self.rulebook,
            consenting_people(child.assessment),
        )
        tasks = about_referral(released, child.case.child_id, self.at)
        position, message_id = self._record(released, child, tasks)
        return DestinationOutcome(
            destination=destination,
            service_id=recipient.id,
            child=child.number,
            fate=_fate(released, tasks),
            elements=released.outcomes,
            obligations=released.obligations,
            message_id=message_id,
            entry=position,
        )

    def _record(
        self, released: Release, child: Child, tasks: tuple[Task, ...]
    ) -> tuple[int, str | None]:
        """Add the disclosure with its outbox row, or the refusal; return its entry's position."""
        position = len(self.unit.entries)
        message_id = None
        if released.is_anything:
            message_id = self.filing.new_id()
            payload = self.writer.write(released, message_id, self.at)
            self.unit.entries.append(
                entries.disclosed(released, child.case.child_id, message_id, payload, self)
            )
            self.filing.outbox(
                self.unit,
                released,
                child.case,
                payload,
                message_id,
                entry=position,
                is_kept=may_keep(child.case.consents),
            )
        else:
            self.unit.entries.append(entries.refused(released, child.case.child_id, self))
        for task in tasks:
            self.filing.task(self.unit, child.case.child_id, task, entry=position)
        return position, message_id


def _fate(released: Release, tasks: tuple[Task, ...]) -> Fate:
    if released.is_anything:
        return Fate.QUEUED
    return Fate.WITH_A_PERSON if tasks else Fate.NOTHING_RELEASED
