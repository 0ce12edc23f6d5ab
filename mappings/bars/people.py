"""The people of a message: the family and the practitioners."""

from collections.abc import Iterator
from datetime import date
from typing import Final

from mappings.bars.entries import Entries, Entry
from mappings.bars.names import ROLE_CODE, extension
from mappings.bars.telling import Teller, field_names, telling_of
from mappings.caf.items import (
    About,
    AboutWhom,
    Coding,
    Item,
    Person,
    ServiceInvolved,
)
from mappings.caf.vocabulary import CaseRole, ParentalResponsibility
from mappings.fhir_r4 import generated as fhir

# v3-RoleCode: a code that starts or ends so names a parent or carer, or a brother or sister.
CARERS: Final = ("PRN", "MTH", "FTH", "GUARD", "GRPRN", "GRMTH", "GRFTH", "STPPRN", "FOST")
SIBLINGS: Final = ("SIB", "BRO", "SIS", "TWIN")
_SAID_BY_RESOURCE: Final = {
    "name",
    "relationship",
    "relationship_text",
    "parental_responsibility",
    "lives_with_child",
    "born_on",
    "address",
    "phone",
}
PERSON: Final = telling_of(Person, field_names(Person) - _SAID_BY_RESOURCE)
PLACES: Final = {
    "carer": ("people.carers", AboutWhom.PARENT_OR_CARER),
    "sibling": ("people.siblings", AboutWhom.SIBLING),
    "household": ("people.household", AboutWhom.OTHER_PERSON),
}
_RESPONSIBILITIES = {one.value: one for one in ParentalResponsibility}


def codings(concept: fhir.CodeableConcept | None) -> tuple[Coding, ...]:
    """Return the codes of *concept*."""
    if concept is None or not concept.coding:
        return ()
    return tuple([coding(one) for one in concept.coding if one.code])


def coding(one: fhir.Coding) -> Coding:
    """Return a FHIR coding as ours."""
    return Coding(one.system or "", one.code or "", one.display)


def day(text: str | None) -> date | None:
    """Return the day of a FHIR date or dateTime; None where it is less precise than a day.

    >>> day("2022-05-01T10:00:00Z"), day("2022-05")
    (datetime.date(2022, 5, 1), None)
    """
    return date.fromisoformat(text[:10]) if text and len(text) >= len("YYYY-MM-DD") else None


def told(extensions: tuple[fhir.Extension, ...] | None, name: str) -> fhir.Extension | None:
    """Return our extension *name* among *extensions*."""
    if extensions:
        url = extension(name)
        for one in extensions:
            if one.url == url:
                return one
    return None


def read_family(teller: Teller, child: Entry) -> Iterator[tuple[str, Item]]:
    """Yield the child's carers, siblings and household, each from a RelatedPerson."""
    for entry, related in teller.entries.about(child, fhir.RelatedPerson):
        relationship = codings(related.relationship[0]) if related.relationship else ()
        path, whom = place_in_family(related)
        lives_with = told(related.extension, "lives-with-child")
        person = Person(
            name=(spoken(related.name[0]) or None) if related.name else None,
            relationship=relationship[0] if relationship else None,
            relationship_text=related.relationship[0].text if related.relationship else None,
            parental_responsibility=_responsibility(related),
            lives_with_child=lives_with.valueBoolean if lives_with else None,
            born_on=day(related.birthDate),
            address=_one_line(related.address[0]) if related.address else None,
            phone=_phone(related.telecom),
            about=(About(whom, teller.entries.id_at(entry.place)),),
            **teller.at(entry.place),
        )
        yield path, teller.beside(person, PERSON, related.extension, entry.place)


def place_in_family(related: fhir.RelatedPerson) -> tuple[str, AboutWhom]:
    """Return the part of the family that *related* belongs to, and whom it is about there.

    Our extension says which; else a carer is one by a parent's or guardian's role code, and
    nobody is one by name.
    """
    said = told(related.extension, "place-in-family")
    if said and said.valueCode in PLACES:
        return PLACES[said.valueCode]
    codes = [
        one.code or ""
        for concept in related.relationship or ()
        for one in concept.coding or ()
        if one.system == ROLE_CODE
    ]
    if any(mark in code for code in codes for mark in CARERS):
        return PLACES["carer"]
    if any(mark in code for code in codes for mark in SIBLINGS):
        return PLACES["sibling"]
    return PLACES["household"]


def _responsibility(related: fhir.RelatedPerson) -> ParentalResponsibility:
    answer = told(related.extension, "parental-responsibility")
    return _RESPONSIBILITIES.get(
        (answer.valueCode if answer else None) or "", ParentalResponsibility.UNKNOWN
    )


def spoken(name: fhir.HumanName) -> str:
    """Return *name* as it is said: its own text, or given names before the family name."""
    parts = [*(name.given or ()), name.family]
    return name.text or " ".join(part for part in parts if part)


def _one_line(address: fhir.Address) -> str:
    parts = [*(address.line or ()), address.city, address.postalCode]
    return address.text or ", ".join(part for part in parts if part)


def _phone(telecom: tuple[fhir.ContactPoint, ...] | None) -> str | None:
    return next((one.value for one in telecom or () if one.system == "phone"), None)


def practitioner_name(entries: Entries, reference: fhir.Reference | None) -> str | None:
    """Return the name of the practitioner whom *reference* means, directly or through a role."""
    role = entries.resource(reference, fhir.PractitionerRole)
    person = entries.resource(role.practitioner if role else reference, fhir.Practitioner)
    if person is None or not person.name:
        return reference.display if reference else None
    return spoken(person.name[0]) or None


def involved(
    teller: Teller, reference: fhir.Reference | None, place: str, role: CaseRole | None = None
) -> ServiceInvolved | None:
    """Return the service or practitioner whom *reference*, at *place*, means; None if not told."""
    entries = teller.entries
    position = entries.resource(reference, fhir.PractitionerRole)
    service = entries.resource(reference, fhir.HealthcareService)
    organisation = entries.resource(
        position.organization if position else service.providedBy if service else reference,
        fhir.Organization,
    )
    name = practitioner_name(entries, reference) or (service.name if service else None)
    name = name or (organisation.name if organisation else None)
    if name is None:
        return None
    occupations = codings(position.code[0]) if position and position.code else ()
    services = position.healthcareService if position else None
    return ServiceInvolved(
        name=name,
        role=role,
        occupation=occupations[0] if occupations else None,
        organisation=organisation.name if organisation else None,
        service=entries.service_id(services[0] if services else reference),
        phone=_phone(position.telecom) if position else None,
        about=(About(AboutWhom.PRACTITIONER),),
        **teller.at(place),
    )
