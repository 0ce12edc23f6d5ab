"""Days as options give them."""

from datetime import date

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
