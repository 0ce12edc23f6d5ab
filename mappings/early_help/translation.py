"""Between the early-help record and the CAF: the same items under the form's words, and back."""

from collections.abc import Callable, Iterator
from functools import cache
from hashlib import blake2b
from typing import TypeVar

from msgspec import Struct, structs

from mappings.caf.assessment import (
    Analysis,
    Assessment,
    Child,
    Consent,
    Information,
    People,
    Plan,
    PreAssessment,
    Section,
    Voice,
)
from mappings.caf.elements import CATALOGUE, Element, ElementPath
from mappings.caf.errors import IdentifierError
from mappings.caf.identifiers import Scheme, parse
from mappings.caf.items import Identifier, Item, Source
from mappings.caf.view import View
from mappings.early_help.record import (
    AssessmentFacts,
    AssessmentInformation,
    ConclusionsAndComments,
    DeliveryPlan,
    EarlyHelp,
    FamilyAndServices,
    IdentifyingDetails,
    StrengthsAndNeeds,
)

To = TypeVar("To", bound=Struct)

# Where each section of the CAF stands in the record, by attribute.
_SECTIONS = {
    "voice": ("childs_own_words",),
    "child": ("identifying_details",),
    "information": ("assessment_information",),
    "people": ("family_and_services",),
    "development": ("strengths_and_needs", "development"),
    "carers": ("strengths_and_needs", "carers"),
    "environment": ("strengths_and_needs", "environment"),
    "analysis": ("conclusions_and_comments",),
    "plan": ("delivery_plan",),
    "consent": ("consent_statements",),
    "checklist": ("pre_assessment_checklists",),
    "social_care": ("social_care",),
    "looked_after": ("looked_after",),
}
# Sections of one field, which in the record is a list and no part.
_LISTS = {"voice", "consent", "checklist"}


def to_caf(
    record: EarlyHelp, *, received: str = "", place: Callable[[str], str] = str
) -> Assessment:
    """Return the CAF that *record* holds, each item with an id.

    *received* is the SHA-256 (hex) of the document's bytes: where it is given, each item says
    from which record and which place in it it came, as *place* writes a JSON pointer. An item
    without an id is given an opaque one. Whether an identifier is valid is found here, and never
    believed.

    >>> to_caf(EarlyHelp(format="early-help/1", assessment=AssessmentFacts(id="a1"))).id
    'a1'
    """
    assessment = Assessment(
        **structs.asdict(record.assessment),
        voice=Voice(views=record.childs_own_words),
        child=_same(record.identifying_details, Child),
        information=_same(record.assessment_information, Information),
        people=_same(record.family_and_services, People),
        development=record.strengths_and_needs.development,
        carers=record.strengths_and_needs.carers,
        environment=record.strengths_and_needs.environment,
        analysis=_same(record.conclusions_and_comments, Analysis),
        plan=_same(record.delivery_plan, Plan),
        consent=Consent(statements=record.consent_statements),
        checklist=PreAssessment(checklists=record.pre_assessment_checklists),
        social_care=record.social_care,
        looked_after=record.looked_after,
    )
    return _settled(assessment, received, place)


def from_caf(view: View) -> EarlyHelp:
    """Return *view* as an early-help record: all of it, with its notice, purpose and marks.

    Where an item came from is ours alone: it is never written.

    >>> from_caf(View(content=Assessment(id="a1"), purpose="early_help")).assessment.id
    'a1'
    """
    caf = _without_sources(view.content)
    return EarlyHelp(
        childs_own_words=caf.voice.views,
        format="early-help/1",
        notice=view.notice,
        purpose=view.purpose,
        marks=view.marks,
        expires_on=view.expires_on,
        usable_until=view.usable_until,
        assessment=_same(caf, AssessmentFacts),
        identifying_details=_same(caf.child, IdentifyingDetails),
        assessment_information=_same(caf.information, AssessmentInformation),
        family_and_services=_same(caf.people, FamilyAndServices),
        strengths_and_needs=_same(caf, StrengthsAndNeeds),
        conclusions_and_comments=_same(caf.analysis, ConclusionsAndComments),
        delivery_plan=_same(caf.plan, DeliveryPlan),
        consent_statements=caf.consent.statements,
        pre_assessment_checklists=caf.checklist.checklists,
        social_care=caf.social_care,
        looked_after=caf.looked_after,
    )


def _same(source: Struct, to: type[To]) -> To:
    """Return a *to* with the values of *source*: part and section have the same attributes."""
    values = {name: getattr(source, name) for name in to.__struct_fields__}
    built = to(**values)
    # An empty part is the default one, so that it is left out where the record is written.
    return _empty(to) if built == _empty(to) else built


@cache
def _empty(of: type[To]) -> To:
    return of()


def place_of(element: Element) -> tuple[str, ...]:
    """Return where *element* stands in the JSON document, as names from the top.

    >>> from mappings.caf.elements import element
    >>> place_of(element("child.birth"))
    ('identifying_details', 'date_of_birth_or_expected_delivery')
    """
    attributes = _SECTIONS[element.section]
    if element.section not in _LISTS:
        attributes += (element.field,)
    return tuple(_wire_names(attributes))


def _wire_names(attributes: tuple[str, ...]) -> Iterator[str]:
    struct: type = EarlyHelp
    for attribute in attributes:
        found = next(one for one in structs.fields(struct) if one.name == attribute)
        yield found.encode_name
        struct = found.type


def placed_items(assessment: Assessment) -> Iterator[tuple[str, Item]]:
    """Yield each item of *assessment* with the JSON pointer at which its document has it."""
    for section, field, pointer in _WALK:
        for place, item in enumerate(getattr(getattr(assessment, section), field)):
            yield f"{pointer}/{place}", item


ELEMENTS_BY_PLACE: dict[tuple[str, ...], ElementPath] = {
    place_of(element): element.path for element in CATALOGUE
}
_WALK = tuple(
    (element.section, element.field, "/" + "/".join(place_of(element))) for element in CATALOGUE
)


def _settled(assessment: Assessment, received: str, place: Callable[[str], str]) -> Assessment:
    sections: dict[str, Section] = {}
    for name, field, pointer in _WALK:
        section = sections.get(name, getattr(assessment, name))
        items: tuple[Item, ...] = getattr(section, field)
        if items:
            settled = tuple(
                _settled_item(item, f"{pointer}/{number}", received, place)
                for number, item in enumerate(items)
            )
            sections[name] = structs.replace(section, **{field: settled})
    return structs.replace(assessment, **sections)


def _without_sources(assessment: Assessment) -> Assessment:
    sections: dict[str, Section] = {}
    for name, field, _ in _WALK:
        section = sections.get(name, getattr(assessment, name))
        items: tuple[Item, ...] = getattr(section, field)
        if any(item.source is not None for item in items):
            bare = tuple(structs.replace(item, source=None) for item in items)
            sections[name] = structs.replace(section, **{field: bare})
    return structs.replace(assessment, **sections) if sections else assessment


def _settled_item(item: Item, pointer: str, received: str, place: Callable[[str], str]) -> Item:
    if isinstance(item, Identifier):
        item = structs.replace(item, is_valid=_is_valid(item))
    return structs.replace(
        item,
        id=item.id or _opaque(received, pointer),
        source=Source(received, place(pointer)) if received else None,
    )


def _opaque(received: str, pointer: str) -> str:
    # Not a number that counts: a gap between two would tell that something is withheld.
    return blake2b(f"{received}#{pointer}".encode(), digest_size=12).hexdigest()


def _is_valid(identifier: Identifier) -> bool:
    """Say whether *identifier* parses; one of a scheme that is not ours is taken as it is."""
    try:
        scheme = Scheme(identifier.scheme)
    except ValueError:
        return identifier.is_valid
    try:
        parse(scheme, identifier.value)
    except IdentifierError:
        return False
    return True
