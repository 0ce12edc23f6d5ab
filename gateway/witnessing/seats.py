"""Seats: how it stands with each witness, and one round in which they are asked."""

import threading
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from time import monotonic
from typing import Final

from gateway.storage.published import Published
from gateway.witnessing.client import WitnessClient

FIRST_BACKOFF: Final = 1.0
"""Seconds until a witness that did not answer is asked again; doubled each time."""


@dataclass(slots=True)
class Seat:
    """One witness: what it cosigned last, whether it is being asked, and when it is asked next."""

    client: WitnessClient
    cosigned_at: datetime | None = None
    is_busy: bool = False
    _sizes: dict[str, int] = field(default_factory=dict)
    _backoff: float = 0.0
    _not_before: float = 0.0

    def needs(self, published: Published, now: datetime, heartbeat: timedelta) -> bool:
        """Return whether the witness is to be asked now for the checkpoint of *published*."""
        if self.is_busy or monotonic() < self._not_before:
            return False
        if self._sizes.get(published.shard.origin, -1) < published.size:
            return True
        return self.cosigned_at is None or now - self.cosigned_at >= heartbeat

    def cosigned(self, published: Published, at: datetime) -> None:
        """Take note that the witness, asked *at* this time, cosigned *published*."""
        self._sizes[published.shard.origin] = published.size
        self.cosigned_at, self._backoff = at, 0.0

    def put_off(self, longest: float, jitter: int) -> None:
        """Ask later: after twice the pause of before, up to half of it less by *jitter* of 255."""
        self._backoff = min(max(FIRST_BACKOFF, 2 * self._backoff), longest)
        self._not_before = monotonic() + self._backoff * (1 - jitter / 512)


@dataclass(slots=True)
class Round:
    """One checkpoint, the lines that its witnesses gave, by their names, and when it began, *at*.

    It is *settled* once enough of them cosigned, and *answered* once nobody is asked any more.
    """

    published: Published
    asked: int
    at: datetime
    settled: threading.Event = field(default_factory=threading.Event)
    answered: threading.Event = field(default_factory=threading.Event)
    _lines: dict[str, bytes] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        if not self.asked:
            self._end()

    def add(self, witness: str, lines: bytes) -> Published:
        """Return the checkpoint with the lines of all so far, these too."""
        with self._lock:
            self._lines[witness] = lines
            note = self.published.note + b"".join(self._lines.values())
        return replace(self.published, note=note)

    def leave(self) -> None:
        """Take note that one witness has answered, or cannot be asked."""
        with self._lock:
            self.asked -= 1
            if not self.asked:
                self._end()

    def _end(self) -> None:
        self.answered.set()
        self.settled.set()
