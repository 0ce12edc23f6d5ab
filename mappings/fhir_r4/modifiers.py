"""Modifiers that are not known here: what stands with one is not believed.

A modifier can turn what its element says into the opposite, so that whoever does not know it must
not go on as though it were not there (http://hl7.org/fhir/R4/extensibility.html#modifierExtension).
A Consent is read all the same: what is not understood of it makes it doubtful, and a refusal that
has a modifier is still no permission.
"""

from collections.abc import Iterator
from typing import Final

from msgspec import structs

from mappings.caf.assessment import Assessment, Section
from mappings.caf.items import ConsentStatement, Item
from mappings.fhir_r4 import generated as fhir
from mappings.fidelity import Fate, Leaf, Ledger

UNKNOWN_MODIFIER: Final = "unknown-modifier"
MEANT: Final = frozenset({"Practitioner", "PractitionerRole", "Organization", "HealthcareService"})
"""The types of resource that only stand for whom others refer to."""

_NOTE: Final = "stands with a modifier that is not known here"


def may_be_modified(compact: bytes) -> bool:
    """Say whether FHIR JSON could hold a modifier: nearly none does, and few are looked through.

    >>> may_be_modified(b'{"resourceType":"Patient"}')
    False
    """
    return b"modifierExtension" in compact


def modified_places(
    plain: object, place: str, known: frozenset[tuple[str, str]] = frozenset()
) -> Iterator[str]:
    """Yield the place of each element of *plain*, at *place*, with a modifier that is not *known*.

    *known* has the type of a resource and the URL of a modifier of it.

    >>> list(modified_places({"resourceType": "Goal", "modifierExtension": [{"url": "x"}]}, "Goal"))
    ['Goal']
    >>> goal = {"resourceType": "Goal", "modifierExtension": [{"url": "x"}]}
    >>> list(modified_places(goal, "Goal", frozenset({("Goal", "x")})))
    []
    """
    yield from _modified(plain, place, "", known)


def _modified(
    node: object, place: str, kind: str, known: frozenset[tuple[str, str]]
) -> Iterator[str]:
    if isinstance(node, list):
        for number, child in enumerate(node):
            yield from _modified(child, f"{place}[{number}]", kind, known)
    elif isinstance(node, dict):
        kind = str(node.get("resourceType", kind))
        modifiers = node.get("modifierExtension")
        for one in modifiers if isinstance(modifiers, list) else ():
            if not isinstance(one, dict) or (kind, one.get("url")) not in known:
                yield place
                break
        for name, child in node.items():
            if name != "modifierExtension":
                yield from _modified(child, f"{place}.{name}", kind, known)


def without_meant(bundle: fhir.Bundle, modified: frozenset[str]) -> fhir.Bundle:
    """Return *bundle* without the practitioners and services at *modified*; places stay the same.

    What refers to one of them then leads nowhere, and nobody is named by it.
    """
    entries = tuple(
        structs.replace(entry, resource=None) if _is_meant(entry, number, modified) else entry
        for number, entry in enumerate(bundle.entry or ())
    )
    return structs.replace(bundle, entry=entries or None)


def _is_meant(entry: fhir.BundleEntry, number: int, modified: frozenset[str]) -> bool:
    kind = entry.resource.__struct_config__.tag if entry.resource is not None else None
    return kind in MEANT and touches(f"Bundle.entry[{number}].resource", modified)


def touches(place: str, modified: frozenset[str]) -> bool:
    """Say whether what is made of *place* rests on an element at one of the places *modified*.

    >>> touches("Goal.target[0].measure", frozenset({"Goal.target[0]"}))
    True
    >>> touches("Goal.target[10]", frozenset({"Goal.target[1]"}))
    False
    """
    return any(_is_within(place, one) or _is_within(one, place) for one in modified)


def _is_within(place: str, above: str) -> bool:
    return place == above or place.startswith((f"{above}.", f"{above}["))


def believed(assessment: Assessment, modified: frozenset[str]) -> Assessment:
    """Return *assessment* without what was made of elements that are *modified*.

    A consent statement stays, and is doubtful; as it is where a person who gave it is not believed.
    """
    if not modified:
        return assessment
    unbelieved = frozenset(
        item.id
        for item in _items(assessment)
        if not isinstance(item, ConsentStatement) and _rests_on(item, modified)
    )
    sections = {
        name: _believed_section(section, modified, unbelieved)
        for name in assessment.__struct_fields__
        if isinstance(section := getattr(assessment, name), Section)
    }
    return structs.replace(assessment, **sections)


def _items(assessment: Assessment) -> Iterator[Item]:
    for name in assessment.__struct_fields__:
        section = getattr(assessment, name)
        if isinstance(section, Section):
            for field in section.__struct_fields__:
                yield from getattr(section, field)


def _believed_section(
    section: Section, modified: frozenset[str], unbelieved: frozenset[str]
) -> Section:
    fields = {}
    for name in section.__struct_fields__:
        items: tuple[Item, ...] = getattr(section, name)
        kept = (one for one in items if one.id not in unbelieved)
        fields[name] = tuple(_doubted(one, modified, unbelieved) for one in kept)
    return type(section)(**fields)


def _doubted(item: Item, modified: frozenset[str], unbelieved: frozenset[str]) -> Item:
    if not isinstance(item, ConsentStatement):
        return item
    if not (_rests_on(item, modified) or item.grantor.person in unbelieved):
        return item
    doubts = dict.fromkeys((*item.doubts, UNKNOWN_MODIFIER))
    return structs.replace(item, doubts=tuple(doubts))


def _rests_on(item: Item, modified: frozenset[str]) -> bool:
    return item.source is not None and touches(item.source.place, modified)


def disowned(ledger: Ledger, modified: frozenset[str]) -> Ledger:
    """Return *ledger* with all leaves of what is *modified* unmapped."""
    return Ledger(
        tuple(
            Leaf(one.place, Fate.UNMAPPED, note=_NOTE)
            if any(_is_within(one.place, at) for at in modified)
            else one
            for one in ledger.leaves
        )
    )
