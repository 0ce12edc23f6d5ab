"""What readers of the log wait for: proofs, receipts, and the verification of all that is stored.

The log is filled with synthetic entries, straight into its tables: they cost a million appends.
"""

import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from random import Random
from time import perf_counter, process_time
from typing import Final

from audit.entry import NONCE_BYTES, encode_part, seal
from audit.events import EntryType
from audit.leaf import Leaf
from audit.parts import Opening, Part
from audit.receipts import check_receipt
from gateway.ports import Ports
from gateway.security.keys import Keys
from gateway.storage.committer import Committer
from gateway.storage.database import Database
from gateway.storage.log import Log
from gateway.storage.migrations import upgrade
from tests.performance.contestants import ORIGIN
from tests.performance.measurement import Measurement

MILLION: Final = 1_000_000
_AT_ONCE: Final = 2_048
_HELD: Final = 100_000
_CHECK: Final = "from gateway.cli import main; main()"
_random: Final = Ports().random


@dataclass(frozen=True, slots=True)
class Filled:
    """A log with entries that all commit to one detail, of which *opening* opens a part."""

    database: Database
    log: Log
    opening: Opening
    folder: Path

    @property
    def size(self) -> int:
        """How many entries it has."""
        return self.log.published.size

    def receipt(self) -> bytes:
        """Return the receipt of an entry in the middle: each of them is of the same opening."""
        index = self.size // 2
        return self.log.published.receipt(index, self.log.leaf(index), self.opening)


@contextmanager
def filled(size: int) -> Iterator[Filled]:
    """Fill a log on SQLite with *size* entries."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with closing(Database(f"sqlite:///{folder / 'gateway'}.db")) as database:
            upgrade(database.engine)
            log = begun(database, Keys.make(folder / "keys"))
            fields = {"payload_sha256": "ab" * 32, "recipient": "2000099902"}
            content = encode_part(EntryType.DISCLOSURE, Part.RECIPIENT, fields)
            detail = seal({Part.RECIPIENT: content}, _random)
            fill(database, log, size, detail.commit)
            yield Filled(database, log, detail.open(Part.RECIPIENT), folder)


def begun(database: Database, keys: Keys) -> Log:
    """Return a new log with the one entry that every log begins with."""
    Committer(database, keys, Ports(), node="n1", origin=ORIGIN).close()
    return Log(database, keys, ORIGIN)


def fill(database: Database, log: Log, size: int, commit: str = "ab" * 32) -> None:
    """Append *size* entries that commit to *commit*."""
    with closing(database.writer()) as connection, closing(database.upkeep()) as upkeep:
        state = log.open(connection)
        for start in range(0, size, _AT_ONCE):
            leaves = list(_leaves(min(_AT_ONCE, size - start), commit))
            connection.begin_writing()
            state = log.append(connection, state, leaves, 0)
            connection.commit()
            upkeep.after_commit(connection)
    log.publish(state)


def _leaves(count: int, commit: str) -> Iterator[bytes]:
    for _ in range(count):
        nonce = _random(2 * NONCE_BYTES).hex()
        yield Leaf(
            type=EntryType.DISCLOSURE,
            at=0,
            node="n1",
            nonce=nonce[:32],
            tag=nonce[32:],
            commit=commit,
            sender="2000099901",
            recipient="2000099902",
            purpose="early-help",
            policy="ab" * 32,
        ).encode()


def proof(log: Filled) -> Measurement:
    """Return how long an inclusion proof takes: of entries all over the log, read from storage."""
    random, published = Random(6962), log.log.published  # noqa: S311 - which entries, no secret
    indices = [random.randrange(log.size) for _ in range(2_000)]
    took = _median_us(published.proof, indices)
    return Measurement.below("audit-proof-at-a-million", took, "us", 100)


def receipts(log: Filled, cold_runs: int = 15) -> Iterator[Measurement]:
    """Yield how long it takes to check a receipt: in a process, and by the command from cold."""
    receipt, keys = log.receipt(), [log.log.signing.verifier]
    took = _median_us(lambda _: check_receipt(receipt, keys), range(500))
    yield Measurement.below("receipt-check-warm", took / 1000, "ms", 1)
    yield _cold(log.folder, receipt, keys[0].vkey, cold_runs)


def _cold(folder: Path, receipt: bytes, vkey: str, runs: int) -> Measurement:
    (folder / "receipt").write_bytes(receipt)
    (folder / "vkeys").write_text(f"{vkey}\n")
    check = ["audit", "check-receipt", str(folder / "receipt"), "--vkeys", str(folder / "vkeys")]
    ours, bare = [], []
    for _ in range(runs):
        ours.append(_seconds([sys.executable, "-c", _CHECK, *check]))
        bare.append(_seconds([sys.executable, "-c", "pass"]))
    took, idle = statistics.median(ours) * 1000, statistics.median(bare) * 1000
    return Measurement(
        name="receipt-check-cold",
        value=round(took, 1),
        unit="ms",
        against=round(idle, 1),
        target=150,
        met=took < 150,
    )


def verification(log: Filled, rounds: int) -> Iterator[Measurement]:
    """Yield how fast all entries and tiles are verified, against hashing the entries and no more.

    Processor time, in turns: ours reads every row. So does the first baseline, of the same rows and
    in the same way; the other has its entries in memory before the clock starts.
    """
    held = [leaf for _, leaf in log.log.leaves(0, min(log.size, _HELD))]
    ours, reading, hashing = [], [], []
    for _ in range(rounds):
        reading.append(_processor_seconds(lambda: _hash_all(_read_all(log))) / log.size)
        ours.append(_processor_seconds(lambda: _verify(log)) / log.size)
        hashing.append(_processor_seconds(lambda: _hash_all(held)) / len(held))
    per_second, read, bare = (1 / statistics.median(one) for one in (ours, reading, hashing))
    name, unit = "audit-verify-vs-hashing", "entries/s"
    yield Measurement.times(name, per_second, read, unit, 0.6)
    yield Measurement.times(f"{name}-in-memory", per_second, bare, unit, 0.6)


def _verify(log: Filled) -> None:
    if not log.log.verify().holds:
        message = "the log that was filled does not verify"
        raise RuntimeError(message)


def _read_all(log: Filled) -> Iterator[bytes]:
    return (leaf for _, leaf in log.log.leaves(0, log.size))


def _hash_all(leaves: Iterable[bytes]) -> None:
    """Hash each entry, and keep the frontier: the least that gives a root."""
    frontier: list[bytes] = []
    for index, leaf in enumerate(leaves):
        node, above = sha256(b"\x00" + leaf).digest(), index
        while above & 1:
            node = sha256(b"\x01" + frontier.pop() + node).digest()
            above >>= 1
        frontier.append(node)


def _median_us(do: Callable[[int], object], arguments: Iterable[int]) -> float:
    took = []
    for argument in arguments:
        began = perf_counter()
        do(argument)
        took.append(perf_counter() - began)
    return statistics.median(took) * 1e6


def _seconds(command: list[str]) -> float:
    began = perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return perf_counter() - began


def _processor_seconds(do: Callable[[], None]) -> float:
    began = process_time()
    do()
    return process_time() - began
