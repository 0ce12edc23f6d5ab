"""Activating a bundle of law: one officer proposes it, another approves just that one.

To bring a bundle into force it must

(1) hold together: every file, rule, term and date, with a question for whatever it refers;
(2) keep every invariant, proved for all facts that there can be;
(3) be proposed by an information governance officer, who is shown what it decides otherwise than
    the law in force, and what would have become of the decisions of the last weeks;
(4) be approved by another one, while the law that it was compared with is still in force.

What is in force stays so until the approval is committed, and wherever anything fails. The commit
moves the registers: whatever was decided on the old law is refused at its own commit and decided
again, so that every node goes over between two requests. To roll back is to activate the law of
before.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from msgspec.structs import replace

from gateway import bundles
from gateway.days import uk_day
from gateway.entries import Act
from gateway.errors import ActivationError
from gateway.office import Office
from gateway.people import entitled, two_persons
from gateway.recording import Recorder
from gateway.registers import Policy, ProposedLaw
from gateway.replaying.rehearsal import Rehearsal, Under, rehearse
from policies.decision import Bundle
from policies.proving.difference import Difference
from policies.rules import LawSet
from policies.vocabulary import Appointment

OFFICER: Final = Appointment.INFORMATION_GOVERNANCE_OFFICER
_BY_HAND: Final = Act()
REHEARSED: Final = timedelta(days=28)
"""How far back decisions are rehearsed for whoever proposes or approves."""


@dataclass(frozen=True, slots=True)
class Examined:
    """What was found of a bundle: what must always hold and does not, and what it changes.

    *broken* names each broken invariant, with a case in which it does not hold: `name: case`.
    """

    broken: tuple[str, ...]
    difference: Difference


Examine = Callable[[LawSet, LawSet, date], Examined]
"""Proves the second law, and compares it with the first, as of a day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """A bundle that was proposed, by its *digest*; what it changes, and would have changed."""

    digest: str
    difference: Difference
    rehearsal: Rehearsal


@dataclass(frozen=True, slots=True)
class LawActivation:
    """Brings bundles of law into force for *office*, once they are examined."""

    office: Office
    examine: Examine

    def propose(self, law: LawSet, by: str, via: Act = _BY_HAND) -> Proposed:
        """Record that the officer *by* proposes *law*, and return what it changes.

        Raises `EntitlementError`, and `ActivationError` where it is in force already, breaks an
        invariant, or begins later than today.
        """
        return self.office.settle(lambda still: self._at(still).propose(law, by, via))

    def approve(self, digest: str, by: str, via: Act = _BY_HAND) -> Policy:
        """Bring the bundle with this *digest* into force for the officer *by*.

        Raises `EntitlementError` where it is the person who proposed it, `ActivationError` where
        it was not proposed, or the law has changed since, and whatever `propose` does.
        """
        return self.office.settle(lambda still: self._at(still).approve(digest, by, via))

    def _at(self, still: Office) -> "_Attempt":
        return _Attempt(still, self.examine)


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One attempt at a step of `LawActivation`, on an *office* that stands still."""

    office: Office
    examine: Examine

    def propose(self, law: LawSet, by: str, via: Act) -> Proposed:
        """Record the proposal, with what it changes."""
        rulebook = self.office.rulebook
        entitled(rulebook.registers, by, OFFICER)
        on = uk_day(self.office.ports.now())
        difference = self._examined(law, on)
        proposed = ProposedLaw(
            id=law.digest, files=law.text, by=by, instead_of=rulebook.bundle.digest, on=on
        )
        Recorder(self.office, by, via).write([proposed])
        return Proposed(
            digest=law.digest, difference=difference, rehearsal=self._rehearsed(Bundle(law), on)
        )

    def approve(self, digest: str, by: str, via: Act) -> Policy:
        """Bring what was proposed into force."""
        rulebook = self.office.rulebook
        entitled(rulebook.registers, by, OFFICER)
        proposed = rulebook.registers.proposed_laws.get(digest)
        if proposed is None:
            message = "no bundle with this digest was proposed"
            raise ActivationError(message)
        two_persons(rulebook.registers, proposed.by, by)
        entitled(rulebook.registers, proposed.by, OFFICER)  # still: offices end
        if proposed.instead_of != rulebook.bundle.digest:
            message = "the law in force is not the one that it was compared with: propose it again"
            raise ActivationError(message)
        bundle = bundles.build(proposed.files, digest)
        self._examined(bundle.law, proposed.on)
        policy = replace(
            bundles.document(bundle, rulebook.registers),
            version=bundle.law.version,
            approved_by=(proposed.by, by),
        )
        Recorder(self.office, by, via).write([policy])
        return policy

    def _examined(self, law: LawSet, on: date) -> Difference:
        now = self.office.rulebook.bundle.law
        if law.digest == now.digest:
            message = "this bundle is in force already"
            raise ActivationError(message)
        if on < law.begins:
            message = "this bundle has no law for today: it begins later"
            raise ActivationError(message)
        found = self.examine(now, law, on)
        if found.broken:
            message = f"it breaks what must always hold: {'; '.join(found.broken)}"
            names = (one.partition(":")[0] for one in found.broken)
            raise ActivationError(message, where=", ".join(names))
        return found.difference

    def _rehearsed(self, bundle: Bundle, on: date) -> Rehearsal:
        under = Under(bundle=bundle, agreements=self.office.rulebook.agreements, on=on)
        return rehearse(self.office, under, self.office.ports.now() - REHEARSED)
