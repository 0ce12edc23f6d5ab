"""The audit log under 64 writers: against naive logs, and against the same writes without a log.

Every side writes the same rows durably, in turns with the others; ratios are of medians.
"""

import statistics
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from gateway.security.keys import Keys
from gateway.serve import settle
from gateway.storage.database import Database
from gateway.storage.migrations import upgrade
from tests.performance.contestants import ON_POSTGRES, ON_SQLITE
from tests.performance.load import Load
from tests.performance.measurement import Measurement
from tests.performance.nodes import nodes
from tests.performance.writing import Contestant, Round
from tests.postgres import Server

_UNIT: Final = "disclosures/s"
Run = Callable[[int], Sequence[Round]]


@dataclass(frozen=True, slots=True)
class Plan:
    """How many *rounds*, and how many disclosures a round: of the batching, and of the *naive*.

    Before the first each side writes some for *warming*.
    """

    rounds: int
    batched: int
    naive: int
    warming: int = 512


@dataclass(slots=True)
class Side:
    """One side of a comparison: how it is run, and what each round gave."""

    run: Run
    count: int
    per_second: list[float] = field(default_factory=list)
    p50_ms: list[float] = field(default_factory=list)
    p99_ms: list[float] = field(default_factory=list)
    cpu_us: list[float] = field(default_factory=list)

    def measure(self) -> None:
        """Run one round."""
        rounds = self.run(self.count)
        loads = [one.load for one in rounds]
        self.cpu_us.append(statistics.fmean(one.cpu_us for one in rounds))
        self.per_second.append(sum(load.per_second for load in loads))
        whole = Load(0.0, tuple(one for load in loads for one in load.latencies), 0)
        self.p50_ms.append(whole.percentile_ms(50))
        self.p99_ms.append(whole.percentile_ms(99))


def audit_on_sqlite(plan: Plan) -> Iterator[Measurement]:
    """Yield how our log does on SQLite, in one process."""
    settle()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        keys = Keys.make(folder / "keys")
        runs: dict[str, Run] = {}
        for name, make in ON_SQLITE.items():
            database = Database(f"sqlite:///{folder / name}.db")
            stack.callback(database.close)
            upgrade(database.engine)
            contestant = Contestant(make(database, keys, "n1"))
            stack.callback(contestant.log.close)
            runs[name] = lambda count, own=contestant: [own.run(count)]
        sides = _compare(runs, plan)
    ours, naive, unaudited = sides["ours"], sides["naive"], sides["unaudited"]
    yield _times("audit-vs-naive", ours.per_second, naive.per_second, 5)
    p50, naive_p50 = _median(ours.p50_ms), _median(naive.p50_ms)
    yield Measurement.shorter("audit-p50-vs-naive", p50, naive_p50, "ms", 5)
    yield _times("audit-vs-unaudited", ours.per_second, unaudited.per_second, 0.45)
    yield Measurement(name="audit-p99-ms", value=_median(ours.p99_ms), unit="ms")
    yield _thriftier("audit-cpu-vs-naive", ours, naive)
    yield _thriftier("audit-cpu-vs-unaudited", ours, unaudited)


def audit_on_postgres(plan: Plan) -> Iterator[Measurement]:
    """Yield how our log does on PostgreSQL, in two processes with half of the writers each."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        Keys.make(folder / "keys")
        # On the disk, since what is durable is measured, and in segments as servers have them.
        server = Server.start(folder.parent, segment_mb=16)
        stack.callback(server.stop)
        server.run("ALTER SYSTEM SET max_wal_size = '1GB'", "ALTER SYSTEM SET min_wal_size = '1GB'")
        server.run("ALTER SYSTEM SET max_connections = 100", "SELECT pg_reload_conf()")
        runs: dict[str, Run] = {}
        for name in ON_POSTGRES:
            url = _new_database(server, name)
            runs[name] = stack.enter_context(nodes(name, url, folder / "keys")).run
        sides = _compare(runs, plan)
    ours, naive, unaudited = sides["ours"], sides["naive"], sides["unaudited"]
    yield _times("audit-postgres-vs-chain", ours.per_second, naive.per_second, 8)
    yield _times("audit-postgres-vs-unaudited", ours.per_second, unaudited.per_second, 0.4)
    yield Measurement(name="audit-postgres-p99-ms", value=_median(ours.p99_ms), unit="ms")


def _compare(runs: Mapping[str, Run], plan: Plan) -> dict[str, Side]:
    sides = {
        name: Side(run, plan.naive if name == "naive" else plan.batched)
        for name, run in runs.items()
    }
    for side in sides.values():
        side.run(plan.warming)
    for _ in range(plan.rounds):
        for side in sides.values():
            side.measure()
    return sides


def _new_database(server: Server, name: str) -> str:
    server.run(f"CREATE DATABASE {name}")
    database = Database(server.url(name))
    upgrade(database.engine)
    database.close()
    return server.url(name)


def _times(name: str, ours: Iterable[float], theirs: Iterable[float], target: float) -> Measurement:
    return Measurement.times(name, _median(ours), _median(theirs), _UNIT, target)


def _thriftier(name: str, ours: Side, theirs: Side) -> Measurement:
    """Return how much less processor time ours takes: what a busy machine does not change."""
    value, against = _median(ours.cpu_us), _median(theirs.cpu_us)
    return Measurement(
        name=name,
        value=round(value),
        unit="us/disclosure",
        against=round(against),
        ratio=round(against / value, 2),
    )


def _median(values: Iterable[float]) -> float:
    return statistics.median(values)
