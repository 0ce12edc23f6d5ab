"""Guesses: which field of the CAF a leaf is likely to be, by its name and by its values.

`targets.csv` has the names that agencies give to what stands once, `lists.csv` those of what
repeats. The 19 elements of the CAF are known by their own names besides. A guess is no more than
that: whoever makes the adapter goes through them.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Final

from gateway.scaffolding.samples import Branch
from mappings.caf.elements import CATALOGUE
from mappings.errors import UnreadableError
from mappings.language.values import STANDARD

_WORDS: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_OF_THE_CHILD: Final = ("child", "pupil", "client", "person", "patient", "subject", "young")
_OTHERS: Final = ("people/", "plan/")  # whose names and dates are not the child's


@dataclass(frozen=True, slots=True)
class Target:
    """A field of the CAF: of an *item*, or of the assessment itself where that is empty."""

    item: str
    field: str
    via: str
    const: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ListTarget:
    """What a repeating element is: an *item* each, with the names of the leaves of its *fields*."""

    item: str
    const: Mapping[str, str]
    fields: Mapping[str, tuple[tuple[str, ...], ...]]


def plain(name: str) -> str:
    """Return *name* as the tables have it: small letters and digits alone.

    >>> plain("DateOfBirth"), plain("date_of_birth"), plain("NHSNumber")
    ('dateofbirth', 'dateofbirth', 'nhsnumber')
    """
    return "".join(_WORDS.findall(name)).lower()


def target_of(path: Sequence[str]) -> Target | None:
    """Return what the leaf at *path*, which stands once, is likely to be.

    >>> target_of(["Child", "DOB"]).field, target_of(["Pupil", "PupilForename"]).field
    ('born_on', 'given')
    >>> target_of(["ShoeSize"]) is None
    True
    """
    known = _targets()
    name = plain(path[-1])
    around = plain(path[-2]) if len(path) > 1 else ""
    other = _list_of(around)
    is_of_another = other is not None and other.item.startswith(_OTHERS)
    shorter = [name.removeprefix(one) for one in _OF_THE_CHILD if name.startswith(one)]
    for candidate in (around + name, *([] if is_of_another else [name, *shorter])):
        if candidate in known:
            return known[candidate]
    return None


def list_target(path: Sequence[str]) -> ListTarget | None:
    """Return what each element of the list at *path* is likely to be."""
    for name in reversed(path[-2:]):
        found = _list_of(plain(name))
        if found is not None:
            return found
    return None


def via_of(target: Target, branch: Branch) -> str | None:
    """Return the value function by which *branch* would be *target*; None where none reads it."""
    if target.via == "date":
        return date_function(branch.texts)
    if target.via in STANDARD and branch.texts:
        reads = all(_reads(target.via, text) for text in branch.texts)
        return target.via if reads else None
    return target.via


def date_function(texts: Iterable[str]) -> str | None:
    """Return the value function that reads all of *texts* as dates.

    >>> date_function(["05/01/2019"]), date_function(["2019-01-05"]), date_function(["soon"])
    ('uk_date', 'iso_date', None)
    """
    held = list(texts)
    for name in ("iso_date", "uk_date"):
        if all(_reads(name, text) for text in held):
            return name
    return None


def _reads(function: str, text: str) -> bool:
    try:
        found = STANDARD[function].read(text)
    except UnreadableError:
        return False
    return found is not None or isinstance(found, date)


@cache
def _targets() -> Mapping[str, Target]:
    found = {plain(name): target for name, target in _elements()}
    for row in rows("targets.csv"):
        target = Target(row["item"], row["field"], row["via"], _const(row["const"]))
        found |= dict.fromkeys(row["names"].split(), target)
    return found


def _elements() -> Iterator[tuple[str, Target]]:
    """Yield the elements of the three domains by their names, codes and titles."""
    for element in CATALOGUE:
        if element.domain is not None:
            target = Target(f"{element.section}/{element.field}", "text", "text", {})
            for name in (element.field, element.code, element.title):
                yield name, target


@cache
def _lists() -> Mapping[str, ListTarget]:
    found: dict[str, ListTarget] = {}
    for row in rows("lists.csv"):
        fields = {
            field: tuple(tuple(one.split("+")) for one in names.split("|"))
            for field, _, names in (one.partition("=") for one in row["fields"].split(";"))
        }
        target = ListTarget(row["item"], _const(row["const"]), fields)
        found |= dict.fromkeys(row["lists"].split(), target)
    return found


def _list_of(name: str) -> ListTarget | None:
    return _lists().get(name)


def _const(text: str) -> Mapping[str, str]:
    return dict(one.split("=") for one in text.split() if one)


def rows(name: str = "targets.csv") -> list[dict[str, str]]:
    """Return the rows of one of the tables of guesses."""
    text = files("gateway.scaffolding").joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))
