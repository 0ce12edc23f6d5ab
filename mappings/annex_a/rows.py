"""List 2 of Annex A: its headers as they are published, and the mapping of one of its rows."""

from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Final

from mappings.errors import UnreadableError
from mappings.language.loading import Format, load
from mappings.language.shapes import of_paths
from mappings.language.tables import coded, table
from mappings.language.translation import Translation
from mappings.language.values import STANDARD, ValueFunction, registry

HEADERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "ChildUniqueID": "Child Unique ID",
        "Gender": "Gender",
        "Ethnicity": "Ethnicity",
        "DateOfBirth": "Date of Birth",
        "Age": "Age",
        "AssessmentStartDate": "Assessment start date",
        "AssessmentCompletionDate": "Assessment completion date",
        "Organisation": "Organisation completing assessment",
    }
)
"""The header of each column, in their order, by the name that the mapping has for it."""

_LETTERS: Final = (
    *("a) WBRI", "b) WIRI", "c) WIRT", "d) WOTH", "e) WROM", "f) MWBC", "g) MWBA", "h) MWAS"),
    *("i) MOTH", "j) AIND", "k) APKN", "l) ABAN", "m) AOTH", "n) BCRB", "o) BAFR", "p) BOTH"),
    # The last two share a letter where the list is published.
    *("q) CHNE", "r) OOTH", "s) REFU", "s) NOBT"),
)
_CELLS: Final = {cell.partition(" ")[2]: cell for cell in _LETTERS}
_ETHNICITY: Final = coded(table("ethnicity"), None, is_many=True)


def _ethnicity(cell: str) -> object:
    if cell not in _LETTERS:
        message = "the sender has to use a cell of the list, a letter and a code"
        raise UnreadableError(message)
    return _ETHNICITY.read(cell.partition(" ")[2])


def _ethnicity_back(codes: object) -> str | None:
    return _CELLS.get(str(_ETHNICITY.write(codes)))


def _organisation_back(_name: str, organisation: str | None) -> str | None:
    # The name of whoever assessed is a person's: the list has no place for it.
    return organisation


FUNCTIONS: Final = registry(
    STANDARD.values(),
    [
        ValueFunction(
            name="lettered_ethnicity",
            read=_ethnicity,
            write=_ethnicity_back,
            texts=("|".join(cell.replace(")", r"\)") for cell in _LETTERS),),
            how=f"{_ETHNICITY.how}, with a letter before it",
        ),
        ValueFunction(
            name="organisation",
            read=lambda text: (text, text),
            write=_organisation_back,
            texts=("[A-Z][a-z]{1,8}",),
            fields=2,
        ),
    ],
)
"""The functions that the mapping of a row may name."""


@cache
def row() -> Translation:
    """Return the mapping of a row."""
    shape = of_paths(HEADERS)
    file = Path(str(files("mappings.annex_a"))) / "row.yaml"
    return load(file, Format(shape, functions=FUNCTIONS))


def age(born_on: date, on: date) -> int | None:
    """Return how old one is *on* a day who was *born_on* another; None before that.

    >>> age(date(2014, 5, 14), date(2026, 5, 13)), age(date(2014, 5, 14), date(2026, 5, 14))
    (11, 12)
    >>> age(date(2027, 1, 1), date(2026, 5, 14)) is None
    True
    """
    years = on.year - born_on.year - ((on.month, on.day) < (born_on.month, born_on.day))
    return years if years >= 0 else None
