"""Times in the database: whole milliseconds since 1970, UTC, as signed 64-bit integers."""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def to_ms(at: datetime) -> int:
    """Return *at*, an aware time, as milliseconds since 1970.

    >>> to_ms(datetime(2026, 1, 1, tzinfo=UTC))
    1767225600000
    >>> to_ms(datetime(2026, 1, 1))
    Traceback (most recent call last):
        ...
    TypeError: can't subtract offset-naive and offset-aware datetimes
    """
    return (at - _EPOCH) // _MILLISECOND


def from_ms(milliseconds: int) -> datetime:
    """Return the aware UTC time that is *milliseconds* after the start of 1970.

    >>> from_ms(1767225600000).isoformat()
    '2026-01-01T00:00:00+00:00'
    """
    return _EPOCH + milliseconds * _MILLISECOND
