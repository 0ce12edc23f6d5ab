"""End to end: referrals over HTTP until each is durable, decided and logged, against the obvious.

Both servers run throughout and take turns: one is idle while the other is measured. Each referral
is addressed to two recipients, the council's early help and the school, and is checked against
the policies element by element for both; a row of its own tells how it goes with four.
"""

import statistics
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from uuid import uuid4

import uvloop

from tests.performance import load, servers
from tests.performance.load import Load
from tests.performance.measurement import Measurement
from tests.performance.referrals import referrals
from tests.performance.servers import Server

ADDRESS: Final = "/FHIR/R4/$process-message"
RATIO: Final = 15
P99_MS: Final = 100
_WARMING: Final = 64
_RECIPIENTS: Final = 2
_MORE_RECIPIENTS: Final = 4
_APART: Final = 50_000


@dataclass(frozen=True, slots=True)
class Plan:
    """How many *rounds*, and how many referrals a round: to *ours*, and to *theirs*."""

    rounds: int
    ours: int
    theirs: int


@dataclass(slots=True)
class Runner:
    """Sends referrals to one *server*, and keeps what came of each round.

    They are addressed to so many *recipients*; *next* is the number of the next.
    """

    server: Server
    recipients: int
    next: int
    rounds: list[Load] = field(default_factory=list)
    cpu_us: list[float] = field(default_factory=list)

    def send(self, count: int) -> Load:
        """Send so many referrals."""
        requests = list(self._requests(count))
        self.next += count
        return uvloop.run(load.send(self.server.port, requests))

    def run(self, count: int) -> None:
        """Send so many referrals, and keep the measurement."""
        before = self.server.cpu_seconds()
        self.rounds.append(self.send(count))
        self.cpu_us.append((self.server.cpu_seconds() - before) / count * 1e6)

    def _requests(self, count: int) -> Iterator[bytes]:
        for referral in referrals(self.next, count, self.recipients):
            headers = {
                "Authorization": f"Bearer {self.server.token}",
                "Content-Type": "application/fhir+json",
                "X-Request-Id": str(uuid4()),
                "X-Correlation-Id": str(uuid4()),
            }
            yield load.request(ADDRESS, headers, referral.body)


def end_to_end(plan: Plan) -> Iterator[Measurement]:
    """Yield throughput against the obvious implementation, latency, and processor time.

    Raises `RuntimeError` where a referral was not accepted: what fails fast measures nothing.
    """
    with ExitStack() as stack:
        folders = [Path(stack.enter_context(tempfile.TemporaryDirectory())) for _ in range(2)]
        our_server = stack.enter_context(servers.gateway(folders[0]))
        their_server = stack.enter_context(servers.obvious(folders[1]))
        ours, theirs = _compare(our_server, their_server, _RECIPIENTS, plan)
        yield from _told(ours, theirs)
        ours, theirs = _compare(our_server, their_server, _MORE_RECIPIENTS, plan)
        yield _faster("end-to-end-4-recipients", ours, theirs)


def _compare(ours: Server, theirs: Server, recipients: int, plan: Plan) -> tuple[Runner, Runner]:
    """Return how both servers did, in turns, with referrals to so many *recipients*."""
    first = recipients // _MORE_RECIPIENTS * _APART  # so that no referral is sent twice
    runners = Runner(ours, recipients, first), Runner(theirs, recipients, first)
    for runner in runners:
        runner.send(_WARMING)
    for _ in range(plan.rounds):
        for runner, count in zip(runners, (plan.ours, plan.theirs), strict=True):
            runner.run(count)
    if any(one.failures for runner in runners for one in runner.rounds):
        message = "some referrals were not accepted"
        raise RuntimeError(message)
    return runners


def _faster(name: str, ours: Runner, theirs: Runner) -> Measurement:
    return Measurement.times(
        name,
        _median(one.per_second for one in ours.rounds),
        _median(one.per_second for one in theirs.rounds),
        "referrals/s",
        RATIO,
    )


def _told(ours: Runner, theirs: Runner) -> Iterator[Measurement]:
    yield _faster("end-to-end-vs-obvious", ours, theirs)
    p99 = _median(one.percentile_ms(99) for one in ours.rounds)
    yield Measurement.below("end-to-end-p99-ms", p99, "ms", P99_MS)
    p50 = _median(one.percentile_ms(50) for one in ours.rounds)
    yield Measurement(name="end-to-end-p50-ms", value=p50, unit="ms")
    ours_us, theirs_us = _median(ours.cpu_us), _median(theirs.cpu_us)
    yield Measurement(
        name="end-to-end-cpu-us",
        value=round(ours_us),
        unit="us/referral",
        against=round(theirs_us),
        ratio=round(theirs_us / ours_us, 1),
    )


def _median(values: Iterable[float]) -> float:
    return statistics.median(values)
