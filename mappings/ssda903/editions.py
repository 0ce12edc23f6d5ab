"""The years of the SSDA903 return that are read and written, each with its mapping.

An edition is the year in which its collection ends: 2026 is 1 April 2025 to 31 March 2026. Sex and
the type of placement have other codes from 2024-25 on, and 2026-27 has deprivations of liberty.
"""

import re
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final

from lxml import etree

from mappings.errors import UnreadableError
from mappings.language import xsd
from mappings.language.loading import Format, load
from mappings.language.shapes import Shape
from mappings.language.translation import Translation
from mappings.ssda903.pairs import FUNCTIONS

EDITIONS: Final = range(2024, 2028)
ROOT: Final = "EXPSSDA903"
NEWEST: Final = EDITIONS[-1]
_HERE: Final = Path(str(files("mappings.ssda903")))
_YEARS: Final = re.compile(r"(20[0-9]{2})(?:[-/]([0-9]{2}))?")
_OLD_SEX: Final = frozenset("12")
_APRIL: Final = 4


@cache
def child(edition: int) -> Translation:
    """Return the mapping of a child of *edition*."""
    shape = xsd.shape(_schema(edition), "Child")
    return load(_HERE / "child.yaml", Format(shape, edition, FUNCTIONS))


@cache
def file_shape(edition: int) -> Shape:
    """Return the shape of a whole file of *edition*."""
    return xsd.shape(_schema(edition), ROOT)


@cache
def schema(edition: int) -> etree.XMLSchema:
    """Return our own schema of *edition*: it is not the Department's."""
    return xsd.load(_schema(edition))


def parse(text: str) -> int:
    """Return the edition that *text* names, or raise `UnreadableError` where it is none of ours.

    >>> parse("2025-26"), parse("2026")
    (2026, 2026)
    >>> parse("2016-17")
    Traceback (most recent call last):
        ...
    mappings.errors.UnreadableError: only the collections 2023-24 to 2026-27 are read and written
    """
    found = _YEARS.fullmatch(text)
    if found is not None:
        year = int(found[1]) + (found[2] is not None)
        if year in EDITIONS and found[2] in {None, f"{year % 100:02}"}:
            return year
    message = "only the collections 2023-24 to 2026-27 are read and written"
    raise UnreadableError(message)


def name(edition: int) -> str:
    """Return the name of *edition*.

    >>> name(2027)
    '2026-27'
    """
    return f"{edition - 1}-{edition % 100:02}"


def current(on: date) -> int:
    """Return the edition whose year *on* is in, or the nearest that there is.

    >>> current(date(2026, 3, 31)), current(date(2026, 4, 1)), current(date(2036, 4, 1))
    (2026, 2027, 2027)
    """
    year = on.year + (on.month >= _APRIL)
    return min(max(year, EDITIONS[0]), NEWEST)


def by_sex(code: str) -> int:
    """Return the edition that a record with *code* as its sex is of, where none says it.

    >>> by_sex("2"), by_sex("F")
    (2024, 2027)
    """
    return EDITIONS[0] if code in _OLD_SEX else NEWEST


def _schema(edition: int) -> Path:
    return _HERE / f"ssda903-{edition}.xsd"
