"""Releasing: from a question and what is held, to what one recipient gets, with the account of it.

Both ways out of the gateway, a message sent on and an answer to somebody who asks, go through
`release()`: each holder's part is decided on its own, and the view is built up from what is
permitted (design, invariant 4).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from adapters.contract import Adapter, Envelope, Payload
from gateway.casefile import CaseFile, Question
from gateway.requests import ElementOutcome
from gateway.rulebook import Rulebook, Verdict, outcomes_by_element
from mappings.caf.assessment import Assessment
from mappings.caf.view import Disposition, Extent, View, items_of, project
from policies.vocabulary import Obligation, Outcome


@dataclass(frozen=True, slots=True)
class Release:
    """What one recipient gets of one child's assessment, and the whole account of why.

    *view* is all that may leave; everything else here stays with the gateway and the holder.
    *verdicts* are by holder (None: the holder of the question itself).
    """

    question: Question
    verdicts: Mapping[str | None, Verdict]
    dispositions: tuple[Disposition, ...]
    view: View

    @property
    def is_anything(self) -> bool:
        """Whether anything at all is released."""
        return any(one.released is not Extent.NOTHING for one in self.dispositions)

    @property
    def outcomes(self) -> tuple[ElementOutcome, ...]:
        """What became of each element, for the holder and the sender."""
        return outcomes_by_element(self.dispositions, self.verdicts)

    @property
    def obligations(self) -> tuple[str, ...]:
        """What must be done with this decision, over all holders."""
        found: set[Obligation] = set()
        for verdict in self.verdicts.values():
            found |= verdict.decision.obligations
        return tuple(sorted(found))

    def referred(self) -> frozenset[str]:
        """Return the categories of held items that wait for a person's decision."""
        return frozenset(
            category
            for one in self.dispositions
            for category in one.categories
            if self.verdicts[one.holder].decision.rulings[category].outcome is Outcome.REFER
            and self.verdicts[one.holder].outcome(one.categories) is Outcome.REFER
        )


def release(
    question: Question,
    assessment: Assessment,
    case: CaseFile,
    rulebook: Rulebook,
    consenting: frozenset[str],
) -> Release:
    """Return what *question*'s recipient gets of *assessment*, decided holder by holder."""
    verdicts: dict[str | None, Verdict] = {None: rulebook.decide(question, case)}
    for _, item in items_of(assessment):
        if item.holder not in verdicts:
            verdicts[item.holder] = _verdict(question, item.holder, case, rulebook, verdicts[None])
    projection = project(
        assessment,
        lambda categories, holder: verdicts[holder].release(categories),
        consenting=consenting,
        include_private=verdicts[None].is_protective,
    )
    view = View(
        content=projection.content,
        purpose=question.purpose or "",
        marks=_marks(verdicts.values()),
    )
    return Release(question, verdicts, projection.dispositions, view)


def _verdict(
    question: Question,
    holder: str | None,
    case: CaseFile,
    rulebook: Rulebook,
    own: Verdict,
) -> Verdict:
    """The verdict for another holder's part; a holder that is not registered decides nothing."""
    service = rulebook.registers.services.get(holder or "")
    if service is None or service.id == question.holder.id:
        # A statement that names no registered holder came from the sender, and is the sender's.
        return own
    return rulebook.decide(replace(question, holder=service), case)


def _marks(verdicts: Iterable[Verdict]) -> tuple[str, ...]:
    """What the agreements in play ask of the recipient, such as no onward sharing."""
    return tuple(sorted({mark for verdict in verdicts for mark in verdict.agreement.marks}))


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes views in the first of the recipient's formats; *adapters* are by name."""

    adapters: Mapping[str, Adapter]

    def write(self, released: Release, message_id: str, at: datetime) -> Payload:
        """Return the view of *released* as its recipient's payload."""
        recipient = released.question.recipient
        adapter = self.adapters[recipient.formats[0]]
        envelope = Envelope(
            media_type=adapter.media_types[0],
            at=at,
            sender=released.question.holder.id,
            recipient=recipient.id,
            message_id=message_id,
        )
        return adapter.write(released.view, envelope)
