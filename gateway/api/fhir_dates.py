"""Dates as a search in FHIR gives them (R4, 3.1.1.4.7): a prefix, and a date or time of any grain.

    2026-11-30   ge2026   lt2026-11-30T09:00:00Z

What is given means the whole of it: `2026-11-30` is that day, `gt2026` is after that year. A year,
month or day is one of the United Kingdom's; a time bears its zone.
"""

import re
from datetime import date, datetime, timedelta
from typing import Final

from gateway.days import day_begins
from gateway.errors import MalformedRequestError

_FORM: Final = re.compile(
    r"(?P<prefix>eq|ge|gt|le|lt|)"
    r"(?P<day>[0-9]{4}(?:-[0-9]{2}(?:-[0-9]{2})?)?)"
    r"(?P<time>T[0-9]{2}:[0-9]{2}(?P<second>:[0-9]{2}(?P<fraction>\.[0-9]{1,6})?)?"
    r"(?:Z|[+-][0-9]{2}:[0-9]{2}))?"
)

Span = tuple[datetime | None, datetime | None]


def read(text: str) -> Span:
    """Return from when on, and before when: None where that is open.

    Raises `MalformedRequestError` for what is no date, and for other prefixes.

    >>> [at and at.isoformat() for at in read("ge2026-07")]
    ['2026-06-30T23:00:00+00:00', None]
    >>> read("ne2026")
    Traceback (most recent call last):
        ...
    gateway.errors.MalformedRequestError
    """
    match = _FORM.fullmatch(text)
    try:
        begins, ends = _span(match) if match else (None, None)
    except (ValueError, OverflowError):
        match = None
    if match is None:
        raise MalformedRequestError(where="date: eq, ge, gt, le or lt, and a date or a time")
    match match["prefix"]:
        case "ge":
            return begins, None
        case "gt":
            return ends, None
        case "le":
            return None, ends
        case "lt":
            return None, begins
        case _:
            return begins, ends


def _span(match: re.Match[str]) -> tuple[datetime, datetime]:
    """Return the time that is meant: its beginning, and its end, exclusive."""
    if match["time"]:
        at = datetime.fromisoformat(match["day"] + match["time"])
        return at, at + _grain(match)
    year, *rest = map(int, match["day"].split("-"))
    first = date(year, *[*rest, 1, 1][:2])
    match len(rest):
        case 0:
            after = first.replace(year=year + 1)
        case 1:
            after = (first + timedelta(days=31)).replace(day=1)
        case _:
            after = first + timedelta(days=1)
    return day_begins(first), day_begins(after)


def _grain(match: re.Match[str]) -> timedelta:
    if match["fraction"]:
        return timedelta(milliseconds=1)  # the grain of the log's times
    return timedelta(seconds=1) if match["second"] else timedelta(minutes=1)
