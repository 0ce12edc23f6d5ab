"""A BaRS message to one CAF for each child that it is about."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, get_type_hints

from mappings.bars.answers import read_answers
from mappings.bars.child import read_child
from mappings.bars.consent import read_consent
from mappings.bars.entries import Entries, Entry
from mappings.bars.names import QUESTIONNAIRE
from mappings.bars.people import day, read_family, told
from mappings.bars.plan import assessor, read_plan
from mappings.bars.telling import Doubt, Fields, Teller
from mappings.caf.assessment import Assessment
from mappings.caf.elements import CATALOGUE
from mappings.caf.items import Item
from mappings.caf.vocabulary import CasePhase
from mappings.caf.whereabouts import without_whereabouts
from mappings.fhir_r4.generated import QuestionnaireResponse


@dataclass(frozen=True, slots=True)
class ChildRead:
    """What a message says of one child, and what in it could not be placed."""

    child: Entry
    assessment: Assessment
    doubts: tuple[Doubt, ...]


def to_caf(entries: Entries, holder: str | None) -> Iterator[ChildRead]:
    """Yield the CAF of each child that the message is about.

    *holder* is the service that all of it comes from. Every item says which place of the
    message it came from.
    """
    for child in entries.children:
        yield _read(Teller(entries, holder), child)


def _read(teller: Teller, child: Entry) -> ChildRead:
    items: dict[str, list[Item]] = {}
    facts: dict[str, Any] = {}
    for read in (read_child, read_family, read_plan, read_consent):
        for path, item in read(teller, child):
            if item is not None:
                items.setdefault(path, []).append(item)
    for entry, response in teller.entries.about(child, QuestionnaireResponse):
        is_ours = (response.questionnaire or "").partition("|")[0] == QUESTIONNAIRE
        if not is_ours or response.status == "entered-in-error":
            continue
        facts |= response_facts(response)
        said: Fields = {"holder": teller.holder, "recorded_at": moment(response.authored)}
        for path, item in read_answers(teller, response, entry.place, said):
            items.setdefault(path, []).append(item)
        if (who := assessor(teller, entry, response)) is not None:
            items.setdefault("information.assessor", []).append(who)
    assessment = Assessment(id=teller.entries.id_at(child.place), **facts, **_sections(items))
    if teller.entries.is_restricted(child):
        assessment = without_whereabouts(assessment)
    return ChildRead(child, assessment, tuple(teller.doubts))


def response_facts(response: QuestionnaireResponse) -> dict[str, Any]:
    """Return what *response* says of the assessment as a whole."""
    version, phase = told(response.extension, "version"), told(response.extension, "phase")
    started = told(response.extension, "started-on")
    facts = {
        "version": version.valueString if version else None,
        "phase": _PHASES.get((phase.valueCode if phase else None) or ""),
        "started_on": day(started.valueDate) if started else None,
        "completed_on": day(response.authored),
    }
    return {name: value for name, value in facts.items() if value is not None}


def _sections(items: dict[str, list[Item]]) -> dict[str, Any]:
    """Return the sections of the assessment that *items*, by element path, make up."""
    fields: dict[str, dict[str, tuple[Item, ...]]] = {}
    for path, found in items.items():
        section, _, name = path.partition(".")
        fields.setdefault(section, {})[name] = tuple(found)
    return {name: _SECTIONS[name](**found) for name, found in fields.items()}


def moment(text: str | None) -> datetime | None:
    """Return a FHIR dateTime with a time as an aware datetime; None where it has none.

    >>> moment("2026-05-01T10:00:00Z").isoformat(), moment("2026-05-01")
    ('2026-05-01T10:00:00+00:00', None)
    """
    if text is None or "T" not in text:
        return None
    # FHIR allows a leap second, Python has none: the second before it stands for it.
    return datetime.fromisoformat(text.replace(":60", ":59"))


_PHASES: Final = {one.value: one for one in CasePhase}
_SECTION_NAMES: Final = frozenset(element.section for element in CATALOGUE)
_SECTIONS: Final = {
    name: kind for name, kind in get_type_hints(Assessment).items() if name in _SECTION_NAMES
}
