"""Days as options give them."""

from datetime import date, datetime

from gateway.days import day_begins
from gateway.errors import RequestError


def day(text: str | None) -> date | None:
    """Return the day that *text* writes, or raise `RequestError`.

    >>> day("2026-11-30")
    datetime.date(2026, 11, 30)
    >>> day("30 November")
    Traceback (most recent call last):
        ...
    gateway.errors.RequestError: a day is written as 2026-11-30
    """
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        message = "a day is written as 2026-11-30"
        raise RequestError(message) from None


def ends(text: str | None) -> datetime | None:
    """Return the moment at which the day that *text* writes begins: what ends on it ends then.

    >>> ends("2026-11-30").isoformat()
    '2026-11-30T00:00:00+00:00'
    >>> ends(None) is None
    True
    """
    last = day(text)
    return None if last is None else day_begins(last)
