"""The people of a message: the child, the family, the practitioners."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Final, TypedDict

from mappings.bars.entries import Entries, Entry
from mappings.bars.names import ADDRESS_KEY, ETHNICITY, NHS_NUMBER_STATUS, ROLE_CODE, extension
from mappings.caf.errors import IdentifierError
from mappings.caf.identifiers import Scheme, parse, scheme_of
from mappings.caf.items import (
    About,
    AboutWhom,
    Address,
    Birth,
    Coded,
    Coding,
    ContactPoint,
    Identifier,
    Item,
    Name,
    Person,
    ServiceInvolved,
    Source,
)
from mappings.caf.vocabulary import (
    AddressUse,
    CaseRole,
    ContactKind,
    NameUse,
    ParentalResponsibility,
)
from mappings.fhir_r4 import generated as fhir

SEX: Final = "http://hl7.org/fhir/administrative-gender"

_NAME_USES = {
    "usual": NameUse.USUAL,
    "official": NameUse.USUAL,
    "nickname": NameUse.PREFERRED,
    "old": NameUse.PREVIOUS,
    "maiden": NameUse.PREVIOUS,
    "anonymous": NameUse.ALIAS,
}
_ADDRESS_USES = {"home": AddressUse.HOME, "temp": AddressUse.TEMPORARY, "old": AddressUse.PREVIOUS}
_CONTACT_KINDS = {"phone": ContactKind.PHONE, "sms": ContactKind.MOBILE, "email": ContactKind.EMAIL}
# v3-RoleCode: a code that starts or ends so names a parent or carer, or a brother or sister.
_CARERS = ("PRN", "MTH", "FTH", "GUARD", "GRPRN", "GRMTH", "GRFTH", "STPPRN", "FOST")
_SIBLINGS = ("SIB", "BRO", "SIS", "TWIN")
_RESPONSIBILITIES = {one.value: one for one in ParentalResponsibility}


class At(TypedDict):
    """What an item says of where it came from."""

    id: str
    source: Source
    holder: str | None


class Teller:
    """Makes items that stand at a place of a message: their ids, their source, their holder."""

    def __init__(self, entries: Entries, holder: str | None) -> None:
        self.entries = entries
        self.holder = holder

    def at(self, place: str) -> At:
        """Return the fields that tell where an item at *place* came from."""
        source = Source(self.entries.record, place)
        return {"id": self.entries.id_at(place), "source": source, "holder": self.holder}


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


def read_child(teller: Teller, entry: Entry) -> Iterator[tuple[str, Item]]:
    """Yield the identifying details of the child at *entry*, each with its element's path."""
    patient, place = entry.resource, entry.place
    if not isinstance(patient, fhir.Patient):
        return
    for path, read in _DETAILS.items():
        for item in read(teller, patient, place):
            yield path, item


def _names(teller: Teller, patient: fhir.Patient, place: str) -> Iterator[Name]:
    is_unborn = told(patient.extension, "expected-date-of-delivery") is not None
    for number, name in enumerate(patient.name or ()):
        text = spoken(name)
        use = _NAME_USES.get(name.use or "usual", NameUse.USUAL)
        if text:
            yield Name(
                text=text,
                family=name.family,
                given=tuple(one for one in name.given or () if one),
                use=NameUse.UNBORN if is_unborn else use,
                **teller.at(f"{place}.name[{number}]"),
            )


def spoken(name: fhir.HumanName) -> str:
    """Return *name* as it is said: its own text, or given names before the family name."""
    parts = [*(name.given or ()), name.family]
    return name.text or " ".join(part for part in parts if part)


def _birth(teller: Teller, patient: fhir.Patient, place: str) -> Iterator[Birth]:
    expected = told(patient.extension, "expected-date-of-delivery")
    if expected and expected.valueDate:
        at = teller.at(f"{place}.extension('{expected.url}')")
        yield Birth(expected_on=day(expected.valueDate), **at)
    if born_on := day(patient.birthDate):
        yield Birth(born_on=born_on, **teller.at(f"{place}.birthDate"))


def _identifiers(teller: Teller, patient: fhir.Patient, place: str) -> Iterator[Identifier]:
    for number, one in enumerate(patient.identifier or ()):
        if one.value is None:
            continue
        scheme = scheme_of(one.system or "")
        value, is_valid = _parsed(scheme, one.value)
        yield Identifier(
            scheme=scheme or one.system or "",
            value=value,
            is_valid=is_valid,
            is_verified=is_valid and _is_verified(one),
            **teller.at(f"{place}.identifier[{number}]"),
        )


def _parsed(scheme: Scheme | None, text: str) -> tuple[str, bool]:
    if scheme is None:
        return text, True
    try:
        return parse(scheme, text), True
    except IdentifierError:
        return text, False


def _is_verified(identifier: fhir.Identifier) -> bool:
    """Say whether the sender traced the number: UK Core's status, in words or as 01."""
    for one in identifier.extension or ():
        if one.url == NHS_NUMBER_STATUS and one.valueCodeableConcept:
            codes = {code.code for code in one.valueCodeableConcept.coding or ()}
            return bool(codes & {"number-present-and-verified", "01"})
    return False


def _sex(teller: Teller, patient: fhir.Patient, place: str) -> Iterator[Coded]:
    if patient.gender:
        code = Coding(SEX, patient.gender)
        yield Coded(codes=(code,), **teller.at(f"{place}.gender"))


def _addresses(teller: Teller, patient: fhir.Patient, place: str) -> Iterator[Address]:
    for number, one in enumerate(patient.address or ()):
        yield Address(
            lines=tuple(line for line in one.line or () if line),
            town=one.city,
            postcode=one.postalCode,
            uprn=_uprn(one),
            use=_ADDRESS_USES.get(one.use or "home", AddressUse.OTHER),
            **teller.at(f"{place}.address[{number}]"),
        )


def _uprn(address: fhir.Address) -> str | None:
    for one in address.extension or ():
        if one.url == ADDRESS_KEY:
            parts = {part.url: part for part in one.extension or ()}
            kind, value = parts.get("type"), parts.get("value")
            if kind and kind.valueCoding and kind.valueCoding.code == "UPRN" and value:
                return value.valueString
    return None


def _contacts(teller: Teller, patient: fhir.Patient, place: str) -> Iterator[ContactPoint]:
    for number, one in enumerate(patient.telecom or ()):
        if one.value:
            is_mobile = one.use == "mobile" and one.system == "phone"
            kind = _CONTACT_KINDS.get(one.system or "", ContactKind.OTHER)
            yield ContactPoint(
                kind=ContactKind.MOBILE if is_mobile else kind,
                value=one.value,
                **teller.at(f"{place}.telecom[{number}]"),
            )


def _ethnicity(teller: Teller, patient: fhir.Patient, place: str) -> Iterator[Coded]:
    for one in patient.extension or ():
        if one.url == ETHNICITY and one.valueCodeableConcept:
            concept = one.valueCodeableConcept
            at = teller.at(f"{place}.extension('{one.url}')")
            yield Coded(codes=codings(concept), text=concept.text, **at)


def _languages(teller: Teller, patient: fhir.Patient, place: str) -> Iterator[Coded]:
    for number, one in enumerate(patient.communication or ()):
        concept = one.language
        at = teller.at(f"{place}.communication[{number}].language")
        yield Coded(codes=codings(concept), text=concept.text, **at)


_DETAILS: Final[dict[str, Callable[[Teller, fhir.Patient, str], Iterator[Item]]]] = {
    "child.names": _names,
    "child.birth": _birth,
    "child.identifiers": _identifiers,
    "child.sex": _sex,
    "child.addresses": _addresses,
    "child.contacts": _contacts,
    "child.ethnicity": _ethnicity,
    "child.languages": _languages,
}


def read_family(teller: Teller, child: Entry) -> Iterator[tuple[str, Item]]:
    """Yield the child's carers, siblings and household, each from a RelatedPerson."""
    for entry, related in teller.entries.about(child, fhir.RelatedPerson):
        relationship = codings(related.relationship[0]) if related.relationship else ()
        path, whom = place_in_family(related)
        lives_with = told(related.extension, "lives-with-child")
        person = Person(
            name=spoken(related.name[0]) if related.name else None,
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
        yield path, person


def place_in_family(related: fhir.RelatedPerson) -> tuple[str, AboutWhom]:
    """Return the part of the family that *related* belongs to, and whom it is about there.

    A carer is one by a parent's or guardian's role code; nobody is one by name.
    """
    codes = [
        one.code or ""
        for concept in related.relationship or ()
        for one in concept.coding or ()
        if one.system == ROLE_CODE
    ]
    if any(mark in code for code in codes for mark in _CARERS):
        return "people.carers", AboutWhom.PARENT_OR_CARER
    if any(mark in code for code in codes for mark in _SIBLINGS):
        return "people.siblings", AboutWhom.SIBLING
    return "people.household", AboutWhom.OTHER_PERSON


def _responsibility(related: fhir.RelatedPerson) -> ParentalResponsibility:
    answer = told(related.extension, "parental-responsibility")
    return _RESPONSIBILITIES.get(
        (answer.valueCode if answer else None) or "", ParentalResponsibility.UNKNOWN
    )


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
    return spoken(person.name[0])


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
