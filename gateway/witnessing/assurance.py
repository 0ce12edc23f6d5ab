"""Assurance: what the witnesses have said of the log, and whether that is enough to release on.

The quorum's cosignatures on one checkpoint cover every entry that it holds. What is asked for
depends on who sends and who receives, by the settings; for an answer to an asker on the asker
alone, so that neither the answer nor its delay tells who holds what (design, invariant 5).
"""

import asyncio
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from audit.quorum import Quorum
from gateway.errors import WitnessesBehindError
from gateway.registers import Service
from gateway.storage.log import Log
from gateway.storage.published import Published
from gateway.witnessing.sections import ANYBODY, ReleasePolicy, Witnesses

_BEHIND = "the log's witnesses have not seen what this rests on"

Services = Callable[[], Mapping[str, Service]]
"""Gives the registered services, by their ids."""


@dataclass(frozen=True, slots=True)
class Policies:
    """Which release policy holds between which services: the settings, read with the registers."""

    settings: Witnesses
    services: Services

    def between(self, sender: str, recipient: str) -> ReleasePolicy:
        """Return what holds for what *sender* (the holder) releases to *recipient*, both ids."""
        senders, recipients = self._names(sender), self._names(recipient)
        for pair in self.settings.pairs:
            if pair.sender in senders and pair.recipient in recipients:
                return pair.policy
        return self.settings.policy

    def answering(self, recipient: str) -> ReleasePolicy:
        """Return what holds for an answer to *recipient*: the strictest, whoever may hold what."""
        if not self.settings.pairs:
            return self.settings.policy
        everybody = (self.between(sender, recipient) for sender in self.services())
        return max(everybody, key=lambda policy: policy.strictness, default=self.settings.policy)

    def _names(self, service_id: str) -> frozenset[str]:
        service = self.services().get(service_id)
        organisation = () if service is None else (service.organisation,)
        return frozenset((ANYBODY, service_id, *organisation))


def _nobody_asks() -> None:
    """There are no witnesses."""


@dataclass(slots=True)
class Assurance:
    """What may be released now, on the strength of what the quorum cosigned of *log*.

    *wake* is called where something waits for the witnesses.
    """

    log: Log
    policies: Policies
    now: Callable[[], datetime]
    wake: Callable[[], None] = _nobody_asks
    _at: datetime | None = field(default=None, init=False)
    _waiting: dict[Future[None], int] = field(default_factory=dict, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)

    @property
    def has_witnesses(self) -> bool:
        """Whether anybody watches this log."""
        return bool(self.policies.settings.witness)

    @property
    def end(self) -> int:
        """The number of the entry after the last that the quorum has cosigned."""
        cosigned = self.log.cosigned
        return 0 if cosigned is None else cosigned.end

    @property
    def staleness(self) -> timedelta | None:
        """Return how long ago the quorum was last known to agree with this log; None: never."""
        return None if self._at is None else max(self.now() - self._at, timedelta(0))

    @property
    def is_stale(self) -> bool:
        """Whether that is too long ago for anything that is released on it."""
        limit = timedelta(seconds=self.policies.settings.stale_after_seconds)
        staleness = self.staleness
        return self.has_witnesses and (staleness is None or staleness > limit)

    def cosigned(self, published: Published, at: int) -> None:
        """Take note that the quorum cosigned *published*, *at* this POSIX second."""
        self.log.witnessed(published)
        with self._lock:
            if published.shard == self.log.published.shard:
                time = datetime.fromtimestamp(at, UTC)
                self._at = time if self._at is None else max(self._at, time)
            covered = [answer for answer, entry in self._waiting.items() if self._covers(entry)]
            for answer in covered:
                del self._waiting[answer]
        for answer in covered:
            if answer.set_running_or_notify_cancel():
                answer.set_result(None)

    def require_permitted(self, entry: int, sender: str, recipient: str) -> Quorum | None:
        """Return whose cosignatures the proof of *entry* must carry, between these two services.

        Raises `WitnessesBehindError` where it may not be acted on yet.
        """
        if not self.has_witnesses:
            return None
        policy = self.policies.between(sender, recipient)
        if policy is ReleasePolicy.STRICT:
            permitted = self._covers(entry)
        else:
            permitted = policy is ReleasePolicy.NONE or not self.is_stale
        if not permitted:
            self.wake()
            raise WitnessesBehindError(_BEHIND)
        return self.policies.settings.quorum if policy is ReleasePolicy.STRICT else None

    def require_answerable(self, recipient: str) -> None:
        """Raise `WitnessesBehindError` where nobody at *recipient* is to be answered now."""
        if self.policies.answering(recipient) is not ReleasePolicy.NONE and self.is_stale:
            self.wake()
            raise WitnessesBehindError(_BEHIND)

    async def until_answerable(self, entry: int, recipient: str) -> None:
        """Wait until the answer that *entry* records may be given to *recipient*.

        Raises `WitnessesBehindError` where that takes too long.
        """
        if self.policies.answering(recipient) is not ReleasePolicy.STRICT:
            return
        try:
            async with asyncio.timeout(self.policies.settings.wait_seconds):
                await asyncio.wrap_future(self.until_cosigned(entry))
        except TimeoutError:
            raise WitnessesBehindError(_BEHIND) from None

    def until_cosigned(self, entry: int) -> Future[None]:
        """Return what is done once the quorum has cosigned *entry*."""
        answer: Future[None] = Future()
        with self._lock:
            is_waiting = not self._covers(entry)
            if is_waiting:
                self._waiting[answer] = entry
        if is_waiting:
            answer.add_done_callback(self._forget)
            self.wake()
        else:
            answer.set_result(None)
        return answer

    def _covers(self, entry: int) -> bool:
        """Whether the quorum has cosigned *entry*."""
        return self.log.cosigned_with(entry) is not None

    def _forget(self, answer: Future[None]) -> None:
        with self._lock:
            self._waiting.pop(answer, None)
