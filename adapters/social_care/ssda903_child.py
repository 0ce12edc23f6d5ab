"""One child of an SSDA903 return, from the record to a portion: the CAF, findings, the account.

The record is the same whichever way it came: a child in XML has its places there, a child of a set
of CSV files has for each of them a table, a line and a column, such as `Episodes:17:PLACE`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from msgspec import structs

from adapters.contract import Finding, Portion, Reading, Severity
from mappings.caf.assessment import Assessment, Section
from mappings.caf.items import Item
from mappings.fidelity import Leaf, Ledger
from mappings.language.shapes import Departure, departures
from mappings.language.translation import Placed, Translation
from mappings.language.trees import Tree
from mappings.ssda903.rules import UNREADABLE, faults

_DEPARTURES: Final = {
    Departure.UNKNOWN: "the format has no such element: it is kept with the original, never shared",
    Departure.REPEATED: "the sender has to give this element once: neither of them is shared",
    Departure.STRAY_TEXT: "the sender has to remove the text between elements: it is never shared",
    Departure.EMPTY: "the sender has to leave out an element that holds nothing",
}
_INVALID: Final = "the sender has to check this identifier: it is kept and never matched"
_NOT_READ: Final = "unreadable-value"
_MOST: Final = 100  # findings of one child


@dataclass(slots=True)
class ChildRecord:
    """A child as it was read: *tree* stands at *at*, and *places* says where its places are.

    *findings* are those that were met on the way; *leaves* are accounted for beside the tree's;
    *has_departed* says that something in the tree is not as the format has it.
    """

    tree: Tree
    at: str
    places: dict[str, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    leaves: list[Leaf] = field(default_factory=list)
    has_departed: bool = False

    def where(self, place: str) -> str:
        """Return where the *place* of the record is in what was sent."""
        return self.places.get(place, place)


def portion(record: ChildRecord, translation: Translation, digest: str) -> Portion:
    """Return what *record* says of a child, as *translation* reads it.

    *digest* is that of the bytes it came from.
    """
    reading = translation.read(record.tree, record=digest, at=record.at)
    findings = [*record.findings]
    findings += [_doubtful(record, one) for one in reading.doubts]
    findings += _departures(record, translation)
    findings += _broken_rules(record, translation)
    findings += _invalid_identifiers(reading.assessment, record.places)
    assessment = _placed(reading.assessment, record.places) if record.places else reading.assessment
    account = partial(_account, translation, record.tree, record.at, record.places, record.leaves)
    header = record.tree.get("HEADER")
    child_id = header.get("CHILDID") if isinstance(header, dict) else None
    return Portion(
        tuple(findings[:_MOST]),
        Reading(assessment, account, child_id if isinstance(child_id, str) else None),
    )


def warning(code: str, where: str, message: str) -> Finding:
    """Return a finding that rejects nothing."""
    return Finding(code, Severity.WARNING, where, message)


def _doubtful(record: ChildRecord, doubt: Placed) -> Finding:
    """Return *doubt* as a finding, under the code of the rule that is broken, if there is one."""
    leaf = doubt.where.rpartition("/")[2]
    code = UNREADABLE.get(leaf, doubt.code) if doubt.code == _NOT_READ else doubt.code
    message = doubt.message
    if not message.startswith("the sender"):
        message = f"the sender has to mend it: {message}"
    return warning(code, record.where(doubt.where), message)


def _departures(record: ChildRecord, translation: Translation) -> Iterator[Finding]:
    if record.has_departed:
        for kind, address in departures(record.tree, translation.shape):
            where = record.where(translation.places.place(record.at, address))
            yield warning(kind.value, where, _DEPARTURES[kind])


def _broken_rules(record: ChildRecord, translation: Translation) -> Iterator[Finding]:
    for fault in faults(record.tree):
        where = record.where(translation.places.place(record.at, fault.address))
        yield warning(fault.code, where, fault.message)


def _invalid_identifiers(assessment: Assessment, places: Mapping[str, str]) -> Iterator[Finding]:
    for one in assessment.child.identifiers:
        if not one.is_valid:
            place = one.source.place if one.source else ""
            yield warning("invalid-identifier", places.get(place, place), _INVALID)


def _placed(assessment: Assessment, places: Mapping[str, str]) -> Assessment:
    """Return *assessment* with each item's source where *places* says that it is."""
    sections = {
        name: section
        for name in assessment.__struct_fields__
        if isinstance(section := getattr(assessment, name), Section)
    }
    return structs.replace(
        assessment, **{name: _placed_section(one, places) for name, one in sections.items()}
    )


def _placed_section(section: Section, places: Mapping[str, str]) -> Section:
    fields = {
        name: tuple(_placed_item(item, places) for item in items)
        for name in section.__struct_fields__
        if (items := getattr(section, name))
    }
    return structs.replace(section, **fields) if fields else section


def _placed_item(item: Item, places: Mapping[str, str]) -> Item:
    if item.source is None:
        return item
    place = places.get(item.source.place, item.source.place)
    return structs.replace(item, source=structs.replace(item.source, place=place))


def _account(
    translation: Translation,
    tree: Tree,
    at: str,
    places: Mapping[str, str],
    leaves: list[Leaf],
) -> Ledger:
    found = translation.account(tree, at=at).leaves
    placed = (
        Leaf(places.get(one.place, one.place), one.fate, one.element, one.note) for one in found
    )
    return Ledger((*placed, *leaves))
