"""A BaRS message to one CAF for each child that it is about."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, get_type_hints

from mappings.bars.answers import Doubt, Fields, read_answers
from mappings.bars.consent import read_consent
from mappings.bars.entries import Entries, Entry
from mappings.bars.names import QUESTIONNAIRE
from mappings.bars.people import Teller, read_child, read_family
from mappings.bars.plan import assessor, read_plan
from mappings.caf.assessment import Assessment
from mappings.caf.elements import CATALOGUE
from mappings.caf.items import Item
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
    teller = Teller(entries, holder)
    for child in entries.children:
        yield _read(teller, child)


def _read(teller: Teller, child: Entry) -> ChildRead:
    items: dict[str, list[Item]] = {}
    doubts: list[Doubt] = []
    authored: datetime | None = None
    for read in (read_child, read_family, read_plan, read_consent):
        for path, item in read(teller, child):
            if item is not None:
                items.setdefault(path, []).append(item)
    for entry, response in teller.entries.about(child, QuestionnaireResponse):
        is_ours = (response.questionnaire or "").partition("|")[0] == QUESTIONNAIRE
        if not is_ours or response.status == "entered-in-error":
            continue
        authored = moment(response.authored)
        told: Fields = {"holder": teller.holder, "recorded_at": authored}
        answers = read_answers(teller.entries, response, entry.place, told)
        doubts += answers.doubts
        for path, found in answers.items.items():
            items.setdefault(path, []).extend(found)
        if (who := assessor(teller, entry, response)) is not None:
            items.setdefault("information.assessor", []).append(who)
    completed_on = authored.date() if authored else None
    assessment = Assessment(
        id=teller.entries.id_at(child.place), completed_on=completed_on, **_sections(items)
    )
    return ChildRead(child, assessment, tuple(doubts))


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


_SECTION_NAMES: Final = frozenset(element.section for element in CATALOGUE)
_SECTIONS: Final = {
    name: kind for name, kind in get_type_hints(Assessment).items() if name in _SECTION_NAMES
}
