"""The years of the children in need census that are read and written, each with its mapping.

A year is that of the reference date, 31 March, on which the census ends. From 2023 there are early
help as a source of referrals and as a reason to close, from 2025 `Sex` takes the place of
`GenderCurrent`, from 2026 there are pre-proceedings.
"""

from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final

from lxml import etree

from mappings.cin.children import ChildMapping
from mappings.cin.pairs import FUNCTIONS
from mappings.language import xsd
from mappings.language.loading import Format, load
from mappings.language.shapes import Shape

YEARS: Final = range(2022, 2027)
_HERE: Final = Path(str(files("mappings.cin")))


@dataclass(frozen=True, slots=True)
class Period:
    """The census year that ends on *end*, the reference date: from *start* to *end*, both in it.

    >>> Period.of(2026).start, Period.of(2026).end
    (datetime.date(2025, 4, 1), datetime.date(2026, 3, 31))
    """

    start: date
    end: date

    @classmethod
    @cache
    def of(cls, year: int) -> "Period":
        """Return the period of the census of *year*."""
        return cls(date(year - 1, 4, 1), date(year, 3, 31))

    def __contains__(self, day: date) -> bool:
        return self.start <= day <= self.end


def nearest(year: int) -> int:
    """Return the year whose schema a file of *year* is read by.

    >>> nearest(2019), nearest(2025), nearest(2030)
    (2022, 2025, 2026)
    """
    return min(max(year, YEARS[0]), YEARS[-1])


@cache
def child(year: int) -> ChildMapping:
    """Return the mapping of a child of *year*, one of `YEARS`."""
    episode = load(
        _HERE / "episode.yaml", Format(xsd.shape(_schema(year), "CINdetails"), year, FUNCTIONS)
    )
    identity = load(
        _HERE / "child.yaml", Format(xsd.shape(_schema(year), "Child"), year, FUNCTIONS)
    )
    return ChildMapping(identity, episode)


@cache
def file_shape(year: int) -> Shape:
    """Return the shape of a whole file of *year*, one of `YEARS`."""
    return xsd.shape(_schema(year), "Message")


@cache
def schema(year: int) -> etree.XMLSchema:
    """Return our own schema of *year*, one of `YEARS`: it is not the Department's."""
    return xsd.load(_schema(year))


def _schema(year: int) -> Path:
    return _HERE / f"cin-{year}.xsd"
