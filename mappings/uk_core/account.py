"""The account of a payload of resources: what became of every leaf of it, for one child."""

from collections.abc import Iterator
from typing import Final

import msgspec

from mappings.caf.view import items_of
from mappings.caf.whereabouts import LOCATING
from mappings.fidelity import Fate, Leaf, Ledger
from mappings.language.trees import FHIRPATH, Address, Node, leaves
from mappings.uk_core.reading import ChildRead
from mappings.uk_core.shape import translation

_ABOUT_THE_RECORD: Final = "about the record, not the child"
_ANOTHER: Final = "about another child, or about nobody"
_VERSIONS: Final = ("version", "userSelected")
_STRUCTURE: Final = ("resourceType", "linkId", "url", "questionnaire", "status", "system", "id")
_OF_A_RECORD: Final = frozenset({"resourceType", "id", "meta", "text"})
_OF_A_BUNDLE: Final = frozenset({("type",), ("timestamp",), ("total",)})
_WHERE_IT_STANDS: Final = frozenset({"status", "intent", "authored", "recorded", "questionnaire"})
_STATEMENT: Final = "as part of the statement"
_RANK: Final = {Fate.KEPT: 0, Fate.CHANGED: 1, Fate.LOST: 2, Fate.UNMAPPED: 3}


def account(read: ChildRead, payload: Node, root: str) -> Ledger:
    """Return the fate of every leaf of *payload*, whose outermost resource is at *root*."""
    fates = _by_rows(read)
    told = _by_item(read)
    own = {entry.place for entry in read.record.entries} | set(read.record.starts.values())
    found: list[Leaf] = []
    for address, value in leaves(payload):
        place = FHIRPATH.place(root, address)
        resource = _resource_around(place, root)
        fate = fates.get(place)
        if fate is not None and not _is_version(address):
            found.append(fate)
        elif _is_about_the_record(address):
            found.append(Leaf(place, Fate.LOST, note=_ABOUT_THE_RECORD))
        elif (said := _said(place, value, address, told)) is not None:
            found.append(said)
        else:
            found.append(_beside(place, address, is_own=resource in own))
    return Ledger(tuple(found))


def _by_rows(read: ChildRead) -> dict[str, Leaf]:
    """Return the leaves that the rows take, each with the best that became of it."""
    fates: dict[str, Leaf] = {}
    withheld = LOCATING if read.record.is_restricted else frozenset()
    for leaf in translation().account(read.record.tree).leaves:
        if leaf.element in withheld:
            continue
        place = read.record.real(leaf.place)
        there = fates.get(place)
        is_better = there is None or _RANK[leaf.fate] < _RANK[there.fate]
        if leaf.fate is not Fate.UNMAPPED and is_better:
            fates[place] = Leaf(place, leaf.fate, leaf.element, leaf.note)
    return fates


def _by_item(read: ChildRead) -> dict[str, tuple[str, frozenset[object]]]:
    """Return the element and the values of each item of a consent or an answer, by its place."""
    found: dict[str, tuple[str, frozenset[object]]] = {}
    for element, item in items_of(read.assessment):
        if item.source is not None:
            values = frozenset(_values(msgspec.to_builtins(item)))
            found[item.source.place] = (element.path, values)
    return found


def _values(node: object) -> Iterator[object]:
    if isinstance(node, dict):
        for inner in node.values():
            yield from _values(inner)
    elif isinstance(node, list | tuple):
        for inner in node:
            yield from _values(inner)
    else:
        yield node


def _said(
    place: str,
    value: object,
    address: Address,
    told: dict[str, tuple[str, frozenset[object]]],
) -> Leaf | None:
    """Return the leaf as one of an answer or a consent that was read, if it is."""
    cut = place
    while cut:
        if cut in told and (".item[" in cut or _is_consent(told[cut][0])):
            element, values = told[cut]
            if value in values or address[-1] in _STRUCTURE:
                return Leaf(place, Fate.KEPT, element)
            # What of a consent is not understood makes it doubtful: so all of it has its part.
            is_read = _is_consent(element) and address[-1] not in {"display", "reference"}
            return Leaf(place, Fate.CHANGED, element, _STATEMENT) if is_read else None
        cut = cut[: max(cut.rfind("."), cut.rfind("["), 0)]
    return None


def _is_consent(element: str) -> bool:
    return element == "consent.statements"


def _is_about_the_record(address: Address) -> bool:
    """Whether the leaf is of the Bundle, or of what a resource says of itself as a record."""
    if address in _OF_A_BUNDLE or ("entry" in address and "resource" not in address):
        return True
    return address[_start(address)] in _OF_A_RECORD


def _start(address: Address) -> int:
    """Return where in *address* the elements of its resource begin."""
    return address.index("resource") + 1 if "resource" in address else 0


def _beside(place: str, address: Address, *, is_own: bool) -> Leaf:
    """Return a leaf that nothing was made of."""
    if _is_version(address):
        return Leaf(place, Fate.LOST, note="the version of a code system is not kept")
    if not is_own and "resource" in address:
        return Leaf(place, Fate.UNMAPPED, note=_ANOTHER)
    if is_own and address[_start(address)] in _WHERE_IT_STANDS:
        return Leaf(place, Fate.LOST, note="where a resource stands is its sender's own")
    if address[-1] == "linkId":
        return Leaf(place, Fate.LOST, note="a group of questions")
    if address[-1] == "reference":
        return Leaf(place, Fate.LOST, note="says whose record it is")
    return Leaf(place, Fate.UNMAPPED)


def _is_version(address: Address) -> bool:
    return "coding" in address and address[-1] in _VERSIONS


def _resource_around(place: str, root: str) -> str:
    """Return the place of the resource that *place* lies in."""
    head, found, _ = place.partition(".resource")
    return head + found if found else root
