"""One item of a CAF as a message would have it, written alone: what a revision compares."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final, cast

import msgspec
from msgspec import Struct, structs

from mappings.bars.caf import to_caf
from mappings.bars.entries import Entries
from mappings.bars.names import BASE
from mappings.bars.writing.draft import Draft, has_answer, uuid_of
from mappings.bars.writing.message import Heading, Party
from mappings.bars.writing.request import composed
from mappings.bars.writing.spots import address_of, form_of, node_at
from mappings.caf.assessment import Assessment, Child, Section
from mappings.caf.elements import element
from mappings.caf.items import Item
from mappings.caf.view import View, items_of
from mappings.fhir_r4.codec import ENCODER
from mappings.language.trees import Address, Node, Tree

_NAMES: Final = "child.names"
# Where a message has one place for the first of several: the others come after it.
_ORDERED: Final = frozenset({"child.birth", "child.sex", "information.concern"})
_PEOPLE: Final = frozenset({"people.carers", "people.siblings", "people.household"})
_DECODE: Final = msgspec.json.Decoder(float_hook=Decimal).decode
_RECORD: Final = "revision"
_NOBODY: Final = Party(BASE, _RECORD)
_HEADING: Final = Heading(
    id=_RECORD,
    at=datetime(1970, 1, 1, tzinfo=UTC),
    sender=_NOBODY,
    recipient=_NOBODY,
    referral=_RECORD,
)
Key = tuple[str, str]
"""An item by its element's path and its id."""


@dataclass(frozen=True, slots=True)
class Written:
    """One item as a message of its own has it: the *item* as read there, *address* and *plain*."""

    plain: Tree
    address: Address
    item: Item

    @property
    def node(self) -> Node:
        """What is written for the item."""
        return node_at(self.plain, self.address)

    @property
    def form(self) -> tuple[str, ...]:
        """What kind of thing that is."""
        return form_of(self.plain, self.address)


@dataclass(frozen=True, slots=True)
class Side:
    """A CAF as it was, or as it is to be: its items, and what they are called in the message.

    *answers* are the ids of what can be an answer at all.
    """

    caf: Assessment
    draft: Draft
    patient: str
    items: Mapping[Key, Item]
    answers: frozenset[str]

    def write(self, key: Key, item: Item) -> Written | None:
        """Return *item* as it is written; None where nothing of it can be said in FHIR."""
        path, id_ = key
        if has_answer(element(path)) and id_ not in self.answers:
            return None
        names = {**self.draft.answers, id_: self.draft.answers.get(id_) or name_of(id_)}
        draft = Draft(_RECORD, self.draft.holder, self.draft.persons, names)
        ahead = self._ahead(key) if path in _ORDERED else ()
        before = self._read(draft, path, ahead).places if ahead else {}
        message = self._read(draft, path, (*ahead, item))
        for place, read in message.places.items():
            entry = message.entries.by_place.get(place)
            if path in _PEOPLE and (entry is None or entry.full_url != draft.persons[id_]):
                continue
            if place not in before:
                plain = _renamed(plain_of(message.entries.bundle), draft, self.patient)
                return Written(plain, address_of(plain, place), read)
        return None

    def _ahead(self, key: Key) -> tuple[Item, ...]:
        """Return the items of the same element that come before the one at *key*."""
        same = [(one, item) for one, item in self.items.items() if one[0] == key[0]]
        keys = [one for one, _ in same]
        return tuple(item for _, item in same[: keys.index(key)])

    def _read(self, draft: Draft, path: str, items: tuple[Item, ...]) -> "_Message":
        """Return *items* as a message, with the family to whom they may refer, as it is read."""
        child = Child(birth=self.caf.child.birth) if path == _NAMES else Child()
        content = Assessment(child=child, people=self.caf.people)
        if path not in _PEOPLE:
            content = _with(content, path, items)
        bundle = composed(draft, _HEADING, View(content=content, purpose=""))
        entries = Entries(bundle, _RECORD)
        (read,) = to_caf(entries, draft.holder)
        return _Message(entries, _placed(read.assessment, path))


@dataclass(frozen=True, slots=True)
class _Message:
    """A message that was written to be read at once, with what was made of its *places*."""

    entries: Entries
    places: Mapping[str, Item]


def _placed(caf: Assessment, path: str) -> Mapping[str, Item]:
    found = (item for one, item in items_of(caf) if one.path == path)
    return {item.source.place: item for item in found if item.source is not None}


def _with(content: Assessment, path: str, items: tuple[Item, ...]) -> Assessment:
    name, _, field_name = path.partition(".")
    section = cast("Section", getattr(content, name))
    return structs.replace(content, **{name: structs.replace(section, **{field_name: items})})


def plain_of(resource: Struct) -> Tree:
    """Return *resource* as FHIR's JSON has it: decimals keep their digits."""
    return cast("Tree", _DECODE(ENCODER.encode(resource)))


def _renamed(node: Tree, draft: Draft, patient: str) -> Tree:
    """Return *node* with the child called as in the message that is revised."""
    return cast("Tree", _replaced(node, {draft.url("patient"): patient}))


def _replaced(node: Node, names: Mapping[str, str]) -> Node:
    if isinstance(node, dict):
        return {name: _replaced(one, names) for name, one in node.items()}
    if isinstance(node, list):
        return [_replaced(one, names) for one in node]
    return names.get(node, node) if isinstance(node, str) else node


def name_of(id_: str) -> str:
    """Return what an answer is called that the message had no name for."""
    return f"i-{uuid_of(id_)}"
