"""Rules of profiles, computed from StructureDefinitions in FHIR's XML.

Of a differential are taken: cardinality, fixed values and patterns, the types of a value, and
required bindings whose codes are at hand. What a slice is told by has to be one value or the URL of
an extension: rules of other slices are left out, so that nothing is found that is not so.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from lxml import etree

from adapters.health.fhir_r4.profiles import Kind, Profiles, Rule, shipped
from adapters.health.fhir_r4.xml_format import FHIR
from adapters.xml import parse

_ANY: Final = "*"
_VALUE: Final = "value[x]"


DEFINITIONS: Final = "CAF_GATEWAY_FHIR_DEFINITIONS"
"""The environment variable that names a folder of definitions to check by."""


@cache
def known_profiles() -> Profiles:
    """Return the profiles of the folder that `CAF_GATEWAY_FHIR_DEFINITIONS` names, else our own."""
    named = os.environ.get(DEFINITIONS)
    return from_folder(Path(named)) if named else shipped()


def from_folder(folder: Path) -> Profiles:
    """Return the profiles that are defined in *folder*: see `rules_in`."""
    return Profiles(rules_in(folder), codes_in(folder))


def rules_in(folder: Path) -> Mapping[str, tuple[Rule, ...]]:
    """Return the rules of every profile that is defined in *folder*, by the profile's URL.

    *folder* has `structuredefinitions`, `valuesets` and `codesystems`. Raises `AdapterError` where
    a file is not XML, `OSError` where it cannot be read.
    """
    codes = codes_in(folder)
    found: dict[str, tuple[Rule, ...]] = {}
    for path in sorted((folder / "structuredefinitions").glob("*.xml")):
        definition = parse(path.read_bytes())
        url = _value(definition, "url")
        found[url] = tuple(_Differential(definition, codes).rules())
    return found


def codes_in(folder: Path) -> Mapping[str, frozenset[str]]:
    """Return the codes of each value set of *folder* that names all of them, as `system|code`."""
    systems = dict(_code_systems(folder))
    found: dict[str, frozenset[str]] = {}
    for path in sorted((folder / "valuesets").glob("*.xml")):
        value_set = parse(path.read_bytes())
        codes = _codes_of(value_set, systems)
        if codes is not None:
            found[_value(value_set, "url")] = codes
    return found


def _code_systems(folder: Path) -> Iterator[tuple[str, frozenset[str]]]:
    for path in sorted((folder / "codesystems").glob("*.xml")):
        system = parse(path.read_bytes())
        codes = frozenset(_value(one, "code") for one in system.iter(f"{FHIR}concept"))
        yield _value(system, "url"), codes


def _codes_of(
    value_set: etree._Element, systems: Mapping[str, frozenset[str]]
) -> frozenset[str] | None:
    """Return the codes of *value_set*; None where some are not named here."""
    compose = value_set.find(f"{FHIR}compose")
    if compose is None or compose.find(f"{FHIR}exclude") is not None:
        return None
    found: set[str] = set()
    for include in compose.iterfind(f"{FHIR}include"):
        system = _value(include, "system")
        named = {_value(one, "code") for one in include.iterfind(f"{FHIR}concept")}
        is_part = any(include.find(f"{FHIR}{name}") is not None for name in ("filter", "valueSet"))
        codes = named or systems.get(system)
        if is_part or not codes:
            return None
        found |= {f"{system}|{code}" for code in codes}
    return frozenset(found)


@dataclass(slots=True)
class _Differential:
    """The differential of one definition."""

    definition: etree._Element
    codes: Mapping[str, frozenset[str]]

    def rules(self) -> Iterator[Rule]:
        """Yield the rules that the definition adds to what it is based on."""
        base = _value(self.definition, "baseDefinition")
        if "UKCore" in base:
            yield Rule("", Kind.BASE, base)
        for element in self._elements().values():
            path = self._path(element.get("id", ""))
            if path:
                yield from self._of(element, path)

    def _elements(self) -> dict[str, etree._Element]:
        found = self.definition.iterfind(f"{FHIR}differential/{FHIR}element")
        return {one.get("id", ""): one for one in found}

    def _of(self, element: etree._Element, path: str) -> Iterator[Rule]:
        least, most = _value(element, "min"), _value(element, "max")
        if least not in {"", "0"}:
            yield Rule(path, Kind.MIN, least)
        if most not in {"", _ANY}:
            yield Rule(path, Kind.MAX, most)
        for child in element:
            name = str(child.tag).removeprefix(FHIR)
            is_fixed = name.startswith(("fixed", "pattern")) and child.get("value") is not None
            if is_fixed and not path.endswith("url"):
                yield Rule(path, Kind.FIXED, str(child.get("value")))
        types = [_value(one, "code") for one in element.iterfind(f"{FHIR}type")]
        if path.endswith(_VALUE) and types:
            yield Rule(path, Kind.TYPES, " ".join(sorted(set(types))))
        binding = element.find(f"{FHIR}binding")
        if binding is not None and _value(binding, "strength") == "required":
            value_set = _value(binding, "valueSet").partition("|")[0]
            if value_set in self.codes:
                yield Rule(path, Kind.CODES, value_set)

    def _path(self, id_: str) -> str:
        """Return the path of the element *id_* without its type; empty where it cannot be told."""
        steps: list[str] = []
        names = id_.split(".")
        for position, name in enumerate(names[1:], start=2):
            plain, _, slice_ = name.partition(":")
            if not slice_:
                steps.append(plain)
            elif plain.endswith("[x]"):
                steps.append(slice_)  # a slice of a choice is called by its type
            elif (told_by := self._told_by(".".join(names[:position]), plain)) is not None:
                steps.append(f"{plain}[{told_by}]")
            else:
                return ""
        return ".".join(steps)

    def _told_by(self, id_: str, name: str) -> str | None:
        """Return what the slice *id_* of *name* is told by, `name=value`."""
        elements = self._elements()
        element = elements.get(id_)
        if element is not None and name == "extension":
            profile = element.find(f"{FHIR}type/{FHIR}profile")
            if profile is not None:
                return f"url={profile.get('value')}"
        for by in ("system", "url", "use", "type"):
            fixed = elements.get(f"{id_}.{by}")
            for child in fixed if fixed is not None else ():
                is_fixed = str(child.tag).removeprefix(FHIR).startswith(("fixed", "pattern"))
                if is_fixed and child.get("value") is not None:
                    return f"{by}={child.get('value')}"
        return None


def _value(node: etree._Element, name: str) -> str:
    """Return the value of the element *name* of *node*; empty where there is none."""
    found = node.find(f"{FHIR}{name}")
    return "" if found is None else str(found.get("value", ""))
