"""The child of a message: what a Patient says, each part of it an item with its element's path.

Of two dates of birth, or of two sexes, that several services hold, a Patient has a place for one:
the other is our extension of the element's name, and in it the fields of the item.
"""

from collections.abc import Callable, Iterator
from typing import Final

from mappings.bars.entries import Entry
from mappings.bars.names import ADDRESS_KEY, ETHNICITY, NHS_NUMBER_STATUS, extension
from mappings.bars.people import codings, day, spoken, told
from mappings.bars.telling import Extensions, Teller, field_names, telling_of
from mappings.caf.errors import IdentifierError
from mappings.caf.identifiers import Scheme, parse, scheme_of
from mappings.caf.items import (
    Address,
    Birth,
    Coded,
    Coding,
    ContactPoint,
    Identifier,
    Item,
    Name,
)
from mappings.caf.vocabulary import AddressUse, ContactKind, NameUse
from mappings.fhir_r4 import generated as fhir

SEX: Final = "http://hl7.org/fhir/administrative-gender"
EXPECTED: Final = extension("expected-date-of-delivery")
ANOTHER_BIRTH: Final = extension("child-birth")
ANOTHER_SEX: Final = extension("child-sex")

# What is told beside the elements of a Patient, which have no place for it.
NAME: Final = telling_of(Name, field_names(Name) - {"text", "family", "given"})
BIRTH: Final = telling_of(Birth, field_names(Birth))
IDENTIFIER: Final = telling_of(
    Identifier, field_names(Identifier) - {"scheme", "value", "is_valid", "is_verified"}
)
CODED: Final = telling_of(Coded, field_names(Coded))
ADDRESS: Final = telling_of(Address, field_names(Address) - {"lines", "town", "postcode", "uprn"})
CONTACT: Final = telling_of(ContactPoint, field_names(ContactPoint) - {"value"})

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
            at = f"{place}.name[{number}]"
            item = Name(
                text=text,
                family=name.family,
                given=tuple(one for one in name.given or () if one),
                use=NameUse.UNBORN if is_unborn else use,
                **teller.at(at),
            )
            yield teller.beside(item, NAME, name.extension, at)


def _birth(teller: Teller, patient: fhir.Patient, place: str) -> Iterator[Birth]:
    expected = told(patient.extension, "expected-date-of-delivery")
    if expected and expected.valueDate:
        at = teller.at(f"{place}.extension('{expected.url}')")
        yield Birth(expected_on=day(expected.valueDate), **at)
    beside = patient.birthDate_ext.extension if patient.birthDate_ext else None
    if beside or day(patient.birthDate):
        at = teller.at(f"{place}.birthDate")
        born = Birth(born_on=day(patient.birthDate), **at)
        yield teller.beside(born, BIRTH, beside, f"{place}.birthDate")
    for inner, where in _others(patient, ANOTHER_BIRTH, place):
        yield teller.beside(Birth(**teller.at(where)), BIRTH, inner, where)


def _others(patient: fhir.Patient, url: str, place: str) -> Iterator[tuple[Extensions, str]]:
    """Yield what each extension *url* of *patient* tells, and where it stands."""
    number = 0
    for one in patient.extension or ():
        if one.url == url:
            at = f"{place}.extension('{url}')"
            yield one.extension, f"{at}[{number}]" if number else at
            number += 1


def _identifiers(teller: Teller, patient: fhir.Patient, place: str) -> Iterator[Identifier]:
    for number, one in enumerate(patient.identifier or ()):
        if one.value is None:
            continue
        scheme = scheme_of(one.system or "")
        value, is_valid = _parsed(scheme, one.value)
        at = f"{place}.identifier[{number}]"
        item = Identifier(
            scheme=scheme or one.system or "",
            value=value,
            is_valid=is_valid,
            is_verified=is_valid and _is_verified(one),
            **teller.at(at),
        )
        yield teller.beside(item, IDENTIFIER, one.extension, at)


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
        at = f"{place}.gender"
        item = Coded(codes=(Coding(SEX, patient.gender),), **teller.at(at))
        beside = patient.gender_ext.extension if patient.gender_ext else None
        yield teller.beside(item, CODED, beside, at)
    for inner, where in _others(patient, ANOTHER_SEX, place):
        yield teller.beside(Coded(**teller.at(where)), CODED, inner, where)


def _addresses(teller: Teller, patient: fhir.Patient, place: str) -> Iterator[Address]:
    for number, one in enumerate(patient.address or ()):
        at = f"{place}.address[{number}]"
        item = Address(
            lines=tuple(line for line in one.line or () if line),
            town=one.city,
            postcode=one.postalCode,
            uprn=_uprn(one),
            use=_ADDRESS_USES.get(one.use or "home", AddressUse.OTHER),
            **teller.at(at),
        )
        yield teller.beside(item, ADDRESS, one.extension, at)


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
            at = f"{place}.telecom[{number}]"
            item = ContactPoint(
                kind=ContactKind.MOBILE if is_mobile else kind, value=one.value, **teller.at(at)
            )
            yield teller.beside(item, CONTACT, one.extension, at)


def _ethnicity(teller: Teller, patient: fhir.Patient, place: str) -> Iterator[Coded]:
    number = 0
    for one in patient.extension or ():
        if one.url == ETHNICITY and one.valueCodeableConcept:
            concept = one.valueCodeableConcept
            at = f"{place}.extension('{one.url}')" + (f"[{number}]" if number else "")
            number += 1
            item = Coded(codes=codings(concept), text=concept.text, **teller.at(at))
            yield teller.beside(item, CODED, concept.extension, at)


def _languages(teller: Teller, patient: fhir.Patient, place: str) -> Iterator[Coded]:
    for number, one in enumerate(patient.communication or ()):
        concept, at = one.language, f"{place}.communication[{number}].language"
        item = Coded(codes=codings(concept), text=concept.text, **teller.at(at))
        yield teller.beside(item, CODED, concept.extension, at)


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
