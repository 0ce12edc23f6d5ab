"""A CAF into the message that it was read from: only what differs is written.

What is unchanged stays as its sender wrote it, and so does what the mapping does not know. Each
item is known by its id, and stands where its source says. One that changed is written as it was
and as it is, and the difference of the two is made to what stands there; where the message says
it in a form that is not ours (a note, an observation), the words are changed there, and it is
moved into ours if that is not enough. What was changed is read again before it is believed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, cast

import msgspec
from msgspec import structs

from mappings.bars.caf import ChildRead, moment, to_caf
from mappings.bars.entries import Entries
from mappings.bars.names import QUESTIONNAIRE
from mappings.bars.telling import REFERRING
from mappings.bars.writing.answers import response
from mappings.bars.writing.draft import Draft, draft_of, uuid_of
from mappings.bars.writing.merging import merged
from mappings.bars.writing.placing import add
from mappings.bars.writing.spots import address_of, form_of, node_at, put, take_out
from mappings.bars.writing.written import Key, Side, Written, name_of, plain_of
from mappings.caf.assessment import Assessment
from mappings.caf.items import About, Item, Person
from mappings.caf.view import items_of
from mappings.fhir_r4 import generated as fhir
from mappings.language.trees import Address, Node, Tree

_FACTS: Final = ("version", "phase", "started_on", "completed_on")
_NAMES: Final = "child.names"
_NAMED: Final = ("answer", "reasonCode")
_TARGETS: Final = (fhir.QuestionnaireResponse, fhir.ServiceRequest, fhir.CarePlan)


def revised(
    entries: Entries, read: ChildRead, after: Assessment, holder: str | None
) -> fhir.Bundle:
    """Return the message of *entries* with *after* as the CAF of the child that was *read* in it.

    *holder* is the service that the message was read as coming from. What FHIR cannot say of
    *after* is not in it.
    """
    if after == read.assessment:
        return entries.bundle
    return _Revision.of(entries, read, after, holder).bundle()


@dataclass(frozen=True, slots=True)
class _Revision:
    """One message, *plain*, while it is changed from what was *before* to what is to be *after*."""

    entries: Entries
    child: str
    holder: str | None
    plain: Tree
    targets: dict[str, Tree]
    before: Side
    after: Side

    @classmethod
    def of(
        cls, entries: Entries, read: ChildRead, after: Assessment, holder: str | None
    ) -> "_Revision":
        plain = plain_of(entries.bundle)
        patient = _called(entries, read.child.place)
        named = dict(_named(plain, read.assessment))
        persons = {
            item.id: _called(entries, item.source.place)
            for _, item in items_of(read.assessment)
            if isinstance(item, Person) and item.source is not None
        }
        before, later = (
            _side(
                caf,
                base=read.assessment,
                patient=patient,
                named=named,
                persons=persons,
                holder=holder,
            )
            for caf in (read.assessment, after)
        )
        places = {fhir.Patient.__struct_config__.tag: read.child.place} | dict(
            _targets(entries, read)
        )
        targets = {
            str(kind): cast("Tree", node_at(plain, address_of(plain, place)))
            for kind, place in places.items()
        }
        return cls(entries, read.child.place, holder, plain, targets, before, later)

    def bundle(self) -> fhir.Bundle:
        """Return the message with all changes."""
        old, new = self.before.items, self.after.items
        gone: list[Address] = [self._place(key) for key in old if key not in new]
        added = [made for key in new if key not in old if (made := self._written(key)) is not None]
        is_dated_anew = self._revise_facts()
        touched = [key for key in new if key in old and self._differs(key, is_dated_anew)]
        before = {key: self._original(key) for key in touched}
        writings = {key: self._written(key) for key in touched}
        for key, now in writings.items():
            if now is not None:
                self._revise(key, now, is_dated_anew=is_dated_anew)
        as_read = self._as_read()
        for key, now in writings.items():
            if now is None:
                gone.append(self._place(key))
            elif not _says_same(as_read.get(self._where(key)), now.item):
                if form_of(self.plain, self._place(key)) == now.form:
                    self._tell_all(key, now)
                else:
                    put(self.plain, self._place(key), before[key])
                    gone.append(self._place(key))
                    added.append(now)
        for address in sorted(gone, reverse=True):
            take_out(self.plain, address)
        for one in added:
            add(self.plain, self.targets, one.plain, one.address)
        return msgspec.convert(self.plain, fhir.Bundle)

    def _where(self, key: Key) -> str:
        source = self.before.items[key].source
        return source.place if source is not None else ""

    def _place(self, key: Key) -> Address:
        return address_of(self.plain, self._where(key))

    def _original(self, key: Key) -> Node:
        return node_at(self.plain, self._place(key))

    def _differs(self, key: Key, is_dated_anew: bool) -> bool:  # noqa: FBT001 - private
        """Whether the item at *key* has to be written anew, though it may be the same itself."""
        if self.before.items[key] != self.after.items[key]:
            return True
        if key[0] == _NAMES:
            return bool(self.before.caf.child.birth != self.after.caf.child.birth)
        return is_dated_anew and "answer" in self._place(key)

    def _written(self, key: Key) -> Written | None:
        item = self.after.items[key]
        for id_ in _references(item):
            self._give_name(id_)
        return self.after.write(key, item)

    def _give_name(self, id_: str) -> None:
        """Name what stands in the message without a name, now that something refers to it."""
        for key, item in self.before.items.items():
            if key[1] == id_ and item.source is not None and id_ in self.after.draft.answers:
                node = self._original(key)
                if isinstance(node, dict):
                    node.setdefault("id", name_of(id_))

    def _revise(self, key: Key, now: Written, *, is_dated_anew: bool) -> None:
        address, old = self._place(key), self.before.items[key]
        was = self.before.write(
            key, structs.replace(old, recorded_at=None) if is_dated_anew else old
        )
        here = self._original(key)
        if was is not None and was.form == now.form == form_of(self.plain, address):
            put(self.plain, address, merged(here, was.node, now.node))
        else:
            put(self.plain, address, _reworded(here, old, self.after.items[key]))

    def _tell_all(self, key: Key, now: Written) -> None:
        was = self.before.write(key, self.before.items[key])
        here = self._original(key)
        told = merged(here, was.node if was is not None else {}, now.node, is_sure=True)
        put(self.plain, self._place(key), told)

    def _as_read(self) -> dict[str, Item]:
        """Return what the message says of the child now, by place."""
        entries = Entries(msgspec.convert(self.plain, fhir.Bundle), self.entries.record)
        found = {one.child.place: one.assessment for one in to_caf(entries, self.holder)}
        caf = found.get(self.child, Assessment())
        return {item.source.place: item for _, item in items_of(caf) if item.source is not None}

    def _revise_facts(self) -> bool:
        """Write what the CAF says of itself; return whether its answers are dated anew by that."""
        before, after = self.before.caf, self.after.caf
        was, now = (_facts(side) for side in (self.before, self.after))
        if all(getattr(before, name) == getattr(after, name) for name in _FACTS):
            return False
        target = self.targets.get("QuestionnaireResponse")
        if target is None:
            self.targets["QuestionnaireResponse"] = made = _new_response(self.after)
            entry = {"fullUrl": f"urn:uuid:{uuid_of(self.after.caf.id)}", "resource": made}
            cast("list[Node]", self.plain["entry"]).append(cast("Node", entry))
            return False
        is_dated = moment(cast("str | None", target.get("authored"))) is not None
        here: Tree = {name: target[name] for name in ("extension", "authored") if name in target}
        told = cast("Tree", merged(here, was, now))
        for name in here:
            del target[name]
        target.update(told)
        return is_dated and before.completed_on != after.completed_on


def _called(entries: Entries, place: str) -> str:
    """Return by what others refer to the resource at *place*."""
    entry = entries.by_place[place]
    kind = entry.resource.__struct_config__.tag
    return entry.full_url or f"{kind}/{getattr(entry.resource, 'id', None)}"


def _targets(entries: Entries, read: ChildRead) -> Iterator[tuple[Any, str]]:
    """Yield, by type, the resource of the child that takes more than one thing."""
    for kind in _TARGETS:
        for entry, resource in entries.about(read.child, kind):
            if isinstance(resource, fhir.QuestionnaireResponse):
                is_ours = (resource.questionnaire or "").partition("|")[0] == QUESTIONNAIRE
                if not is_ours or resource.status == "entered-in-error":
                    continue
            yield kind.__struct_config__.tag, entry.place
            break


def _named(plain: Tree, caf: Assessment) -> Iterator[tuple[str, str]]:
    """Yield the id of each item that others may name, with its name in the message."""
    for _, item in items_of(caf):
        if item.source is None:
            continue
        address = address_of(plain, item.source.place)
        if address[-2:-1] and address[-2] in _NAMED:
            node = cast("Tree", node_at(plain, address))
            yield item.id, str(node.get("id", name_of(item.id)))


def _side(  # noqa: PLR0913 - each is told apart by its name
    caf: Assessment,
    *,
    base: Assessment,
    patient: str,
    named: dict[str, str],
    persons: dict[str, str],
    holder: str | None,
) -> Side:
    """Return *caf*, whose parts are called as in the message of *base*, else by names of ours."""
    drawn = draft_of(caf, base.id, holder or "")
    there = {item.id for _, item in items_of(base)}
    names = {
        id_: named.get(id_, name_of(id_))
        for id_ in drawn.answers
        if id_ in named or id_ not in there
    }
    known = {id_: persons.get(id_) or f"urn:uuid:{uuid_of(id_)}" for id_ in drawn.persons}
    draft = Draft(base.id, holder or "", known, names)
    items: dict[Key, Item] = {(element.path, item.id): item for element, item in items_of(caf)}
    return Side(caf, draft, patient, items, frozenset(drawn.answers))


def _facts(side: Side) -> Tree:
    """Return how the response tells the facts of the CAF itself."""
    caf = Assessment(**{name: getattr(side.caf, name) for name in _FACTS})
    told = plain_of(response(side.draft, caf))
    return {name: told[name] for name in ("extension", "authored") if name in told}


def _new_response(side: Side) -> Tree:
    caf = Assessment(**{name: getattr(side.caf, name) for name in _FACTS})
    made = plain_of(response(side.draft, caf))
    return made | {"subject": {"reference": side.patient}}


def _references(item: Item) -> Iterator[str]:
    for name in REFERRING:
        value = getattr(item, name, None)
        if isinstance(value, str):
            yield value
        elif isinstance(value, tuple):
            yield from (one for one in value if isinstance(one, str))


def _reworded(node: Node, old: Item, new: Item) -> Node:
    """Return *node*, which is not of our form, with the words of *new* for those of *old*."""
    words = {
        was: now
        for name in old.__struct_fields__
        if name not in {"id", "holder"}
        if isinstance(was := getattr(old, name), str)
        and isinstance(now := getattr(new, name), str)
        and was
        and now
        and was != now
    }
    return _exchanged(node, words)


def _exchanged(node: Node, words: dict[str, str]) -> Node:
    if isinstance(node, dict):
        return {name: _exchanged(one, words) for name, one in node.items()}
    if isinstance(node, list):
        return [_exchanged(one, words) for one in node]
    return words.get(node, node) if isinstance(node, str) else node


def _says_same(one: Item | None, other: Item) -> bool:
    """Whether two items say the same, but for how they are called and what else they inherit."""
    return one is not None and _bare(one) == _bare(other)


def _bare(item: Item) -> Item:
    """Return *item* without what its place gives it, and without what others are called."""
    unsaid: dict[str, Any] = {"id": "", "source": None, "recorded_at": None}
    for name in item.__struct_fields__:
        value = getattr(item, name)
        if isinstance(value, About):
            unsaid[name] = About(value.whom)
        elif name == "about":
            unsaid[name] = tuple(About(one.whom) for one in value)
        elif name in REFERRING:
            unsaid[name] = () if isinstance(value, tuple) else ""
    return structs.replace(item, **unsaid)
