"""Code systems: the words that practice documents fix, as data, and the mappings between them.

`code_systems/*.csv` holds one system a file (code, display, note), `index.csv` their titles,
sources and whether a partnership may add codes. Displays keep the sources' wording; the codes
are ours. Five scales are called *level* or *tier* in the sources, and they are five systems:
no code of one says anything about another, unless a table says so.
"""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final

from mappings.caf.errors import CodeError

BASE: Final = "https://caf-gateway.example/fhir/CodeSystem/"
_DATA: Final = files("mappings.caf")

SCALES: Final = ("level-of-need", "pcf-level", "qualification-level", "service-tier", "camhs-tier")
"""The five scales that the sources call level or tier."""


@dataclass(frozen=True, slots=True)
class Code:
    """One code of a system, with its display and, where there is one, a note."""

    code: str
    display: str
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeSystem:
    """A code system: *source* names its documents; a partnership may add codes where *is_open*."""

    name: str
    title: str
    source: str
    is_open: bool
    codes: Mapping[str, Code]

    @property
    def uri(self) -> str:
        """The system's URI, as it stands in a coding."""
        return BASE + self.name

    def __contains__(self, code: str) -> bool:
        return code in self.codes

    def display(self, code: str) -> str:
        """Return the display of *code*, or raise `CodeError`.

        >>> system("concern-threshold").display("child-in-need")
        'Child in need'
        >>> system("concern-threshold").display("tier-2")
        Traceback (most recent call last):
            ...
        mappings.caf.errors.CodeError: not a code of `concern-threshold`
        """
        try:
            return self.codes[code].display
        except KeyError:
            message = f"not a code of `{self.name}`"
            raise CodeError(message) from None


@cache
def systems() -> Mapping[str, CodeSystem]:
    """Return every code system by its name, in the order of the practice documents."""
    return MappingProxyType({row["name"]: _system(row) for row in _rows("code_systems", "index")})


def system(name: str) -> CodeSystem:
    """Return the code system *name*, or raise `CodeError`.

    >>> system("level-of-need").codes["4"].display
    'Specialist interventions'
    >>> system("tier")
    Traceback (most recent call last):
        ...
    mappings.caf.errors.CodeError: no such code system: `tier`
    """
    try:
        return systems()[name]
    except KeyError:
        message = f"no such code system: `{name}`"
        raise CodeError(message) from None


def system_of(uri: str) -> CodeSystem | None:
    """Return the code system that *uri* names in a coding; None where it is not one of ours.

    >>> system_of(BASE + "harm").title
    'Harm'
    >>> system_of("http://snomed.info/sct") is None
    True
    """
    return systems().get(uri.removeprefix(BASE)) if uri.startswith(BASE) else None


@dataclass(frozen=True, slots=True)
class Step:
    """Where a code goes: *target* is None where it has no counterpart; *loss* says what is lost."""

    target: str | None
    loss: str | None


@dataclass(frozen=True, slots=True)
class Crosswalk:
    """A mapping of every code of the system *source* to the system *target*, loss by loss."""

    source: str
    target: str
    steps: Mapping[str, Step]

    def step(self, code: str) -> Step:
        """Return where *code* goes, or raise `CodeError`.

        >>> crosswalk("ecm-outcome", "child-right").step("economic")
        Step(target=None, loss='no counterpart')
        """
        try:
            return self.steps[code]
        except KeyError:
            message = f"not a code of `{self.source}`"
            raise CodeError(message) from None


def crosswalk(source: str, target: str) -> Crosswalk:
    """Return the mapping from one code system to another, or raise `CodeError`.

    Nothing maps by itself, however alike the words: a level of need is not a tier of services.

    >>> crosswalk("level-of-need", "service-tier")
    Traceback (most recent call last):
        ...
    mappings.caf.errors.CodeError: no table maps `level-of-need` to `service-tier`
    """
    name = f"{system(source).name}.{system(target).name}"
    if not (_DATA / "crosswalks" / f"{name}.csv").is_file():
        message = f"no table maps `{source}` to `{target}`"
        raise CodeError(message)
    return Crosswalk(
        source,
        target,
        {
            row["from"]: Step(row["to"] or None, row["loss"] or None)
            for row in _rows("crosswalks", name)
        },
    )


def _system(row: dict[str, str]) -> CodeSystem:
    codes = (
        Code(code["code"], code["display"], code["note"] or None)
        for code in _rows("code_systems", row["name"])
    )
    return CodeSystem(
        name=row["name"],
        title=row["title"],
        source=row["source"],
        is_open=row["open"] == "yes",
        codes={code.code: code for code in codes},
    )


def _rows(folder: str, name: str) -> Iterator[dict[str, str]]:
    text = (_DATA / folder / f"{name}.csv").read_text(encoding="utf-8")
    yield from csv.DictReader(text.splitlines())
