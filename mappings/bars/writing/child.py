"""The Patient of a message: the child, as far as the view shows who it is."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, Literal, TypeVar

from mappings.bars.child import (
    ADDRESS,
    ANOTHER_BIRTH,
    ANOTHER_SEX,
    BIRTH,
    CODED,
    CONTACT,
    EXPECTED,
    IDENTIFIER,
    NAME,
    SEX,
)
from mappings.bars.names import ADDRESS_KEY, ETHNICITY, NHS_NUMBER_STATUS
from mappings.bars.telling import Telling
from mappings.bars.writing.draft import Draft, is_empty
from mappings.bars.writing.extensions import concept, says_more, tell, text
from mappings.caf.assessment import Child
from mappings.caf.identifiers import Scheme
from mappings.caf.items import Address, Birth, Coded, Coding, ContactPoint, Identifier, Item, Name
from mappings.caf.vocabulary import AddressUse, ContactKind, NameUse
from mappings.fhir_r4 import generated as fhir

_SCHEMES: Final = {one.value: one.system for one in Scheme}
I = TypeVar("I", bound=Item)  # noqa: E741 - an item of one kind
_NameUse = Literal["official", "nickname", "old", "anonymous"]
_AddressUse = Literal["home", "temp", "old"]
_Sex = Literal["male", "female", "other", "unknown"]
_System = Literal["phone", "email", "other"]

_NAME_USES: Final[Mapping[NameUse, _NameUse]] = {
    NameUse.USUAL: "official",
    NameUse.PREFERRED: "nickname",
    NameUse.PREVIOUS: "old",
    NameUse.ALIAS: "anonymous",
}
_ADDRESS_USES: Final[Mapping[AddressUse, _AddressUse]] = {
    AddressUse.HOME: "home",
    AddressUse.TEMPORARY: "temp",
    AddressUse.PREVIOUS: "old",
}
_VERIFIED: Final = fhir.Extension(
    url=NHS_NUMBER_STATUS,
    valueCodeableConcept=fhir.CodeableConcept(
        coding=(
            fhir.Coding(
                system="https://fhir.hl7.org.uk/CodeSystem/UKCore-NHSNumberVerificationStatus",
                code="number-present-and-verified",
            ),
        )
    ),
)
_UPRN: Final = fhir.Coding(
    system="https://fhir.hl7.org.uk/CodeSystem/UKCore-AddressKeyType", code="UPRN"
)
_SEXES: Final[Mapping[str, _Sex]] = {
    "male": "male",
    "female": "female",
    "other": "other",
    "unknown": "unknown",
}
_SYSTEMS_OF_CONTACT: Final[Mapping[ContactKind, _System]] = {
    ContactKind.PHONE: "phone",
    ContactKind.MOBILE: "phone",
    ContactKind.EMAIL: "email",
    ContactKind.OTHER: "other",
}


def patient(draft: Draft, child: Child) -> fhir.Patient:
    """Return the child; of whose sex or birth two services say different things, both."""
    births, sexes = list(child.birth), list(child.sex)
    expected = _take(births, lambda birth: _is_only_expected(birth, draft))
    born = _take(births, lambda birth: birth.born_on is not None)
    sex = _take(sexes, lambda one: _gender(one) is not None)
    extensions = (
        *_ethnicity(draft, child.ethnicity),
        *_expected(expected),
        *_others(draft, ANOTHER_BIRTH, births, BIRTH),
        *_others(draft, ANOTHER_SEX, sexes, CODED),
    )
    return fhir.Patient(
        extension=extensions or None,
        identifier=tuple(_identifiers(draft, child.identifiers)) or None,
        name=tuple(_names(draft, child.names, is_unborn=expected is not None)) or None,
        telecom=tuple(_contacts(draft, child.contacts)) or None,
        gender=None if sex is None else _gender(sex),
        gender_ext=None if sex is None else _beside_sex(draft, sex),
        birthDate=None if born is None or born.born_on is None else born.born_on.isoformat(),
        birthDate_ext=None if born is None else _beside_birth(draft, born),
        address=tuple(_addresses(draft, child.addresses)) or None,
        communication=tuple(_languages(draft, child.languages)) or None,
    )


def _take(items: list[I], is_it: Callable[[I], bool]) -> I | None:
    """Return the first of *items* that a Patient has a place for, and take it out of them."""
    found = next((one for one in items if is_it(one)), None)
    if found is not None:
        items.remove(found)
    return found


def _is_only_expected(birth: Birth, draft: Draft) -> bool:
    """Say whether *birth* is no more than a date: our extension for it holds no more."""
    only = Birth(expected_on=birth.expected_on)
    return birth.expected_on is not None and tell(birth, BIRTH, draft, known=only) is None


def _expected(birth: Birth | None) -> Iterator[fhir.Extension]:
    if birth is not None and birth.expected_on is not None:
        yield fhir.Extension(url=EXPECTED, valueDate=birth.expected_on.isoformat())


def _beside_birth(draft: Draft, birth: Birth) -> fhir.PrimitiveExtension | None:
    return _beside(tell(birth, BIRTH, draft, known=Birth(born_on=birth.born_on)))


def _gender(sex: Coded) -> _Sex | None:
    found = (one.code for one in sex.codes if one.system == SEX)
    return _SEXES.get(next(found, ""))


def _beside_sex(draft: Draft, sex: Coded) -> fhir.PrimitiveExtension | None:
    return _beside(tell(sex, CODED, draft, known=Coded(codes=(Coding(SEX, _gender(sex) or ""),))))


def _beside(told: tuple[fhir.Extension, ...] | None) -> fhir.PrimitiveExtension | None:
    return None if told is None else fhir.PrimitiveExtension(extension=told)


def _others(
    draft: Draft, url: str, items: Sequence[Item], telling: Telling
) -> Iterator[fhir.Extension]:
    for item in items:
        told = tell(item, telling, draft)
        if says_more(told, telling):
            yield fhir.Extension(url=url, extension=told)


def _names(draft: Draft, names: tuple[Name, ...], *, is_unborn: bool) -> Iterator[fhir.HumanName]:
    for name in names:
        if not name.text:
            continue
        read_as = NameUse.UNBORN if is_unborn else name.use
        if read_as is NameUse.UNBORN and not is_unborn:
            read_as = NameUse.USUAL
        given = tuple(one for one in name.given if one)
        yield fhir.HumanName(
            extension=tell(name, NAME, draft, known=Name(text="", use=read_as)),
            use=_NAME_USES.get(name.use),
            text=name.text,
            family=text(name.family),
            given=given or None,
        )


def _identifiers(draft: Draft, identifiers: tuple[Identifier, ...]) -> Iterator[fhir.Identifier]:
    for one in identifiers:
        system = _SCHEMES.get(one.scheme, one.scheme)
        if not one.value or " " in system:
            continue
        verified = (_VERIFIED,) if one.is_verified else ()
        extension = (*verified, *(tell(one, IDENTIFIER, draft) or ()))
        yield fhir.Identifier(extension=extension or None, system=text(system), value=one.value)


def _addresses(draft: Draft, addresses: tuple[Address, ...]) -> Iterator[fhir.Address]:
    for one in addresses:
        if is_empty(one):
            continue
        use = _ADDRESS_USES.get(one.use)
        known = Address(use=one.use if use else AddressUse.HOME)
        extension = (*_uprn(one), *(tell(one, ADDRESS, draft, known=known) or ()))
        yield fhir.Address(
            extension=extension or None,
            use=use,
            line=tuple(line for line in one.lines if line) or None,
            city=text(one.town),
            postalCode=text(one.postcode),
        )


def _uprn(address: Address) -> Iterator[fhir.Extension]:
    if address.uprn:
        kind = fhir.Extension(url="type", valueCoding=_UPRN)
        value = fhir.Extension(url="value", valueString=address.uprn)
        yield fhir.Extension(url=ADDRESS_KEY, extension=(kind, value))


def _contacts(draft: Draft, contacts: tuple[ContactPoint, ...]) -> Iterator[fhir.ContactPoint]:
    for one in contacts:
        if one.value:
            yield fhir.ContactPoint(
                extension=tell(
                    one, CONTACT, draft, known=ContactPoint(kind=one.kind, value=one.value)
                ),
                system=_SYSTEMS_OF_CONTACT[one.kind],
                value=one.value,
                use="mobile" if one.kind is ContactKind.MOBILE else None,
            )


def _ethnicity(draft: Draft, ethnicity: tuple[Coded, ...]) -> Iterator[fhir.Extension]:
    for one in ethnicity:
        if (found := _concept(draft, one)) is not None:
            yield fhir.Extension(url=ETHNICITY, valueCodeableConcept=found)


def _languages(draft: Draft, languages: tuple[Coded, ...]) -> Iterator[fhir.PatientCommunication]:
    for one in languages:
        if (found := _concept(draft, one)) is not None:
            yield fhir.PatientCommunication(language=found)


def _concept(draft: Draft, coded: Coded) -> fhir.CodeableConcept | None:
    if concept(coded.codes, coded.text) is None:
        return None
    known = Coded(codes=coded.codes, text=coded.text)
    return concept(coded.codes, coded.text, extension=tell(coded, CODED, draft, known=known))
