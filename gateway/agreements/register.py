"""The register: documents and signatures recorded, and what was activated suspended and resumed.

Each step is one unit: new versions of the register's document, and for each its entry in the log.
Nothing that was recorded is changed; a text that is to read otherwise is another version.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from msgspec.structs import replace

from audit.events import EntryType
from audit.parts import Part
from gateway import entries
from gateway.activation import OFFICER
from gateway.agreements import signing
from gateway.errors import StageError, UnknownAgreementError, UnsoundAgreementError
from gateway.office import Office
from gateway.people import entitled, two_persons
from gateway.registers import Agreement, Registers, Signature, Stage
from gateway.storage.registers import MOVE
from gateway.storage.unit import Unit
from gateway.tasks import Task
from policies.agreement_faults import Place, faults
from policies.agreements import Agreement as Content
from policies.errors import suggestion
from policies.vocabulary import Appointment

KIND: Final = "agreement"

_BY_HAND: Final = entries.Act()


class Step(StrEnum):
    """What was done with a version of an agreement, as its entry says."""

    REGISTERED = "registered"
    SIGNED = "signed"
    PROPOSED = "proposed"
    ACTIVATED = "activated"
    SUSPENDED = "suspended"
    RESUMPTION_PROPOSED = "resumption proposed"
    RESUMED = "resumed"
    ENDED = "ended"
    REVIEW_DUE = "review due"


@dataclass(frozen=True, slots=True)
class Done:
    """One *step*, which leaves the register's *document*; *more* is what else its entry says."""

    step: Step
    document: Agreement
    more: entries.Fields
    task: Task | None = None


def name_of(content: Content) -> str:
    """Return what a version of an agreement is registered as: `<id>/<version>`."""
    return f"{content.id}/{content.version}"


def found(registers: Registers, name: str) -> Agreement:
    """Return the version that is registered as *name*, or raise `UnknownAgreementError`."""
    known = registers.agreements.get(name)
    if known is None:
        message = "no such version of an agreement is registered"
        raise UnknownAgreementError(message)
    return known


def strangers(content: Content, registers: Registers) -> Iterator[tuple[str, Place]]:
    """Yield each party that is not a registered organisation, with the ids that would be right."""
    for position, party in enumerate(content.parties):
        if party.organisation not in registers.organisations:
            near = suggestion(party.organisation, registers.organisations)
            place: Place = ("parties", position, "organisation")
            yield f"not a registered organisation{near}", place


def strange_keys(content: Content, registers: Registers) -> Iterator[tuple[str, Place]]:
    """Yield each party whose key is that of no designated signatory of the organisation.

    Who signs for an organisation is a person in the register, never whoever wrote the agreement.
    """
    known = {
        (registers.services[one.service].organisation, one.signing_key)
        for one in registers.practitioners.values()
        if Appointment.DESIGNATED_SIGNATORY in one.appointments
    }
    for position, party in enumerate(content.parties):
        is_given = party.key != ""  # a draft's may be yet to come; nothing is activated without
        if is_given and (party.organisation, party.key) not in known:
            place: Place = ("parties", position, "key")
            yield "not the signing key of a designated signatory of this organisation", place


def require_sound(content: Content, registers: Registers) -> None:
    """Raise `UnsoundAgreementError` with the place (a JSON pointer) of the first fault."""
    for complaint, place in (
        *faults(content),
        *strangers(content, registers),
        *strange_keys(content, registers),
    ):
        where = "".join(f"/{step}" for step in place)
        message = f"`{where}`: {complaint}"
        raise UnsoundAgreementError(message, where)


@dataclass(frozen=True, slots=True)
class AgreementRegister:
    """Records in the register of *office*; *by* is who does it: a person, or the operator.

    *via* is the request by which they do, where it came by one.
    """

    office: Office
    by: str
    via: entries.Act = _BY_HAND

    def register(self, content: Content, signatures: Iterable[Signature] = ()) -> Agreement:
        """Record *content* where it is new, and each signature that is; return how it stands.

        Raises `UnsoundAgreementError`, `SignatureError`, or `StageError` where this version is
        registered with another text.
        """
        given = tuple(signatures)
        return self.office.settle(lambda still: self._register(still, content, given))

    def sign(self, name: str, signatures: Iterable[Signature]) -> Agreement:
        """Record *signatures* on the version that is registered as *name*; return how it stands."""
        self.office.refresh()
        known = found(self.office.rulebook.registers, name)
        return self.register(known.content, signatures)

    def suspend(self, name: str, reason: str) -> Agreement:
        """Suspend an active version: nothing more flows by it. Anything queued is decided again.

        Raises `EntitlementError`, `UnknownAgreementError`, or `StageError` where it is not active.
        """
        return self.office.settle(lambda still: self._suspend(still, name, reason))

    def resume(self, name: str, reason: str) -> Agreement:
        """Have a suspended version relied on again: one officer proposes it, another does it.

        Raises as `suspend` does; `EntitlementError` where one officer would do both.
        """
        return self.office.settle(lambda still: self._resume(still, name, reason))

    def record(self, *done: Done) -> Agreement:
        """Commit steps in their order; return how the version of the last one stands then.

        Raises `StampMovedError` where the registers are not those that the office has now.
        """
        office = self.office
        unit = Unit(stamps=(office.stamp,), moves=(MOVE,))
        recorded: Counter[str] = Counter()
        for one in done:
            name = one.document.id
            if name not in recorded:
                recorded[name] = len(office.archive.store.registers.versions(KIND, name))
            recorded[name] += 1
            self._file(unit, one, recorded[name])
        office.committer.commit(unit)
        office.refresh()
        return done[-1].document

    def _register(
        self, still: Office, content: Content, signatures: Iterable[Signature]
    ) -> Agreement:
        registers = still.rulebook.registers
        require_sound(content, registers)
        known = registers.agreements.get(name_of(content))
        if known is not None and known.content != content:
            message = "this version is registered with another text: give that the next version"
            raise StageError(message, "/version")
        signed = signing.verified(content, signatures)
        document = known or Agreement(id=name_of(content), content=content, stage=Stage.REGISTERED)
        done = [] if known else [Done(Step.REGISTERED, document, {})]
        for signature in signed:
            if signature in document.signatures:
                continue
            document = _signed(document, signature)
            done.append(Done(Step.SIGNED, document, {"party": signature.party}))
        return self._at(still).record(*done) if done else document

    def _at(self, still: Office) -> "AgreementRegister":
        return AgreementRegister(still, self.by, self.via)

    def _file(self, unit: Unit, done: Done, version: int) -> None:
        """File one step in *unit*, which makes a new *version* of the register's document."""
        office, entry = self.office, len(unit.entries)
        said = office.filing.document(unit, done.document, version=version, by=self.by, entry=entry)
        if done.task is not None:
            office.filing.task(unit, None, done.task, entry=entry)
        (stamp,) = unit.stamps_after
        fields: entries.Fields = {
            "agreement": done.document.id,
            "kind": done.step,
            "digest": done.document.content.digest,
            "user": self.by,
        }
        fields |= self.via.fields() | done.more | entries.recorded([said], stamp.version)
        unit.entries.append(
            entries.entry(EntryType.AGREEMENT_CHANGE, {Part.GATEWAY: fields}, office.ports.random)
        )

    def _suspend(self, still: Office, name: str, reason: str) -> Agreement:
        known = self._by_officer(still.rulebook.registers, name, Stage.ACTIVE)
        suspended = replace(known, stage=Stage.SUSPENDED)
        return self._at(still).record(Done(Step.SUSPENDED, suspended, {"justification": reason}))

    def _resume(self, still: Office, name: str, reason: str) -> Agreement:
        registers = still.rulebook.registers
        known = self._by_officer(registers, name, Stage.SUSPENDED)
        why: entries.Fields = {"justification": reason}
        if not known.resumption:
            proposed = replace(known, resumption=self.by)
            return self._at(still).record(Done(Step.RESUMPTION_PROPOSED, proposed, why))
        two_persons(registers, known.resumption, self.by)
        entitled(registers, known.resumption, OFFICER)
        resumed = replace(known, stage=Stage.ACTIVE, resumption="")
        both: entries.Fields = {"approved_by": [known.resumption, self.by]}
        return self._at(still).record(Done(Step.RESUMED, resumed, why | both))

    def _by_officer(self, registers: Registers, name: str, stage: Stage) -> Agreement:
        """Return the version, which must be at this *stage*, for an officer to move it on."""
        entitled(registers, self.by, OFFICER)
        known = found(registers, name)
        if known.stage is not stage:
            message = f"this version is {known.stage}, and not {stage}"
            raise StageError(message)
        return known


def _signed(document: Agreement, signature: Signature) -> Agreement:
    """Return *document* with *signature*; it is signed once all parties have."""
    after = replace(document, signatures=signing.merge(document.signatures, (signature,)))
    is_signed = not signing.unsigned(after.content, after.signatures)
    if document.stage is Stage.REGISTERED and is_signed:
        return replace(after, stage=Stage.SIGNED)
    return after
