"""Releasing: from a question and what is held, to what one recipient gets, with the account of it.

Both ways out of the gateway, a message sent on and an answer to somebody who asks, go through
`release()`: each holder's part is decided on its own, and the view is built up from what is
permitted (design, invariant 4).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import structs

from adapters.contract import Envelope, Payload
from adapters.registry import Registry
from gateway.casefile import CaseFile, Question
from gateway.days import uk_day
from gateway.errors import NotAcceptableError, RegisterError
from gateway.registers import Service
from gateway.requests import Ask, ElementOutcome
from gateway.rulebook import Rulebook, Verdict, outcomes_by_element
from mappings.caf.categories import Category
from mappings.caf.view import Extent, Matter, Survey, View
from policies.basis import Basis
from policies.basis import shipped as bases
from policies.obligations import Execution
from policies.vocabulary import Obligation, Outcome, strictest


class Obstacle(StrEnum):
    """Why what may be released is not: one of its obligations cannot be carried out yet."""

    UNVERIFIED = "recipient-not-verified"
    UNMARKABLE = "format-cannot-say-what-binds"


@dataclass(frozen=True, slots=True)
class Release:
    """What one recipient gets of one child's assessment, and the whole account of why.

    *view* is all that may leave, if it *is_anything*; everything else here stays with the gateway
    and the holder. *own* is the verdict for the question's holder, *others* those for further
    holders by id; *governing* is the verdict that governs each matter; *outcomes* is what became
    of each element, for the holder and the sender. *shown* are the matters of which something is
    released.

    What is done about its obligations stands in the rest (`gateway.obligations`): *duties* are for
    persons, *keeps_for* is how long the recipient may keep it, *obstacle* why it waits after all.
    """

    question: Question
    own: Verdict
    others: Mapping[str, Verdict]
    governing: Mapping[Matter, Verdict]
    outcomes: tuple[ElementOutcome, ...]
    view: View
    is_anything: bool
    shown: frozenset[Matter] = frozenset()
    duties: tuple[Execution, ...] = ()
    keeps_for: timedelta | None = None
    obstacle: Obstacle | None = None

    def view_at(self, at: datetime) -> View:
        """Return the view as it is written *at* a time: from when it is to be destroyed is in it.

        So what is written again as of the same time is the same.
        """
        if self.keeps_for is None:
            return self.view
        return structs.replace(self.view, expires_on=uk_day(at + self.keeps_for))

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """The verdicts of all holders, the question's own first."""
        return (self.own, *self.others.values())

    @property
    def obligations(self) -> tuple[Obligation, ...]:
        """What must be done with this decision, over all holders."""
        return tuple(
            sorted({one for verdict in self.verdicts for one in verdict.decision.obligations})
        )

    @property
    def unsupported(self) -> Basis | None:
        """The basis that was claimed by the purpose, where the case does not bear it out."""
        return bases().unsupported(self.own.facts)

    @property
    def is_heard(self) -> bool:
        """Whether the holder, or the service addressed, is to hear of the request.

        Where it was made on a basis that the case does not bear out, nobody but the asker is.
        """
        return self.is_anything or self.unsupported is None

    def shows(self, categories: Iterable[str]) -> bool:
        """Whether anything of *categories* is released, or of any where none is named."""
        asked = frozenset(categories)
        return any(not asked or asked & matter.categories for matter in self.shown)

    def held_under(self, verdict: Verdict) -> frozenset[Category]:
        """Return the categories of what is held and governed by *verdict*."""
        return frozenset(
            category
            for matter, governing in self.governing.items()
            if governing is verdict
            for category in matter.categories
        )

    def referred(self, verdict: Verdict) -> frozenset[Category]:
        """Return the categories for which an item that is held waits for a person."""
        rulings = verdict.decision.rulings
        return frozenset(
            category
            for matter, governing in self.governing.items()
            if governing is verdict and verdict.on(matter.categories).outcome is Outcome.REFER
            for category in matter.categories
            if rulings[category].outcome is Outcome.REFER
        )


def release(question: Question, surveyed: Survey, case: CaseFile, rulebook: Rulebook) -> Release:
    """Return what *question*'s recipient gets of an assessment, decided holder by holder."""
    own = rulebook.decide(question, case)
    others: dict[str, Verdict] = {}
    for holder in sorted(surveyed.holders - {question.holder.id}):
        service = rulebook.registers.services.get(holder)
        if service is not None:
            others[holder] = rulebook.decide(
                replace(question, holder=service), case, record_of=question.holder.id
            )

    governing = {matter: _governing(own, others, matter) for matter in surveyed.matters}

    def includes_private(holder: str | None) -> bool:
        holders = others.get(holder or "", own)
        return own.judgements.is_protective and holders.judgements.is_protective

    projection = surveyed.project(
        {matter: one.on(matter.categories).release for matter, one in governing.items()},
        names=question.recipient.names,
        includes_private=includes_private,
    )
    shown = frozenset(
        one.matter for one in projection.dispositions if one.released is not Extent.NOTHING
    )
    return Release(
        question=question,
        own=own,
        others=others,
        governing=governing,
        outcomes=outcomes_by_element(projection.dispositions, governing),
        view=View(content=projection.content, purpose=question.purpose or ""),
        is_anything=bool(shown),
        shown=shown,
    )


def _governing(own: Verdict, others: Mapping[str, Verdict], matter: Matter) -> Verdict:
    """Return the verdict that governs an item: the stricter of its holder's and the sender's own.

    What a sender says of another holder is never believed to its own advantage; an item that
    names no registered holder came from the sender, and is the sender's.
    """
    other = others.get(matter.holder or "")
    if other is None:
        return own
    outcome = own.on(matter.categories).outcome
    stricter = strictest((outcome, other.on(matter.categories).outcome))
    return own if outcome is stricter else other


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes views in the formats of the adapters in *registry*."""

    registry: Registry

    def require_formats(self, services: Iterable[Service]) -> None:
        """Raise `RegisterError` unless each of *services* receives in formats that are here.

        Found out on its first message, it would be an error where an answer is due.
        """
        for service in services:
            for name in service.formats or ("",):
                if name not in self.registry.adapters:
                    message = f"service `{service.id}` receives in `{name}`, which is not allowed"
                    raise RegisterError(message)

    def can_say_what_binds(self, recipient: Service, accept: str | None = None) -> bool:
        """Whether the format that *recipient* gets, or that it accepts, tells it what binds it.

        A format that does not say so of itself cannot.
        """
        if accept is None:
            adapter = self.registry.adapters.get(recipient.formats[0])
        else:
            adapter = self.registry.for_media_type(accept)
        return getattr(adapter, "carries_marks", False) is True

    def write(self, released: Release, message_id: str, at: datetime) -> Payload:
        """Return the view of *released* as its recipient's payload, in its first format."""
        recipient = released.question.recipient
        adapter = self.registry.named(recipient.formats[0])
        envelope = Envelope(
            media_type=adapter.media_types[0],
            at=at,
            sender=released.question.holder.id,
            recipient=recipient.id,
            message_id=message_id,
            destinations=recipient.destinations[:1],
        )
        return adapter.write(released.view_at(at), envelope)

    def answer(self, view: View, ask: Ask, recipient: Service, at: datetime) -> Payload:
        """Return *view* as the document that an asker accepts.

        It names no message and no holder, so that it is the same whoever holds what.
        """
        adapter = self.registry.for_media_type(ask.accept)
        if adapter is None:
            raise NotAcceptableError(where="Accept")
        return adapter.write(view, Envelope(media_type=ask.accept, at=at, recipient=recipient.id))
