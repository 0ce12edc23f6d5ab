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

from gateway.activation import OFFICER, REHEARSED
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
from policies.errors import ProofError
from policies.proving.difference import Difference
from policies.rules import LawSet

_BY_HAND: Final = Act()

Prove = Callable[[LawSet, Agreements, date], tuple[str, ...]]
"""Names each invariant that would not hold under law and agreements, with a counterexample."""

Compare = Callable[[LawSet, Content | None, Content, date], Difference]
"""Gives what is decided otherwise with the second version in place of the first, if any."""


@dataclass(frozen=True, slots=True)
class Proposed:
    """A version as it was proposed; what it changes, and would have changed."""

    document: Agreement
    difference: Difference
    rehearsal: Rehearsal


@dataclass(frozen=True, slots=True)
class Activation:
    """Activates versions in the register of *office*, once they are proved and compared."""

    office: Office
    prove: Prove
    compare: Compare

    def propose(self, name: str, by: str, via: Act = _BY_HAND) -> Proposed:
        """Record that the officer *by* proposes to activate the version *name*.

        Raises `EntitlementError`, or an `AgreementError` that says what is wanting.
        """
        return self.office.settle(lambda still: self._at(still).propose(name, by, via))

    def approve(self, name: str, by: str, digest: str, via: Act = _BY_HAND) -> Agreement:
        """Activate the version *name* for the officer *by*, who approves the change of *digest*.

        Raises `EntitlementError` where it is the person who proposed it, `StageError` where it was
        not proposed or would change something else by now, or another `AgreementError`.
        """
        return self.office.settle(lambda still: self._at(still).approve(name, by, digest, via))

    def _at(self, still: Office) -> "_Attempt":
        return _Attempt(still, self.prove, self.compare)


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One attempt at a step of `Activation`, on an *office* that stands still."""

    office: Office
    prove: Prove
    compare: Compare

    def propose(self, name: str, by: str, via: Act) -> Proposed:
        """Record the proposal, with what it changes."""
        rulebook = self.office.rulebook
        entitled(rulebook.registers, by, OFFICER)
        known = self._ready(name)
        content = known.content
        on = max(uk_day(self.office.ports.now()), content.effective_on)
        self._require_proved(content, on)
        before = self._before(content, on)
        difference = self.compare(rulebook.bundle.law, before, content, on)
        proposal = Proposal(
            by=by,
            digest=difference.digest,
            on=on,
            law=rulebook.bundle.digest,
            instead_of="" if before is None else before.digest,
        )
        step = Done(Step.PROPOSED, replace(known, proposal=proposal), {"reason": difference.digest})
        rehearsal = self._rehearsed(content, on)
        return Proposed(AgreementRegister(self.office, by, via).record(step), difference, rehearsal)

    def approve(self, name: str, by: str, digest: str, via: Act) -> Agreement:
        """Activate what was proposed."""
        registers = self.office.rulebook.registers
        entitled(registers, by, OFFICER)
        known = self._ready(name)
        proposal = known.proposal
        if proposal is None:
            message = "nobody has proposed to activate this version"
            raise StageError(message)
        two_persons(registers, proposal.by, by)
        entitled(registers, proposal.by, OFFICER)  # still: offices end
        if digest != proposal.digest or not self._is_as_compared(known.content, proposal):
            message = "what was proposed is not what would change now: propose it again"
            raise StageError(message, "/digest")
        self._require_proved(known.content, proposal.on)
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

    def _is_as_compared(self, content: Content, proposal: Proposal) -> bool:
        """Whether law and agreement are those that *content* was compared with."""
        before = self._before(content, proposal.on)
        instead_of = "" if before is None else before.digest
        is_same_law = self.office.rulebook.bundle.digest == proposal.law
        return is_same_law and instead_of == proposal.instead_of

    def _require_proved(self, content: Content, on: date) -> None:
        """Raise `UnprovedError` where an invariant would not hold with *content*."""
        rulebook = self.office.rulebook
        planned = rulebook.agreements.with_version(content)
        try:
            broken = self.prove(rulebook.bundle.law, planned, on)
        except ProofError as error:
            message = f"it could not be proved: {error}"
            raise UnprovedError(message) from error
        if broken:
            message = f"it breaks what must always hold: {', '.join(broken)}"
            raise UnprovedError(message, broken[0].partition(":")[0])

    def _rehearsed(self, content: Content, on: date) -> Rehearsal:
        rulebook = self.office.rulebook
        planned = rulebook.agreements.with_version(content)
        under = Under(bundle=rulebook.bundle, agreements=planned, on=on)
        return rehearse(self.office, under, self.office.ports.now() - REHEARSED)

    def _before(self, content: Content, on: date) -> Content | None:
        """Return the version that *content* would take the place of on a day, if there is one."""
        standing = self.office.rulebook.agreements.standing(on)
        return next((one for one in standing if one.id == content.id), None)

    def _others(self, content: Content) -> list[Content]:
        """Return the versions of the same agreement that were activated."""
        return [one for one in self.office.rulebook.agreements if one.id == content.id]
