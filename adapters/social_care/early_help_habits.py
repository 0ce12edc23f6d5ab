"""What a spreadsheet program makes of a cell, and what was meant: each repair is told.

2016-09-18   1/9/2016            dates that are read as they are
42631   18-Sep-16   18/09/16     dates that Excel writes: repaired
7700900123                       a telephone number whose 0 was taken for nothing: repaired
9.99E+09                         a number of which digits are gone: nothing can be done
="0115"                          a text that was kept from being a number: repaired
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Final

_DAY: Final = re.compile(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})")
_ISO: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_MIDNIGHT: Final = re.compile(r"(.+?)[ T]0?0:00(?::00)?(?:\.0+)?")
_SERIAL: Final = re.compile(r"([1-7]\d{4})(?:\.0)?")
_WRITTEN_OUT: Final = ("%d-%b-%Y", "%d %b %Y", "%d %B %Y", "%d-%b-%y", "%d/%m/%y", "%d %b %y")
_BEFORE_DAY_ONE: Final = date(1899, 12, 30)  # Excel counts a 29 February 1900 that never was
_ROUNDED: Final = re.compile(r"\d(?:\.\d+)?E\+\d{1,2}", re.IGNORECASE)
_QUOTED: Final = re.compile(r'="(.*)"', re.DOTALL)
_WITHOUT_ZERO: Final = re.compile(r"[1-37]\d{9}")


@dataclass(frozen=True, slots=True)
class Meant:
    """What was meant by a cell: its *text*, and where it had to be guessed a *code* and advice."""

    text: str
    code: str | None = None
    message: str = ""


def meant(cell: str, kind: str) -> Meant:
    """Return what was meant by *cell*, in a column of this *kind*.

    >>> meant("42631", "date").text, meant("2016-09-18", "date").code
    ('18/09/2016', None)
    >>> meant("7700900123", "telephone").text
    '07700900123'
    """
    quoted = _QUOTED.fullmatch(cell.strip())
    if quoted is not None:
        message = "this was read as the text between the quotation marks: the sender has to check"
        return Meant(quoted[1].replace('""', '"'), "formula-text", message)
    return _BY_KIND.get(kind, Meant)(cell)


def _date(cell: str) -> Meant:
    text = cell.strip()
    if found := _DAY.fullmatch(text):
        day, month, year = found.groups()
        return Meant(f"{day:0>2}/{month:0>2}/{year}")
    if _ISO.fullmatch(text):
        return Meant(_shown(_iso(text)) or text)
    repaired = _shown(_as_excel_writes(text))
    if repaired is None:
        return Meant(text)
    message = "the sender has to write day/month/year: the spreadsheet made this of it"
    return Meant(repaired, "repaired-date", message)


def _as_excel_writes(text: str) -> date | None:
    if found := _SERIAL.fullmatch(text):
        return _BEFORE_DAY_ONE + timedelta(days=int(found[1]))
    if found := _MIDNIGHT.fullmatch(text):
        whole = found[1]
        if day := _DAY.fullmatch(whole):
            whole = f"{day[3]}-{day[2]:0>2}-{day[1]:0>2}"
        return _iso(whole)
    for form in _WRITTEN_OUT:
        try:
            # Two digits of a year are read as the spreadsheet does: up to 68 in this century.
            return datetime.strptime(text, form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    return None


def _iso(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _shown(day: date | None) -> str | None:
    return None if day is None else f"{day:%d/%m/}{day.year:04}"


def _number(cell: str) -> Meant:
    text = cell.strip()
    if _ROUNDED.fullmatch(text):
        message = "the sender has to make the column one of text: the spreadsheet dropped digits"
        return Meant(text, "rounded-number", message)
    return Meant(text)


def _telephone(cell: str) -> Meant:
    text = cell.strip()
    if _WITHOUT_ZERO.fullmatch(text):
        message = "the sender has to make the column one of text: the spreadsheet dropped the 0"
        return Meant(f"0{text}", "repaired-telephone", message)
    return _number(cell)


_BY_KIND: Final[Mapping[str, Callable[[str], Meant]]] = MappingProxyType(
    {
        "date": _date,
        "number": _number,
        "telephone": _telephone,
        "choice": lambda cell: Meant(cell.strip()),
        "list": lambda cell: Meant(cell.strip()),
    }
)
