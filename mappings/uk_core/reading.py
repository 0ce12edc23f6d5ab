"""A child's record to the CAF: what the rows read, the consents, and questionnaire responses."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final

from msgspec import structs

from mappings.bars.answers import read_answers
from mappings.bars.caf import moment, response_facts
from mappings.bars.consent import read_consent
from mappings.bars.entries import Entries
from mappings.bars.entries import Entry as TypedEntry
from mappings.bars.names import QUESTIONNAIRE
from mappings.bars.telling import Fields, Teller
from mappings.caf.assessment import Assessment, Section
from mappings.caf.items import About, Item, Person, Source
from mappings.caf.whereabouts import without_whereabouts
from mappings.fhir_r4 import generated as fhir
from mappings.language.translation import Placed
from mappings.uk_core.record import Record
from mappings.uk_core.shape import translation

Items = dict[str, list[Item]]


@dataclass(frozen=True)
class Resources(Entries):
    """The typed resources of a payload, every Patient of which is a child.

    *alone* is the type of a resource that came without a Bundle: its places begin with that.
    *own* are the places of what is about the child who is read.
    """

    alone: str = ""
    own: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.alone:
            own = tuple(structs.replace(entry, place=self.alone) for entry in self.all)
            object.__setattr__(self, "all", own)

    @cached_property
    def children(self) -> tuple[TypedEntry, ...]:
        """The children that the payload is about."""
        return tuple(entry for entry, _ in self.of(fhir.Patient))

    def is_about(self, entry: TypedEntry, child: TypedEntry) -> bool:  # noqa: ARG002 - one child
        """Whether *entry* is about the child who is read."""
        return entry.place in self.own


@dataclass(frozen=True, slots=True)
class ChildRead:
    """What a payload says of one child, and what in it could not be read as it stands."""

    record: Record
    assessment: Assessment
    doubts: tuple[Placed, ...]


def read(record: Record, resources: Resources, holder: str | None) -> ChildRead:
    """Return the CAF of the child whose *record* it is; *holder* is the service it comes from."""
    resources = replace(resources, own=frozenset(entry.place for entry in record.entries))
    rows = translation().read(record.tree, record=resources.record)
    items: Items = {}
    for path, item in items_by_path(rows.assessment):
        items.setdefault(path, []).append(_placed(item, record, resources, holder))
    teller = Teller(resources, holder)
    child = _child(record, resources)
    for path, statement in read_consent(teller, child):
        items.setdefault(path, []).append(statement)
    facts: dict[str, Any] = {}
    for entry, response in resources.about(child, fhir.QuestionnaireResponse):
        if _is_ours(response):
            facts |= response_facts(response)
            said: Fields = {"holder": holder, "recorded_at": moment(response.authored)}
            for path, answer in read_answers(teller, response, entry.place, said):
                items.setdefault(path, []).append(answer)
    doubts = [placed_doubt(record, one) for one in rows.doubts]
    doubts += [Placed(one.code, one.where, one.message) for one in teller.doubts]
    assessment = Assessment(**facts, **sections_of(items))
    if record.is_restricted:
        assessment = without_whereabouts(assessment)
    return ChildRead(record, assessment, tuple(doubts))


def placed_doubt(record: Record, doubt: Placed) -> Placed:
    """Return *doubt* with its place in the payload."""
    return doubt._replace(where=record.real(doubt.where))


def _is_ours(response: fhir.QuestionnaireResponse) -> bool:
    canonical = (response.questionnaire or "").partition("|")[0]
    return canonical == QUESTIONNAIRE and response.status != "entered-in-error"


def _child(record: Record, resources: Resources) -> TypedEntry:
    if record.patient is None:
        return TypedEntry("", "", fhir.Patient())
    return resources.by_place[record.patient.place]


def _placed(item: Item, record: Record, resources: Resources, holder: str | None) -> Item:
    """Return *item* with its place in the payload; a person is known by that of the resource."""
    if item.source is None:
        return structs.replace(item, holder=holder)
    place = record.real(item.source.place)
    source = Source(item.source.record, place)
    if not isinstance(item, Person):
        return structs.replace(item, source=source, holder=holder)
    id_ = resources.id_at(place)
    about = tuple(About(one.whom, id_) for one in item.about)
    return structs.replace(item, id=id_, about=about, source=source, holder=holder)


def relocated(assessment: Assessment, record: Record, holder: str | None) -> Assessment:
    """Return *assessment*, read of *record*, with the places of its items in the payload."""
    items: Items = {}
    for path, item in items_by_path(assessment):
        source = item.source and Source(item.source.record, record.real(item.source.place))
        items.setdefault(path, []).append(structs.replace(item, source=source, holder=holder))
    return Assessment(**sections_of(items))


def items_by_path(assessment: Assessment) -> Iterator[tuple[str, Item]]:
    """Yield every item of *assessment* with its element's path."""
    for name in assessment.__struct_fields__:
        section = getattr(assessment, name)
        if isinstance(section, Section):
            for field in section.__struct_fields__:
                for item in getattr(section, field):
                    yield f"{name}.{field}", item


def sections_of(items: Mapping[str, list[Item]]) -> dict[str, Any]:
    """Return the sections of an assessment that *items*, by element path, make up."""
    fields: dict[str, dict[str, tuple[Item, ...]]] = {}
    for path, found in items.items():
        section, _, name = path.partition(".")
        fields.setdefault(section, {})[name] = tuple(found)
    return {name: _SECTIONS[name](**found) for name, found in fields.items()}


_SECTIONS: Final[dict[str, type[Section]]] = {
    one.name: one.type for one in structs.fields(Assessment) if isinstance(one.default, Section)
}
