"""Finding one's way about a message: its entries by type and reference, and whose they are."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, TypeVar, cast

from msgspec import Struct

from mappings.bars.names import DOS_SERVICE
from mappings.fhir_r4.confidentiality import is_restricted
from mappings.fhir_r4.generated import (
    Bundle,
    CarePlan,
    CareTeam,
    Consent,
    Flag,
    Goal,
    HealthcareService,
    Identifier,
    Observation,
    Patient,
    QuestionnaireResponse,
    Reference,
    RelatedPerson,
    ServiceRequest,
)

R = TypeVar("R", bound=Struct)

ABOUT_A_CHILD: Final[tuple[type[Struct], ...]] = (
    CarePlan,
    CareTeam,
    Consent,
    Flag,
    Goal,
    Observation,
    QuestionnaireResponse,
    RelatedPerson,
    ServiceRequest,
)
"""The kinds of resource that say something of a child."""

_SUBJECTS: Final = ("subject", "patient", "beneficiary")


class Entry(Struct, frozen=True):
    """One resource of a message, its *place* (FHIRPath) and its *full_url*."""

    place: str
    full_url: str
    resource: Struct


@dataclass(frozen=True)
class Entries:
    """The entries of a *bundle*; *record* is a digest (hex) of the payload that it came in."""

    bundle: Bundle
    record: str
    all: tuple[Entry, ...] = field(init=False)
    followed: set[str] = field(init=False, default_factory=set)

    def __post_init__(self) -> None:
        found = [
            Entry(f"Bundle.entry[{place}].resource", entry.fullUrl or "", entry.resource)
            for place, entry in enumerate(self.bundle.entry or ())
            if entry.resource is not None
        ]
        object.__setattr__(self, "all", tuple(found))

    @cached_property
    def by_reference(self) -> Mapping[str, Entry]:
        """Entries by all that a reference may call them: full URL, and type with id.

        A type with an id that two entries have, calls neither.
        """
        short: dict[str, list[Entry]] = {}
        for entry in self.all:
            if id_ := getattr(entry.resource, "id", None):
                name = f"{entry.resource.__struct_config__.tag}/{id_}"
                short.setdefault(name, []).append(entry)
        named = {name: found[0] for name, found in short.items() if len(found) == 1}
        return named | {entry.full_url: entry for entry in self.all if entry.full_url}

    @cached_property
    def by_place(self) -> Mapping[str, Entry]:
        """Entries by their place in the message."""
        return {entry.place: entry for entry in self.all}

    def resolve(self, reference: Reference | None) -> Entry | None:
        """Return the entry that *reference* means, or None where it is not in this message."""
        if reference is None or reference.reference is None:
            return None
        return self.by_reference.get(reference.reference)

    def resource(self, reference: Reference | None, kind: type[R]) -> R | None:
        """Return what *reference* means, if it is of *kind* and not restricted; note that."""
        entry = self.resolve(reference)
        if entry is None or not isinstance(entry.resource, kind) or is_restricted(entry.resource):
            return None
        self.followed.add(entry.place)
        return entry.resource

    def of(self, kind: type[R]) -> Sequence[tuple[Entry, R]]:
        """Return the entries that hold a resource of *kind*, each with that resource."""
        return cast("Sequence[tuple[Entry, R]]", self._by_kind.get(kind, ()))

    @cached_property
    def _by_kind(self) -> Mapping[type[Struct], list[tuple[Entry, Struct]]]:
        found: dict[type[Struct], list[tuple[Entry, Struct]]] = {}
        for entry in self.all:
            found.setdefault(type(entry.resource), []).append((entry, entry.resource))
        return found

    @cached_property
    def children(self) -> tuple[Entry, ...]:
        """The children that the message is about: subjects of a questionnaire or a referral."""
        subjects = [
            *(self.resolve(response.subject) for _, response in self.of(QuestionnaireResponse)),
            *(self.resolve(referral.subject) for _, referral in self.of(ServiceRequest)),
        ]
        named = {one.place for one in subjects if one}
        patients = [entry for entry, _ in self.of(Patient)]
        return tuple(entry for entry in patients if entry.place in named) or tuple(patients)

    def about(self, child: Entry, kind: type[R]) -> Sequence[tuple[Entry, R]]:
        """Return the entries of *kind* that are about *child*, and that nobody restricts."""
        return [(entry, one) for entry, one in self.of(kind) if self.is_about(entry, child)]

    def is_about(self, entry: Entry, child: Entry) -> bool:
        """Whether *entry* is about *child*, and its sender does not mark it as restricted."""
        return self.subject_of(entry.resource) is child and not is_restricted(entry.resource)

    def subject_of(self, resource: Struct) -> Entry | None:
        """Return the child that *resource* is about; None where it is about none of this message.

        What names nobody is about the child of a message that has one.
        """
        for name in _SUBJECTS:
            reference = getattr(resource, name, None)
            if isinstance(reference, Reference):
                subject = self.resolve(reference) or self._identified(reference)
                return next((child for child in self.children if child is subject), None)
        return self.children[0] if len(self.children) == 1 else None

    def child_by(self, subject: str) -> Entry | None:
        """Return the child whom *subject* means, by a reference or as `system|value`, if any."""
        system, _, value = subject.rpartition("|")
        named = Reference(identifier=Identifier(system=system, value=value))
        meant = self.by_reference.get(subject) or self._identified(named)
        return next((child for child in self.children if child is meant), None)

    def _identified(self, reference: Reference) -> Entry | None:
        """Return the one child whose identifier *reference* has."""
        if (named := reference.identifier) is None or not named.value or not named.system:
            return None
        found = [child for child in self.children if _has(child.resource, named)]
        return found[0] if len(found) == 1 else None

    @cached_property
    def of_nobody(self) -> frozenset[str]:
        """The places of what is about a child by its kind, and about none of this message."""
        if not self.children:
            return frozenset()
        return frozenset(
            entry.place
            for kind in ABOUT_A_CHILD
            for entry, resource in self.of(kind)
            if self.subject_of(resource) is None
        )

    def is_restricted(self, child: Entry) -> bool:
        """Whether the sender marks the record of *child*, or the message, as restricted."""
        return is_restricted(child.resource) or is_restricted(self.bundle)

    @cached_property
    def reasons(self) -> frozenset[str]:
        """The ids that reasons of referrals have in this message, by which answers name them."""
        referrals = (referral for _, referral in self.of(ServiceRequest))
        reasons = (reason for one in referrals for reason in one.reasonCode or ())
        return frozenset(reason.id for reason in reasons if reason.id)

    def id_at(self, place: str) -> str:
        """Return the opaque id of what stands at *place*: the same for the same payload.

        It tells nothing of the place, so that a view has no gaps to be read.
        """
        digest = self._digest.copy()
        digest.update(place.encode())
        return digest.hexdigest()

    @cached_property
    def _digest(self) -> hashlib.blake2b:
        return hashlib.blake2b(f"{self.record} ".encode(), digest_size=9)

    def service_id(self, reference: Reference | None) -> str | None:
        """Return the directory id of the service that *reference* means or names by identifier."""
        if reference is None:
            return None
        if reference.identifier and reference.identifier.system == DOS_SERVICE:
            return reference.identifier.value
        service = self.resource(reference, HealthcareService)
        for one in (service.identifier or ()) if service else ():
            if one.system == DOS_SERVICE:
                return one.value
        return None


def _has(patient: Struct, named: Identifier) -> bool:
    held = (patient.identifier or ()) if isinstance(patient, Patient) else ()
    return any(one.system == named.system and one.value == named.value for one in held)
