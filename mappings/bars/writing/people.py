"""The family in a message: a RelatedPerson for each person whom the view shows."""

from collections.abc import Iterator
from typing import Final

from msgspec.structs import replace

from mappings.bars.names import extension
from mappings.bars.people import PERSON, PLACES, place_in_family
from mappings.bars.writing.draft import Draft
from mappings.bars.writing.extensions import concept, tell
from mappings.caf.assessment import People
from mappings.caf.items import About, Person
from mappings.caf.vocabulary import ParentalResponsibility
from mappings.fhir_r4 import generated as fhir

_PARTS: Final = (("carers", "carer"), ("siblings", "sibling"), ("household", "household"))


def family(draft: Draft, people: People) -> Iterator[tuple[str, fhir.RelatedPerson]]:
    """Yield each person of the family with the full URL of their resource."""
    for field, place in _PARTS:
        for person in getattr(people, field):
            yield draft.persons[person.id], _related(draft, person, place)


def _related(draft: Draft, person: Person, place: str) -> fhir.RelatedPerson:
    codes = () if person.relationship is None else (person.relationship,)
    relationship = concept(codes, person.relationship_text)
    bare = fhir.RelatedPerson(
        patient=draft.reference("patient"),
        relationship=None if relationship is None else (relationship,),
        name=(fhir.HumanName(text=person.name),) if person.name else None,
        telecom=(fhir.ContactPoint(system="phone", value=person.phone),) if person.phone else None,
        birthDate=None if person.born_on is None else person.born_on.isoformat(),
        address=(fhir.Address(text=person.address),) if person.address else None,
    )
    path, whom = PLACES[place]
    placed = () if place_in_family(bare)[0] == path else (_coded("place-in-family", place),)
    known = Person(about=(About(whom, person.id),))
    extensions = (*placed, *_answers(person), *(tell(person, PERSON, draft, known=known) or ()))
    return replace(bare, extension=extensions or None)


def _answers(person: Person) -> Iterator[fhir.Extension]:
    if person.parental_responsibility is not ParentalResponsibility.UNKNOWN:
        yield _coded("parental-responsibility", person.parental_responsibility)
    if person.lives_with_child is not None:
        url = extension("lives-with-child")
        yield fhir.Extension(url=url, valueBoolean=person.lives_with_child)


def _coded(name: str, code: str) -> fhir.Extension:
    return fhir.Extension(url=extension(name), valueCode=code)
