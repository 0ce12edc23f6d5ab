"""How the obvious implementation reads a message: fhir.resources models into plain elements."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final, TypeVar

from fhir.resources.R4B.bundle import Bundle
from fhir.resources.R4B.consent import Consent
from fhir.resources.R4B.messageheader import MessageHeader
from fhir.resources.R4B.patient import Patient
from fhir.resources.R4B.questionnaireresponse import (
    QuestionnaireResponse,
    QuestionnaireResponseItem,
    QuestionnaireResponseItemAnswer,
)
from fhir.resources.R4B.relatedperson import RelatedPerson

from mappings.caf.elements import BY_CODE

Resource = TypeVar("Resource")

NHS_NUMBER: Final = "https://fhir.nhs.uk/Id/nhs-number"
_ABOUT: Final = "https://caf-gateway.example/fhir/StructureDefinition/caf-about"
_OTHERS: Final = frozenset({"parent-or-carer", "other-person"})


@dataclass(frozen=True)
class Read:
    """One element as it was read: where it belongs, its policy category, its text."""

    path: str
    category: str
    text: str


class UnreadableError(ValueError):
    """A message that lacks what every message has."""


def all_of(bundle: Bundle, kind: type[Resource]) -> list[Resource]:
    """Return the resources of one type."""
    return [entry.resource for entry in bundle.entry or () if isinstance(entry.resource, kind)]


def one_of(bundle: Bundle, kind: type[Resource]) -> Resource:
    """Return the first resource of a type, or raise `UnreadableError`."""
    found = all_of(bundle, kind)
    if not found:
        message = f"the message has no {kind.__name__}"
        raise UnreadableError(message)
    return found[0]


def recipients(bundle: Bundle) -> list[str]:
    """Return the DoS ids of the services that the message is addressed to."""
    header = one_of(bundle, MessageHeader)
    return [str(each.endpoint).partition("|")[2] for each in header.destination or ()]


def nhs_number(patient: Patient) -> str:
    """Return the child's NHS number, or raise `UnreadableError`."""
    for identifier in patient.identifier or ():
        if identifier.system == NHS_NUMBER:
            return str(identifier.value)
    message = "the child has no NHS number"
    raise UnreadableError(message)


def consented(bundle: Bundle) -> tuple[list[str], date | None]:
    """Return the services that consent was given for, and until when."""
    consent = one_of(bundle, Consent)
    provision = consent.provision
    if provision is None or provision.type != "permit":
        return [], None
    named = [str(actor.reference.identifier.value) for actor in provision.actor or ()]
    return named, provision.period.end if provision.period else None


def read_elements(bundle: Bundle) -> list[Read]:
    """Return the elements of the child's assessment in the message."""
    patient = one_of(bundle, Patient)
    answers = one_of(bundle, QuestionnaireResponse)
    found = list(_about_child(patient))
    found += [
        Read("people.carers", "family", person.model_dump_json())
        for person in all_of(bundle, RelatedPerson)
    ]
    for item in answers.item or ():
        found += _answers(item)
    return found


def _about_child(patient: Patient) -> Iterator[Read]:
    for name in patient.name or ():
        yield Read("child.names", "identity", str(name.text))
    for identifier in patient.identifier or ():
        yield Read("child.identifiers", "identity", f"{identifier.system}|{identifier.value}")
    for address in patient.address or ():
        yield Read("child.addresses", "address", ", ".join([*address.line, address.postalCode]))
    for contact in patient.telecom or ():
        yield Read("child.contacts", "contact", str(contact.value))
    yield Read("child.birth", "identity", str(patient.birthDate))
    yield Read("child.sex", "identity", str(patient.gender))


def _answers(item: QuestionnaireResponseItem) -> Iterator[Read]:
    element = BY_CODE.get(item.linkId)
    for answer in item.answer or ():
        if element is not None:
            category = "third_party" if _is_about_others(answer) else element.category.value
            yield Read(element.path, category, _text(answer))
    for child in item.item or ():
        yield from _answers(child)


def _text(answer: QuestionnaireResponseItemAnswer) -> str:
    coding = answer.valueCoding
    return str(answer.valueString or (coding.display or coding.code if coding else ""))


def _is_about_others(answer: QuestionnaireResponseItemAnswer) -> bool:
    return any(
        part.valueCode in _OTHERS
        for extension in answer.extension or ()
        if extension.url == _ABOUT
        for part in extension.extension or ()
    )
