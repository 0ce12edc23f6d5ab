"""What the exchange, the committer and the dispatcher reach the outside world through.

Clock, randomness and the notice of each step are handed in, so that the same code runs under a
real clock, in a simulation, and in a test that kills the process between any two steps.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from gateway.randomness import draw


def _now() -> datetime:
    return datetime.now(UTC)


def _unobserved(_step: str) -> None:
    """Nobody watches the steps."""


@dataclass(frozen=True, slots=True)
class Ports:
    """*now* gives aware UTC times, *random* so many random bytes; *step* is told of each step."""

    now: Callable[[], datetime] = _now
    random: Callable[[int], bytes] = draw
    step: Callable[[str], None] = _unobserved
