"""Checks of resources against profiles of UK Core, which are rules: facts, one a row of a table.

    profile          path                             rule    value
    UKCore-Patient   identifier[system=...]           max     1

The rules come from a table of ours (`uk_core_rules.csv`), or from the definitions themselves
(`adapters.health.fhir_r4.definitions`): a test holds that both say the same. A resource is checked
against the profiles that it claims; one that claims none, against UK Core's of its type.
"""

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Final

from adapters.contract import Finding, Severity
from mappings.language.trees import Node, Tree

UK_CORE: Final = "https://fhir.hl7.org.uk/StructureDefinition/"
_STEP: Final = re.compile(r"([\w-]+(?:\[x\])?)(?:\[([\w]+)=([^\]]*)\])?(?:\.|$)")
_CHOICE: Final = "[x]"


class Kind(StrEnum):
    """What a rule demands of the elements at its path."""

    BASE = "base"
    MIN = "min"
    MAX = "max"
    FIXED = "fixed"
    TYPES = "types"
    CODES = "codes"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a profile: what *kind* of demand, on the elements at *path*, and its *value*."""

    path: str
    kind: Kind
    value: str


@dataclass(frozen=True, slots=True)
class Profiles:
    """The *rules* of each profile by its URL, and the *codes* of value sets as `system|code`."""

    rules: Mapping[str, tuple[Rule, ...]]
    codes: Mapping[str, frozenset[str]]

    def check(self, resource: Tree, place: str) -> Iterator[Finding]:
        """Yield where *resource*, which stands at *place*, is not as its profiles have it.

        >>> sexes = [{"url": f"{UK_CORE}Extension-UKCore-BirthSex", "valueCode": "x"}]
        >>> patient = {"resourceType": "Patient", "extension": sexes}
        >>> [one.where for one in shipped().check(patient, "Patient")]
        ['Patient.extension[0].value[x]']
        >>> list(shipped().check({"resourceType": "Patient"}, "Patient"))
        []
        """
        for url in self._claimed(resource):
            yield from self._against(url, resource, place)
        for extension, at in _extensions(resource, place):
            yield from self._against(str(extension.get("url")), extension, at)

    def _claimed(self, resource: Tree) -> list[str]:
        meta = resource.get("meta")
        claimed = meta.get("profile") if isinstance(meta, dict) else None
        if isinstance(claimed, list) and claimed:
            return [str(one).partition("|")[0] for one in claimed]
        return [f"{UK_CORE}UKCore-{resource.get('resourceType')}"]

    def _against(self, url: str, node: Tree, place: str) -> Iterator[Finding]:
        for rule in self.rules.get(url, ()):
            if rule.kind is Kind.BASE:
                yield from self._against(rule.value, node, place)
                continue
            for fault, at in self._faults(rule, node, place):
                name = url.removeprefix(UK_CORE)
                yield Finding(
                    f"profile-{rule.kind.value}", Severity.WARNING, at, f"{fault}: {name}"
                )

    def _faults(self, rule: Rule, node: Tree, place: str) -> Iterator[tuple[str, str]]:
        """Yield what *rule* finds wrong below *node*, and where."""
        *around, last = _STEP.findall(rule.path)
        for holder, at in _at([(node, place)], around):
            found = list(_at([(holder, at)], [last]))
            where = f"{at}.{last[0]}"
            match rule.kind:
                case Kind.MIN | Kind.MAX:
                    yield from _of_wrong_number(rule, len(found), where)
                case Kind.TYPES:
                    yield from _of_wrong_type(rule, holder, where)
                case Kind.FIXED | Kind.CODES | Kind.BASE:
                    yield from self._of_wrong_value(rule, found)

    def _of_wrong_value(
        self, rule: Rule, found: list[tuple[Node, str]]
    ) -> Iterator[tuple[str, str]]:
        for one, place in found:
            if rule.kind is Kind.CODES and not self._is_bound(one, rule.value):
                yield "the sender has to give a code of the value set", place
            if rule.kind is Kind.FIXED and isinstance(one, str) and one != rule.value:
                yield "the sender has to give the one value that is allowed", place

    def _is_bound(self, node: Node, value_set: str) -> bool:
        """Whether *node*, a code, a coding or a concept, has a code of *value_set*."""
        allowed = self.codes.get(value_set)
        if allowed is None:
            return True
        if isinstance(node, str):
            return node in {one.rpartition("|")[2] for one in allowed}
        codings = node.get("coding", [node]) if isinstance(node, dict) else []
        held = (
            [one for one in codings if isinstance(one, dict)] if isinstance(codings, list) else []
        )
        return any(f"{one.get('system')}|{one.get('code')}" in allowed for one in held)


def _of_wrong_number(rule: Rule, number: int, where: str) -> Iterator[tuple[str, str]]:
    if rule.kind is Kind.MIN and number < int(rule.value):
        yield f"the sender has to give at least {rule.value} of these", where
    if rule.kind is Kind.MAX and number > int(rule.value):
        yield f"the sender has to give at most {rule.value} of these", where


def _of_wrong_type(rule: Rule, holder: Node, where: str) -> Iterator[tuple[str, str]]:
    allowed = {f"value{one[:1].upper()}{one[1:]}" for one in rule.value.split()}
    for name in holder if isinstance(holder, dict) else ():
        if name.startswith("value") and name not in allowed:
            yield "the sender has to give a value of the type that is allowed", where


def _at(
    nodes: list[tuple[Node, str]], steps: list[tuple[str, str, str]]
) -> Iterator[tuple[Node, str]]:
    """Yield the nodes that *steps* lead to from *nodes*, with their places."""
    if not steps:
        yield from nodes
        return
    (name, key, value), *rest = steps
    for node, place in nodes:
        for child, at in _children(node, name, place):
            if not key or (isinstance(child, dict) and child.get(key) == value):
                yield from _at([(child, at)], rest)


def _children(node: Node, name: str, place: str) -> Iterator[tuple[Node, str]]:
    if not isinstance(node, dict):
        return
    stem = name.removesuffix(_CHOICE)
    names = [name] if stem == name else [one for one in node if one.startswith(stem)]
    for one in names:
        child = node.get(one)
        if isinstance(child, list):
            yield from ((each, f"{place}.{name}[{n}]") for n, each in enumerate(child))
        elif child is not None:
            yield child, f"{place}.{name}"


def _extensions(node: Node, place: str) -> Iterator[tuple[Tree, str]]:
    """Yield every extension below *node*, with its place."""
    if isinstance(node, dict):
        for name, child in node.items():
            at = f"{place}.{name}"
            if name in {"extension", "modifierExtension"} and isinstance(child, list):
                yield from (
                    (one, f"{at}[{n}]") for n, one in enumerate(child) if isinstance(one, dict)
                )
            if name != "contained":
                yield from _extensions(child, at)
    elif isinstance(node, list):
        for position, child in enumerate(node):
            yield from _extensions(child, f"{place}[{position}]")


@cache
def shipped() -> Profiles:
    """Return the rules of our own tables, for the profiles that records are read and written by."""
    rules: dict[str, list[Rule]] = {}
    for row in _rows("uk_core_rules.csv"):
        rule = Rule(row["path"], Kind(row["rule"]), row["value"])
        rules.setdefault(UK_CORE + row["profile"], []).append(rule)
    codes: dict[str, set[str]] = {}
    for row in _rows("uk_core_codes.csv"):
        codes.setdefault(row["value_set"], set()).add(f"{row['system']}|{row['code']}")
    return Profiles(
        {url: tuple(found) for url, found in rules.items()},
        {url: frozenset(found) for url, found in codes.items()},
    )


def _rows(name: str) -> Iterator[dict[str, str]]:
    text = (files("adapters.health.fhir_r4") / name).read_text(encoding="utf-8")
    yield from csv.DictReader(text.splitlines())
