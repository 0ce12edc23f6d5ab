"""What the exchange, the committer and the dispatcher reach the outside world through.

Clock, randomness and the notice of each step are handed in, so that the same code runs under a
real clock, in a simulation, and in a test that kills the process between any two steps.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime


def _now() -> datetime:
    return datetime.now(UTC)


def _unobserved(_step: str) -> None:
    """Nobody watches the steps."""


@dataclass(frozen=True, slots=True)
class Ports:
    """*now* gives aware UTC times, *random* so many random bytes; *step* is told of each step."""

    now: Callable[[], datetime] = _now
    random: Callable[[int], bytes] = os.urandom
    step: Callable[[str], None] = _unobserved
