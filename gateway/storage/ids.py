"""Ids of rows: time first, then randomness, so that new rows stand beside one another.

Wholly random ids would put each new row's index entries on pages of their own, and the database
would write twice as much. The time in an id says when a row was made, and nothing else.
"""

from gateway.ports import Ports
from gateway.storage.times import to_ms

_RANDOM_BYTES = 10


def new_id(ports: Ports) -> str:
    """Return a new id: 48 bits of milliseconds since 1970, 80 random bits, in hexadecimal.

    >>> from datetime import UTC, datetime
    >>> ports = Ports(now=lambda: datetime(2026, 1, 1, tzinfo=UTC), random=bytes)
    >>> new_id(ports)
    '019b76daa80000000000000000000000'
    """
    return f"{to_ms(ports.now()):012x}{ports.random(_RANDOM_BYTES).hex()}"
