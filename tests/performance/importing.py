"""Importing a big file from the command line: how fast, and in how much memory.

The throughput is told for the record, against reading the same file to the CAF and keeping
nothing of it. The memory has a limit, whatever the file's size.
"""

import io
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from adapters.contract import Envelope
from adapters.education.ctf import MEDIA_TYPE, CTFAdapter
from tests.performance import home
from tests.performance.mapping_reading import big_file
from tests.performance.measurement import Measurement

MOST_MEGABYTES: Final = 150
HUNDRED_MEGABYTES: Final = 21_000
"""How many pupils make a file of 100 MB."""

_ENVELOPE: Final = Envelope(
    media_type=MEDIA_TYPE, at=datetime(2026, 1, 5, tzinfo=UTC), record="ab" * 32
)
# A process that is started counts what it began as: this asks for what it was itself.
_WITH_PEAK: Final = """
import atexit, sys
from gateway.cli import main
def tell():
    with open("/proc/self/status") as status:
        sys.stderr.write(next(line for line in status if line.startswith("VmHWM")))
atexit.register(tell)
main(sys.argv[1:])
"""


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import needed: *records* a second, and at most so many *megabytes* of memory."""

    records: float
    megabytes: float


def imported(gateway: Path, content: bytes, sender: str) -> Imported:
    """Import *content*, a Common Transfer File, into the *gateway* of a folder, by its command."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "big.xml"
        file.write_bytes(content)
        command = ["import", "ctf", str(file), "--sender", sender, "--home", str(gateway), "--json"]
        ran = subprocess.run(
            [sys.executable, "-c", _WITH_PEAK, *command], capture_output=True, text=True, check=True
        )
    megabytes = int(ran.stderr.split()[-2]) * 1024 / 1e6
    return Imported(json.loads(ran.stdout)["records_a_second"], megabytes)


def importing(pupils: int) -> Iterator[Measurement]:
    """Yield how many pupils a second are imported, and in how much memory."""
    content = big_file(pupils)
    with TemporaryDirectory() as folder:
        home.make(Path(folder) / "home")
        found = imported(Path(folder) / "home", content, home.SENDER)
    read = _read(content)
    yield Measurement(
        name="bulk-import-vs-reading",
        value=round(found.records),
        unit="pupils/s",
        against=round(read),
        ratio=round(found.records / read, 2),
    )
    yield Measurement.below("bulk-import-memory", found.megabytes, "MB", MOST_MEGABYTES)


def _read(content: bytes) -> float:
    begun = time.perf_counter()
    stream = CTFAdapter().stream(io.BytesIO(content), _ENVELOPE)
    pupils = sum(one.reading is not None for one in stream)
    return pupils / (time.perf_counter() - begun)
