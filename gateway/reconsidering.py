"""Deciding again: before something queued is sent, and when a person has answered a question.

Facts move between a decision and its effect. A queued disclosure whose stamps have moved is
decided anew on what is recorded now; where the answer is no longer the same document, it is
recalled, and what may flow now takes its place. A resolved task does the same for what waited.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from audit.events import EntryType
from audit.parts import Part
from gateway import decision_entries, entries
from gateway.archive import FiledTask, Held
from gateway.casefile import (
    Question,
    RecordedFact,
)
from gateway.consents import consenting_people
from gateway.deciding import unit_of
from gateway.delivery import Changed, Same
from gateway.disclosing import Release
from gateway.errors import (
    BusyError,
    ConflictError,
    StampMovedError,
    UnknownTaskError,
)
from gateway.filing import DecidedOn
from gateway.notices.document import About, NoticeKind
from gateway.notices.giving import Telling, give
from gateway.notices.sender import tell_of_seeking
from gateway.obligations.duties import about_duties, after_advice
from gateway.office import Office
from gateway.passing_on import ask_persons, pass_on
from gateway.recording import Recorder
from gateway.storage.children import DISCLOSED
from gateway.storage.outbox import REACHES, Queued
from gateway.storage.tasks import TaskState
from gateway.storage.unit import Entry, Stamp, Unit
from gateway.tasks import Task, about_referral
from mappings.caf.view import survey
from policies.vocabulary import Obligation, Purpose

_ATTEMPTS = 8
_NOT_KEPT = "content-not-kept"
_DECIDED_OTHERWISE = "decided-otherwise"
_DECISIVE = {None, Obligation.SEEK_CONSENT, Obligation.VERIFY_RECIPIENT}
"""Of which tasks the answer decides what is sent: questions, and duties that come before it."""


@dataclass(frozen=True, slots=True)
class Again:
    """One disclosure decided again: what is released now, and the stamps that it rests on."""

    released: Release
    held: Held
    stamps: tuple[Stamp, ...]


@dataclass(frozen=True, slots=True)
class Resolved:
    """The *task* that is being resolved, *by* whom: *is_closed* for a reason, nothing recorded."""

    task: FiledTask
    by: str
    is_closed: bool

    @property
    def cause(self) -> entries.Cause:
        """Why it is decided again."""
        return entries.Cause(task=self.task.row.id, decided_by=self.by)


@dataclass(frozen=True, slots=True)
class Reconsidering:
    """Decides again what was decided before, on what is recorded now."""

    office: Office

    def queued(self, row: Queued) -> Same | Changed:
        """Return whether a queued disclosure may go as it is, or what takes its place."""
        self.office.refresh()
        decided_on = self.office.archive.decided_on(row)
        again = self._again(decided_on, self.office.archive.content_of(row))
        if again is None:
            return Changed(Unit(), _NOT_KEPT)
        if self._is_same(row, decided_on, again):
            return Same(again.stamps, self._stands(row, again))
        unit = Unit(stamps=again.stamps)
        asked = self._file(unit, again)
        self._tell_of_seeking(unit, again, asked, row.leaf)
        return Changed(unit, _DECIDED_OTHERWISE)

    def resolve(  # noqa: PLR0913 - an answer has all of this
        self,
        task: FiledTask,
        by: str,
        facts: Iterable[RecordedFact],
        reason: str = "",
        decision: RecordedFact | None = None,
        *,
        is_answered: bool = False,
    ) -> Release | None:
        """Record what answers *task*, decide again, and close it; return what is released now.

        All of it is one unit. Where the process dies, either all of it is there, or none, and the
        task waits as before; where something else moves meanwhile, it is decided again.

        A question that the facts leave open is asked anew; without facts, a *reason* closes it,
        unless it *is_answered* by what a register has recorded already. A *decision*
        (`gateway.person_decisions`) answers it for as long as that holds.
        None where the task is not about a message that waits: nothing is sent to a service that
        asked, since it asks again. Raises `ConflictError` where the task was resolved already,
        `BusyError` where the child's file never stands still.
        """
        if task.row.state != "open":
            message = "this task has been resolved already"
            raise ConflictError(message)
        known = tuple(facts)
        resolved = Resolved(
            task, by, is_closed=bool(reason) and not (known or decision or is_answered)
        )
        for _ in range(_ATTEMPTS):
            self.office.refresh()
            unit, released = self._resolution(resolved, known, reason, decision)
            try:
                self.office.committer.commit(unit)
            except StampMovedError:
                continue
            return released
        message = "what is recorded about this child keeps changing: try again in a moment"
        raise BusyError(message)

    def _resolution(
        self,
        resolved: Resolved,
        known: tuple[RecordedFact, ...],
        reason: str,
        decision: RecordedFact | None,
    ) -> tuple[Unit, Release | None]:
        """Return the unit that resolves a task, and what is released by it."""
        task, by = resolved.task, resolved.by
        unit, child_id = Unit(), task.row.child_id
        if decision is not None and child_id is not None:
            unit, known = unit_of(self.office, child_id, decision), (decision,)
        elif known and child_id is not None:
            unit = Recorder(self.office, by).unit_of(child_id, known, task.row.id)
        held = None if task.subject.is_ask else self.office.archive.content_asked_about(task)
        again = self._again(_decided_on(task), held, known)
        asked: tuple[Task, ...] = ()
        if again is not None:
            unit.stamps = again.stamps
            asked = self._file(unit, again, resolved)
        released = None if again is None else again.released
        self._close(unit, task, by, released, reason)
        following = after_advice(task, known, self.office.ports.now())
        if following is not None:
            self.office.filing.task(unit, child_id, following, entry=len(unit.entries) - 1)
        if again is not None:
            self._tell_of_seeking(unit, again, asked, task.row.leaf)
            if task.subject.obligation in _DECISIVE:
                self._tell_sender(unit, resolved, again)
        return unit, released

    def _tell_of_seeking(
        self, unit: Unit, again: Again, asked: tuple[Task, ...], entry: int
    ) -> None:
        """Add a notice to the sender of what *entry* decided, where the family is asked now."""
        tell_of_seeking(self.office, unit, again.held.child_id, asked, About(entry=entry))

    def _tell_sender(self, unit: Unit, resolved: Resolved, again: Again) -> None:
        """Add a notice to the message's sender: that it was decided, or that it waits on.

        It speaks of what was asked about, and not of what flows beside it. Whoever asked hears
        nothing before they ask again: that would tell them that it waited.
        """
        released, asked = again.released, resolved.task.subject.categories
        is_released = released.shows(asked)
        waits = not resolved.is_closed and any(
            not asked or set(asked).intersection(one.subject.categories)
            for one in about_referral(released, again.held.id)
        )
        kind = NoticeKind.WAITS if waits and not is_released else NoticeKind.DECIDED
        outcome = "released" if is_released else "not-released"
        telling = Telling(
            kind=kind,
            recipient=released.question.holder.id,
            about=(About(entry=resolved.task.row.leaf),),
            code="" if kind is NoticeKind.WAITS else outcome,
        )
        give(self.office, unit, again.held.child_id, telling)

    def _again(
        self, decided_on: DecidedOn, held: Held | None, news: tuple[RecordedFact, ...] = ()
    ) -> Again | None:
        """Decide again, on *news* too; None where the content was not kept beyond its delivery."""
        office = self.office
        stamp = office.stamp  # first: whatever is read after it is no older than it says
        recipient = office.rulebook.registers.services.get(decided_on.recipient)
        holder = office.rulebook.registers.services.get(decided_on.holder)
        if held is None or recipient is None or holder is None:
            return None
        case = office.archive.case_file(held.child_id).with_birth_in(held.content)
        question = Question(
            holder=holder,
            recipient=recipient,
            purpose=None if decided_on.purpose is None else Purpose(decided_on.purpose),
            asked_at=office.ports.now(),
        )
        surveyed = survey(held.content, consenting_people(held.content))
        released = office.release(question, surveyed, case.with_more(facts=news))
        return Again(
            released,
            held,
            (stamp, Stamp("child", held.child_id, case.version)),
        )

    def _is_same(self, row: Queued, decided_on: DecidedOn, again: Again) -> bool:
        """Whether what is released now is, byte for byte, what is queued."""
        if not again.released.is_anything:
            return False
        payload = self.office.writer.write(again.released, row.message_id, decided_on.written_at)
        return bytes.fromhex(entries.digest(payload.content)) == row.payload_sha256

    def _stands(self, row: Queued, again: Again) -> Entry:
        """Return the entry that records that what is queued was decided again, and stands."""
        return decision_entries.stood(
            again.released,
            self.office.ports.random,
            disclosure=row.leaf,
            message_id=row.message_id,
            child_id=row.child_id,
        )

    def _was_sent(self, again: Again) -> bool:
        """Whether the recipient has, or is about to get, just this document already."""
        recipient = again.released.question.recipient.id
        archive = self.office.archive
        return any(
            self._is_same(row, archive.decided_on(row), again)
            for row in archive.store.outbox.of_child(again.held.child_id)
            if row.recipient == recipient and row.state in REACHES
        )

    def _file(self, unit: Unit, again: Again, resolved: Resolved | None = None) -> tuple[Task, ...]:
        """File what is released now, or the refusal, and the questions that are left: return those.

        What the recipient has already is not sent again: the entry that follows in *unit* records
        the questions then.
        """
        office, held, entry = self.office, again.held, len(unit.entries)
        unit.moves = (*unit.moves, (DISCLOSED, held.child_id))
        if resolved is None or not self._was_sent(again):
            pass_on(
                office,
                unit,
                again.released,
                held,
                stamps=unit.stamps_after,
                at=office.ports.now(),
                act=entries.Act(),
                cause=entries.NOTHING_ELSE if resolved is None else resolved.cause,
            )
        left = (
            *about_referral(again.released, held.id, content=held.to_carry),
            *about_duties(again.released, held.id, content=held.to_carry),
        )
        asked = tuple(self._unasked(left, held, resolved))
        ask_persons(office, unit, held, asked, entry=entry)
        return asked

    def _unasked(
        self, tasks: Iterable[Task], held: Held, resolved: Resolved | None
    ) -> Iterator[Task]:
        """Yield those of *tasks* that nobody has: a question once it is open, a duty ever.

        The question that is being *resolved* is asked anew unless it is closed for a reason.
        """
        known = self.office.archive.tasks_about(held.child_id)
        ever = {one.subject.matter for one in known}
        waiting = {
            one.subject.matter
            for one in known
            if one.row.state is not TaskState.RESOLVED
            and (resolved is None or one.row.id != resolved.task.row.id)
        }
        for task in tasks:
            is_closed = (
                resolved is not None
                and resolved.is_closed
                and task.subject.question == resolved.task.subject.question
            )
            if not (is_closed or task.subject.matter in (ever if task.is_done_once else waiting)):
                yield task

    def _close(
        self, unit: Unit, task: FiledTask, by: str, released: Release | None, reason: str
    ) -> None:
        position = len(unit.entries)
        gateway: entries.Fields = {
            "task": task.row.id,
            "decided_by": by,
            "outcome": "released"
            if released and released.shows(task.subject.categories)
            else "closed",
        }
        if reason:
            gateway["justification"] = reason
        if task.row.child_id is not None:
            gateway["child"] = task.row.child_id
        unit.entries.append(
            entries.entry(
                EntryType.TASK_RESOLVED,
                {Part.GATEWAY: gateway},
                self.office.ports.random,
                child_id=task.row.child_id,
            )
        )
        self.office.filing.resolve(unit, task.row, task.subject, by=by, entry=position)


def task_of(office: Office, task_id: str) -> FiledTask:
    """Return a task, or raise `UnknownTaskError`."""
    task = office.archive.task(task_id)
    if task is None:
        message = "there is no task with this id"
        raise UnknownTaskError(message)
    return task


def _decided_on(task: FiledTask) -> DecidedOn:
    subject = task.subject
    return DecidedOn(
        assessment=subject.assessment or "",
        holder=subject.holder or "",
        recipient=subject.recipient or "",
        purpose=subject.purpose,
        written_at=task.row.created_at,
    )
