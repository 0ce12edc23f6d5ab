"""Writing side by side: so many callers, each of which waits for one answer before it goes on."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from time import perf_counter, process_time
from typing import Any, Final, Protocol

import uvloop

from gateway.storage.outbox import Delivery
from tests.performance.disclosures import Disclosures
from tests.performance.load import Load

WRITERS: Final = 64


class Log(Protocol):
    """What writes disclosures durably."""

    @property
    def disclosures(self) -> Disclosures:
        """What makes the disclosures."""
        ...

    def submit(self, delivery: Delivery) -> Future[Any]:
        """Return the answer, which comes once the disclosure is durable."""
        ...

    def close(self) -> None:
        """Write what waits, then stop."""
        ...


@dataclass(frozen=True, slots=True)
class Round:
    """What came of one round: its *load*, and the processor time of this process a disclosure."""

    load: Load
    cpu_us: float


@dataclass(slots=True)
class Contestant:
    """One *log* under measurement, and the number of the *next* disclosure."""

    log: Log
    next: int = 0

    def run(self, count: int, writers: int = WRITERS) -> Round:
        """Write so many disclosures."""
        numbers = range(self.next, self.next + count)
        deliveries = iter([self.log.disclosures.delivery(number) for number in numbers])
        self.next += count
        used = process_time()
        load = uvloop.run(_write(self.log, deliveries, writers))
        return Round(load, (process_time() - used) / count * 1e6)


async def _write(log: Log, deliveries: Iterator[Delivery], writers: int) -> Load:
    """Write *deliveries*: callers of one event loop, as those of the gateway."""
    latencies: list[float] = []

    async def write() -> None:
        for delivery in deliveries:
            began = perf_counter()
            await asyncio.wrap_future(log.submit(delivery))
            latencies.append(perf_counter() - began)

    began = perf_counter()
    await asyncio.gather(*(write() for _ in range(writers)))
    return Load(perf_counter() - began, tuple(latencies), 0)
