"""Days: which day it is in the United Kingdom, where law, agreements and consent count theirs."""

from datetime import UTC, date, datetime, time
from typing import Final
from zoneinfo import ZoneInfo

_UK: Final = ZoneInfo("Europe/London")


def uk_day(at: datetime) -> date:
    """Return the day that it is in the United Kingdom at the aware time *at*.

    Whoever signs, comes of age or whose agreement ends does so on a day of the calendar on the
    wall; in summer that is another than UTC's for an hour.

    >>> uk_day(datetime(2026, 6, 30, 23, 30, tzinfo=UTC))
    datetime.date(2026, 7, 1)
    >>> uk_day(datetime(2026, 11, 30, 23, 30, tzinfo=UTC))
    datetime.date(2026, 11, 30)
    >>> uk_day(datetime(2026, 6, 30, 23, 30))
    Traceback (most recent call last):
        ...
    ValueError: a time without its zone has no day
    """
    if at.tzinfo is None:
        message = "a time without its zone has no day"
        raise ValueError(message)
    return at.astimezone(_UK).date()


def day_begins(on: date) -> datetime:
    """Return the moment, in UTC, at which the day *on* begins in the United Kingdom.

    >>> day_begins(date(2026, 7, 1)).isoformat()
    '2026-06-30T23:00:00+00:00'
    """
    return datetime.combine(on, time(), _UK).astimezone(UTC)
