"""The account of a message: what became of every leaf of it, for one child.

`fidelity.csv` says which leaves a mapping takes, and how; what stands there is then checked: a
leaf is *kept* only if its value is in what was made of its place. All else is unmapped.

    when        the leaf is taken ...
    always      wherever it stands
    item        if an item of the CAF was made of its place and holds the value
    item-made   if an item of the CAF was made of its place
    followed    if a reference to its resource was followed
    anywhere    if its resource was followed and some item holds the value
"""

import csv
import re
from collections import Counter
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Final

import msgspec

from mappings.bars import child, consent, people, plan
from mappings.bars.answers import form_of
from mappings.bars.caf import ChildRead
from mappings.bars.entries import Entries
from mappings.bars.telling import Telling
from mappings.caf.elements import element as element_at
from mappings.caf.view import items_of
from mappings.fhir_r4.confidentiality import is_restricted
from mappings.fhir_r4.generated import Patient
from mappings.fidelity import Fate, Leaf, Ledger

# What is told beside the elements of resources, by the kind of item that is made of them.
_TELLINGS: Final = {
    one.kind: one
    for one in (
        child.NAME,
        child.BIRTH,
        child.IDENTIFIER,
        child.CODED,
        child.ADDRESS,
        child.CONTACT,
        people.PERSON,
        plan.REASON,
        plan.ACTION,
        consent.STATEMENT,
    )
}
_EXTENSIONS: Final = frozenset({"extension", "modifierExtension"})
_OTHER_CHILD: Final = "about another child of this message"
_NOBODY: Final = "about nobody of this message, or marked by its sender as restricted"


@dataclass(slots=True)
class _Rule:
    """What the table says of the leaves at one path."""

    fate: Fate
    when: str
    note: str | None


@dataclass(slots=True)
class _Node:
    """One step of the table's paths."""

    steps: dict[str, "_Node"] = field(default_factory=dict)
    rule: _Rule | None = None
    below: _Rule | None = None
    takes_told_fields: bool = False


@dataclass(frozen=True, slots=True)
class _Account:
    """What was made of a message for one child: element and values by place."""

    elements: Mapping[str, str]
    tellings: Mapping[str, Telling]
    values: Mapping[str, frozenset[str]]
    all_values: frozenset[str]
    followed: frozenset[str]


def write_ledger(entries: Entries, read: ChildRead, compact: bytes) -> Ledger:
    """Return what became of every leaf of the message, whose bytes are *compact* JSON."""
    account = _account(entries, read)
    plain = msgspec.json.decode(compact)
    bundle = {name: value for name, value in plain.items() if name != "entry"}
    leaves = list(_leaves(bundle, _table()["Bundle"], "Bundle", None, account))
    others = {one.place for one in entries.children if one is not read.child}
    for number, entry in enumerate(plain.get("entry", ())):
        at = f"Bundle.entry[{number}]"
        resource = entry.pop("resource", {})
        leaves += _leaves(entry, _table()["Bundle"].steps["entry"], at, None, account)
        place = f"{at}.resource"
        if place in others or _concerns_another(entries, read, place):
            leaves += (Leaf(at, Fate.LOST, note=_OTHER_CHILD) for at in _places(resource, place))
        elif place in entries.of_nobody or _is_restricted(entries, place):
            leaves += (Leaf(at, Fate.UNMAPPED, note=_NOBODY) for at in _places(resource, place))
        else:
            node = _table().get(resource.get("resourceType", ""), _NOTHING)
            leaves += _leaves(resource, node, place, None, account)
    return Ledger(tuple(leaves))


def _account(entries: Entries, read: ChildRead) -> _Account:
    elements: dict[str, str] = {}
    tellings: dict[str, Telling] = {}
    values: dict[str, frozenset[str]] = {}
    for element, item in items_of(read.assessment):
        if item.source is not None:
            place = item.source.place
            elements[place] = element.path
            if (told := _TELLINGS.get(type(item))) is not None:
                tellings[place] = told
            found = frozenset(_texts(msgspec.to_builtins(item)))
            values[place] = values.get(place, frozenset()) | found
    everything = frozenset().union(*values.values()) if values else frozenset()
    return _Account(elements, tellings, values, everything, frozenset(entries.followed))


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner)
    elif isinstance(value, str):
        yield value


def _concerns_another(entries: Entries, read: ChildRead, place: str) -> bool:
    entry = entries.by_place.get(place)
    subject = entries.subject_of(entry.resource) if entry else None
    return subject is not None and subject is not read.child


def _is_restricted(entries: Entries, place: str) -> bool:
    """Whether the sender marks what is at *place*; of a Patient, only the whereabouts are left."""
    entry = entries.by_place.get(place)
    is_a_child = entry is None or isinstance(entry.resource, Patient)
    return entry is not None and not is_a_child and is_restricted(entry.resource)


def _places(value: object, place: str) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _places(inner, f"{place}.{name}")
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _places(inner, f"{place}[{number}]")
    elif value is not None:
        yield place


def _leaves(
    value: object, node: _Node, place: str, made_at: str | None, account: _Account
) -> Iterator[Leaf]:
    """Yield the leaves of *value*; *made_at* is the nearest place above that became an item."""
    made_at = place if place in account.elements else made_at
    if isinstance(value, dict):
        for name, inner in value.items():
            if name in _EXTENSIONS:
                yield from _extensions(inner, node, f"{place}.{name}", made_at, account)
            else:
                step = node.steps.get(name) or _below(node)
                value_at = f"{place}.{name.removeprefix('_')}"
                made = value_at if value_at in account.elements else made_at
                yield from _leaves(inner, step, f"{place}.{name}", made, account)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _leaves(inner, node, f"{place}[{number}]", made_at, account)
    elif value is not None:
        yield _leaf(value, node.rule or node.below, place, made_at, account)


def _extensions(
    extensions: list[dict[str, object]],
    node: _Node,
    place: str,
    made_at: str | None,
    account: _Account,
) -> Iterator[Leaf]:
    """Yield the leaves of *extensions*, each placed by its URL, as FHIRPath has it."""
    seen: Counter[str] = Counter()
    name = place.rpartition(".")[2]
    for extension in extensions:
        url = str(extension.get("url", ""))
        at = f"{place}('{url}')" + (f"[{seen[url]}]" if seen[url] else "")
        seen[url] += 1
        step = node.steps.get(f"{name}({url.rpartition('/')[2]})") or _below(node)
        if made_at is not None and url in _told(node, made_at, account):
            step = _TOLD
        yield from _leaves(extension, step, at, made_at, account)


def _told(node: _Node, made_at: str, account: _Account) -> Container[str]:
    """Return the URLs of the extensions that tell fields of the item made of *made_at*."""
    if node.takes_told_fields:
        return form_of(element_at(account.elements[made_at])).urls
    told = account.tellings.get(made_at)
    return told.urls if told is not None else ()


def _leaf(
    value: object, rule: _Rule | None, place: str, made_at: str | None, account: _Account
) -> Leaf:
    if rule is None or not _is_taken(value, rule, place, made_at, account):
        return Leaf(place, Fate.UNMAPPED)
    element = account.elements.get(made_at) if made_at else None
    return Leaf(place, rule.fate, element, rule.note)


def _is_taken(
    value: object, rule: _Rule, place: str, made_at: str | None, account: _Account
) -> bool:
    is_followed = place[: place.find(".resource") + len(".resource")] in account.followed
    match rule.when:
        case "always":
            return True
        case "followed":
            return is_followed
        case "anywhere":
            return (is_followed or made_at is not None) and value in account.all_values
        case "item" if made_at is not None and rule.fate is Fate.KEPT:
            return not isinstance(value, str) or value in account.values[made_at]
        case _:
            return made_at is not None


def _below(node: _Node) -> _Node:
    return _Node(below=node.below) if node.below else _NOTHING


@cache
def _table() -> Mapping[str, _Node]:
    """Return the table of `fidelity.csv`, as a tree of steps for each resource type."""
    table: dict[str, _Node] = {}
    with (files("mappings.bars") / "fidelity.csv").open(encoding="utf-8") as rows:
        for row in csv.DictReader(rows):
            node = table.setdefault(row["resource"], _resource_node())
            rule = _Rule(Fate(row["fate"]), row["when"], row["note"] or None)
            *steps, last = _STEP.findall(row["path"])
            for step in steps:
                node = node.steps.setdefault(step, _Node())
            if last == "**":
                node.below = rule
            else:
                node.steps.setdefault(last, _Node()).rule = rule
    items = table["QuestionnaireResponse"].steps["item"]
    items.steps["item"] = items  # groups nest
    items.steps["answer"].takes_told_fields = True
    return table


def _resource_node() -> _Node:
    """Return what the table need not say of each resource: its type, and its meta."""
    kind = _Rule(Fate.KEPT, "always", None)
    meta = _Rule(Fate.LOST, "always", "about the record, not the child")
    return _Node(steps={"resourceType": _Node(rule=kind), "meta": _Node(below=meta)})


_STEP: Final = re.compile(r"[^.()]+(?:\([^()]*\))?")
_NOTHING: Final = _Node()
_TOLD: Final = _Node(below=_Rule(Fate.KEPT, "item-made", None))
