"""Seats: how it stands with each witness; the sheet that they sign, and a round of asking them."""

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
class Sheet:
    """One checkpoint, and the lines that its witnesses gave so far, by their names.

    Witnesses that are asked in different rounds sign one sheet, as long as the log does not grow.
    """

    published: Published
    _lines: dict[str, bytes] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def is_of(self, published: Published) -> bool:
        """Return whether this is the sheet of the checkpoint of *published*."""
        return self.published.place == published.place

    def add(self, witness: str, lines: bytes) -> Published:
        """Return the checkpoint with all lines so far, these too."""
        with self._lock:
            self._lines[witness] = lines
            note = self.published.note + b"".join(self._lines.values())
        return replace(self.published, note=note)


@dataclass(slots=True)
class Round:
    """The witnesses that are *asked* at one time, *at*, to sign one *sheet*.

    It is *settled* once enough of them cosigned, and *answered* once nobody is asked any more.
    """

    sheet: Sheet
    asked: int
    at: datetime
    settled: threading.Event = field(default_factory=threading.Event)
    answered: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        if not self.asked:
            self._end()

    @property
    def published(self) -> Published:
        """What is to be cosigned."""
        return self.sheet.published

    def leave(self) -> None:
        """Take note that one witness has answered, or cannot be asked."""
        with self._lock:
            self.asked -= 1
            if not self.asked:
                self._end()

    def _end(self) -> None:
        self.answered.set()
        self.settled.set()
