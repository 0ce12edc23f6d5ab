"""Taking a message in: what is decided for each child and destination, and what is committed.

`Intake` carries a message through steps 4 to 6 of the exchange and gathers its unit of work.
Nothing here waits or writes: the exchange commits the unit, and starts again where a stamp moved.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from adapters.contract import Destination, Event, Message, Reading, Received, SharingBasis
from audit.events import EntryType
from audit.parts import Part
from gateway import entries
from gateway.archive import Held
from gateway.attachments.holding import Brought, hold, turn_away
from gateway.casefile import SOURCES, TOLD, CaseFile, Question, RecordedFact
from gateway.consenting.effects import follow
from gateway.consents import RecordedConsent, consenting_people, may_keep, recorded_in
from gateway.corrections import Correction, file_correction
from gateway.disclosing import Obstacle, Release
from gateway.identity import Resolution, resolve
from gateway.notices.document import About
from gateway.notices.sender import tell_of_seeking
from gateway.obligations.duties import about_duties
from gateway.office import Office
from gateway.passing_on import ask_persons, pass_on
from gateway.referred import kept, referred_to
from gateway.registers import Service
from gateway.requests import DestinationOutcome, Fate, Inbound
from gateway.storage.records import Frame
from gateway.storage.unit import Entry, Stamp, Unit
from gateway.tasks import Task, about_identity, about_referral
from mappings.caf.assessment import Assessment
from mappings.caf.view import Survey, survey
from policies.code_tables import purposes, thresholds
from policies.vocabulary import Judgement

_PURPOSES = purposes()
_THRESHOLDS = thresholds()


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """One child of a message: the reading, whose record it is, and the case file to decide on.

    *surveyed* is what it says, item by item; *case* already holds the *consents* and *facts* that
    the message itself records, and the services that it is *referred* to.
    """

    number: int
    assessment_id: str
    reading: Reading
    surveyed: Survey
    resolution: Resolution
    case: CaseFile
    consents: tuple[RecordedConsent, ...]
    facts: tuple[RecordedFact, ...]
    referred: tuple[RecordedFact, ...]

    @property
    def id(self) -> str:
        """The child's id in this gateway."""
        return self.case.child_id

    @property
    def may_keep(self) -> bool:
        """Whether what the message says of this child may be kept beyond delivery."""
        return may_keep(self.case.consents)

    def held_by(self, sender: Service) -> Held:
        """Return what is decided on: what *sender*, its holder, says of the child."""
        return Held(self.assessment_id, self.id, sender.id, self.assessment, is_kept=self.may_keep)

    @property
    def assessment(self) -> Assessment:
        """What the message says about this child."""
        return self.reading.assessment


@dataclass(slots=True, kw_only=True)
class Intake:
    """One message on its way in: who sent it, what it says, what is to be committed."""

    inbound: Inbound
    sender: Service
    received: Received
    message: Message
    record: str
    adapter: str
    office: Office
    at: datetime
    unit: Unit = field(default_factory=Unit)
    children: list[Child] = field(default_factory=list)
    outcomes: list[DestinationOutcome] = field(default_factory=list)
    asked: defaultdict[str, list[Task]] = field(default_factory=lambda: defaultdict(list))

    def resolve(self) -> None:
        """Find or start the child of each reading, and open their case files (step 4)."""
        office = self.office
        for number, reading in enumerate(self.received.readings):
            resolution = resolve(reading, self.sender.id, office.archive.find)
            if resolution.child_id is not None:
                case = office.archive.case_file(resolution.child_id)
            else:
                case = CaseFile(child_id=office.filing.new_id(), version=0)
            case = case.with_birth_in(reading.assessment)
            if self._is_referral:
                case = replace(case, is_open=True)  # it opens an episode, where none is open
            consents = case.news_of(recorded_in(reading.assessment, self.sender.id, self.at))
            facts = tuple(fact for fact in self._told() if case.is_news(fact, self.at))
            referred = tuple(fact for fact in self._referred() if case.is_news(fact, self.at))
            self.children.append(
                Child(
                    number=number,
                    assessment_id=office.filing.new_id(),
                    reading=reading,
                    surveyed=survey(reading.assessment, consenting_people(reading.assessment)),
                    resolution=resolution,
                    case=case.with_more(consents, (*facts, *referred)),
                    consents=consents,
                    facts=facts,
                    referred=referred,
                )
            )

    def decide(self) -> None:
        """Decide for each child and destination; project, write, and file it all (steps 5, 6)."""
        released = [self._released(child) for child in self.children]
        self._file_children(released)
        for child, of_child in zip(self.children, released, strict=True):
            self.outcomes += self._for_each_destination(child, of_child)
        # After all decisions: where a recipient's entry stands must not tell of others' duties.
        about = About(message=self.message.id)
        for position, child in enumerate(self.children):
            asked = self.asked[child.id]
            tell_of_seeking(self.office, self.unit, child.id, asked, about, because=position)
            self._follow_consent(child, position)
        if self.message.event is Event.UPDATE:
            for child in self.children:
                self._correct(child)
        for child in self.children:
            self._hold_attachments(child)
        self.unit.stamps = (
            self.office.stamp,
            *(Stamp("child", child.id, child.case.version) for child in self.children),
        )
        self.unit.moves = tuple(("child", child.id) for child in self.children)

    @property
    def names_a_child_twice(self) -> bool:
        """Whether two of its readings are about one child, or bear the same identifier."""
        ids = [child.id for child in self.children]
        keys = [key for child in self.children for key in child.resolution.keys]
        return len(set(ids)) < len(ids) or len(set(keys)) < len(keys)

    @property
    def _is_referral(self) -> bool:
        return self.message.event is Event.NEW

    def _referred(self) -> Iterator[RecordedFact]:
        """Yield that a referral's holder has each service addressed work with the child.

        Never its sender, which would vouch for itself.
        """
        if not self._is_referral:
            return
        for recipient in self._recipients():
            if recipient.id != self.sender.id:
                yield referred_to(recipient.id, by=self.sender.id, at=self.at)

    def _told(self) -> Iterator[RecordedFact]:
        """Yield the threshold of concern and the basis that a named practitioner states.

        It is the message's word, of the sender's own holding: it never stands against what a
        person recorded here.
        """
        practitioner = (self.message.practitioner or "").strip()
        if not practitioner:
            return
        risk = _THRESHOLDS.of(self.message.concern or "")
        if risk is not None:
            yield self._fact("risk", risk, by=practitioner)
        if self.message.basis is not None:
            is_duty = self.message.basis is SharingBasis.DUTY_TO_SHARE
            judgement = Judgement.MADE if is_duty else Judgement.NOT_MADE
            yield self._fact("judgement", judgement, by=practitioner)

    def _fact(self, name: str, value: StrEnum, *, by: str) -> RecordedFact:
        return RecordedFact(
            name=name,
            value=value.value,
            service=self.sender.id,
            by=by,
            at=self.at,
            until=SOURCES.until(name, self.at),
            source=TOLD,
        )

    def _file_children(self, released: Iterable[Mapping[str, Release]]) -> None:
        """File the children, what the message records of them, the record, and the import.

        Of the services that they are referred to, those of whom something comes: see `released`.
        """
        filing, unit = self.office.filing, self.unit
        for child in self.children:
            if child.resolution.child_id is None:
                filing.new_child(unit, child.id, child.resolution.keys)
            else:
                filing.index(unit, child.id, child.resolution.keys)
        record = self._file_record() if all(child.may_keep for child in self.children) else None
        for position, (child, of_child) in enumerate(zip(self.children, released, strict=True)):
            by = self.sender.id
            facts = (*child.facts, *kept(child.referred, of_child.values()))
            said = filing.consents(unit, child.id, child.consents, by=by, entry=position)
            said += filing.facts(unit, child.id, facts, by=by, entry=position)
            for doubt in child.resolution.questions:
                filing.task(unit, child.id, about_identity(doubt, self.at), entry=position)
            episode = self._episode(child)
            if child.may_keep:
                said.append(self._file_assessment(child, record, episode, position))
            unit.entries.append(self._imported(child, record, said))

    def _hold_attachments(self, child: Child) -> None:
        """Hold the documents that came along, after all else: nobody's entry may tell of them."""
        brought = Brought(
            sender=self.sender.id,
            message=self.message.id,
            record=self.record,
            child_id=child.id,
            act=self.act,
        )
        keep = hold if child.may_keep else turn_away
        keep(self.office, self.unit, brought, child.reading.attachments)

    def _file_record(self) -> str:
        """File the received bytes, which speak of every child of the message, and return their id.

        So they are kept only where all of them may be kept: one child's "store: no" is for what
        the bytes say of that child too.
        """
        return self.office.filing.record(
            self.unit,
            self.inbound.content,
            (child.id for child in self.children),
            sender=self.sender.id,
            adapter=self.adapter,
            media_type=self.inbound.media_type,
            frame=self._frame(),
            entry=0,
        )

    def _frame(self) -> Frame | None:
        part = self.inbound.part
        return None if part is None else Frame(part.piece.head, part.piece.tail)

    def _episode(self, child: Child) -> str:
        """Return the episode that the message belongs to; a referral opens one where none is."""
        is_new = child.resolution.child_id is None
        last = None if is_new else self.office.archive.last_episode(child.id)
        if last is None or (self._is_referral and not last.is_open):
            return self.office.filing.episode(self.unit, child.id, self.sender.id)
        return last.id

    def _file_assessment(self, child: Child, record: str | None, episode: str, entry: int) -> bytes:
        filing, archive = self.office.filing, self.office.archive
        is_new = child.resolution.child_id is None
        return filing.assessment(
            self.unit,
            child.assessment_id,
            child.assessment,
            child_id=child.id,
            episode=episode,
            record=record,
            holder=self.sender.id,
            version=1 if is_new else archive.next_version(child.id, self.sender.id),
            entry=entry,
        )

    def _imported(self, child: Child, record: str | None, said: Iterable[bytes]) -> Entry:
        """Return the entry of the import: the received bytes by hash, for sender and gateway.

        *record* is under which id they are kept, if at all; *said* is what was recorded of them.
        """
        shared: entries.Fields = {
            "record_sha256": self.record,
            "media_type": self.inbound.media_type,
            "findings": entries.found(self.received.findings),
            "sender": self.sender.id,
            **entries.part_of(self.inbound.part),
        }
        sender = shared | {
            "message_id": self.message.id,
            "record_bytes": len(self.inbound.content),
            "outcome": self.received.outcome.value,
            "recipients": [destination.value for destination in self.message.destinations],
        }
        gateway = (
            self.act.fields()
            | shared
            | {
                "adapter": self.adapter,
                "child": child.id,
                "match": child.resolution.matched_by or "new",
            }
            | entries.recorded(said, child.case.version + 1)
        )
        if record is not None:
            gateway["record"] = record
        return entries.entry(
            EntryType.IMPORT,
            {Part.SENDER: sender, Part.GATEWAY: gateway},
            self.office.ports.random,
            sender=self.sender.id,
            child_id=child.id,
        )

    @property
    def act(self) -> entries.Act:
        """Who acts: the calling system, under its request id."""
        return entries.act_of(self.inbound.caller, self.inbound.request_id, self.inbound.by)

    def _follow_consent(self, child: Child, position: int) -> None:
        """See to what follows from what the family says now, which differs from what it said."""
        both = child.case.consents
        before = both[: len(both) - len(child.consents)]
        follow(
            self.office,
            self.unit,
            child.id,
            before=before,
            said=child.consents,
            because=position,
        )

    def _correct(self, child: Child) -> None:
        """Name who was told the version before, where this is a newer one, and have them told.

        Whom the newer version is sent to is told by that.
        """
        before = self.office.archive.last_filed(child.id, self.sender.id)
        if before is None:
            return
        sent = {one.service_id for one in self.outcomes if one.message_id is not None}
        file_correction(
            self.office,
            self.unit,
            Correction(
                child_id=child.id,
                holder=self.sender.id,
                corrected=before,
                message_id=self.message.id,
                record=self.record,
            ),
            already_sent=sent,
        )

    def _recipients(self) -> Iterator[Service]:
        """Yield each registered service that the message is addressed to, once."""
        registers = self.office.rulebook.registers
        found = (registers.addressed(destination) for destination in self.message.destinations)
        yield from {one.id: one for one in found if one is not None}.values()

    def _released(self, child: Child) -> dict[str, Release]:
        """Return what is decided of *child* for each service addressed, by its id."""
        purpose = _PURPOSES.of(self.message.use_case or "")
        decided = {}
        for recipient in self._recipients():
            question = Question(
                holder=self.sender, recipient=recipient, purpose=purpose, asked_at=self.at
            )
            decided[recipient.id] = self.office.release(question, child.surveyed, child.case)
        return decided

    def _for_each_destination(
        self, child: Child, released: Mapping[str, Release]
    ) -> Iterator[DestinationOutcome]:
        """Yield what becomes of *child* for each destination; a service named twice is sent one."""
        decided: dict[str, DestinationOutcome] = {}
        for destination in self.message.destinations:
            recipient = self.office.rulebook.registers.addressed(destination)
            if recipient is None:
                yield DestinationOutcome(
                    destination=destination,
                    service_id=None,
                    child=child.number,
                    fate=Fate.UNKNOWN_RECIPIENT,
                )
                continue
            if recipient.id not in decided:
                decided[recipient.id] = self._for(destination, released[recipient.id], child)
            yield replace(decided[recipient.id], destination=destination)

    def _for(self, destination: Destination, released: Release, child: Child) -> DestinationOutcome:
        """Queue what is released to one service, record what is not, ask a person."""
        held = child.held_by(self.sender)
        tasks = tuple(about_referral(released, held.id, content=held.to_carry))
        message_id = pass_on(
            self.office,
            self.unit,
            released,
            held,
            stamps=(self.office.stamp, Stamp("child", child.id, child.case.version + 1)),
            at=self.at,
            act=self.act,
            cause=entries.Cause(record=self.record),
        )
        due = (*tasks, *about_duties(released, held.id, content=held.to_carry))
        ask_persons(self.office, self.unit, held, due, entry=len(self.unit.entries) - 1)
        self.asked[child.id] += due
        return DestinationOutcome(
            destination=destination,
            service_id=released.question.recipient.id,
            child=child.number,
            fate=_fate(released, tasks),
            elements=released.outcomes,
            obligations=released.obligations,
            message_id=message_id,
        )


def _fate(released: Release, tasks: tuple[Task, ...]) -> Fate:
    if released.is_anything:
        return Fate.QUEUED_IN_PART if tasks else Fate.QUEUED
    waits = tasks or released.obstacle is Obstacle.UNVERIFIED
    return Fate.WITH_A_PERSON if waits else Fate.NOTHING_RELEASED
