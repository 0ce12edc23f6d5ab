"""What answers a task: what it asks for, by those who may record it, all checked before any of it.

A fact about the child is recorded with the task's resolution. What has a register of its own, in
which more is said than a value, is recorded there, by that register's own procedure.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from msgspec import structs

from gateway.accrediting import accredit, require_accrediting
from gateway.archive import FiledTask
from gateway.casefile import ABOUT_HOLDER, ABOUT_RECIPIENT, RecordedFact, fact_value, recorded_fact
from gateway.days import day_begins, uk_day
from gateway.errors import RequestError
from gateway.facts.competence import assessed, record_competence
from gateway.facts.enquiries import close_enquiry, open_enquiry
from gateway.facts.entitlement import Recordable, require_recorder
from gateway.facts.judgements import Considered, record_judgement
from gateway.facts.recording import require_reason
from gateway.facts.writing import require_without_register
from gateway.office import Office
from gateway.recording import Recorder
from gateway.registers import Registers, Service
from policies.obligations import shipped
from policies.vocabulary import Accreditation, Detriment, Judgement, Training

VERIFIED: Final = "recipient_verified"
"""That a person has verified the recipient: of its register, and no fact that rules consult."""

_TRAINING: Final = "training"
_ENQUIRY: Final = "s47_open"
_COMPETENCE: Final = "competent"
_JUDGEMENT: Final = ("judgement", "detriment")
_YES: Final = frozenset({"true", "yes"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """One fact that answers a task: *name* = *value*, perhaps *until* a day."""

    name: str
    value: str
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Answers:
    """What answers a task, checked and not recorded yet.

    *facts* are about the child, for the task's own resolution; each of *registers* records the
    rest where it belongs, with an entry of its own.
    """

    facts: tuple[RecordedFact, ...]
    registers: tuple[Callable[[], object], ...]


@dataclass(frozen=True, slots=True)
class Answering:
    """The person *by* answers *task*, for a *reason*."""

    office: Office
    task: FiledTask
    by: str
    reason: str

    def checked(self, given: Iterable[Answered]) -> Answers:
        """Return what is to be recorded, all of which the person may record.

        Raises `VocabularyError` for a fact or value that there is not, `RequestError` for a fact
        that the task does not ask for, or that is recorded in another way, and `EntitlementError`
        where it is not for this person to record.
        """
        answers = {one.name: one for one in given}
        facts, registers = [], []
        for name, one in answers.items():
            if name == _TRAINING:
                registers.append(self._training(one))
            elif name == VERIFIED:
                registers.append(self._verification(one))
            elif name == _ENQUIRY:
                registers.append(self._enquiry(one))
            elif name == _COMPETENCE:
                registers.append(self._competence(one))
            elif name not in _JUDGEMENT:
                facts.append(self._fact(one))
        if not answers.keys().isdisjoint(_JUDGEMENT):
            registers.append(self._judgement(answers))
        return Answers(tuple(facts), tuple(registers))

    def _training(self, one: Answered) -> Callable[[], object]:
        value, until = self._value(one), one.until
        if value != Training.CURRENT or until is None:
            message = "training is recorded with the day until which it holds, as `current`"
            raise RequestError(message)
        holder = self.office.service(self.task.subject.recipient or "").id
        require_accrediting(self.office, holder, until, by=self.by)
        kind = Accreditation.INFORMATION_SHARING
        return lambda: accredit(self.office, holder, kind, until, by=self.by)

    def _verification(self, one: Answered) -> Callable[[], object]:
        """Record that the recipient was verified: those whom the task belongs to may."""
        if one.value not in _YES or VERIFIED not in self.task.subject.missing:
            message = f"`{VERIFIED}` is recorded as `true`, where a task asks for it"
            raise RequestError(message)
        office = self.office
        until = one.until or uk_day(office.ports.now() + shipped().verified_for)
        recipient = office.service(self.task.subject.recipient or "").id

        def revising(registers: Registers) -> tuple[Service]:
            return (structs.replace(registers.services[recipient], verified_until=until),)

        return lambda: Recorder(office, self.by).revise(revising)

    def _enquiry(self, one: Answered) -> Callable[[], object]:
        is_open, child = self._value(one), self._child
        reason = require_reason(self.reason)
        self._require_recorder(Recordable(_ENQUIRY))
        turn = open_enquiry if is_open else close_enquiry
        return lambda: turn(self.office, child, by=self.by, reason=reason)

    def _competence(self, one: Answered) -> Callable[[], object]:
        """Record whether the child decides for themselves: about this recipient and purpose."""
        subject, child = self.task.subject, self._child
        found = assessed(
            competent=str(self._value(one)),
            reason=require_reason(self.reason),
            recipient=subject.recipient,
            purpose=subject.purpose,
        )
        self._require_recorder(Recordable(_COMPETENCE))
        return lambda: record_competence(self.office, child, found, by=self.by)

    def _judgement(self, answers: Mapping[str, Answered]) -> Callable[[], object]:
        """Record a judgement about this recipient: relevance and detriment are judged together."""
        values = {name: self._value(answers[name]) for name in _JUDGEMENT if name in answers}
        if len(values) < len(_JUDGEMENT):
            message = "a judgement says both: `judgement` and `detriment`"
            raise RequestError(message)
        subject, child = self.task.subject, self._child
        judged = Considered(
            holder=subject.holder or "",
            is_relevant=values["judgement"] == Judgement.MADE,
            detriment=Detriment(str(values["detriment"])),
            reason=require_reason(self.reason),
            recipient=subject.recipient,
        )
        self._require_recorder(Recordable("judgement", judged.holder))
        return lambda: record_judgement(self.office, child, judged, by=self.by)

    def _fact(self, one: Answered) -> RecordedFact:
        subject, service = self.task.subject, None
        if one.name in ABOUT_RECIPIENT:
            service = subject.recipient
        elif one.name in ABOUT_HOLDER:
            service = subject.holder
        at = self.office.ports.now()
        ends = None if one.until is None else day_begins(one.until)
        fact = recorded_fact(one.name, one.value, service=service, by=self.by, at=at, until=ends)
        self._require_asked_for(one.name)
        require_without_register(one.name)
        self._require_recorder(Recordable(one.name, service))
        return structs.replace(fact, reason=self.reason.strip())

    def _value(self, one: Answered) -> object:
        value = fact_value(one.name, one.value)
        self._require_asked_for(one.name)
        return value

    def _require_asked_for(self, name: str) -> None:
        asked = self.task.subject.missing
        if name not in asked:
            what = ", ".join(f"`{one}`" for one in asked) or "no fact: say why it is closed"
            message = f"this task does not ask for `{name}`, but for {what}"
            raise RequestError(message)

    def _require_recorder(self, what: Recordable) -> None:
        case = self.office.archive.case_file(self._child)
        require_recorder(self.office, case, what, self.by)

    @property
    def _child(self) -> str:
        if self.task.row.child_id is None:
            message = "this task is about no child: nothing is recorded by it"
            raise RequestError(message)
        return self.task.row.child_id
