"""Activating: one person proposes a version, having seen what changes; another approves just that.

To activate a version of an agreement it must

(1) hold together, and name registered organisations;
(2) bear the signature of each party's designated person;
(3) keep every invariant, proved with it among the agreements in force;
(4) be proposed by an information governance officer, who is shown what would be newly released and
    newly withheld by it, which has a digest, and what would have become of the decisions of the
    last weeks;
(5) be approved by another one, who names that digest.

What is in force stays so until the approval is committed; whatever is decided meanwhile is decided
wholly on what was in force, and refused at its commit where that has moved.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Final

from msgspec.structs import replace

from gateway.activation import OFFICER, REHEARSED, Examined
from gateway.agreements.register import (
    AgreementRegister,
    Done,
    Step,
    found,
    require_sound,
)
from gateway.agreements.signing import require_signed
from gateway.days import uk_day
from gateway.entries import Act
from gateway.errors import StageError, UnprovedError
from gateway.office import Office
from gateway.people import entitled, two_persons
from gateway.registers import Agreement, Proposal, Stage
from gateway.replaying.rehearsal import Rehearsal, Under, rehearse
from policies.agreements import Agreement as Content
from policies.agreements import Agreements
from policies.decision import Bundle
from policies.errors import ProofError
from policies.proving.difference import Difference

_BY_HAND: Final = Act()

Examine = Callable[[Bundle, Agreements, Content, date], Examined]
"""Proves law and agreements with a version, and compares it with what it replaces, as of a day."""


@dataclass(frozen=True, slots=True)
class Proposed:
    """A version as it was proposed; what it changes, and would have changed."""

    document: Agreement
    difference: Difference
    rehearsal: Rehearsal


@dataclass(frozen=True, slots=True)
class Activation:
    """Activates versions in the register of *office*, once they are examined."""

    office: Office
    examine: Examine

    def propose(self, name: str, by: str, via: Act = _BY_HAND) -> Proposed:
        """Record that the officer *by* proposes to activate the version *name*.

        Raises `EntitlementError`, or an `AgreementError` that says what is wanting.
        """
        self.office.refresh()
        entitled(self.office.rulebook.registers, by, OFFICER)
        known = self._ready(name)
        on = max(uk_day(self.office.ports.now()), known.content.effective_on)
        difference = self._examined(known.content, on)
        proposal = Proposal(by=by, digest=difference.digest, on=on)
        proposed = replace(known, proposal=proposal)
        step = Done(Step.PROPOSED, proposed, {"reason": difference.digest})
        rehearsal = self._rehearsed(known.content, on)
        return Proposed(AgreementRegister(self.office, by, via).record(step), difference, rehearsal)

    def approve(self, name: str, by: str, digest: str, via: Act = _BY_HAND) -> Agreement:
        """Activate the version *name* for the officer *by*, who approves the change of *digest*.

        Raises `EntitlementError` where it is the person who proposed it, `StageError` where it was
        not proposed or would change something else by now, or another `AgreementError`.
        """
        self.office.refresh()
        registers = self.office.rulebook.registers
        entitled(registers, by, OFFICER)
        known = self._ready(name)
        proposal = known.proposal
        if proposal is None:
            message = "nobody has proposed to activate this version"
            raise StageError(message)
        two_persons(registers, proposal.by, by)
        entitled(registers, proposal.by, OFFICER)  # still: offices end
        is_the_same = self._examined(known.content, proposal.on).digest == proposal.digest
        if not is_the_same or digest != proposal.digest:
            message = "what was proposed is not what would change now: propose it again"
            raise StageError(message, "/digest")
        approvers = (proposal.by, by)
        step = Done(
            Step.ACTIVATED,
            replace(known, stage=Stage.ACTIVE, approved_by=approvers),
            {"approved_by": list(approvers), "reason": proposal.digest},
        )
        return AgreementRegister(self.office, by, via).record(step)

    def _ready(self, name: str) -> Agreement:
        """Return the version *name*, which may be activated but for its approval."""
        registers = self.office.rulebook.registers
        known = found(registers, name)
        content = known.content
        require_sound(content, registers)
        require_signed(content, known.signatures)
        if known.stage is not Stage.SIGNED:
            message = f"this version is {known.stage} already"
            raise StageError(message)
        if content.until <= uk_day(self.office.ports.now()):
            message = "the term of this version is over"
            raise StageError(message, "/until")
        if any(one.version > content.version for one in self._others(content)):
            message = "a newer version has been activated"
            raise StageError(message, "/version")
        return known

    def _examined(self, content: Content, on: date) -> Difference:
        """Return what *content* changes, or raise `UnprovedError` where it breaks an invariant."""
        rulebook = self.office.rulebook
        try:
            found = self.examine(rulebook.bundle, rulebook.agreements, content, on)
        except ProofError as error:
            message = f"it could not be proved: {error}"
            raise UnprovedError(message) from error
        if found.broken:
            message = f"it breaks what must always hold: {', '.join(found.broken)}"
            raise UnprovedError(message, found.broken[0].partition(":")[0])
        return found.difference

    def _rehearsed(self, content: Content, on: date) -> Rehearsal:
        rulebook = self.office.rulebook
        planned = rulebook.agreements.with_version(content)
        under = Under(bundle=rulebook.bundle, agreements=planned, on=on)
        return rehearse(self.office, under, self.office.ports.now() - REHEARSED)

    def _others(self, content: Content) -> list[Content]:
        """Return the versions of the same agreement that were activated."""
        return [one for one in self.office.rulebook.agreements if one.id == content.id]
