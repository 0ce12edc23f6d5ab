"""Answering somebody who asks now: what they may see of what every holder holds of a child.

`Asking` carries a question through steps 5 and 6 of the exchange. Whatever the reason that
nothing is released, and whether or not there is such a child, the answer has the same shape.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from adapters.contract import Payload
from audit.events import EntryType
from audit.parts import Part
from gateway import decision_entries, entries
from gateway.archive import Held
from gateway.casefile import CaseFile, Question
from gateway.consents import consenting_people
from gateway.disclosing import Release
from gateway.errors import AuthorisationError, MalformedRequestError
from gateway.obligations.broken_glass import BROKEN, about_broken_glass, usable_until
from gateway.obligations.duties import about_duties
from gateway.office import Office
from gateway.registers import Practitioner, Service
from gateway.requests import Ask, Disclosed
from gateway.storage.children import DISCLOSED
from gateway.storage.unit import Committed, Stamp, Unit
from gateway.tasks import Task, about_referral
from mappings.caf.view import View, combine, survey
from policies.vocabulary import Purpose


@dataclass(slots=True, kw_only=True)
class Asking:
    """One question on its way: who asks, for what, and what is to be committed."""

    ask: Ask
    office: Office
    recipient: Service
    practitioner: Practitioner | None
    purpose: Purpose
    at: datetime
    unit: Unit = field(default_factory=Unit)
    view: View = field(init=False)
    payload: Payload = field(init=False)
    _child_id: str | None = field(default=None, init=False)

    @classmethod
    def of(cls, ask: Ask, office: Office) -> "Asking":
        """Return the question that *ask* puts.

        Raises `MalformedRequestError` for a purpose that there is not and for break-glass that no
        person asks for, `AuthorisationError` for a practitioner who is not registered at the
        caller's own service.
        """
        try:
            purpose = Purpose(ask.purpose)
        except ValueError:
            message = "there is no such purpose of use"
            raise MalformedRequestError(message, where="/purpose") from None
        if ask.break_glass and ask.practitioner is None:
            message = "break-glass is asked for by a named person"
            raise MalformedRequestError(message, where="/practitioner")
        return cls(
            ask=ask,
            office=office,
            recipient=office.service(ask.caller.service_id),
            practitioner=_practitioner(ask, office),
            purpose=purpose,
            at=office.ports.now(),
        )

    def decide(self) -> None:
        """Decide on what each holder holds, build the one view, and file the account (5, 6)."""
        archive = self.office.archive
        with archive.store.moment():
            held = archive.assessments(self.ask.child_id)
            case = archive.case_file(self.ask.child_id) if held else None
        stamps = [self.office.stamp]
        releases: list[tuple[Held, Release]] = []
        if case is not None:
            stamps.append(Stamp("child", case.child_id, case.version))
            releases = [(one, self._release(one, case)) for one in held]
        self.view = self._view([one.view_at(self.at) for _, one in releases if one.is_anything])
        self.payload = self.office.writer.answer(self.view, self.ask, self.recipient, self.at)
        self._file(releases)
        self.unit.stamps = tuple(stamps)
        if self._child_id is not None:
            self.unit.moves = ((DISCLOSED, self._child_id),)

    def answered(self, committed: Committed) -> Disclosed:
        """Return the document with its receipt, once the account of it is durable."""
        return Disclosed(
            content=self.payload.content,
            media_type=self.payload.media_type,
            entry=committed.indices[0],
            receipt=self.office.receipt(self.unit, committed, 0, Part.RECIPIENT),
        )

    def withheld(self, committed: Committed) -> Unit:
        """Return the unit that records that the answer was not given after all."""
        known: entries.Fields = {
            "entry": committed.indices[0],
            "recipient": self.recipient.id,
            "reason": "witnesses-behind",
        }
        gateway = self.act.fields() | known
        if self._child_id is not None:
            gateway["child"] = self._child_id
        parts = {Part.GATEWAY: gateway}
        if self.unit.entries[0].detail.holds(Part.SENDER):
            parts[Part.SENDER] = known
        entry = entries.entry(
            EntryType.DELIVERY_FAILED,
            parts,
            self.office.ports.random,
            recipient=self.recipient.id,
            child_id=self._child_id,
        )
        return Unit(entries=[entry])

    def _view(self, views: list[View]) -> View:
        """Return the one view of what all holders release, with all that binds its recipient.

        Until when it may be used follows from the question alone: whatever was held, an answer to
        break-glass says it.
        """
        days = [one.expires_on for one in views if one.expires_on is not None]
        return View(
            content=combine([one.content for one in views]),
            purpose=self.purpose,
            marks=tuple(sorted({mark for one in views for mark in one.marks})),
            expires_on=min(days, default=None),
            usable_until=usable_until(self.at) if self.ask.break_glass else None,
        )

    def _release(self, held: Held, case: CaseFile) -> Release:
        question = Question(
            holder=self.office.service(held.holder),
            recipient=self.recipient,
            purpose=self.purpose,
            asked_at=self.at,
            practitioner=self.practitioner,
            break_glass=self.ask.break_glass,
            justification=bool(self.ask.justification and self.ask.justification.strip()),
        )
        surveyed = survey(held.content, consenting_people(held.content))
        return self.office.release(question, surveyed, case, self.ask.accept)

    def _file(self, releases: list[tuple[Held, Release]]) -> None:
        """File the one entry of this question, and what a person must decide.

        One entry whatever is held and by how many, and one more for break-glass: the log's indices
        must not tell.
        """
        child_id = self._child_id = releases[0][0].child_id if releases else None
        accounts = tuple(one for _, one in releases)
        heard = tuple(one for one in accounts if one.is_heard)
        self.unit.entries.append(
            decision_entries.answered(
                accounts,
                heard,
                self.payload,
                self.office.ports.random,
                self.act,
                recipient=self.recipient.id,
                purpose=self.purpose,
                policy=self.office.rulebook.bundle.digest,
                child_id=child_id,
                justification=self.ask.justification or "",
                view=self.view,
            )
        )
        if self.ask.break_glass:
            self._file_broken_glass([one for _, one in releases])
        asked = self.office.archive.questions_about(child_id) if child_id else frozenset()
        for held, one in releases:
            for task in self._tasks(held, one):
                # Whoever asks again does not make it two questions.
                if task.subject.matter not in asked:
                    asked |= {task.subject.matter}
                    self.office.filing.task(self.unit, held.child_id, task, entry=0)

    def _tasks(self, held: Held, released: Release) -> Iterator[Task]:
        """Yield what persons are asked because of one holder's part of the answer."""
        yield from about_referral(released, held.id, is_ask=True)
        for task in about_duties(released, held.id, is_ask=True):
            if not (self.ask.break_glass and task.subject.obligation in BROKEN):
                yield task

    def _file_broken_glass(self, releases: list[Release]) -> None:
        """File that the glass was broken, and who looks at it: whatever there was to release.

        So neither the log's indices nor what is asked of anybody tell whether there was anything.
        """
        why = self.ask.justification or ""
        self.unit.entries.append(
            entries.glass_broken(
                self.office.ports.random,
                self.act,
                recipient=self.recipient.id,
                purpose=self.purpose,
                child_id=self._child_id,
                why=why,
                expires=usable_until(self.at),
            )
        )
        owed = {one for released in releases for one in released.obligations}
        for task in about_broken_glass(
            owed,
            recipient=self.recipient.id,
            user=self.ask.practitioner or "",
            purpose=self.purpose,
            why=why,
            at=self.at,
        ):
            self.office.filing.task(self.unit, self._child_id, task, entry=1)

    @property
    def act(self) -> entries.Act:
        """Who acts: the calling system, and the person for whom it asks."""
        return entries.act_of(self.ask.caller, self.ask.request_id, self.ask.practitioner or "")


def _practitioner(ask: Ask, office: Office) -> Practitioner | None:
    if ask.practitioner is None:
        return None
    known = office.rulebook.registers.practitioners.get(ask.practitioner)
    if known is None or known.left or known.service != ask.caller.service_id:
        message = "the practitioner is not registered at the caller's service"
        raise AuthorisationError(message)
    return known
