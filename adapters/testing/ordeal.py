"""The ordeal: hostile input is read in a process of its own, with bounds of time and memory.

A process that is killed by an attack takes nothing with it, and what lxml or another library of C
takes of memory is counted, too. `run` starts it; `main` is what runs there.
"""

import importlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from adapters.contract import Adapter, Envelope, Outcome, Received

SECONDS: Final = 5.0  # BaRS: answered within 5 seconds
MEMORY_BYTES: Final = 256 * 2**20
_STARTING_SECONDS: Final = 30.0
AT: Final = datetime(2026, 1, 5, 9, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Attack:
    """What is sent as *media_type*, and lies in *file*."""

    name: str
    media_type: str
    file: Path


@dataclass(frozen=True, slots=True)
class Ran:
    """What became of one attack: a *fault*, None where there is none, and how long it took."""

    fault: str | None
    seconds: float = 0.0


def run(adapter: Callable[[], Adapter], attacks: Iterable[Attack]) -> Mapping[str, Ran]:
    """Return what became of each of *attacks* on *adapter*, which can be imported, by name."""
    waiting = list(attacks)
    found: dict[str, Ran] = {}
    while waiting:
        done, is_dead = _one_process(adapter, waiting)
        found |= done
        if is_dead:
            killer = waiting[len(done)]
            found[killer.name] = Ran("the process died of it, or did not come to an end")
        waiting = [one for one in waiting if one.name not in found]
    return found


def _one_process(
    adapter: Callable[[], Adapter], attacks: list[Attack]
) -> tuple[dict[str, Ran], bool]:
    """Return what became of *attacks*, and whether one of them ended the process."""
    job = {
        "adapter": [adapter.__module__, adapter.__qualname__],
        "attacks": [[one.name, one.media_type, str(one.file)] for one in attacks],
    }
    process = subprocess.Popen(  # noqa: S603 - this very file
        [sys.executable, "-P", __file__],  # by its file: the package needs pytest, this does not
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        text=True,
    )
    try:
        allowed = _STARTING_SECONDS + SECONDS * 2
        told, _ = process.communicate(json.dumps(job), timeout=allowed)
    except subprocess.TimeoutExpired:
        process.kill()
        told, _ = process.communicate()
    lines = [json.loads(line) for line in told.splitlines() if line.endswith("}")]
    done = {line["name"]: Ran(line["fault"], line["seconds"]) for line in lines}
    return done, len(done) < len(attacks)


def main() -> None:
    """Read the job from standard input, and tell of each attack on a line of its own."""
    job = json.loads(sys.stdin.read())
    module, name = job["adapter"]
    adapter: Adapter = getattr(importlib.import_module(module), name)()
    _bound_memory()
    for attack, media_type, file in job["attacks"]:
        payload = Path(file).read_bytes()
        _end_after(SECONDS + 1)
        begun = time.perf_counter()
        fault = _fault(adapter, payload, media_type)
        seconds = time.perf_counter() - begun
        if fault is None and seconds > SECONDS:
            fault = f"it took longer than {SECONDS:.0f} seconds"
        told = {"name": attack, "fault": fault, "seconds": seconds}
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()


def _bound_memory() -> None:
    statm = Path("/proc/self/statm")
    if statm.is_file():  # on Linux; elsewhere time alone is bounded
        import resource  # noqa: PLC0415 - not everywhere

        now = int(statm.read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (now + MEMORY_BYTES, now + MEMORY_BYTES))


def _end_after(seconds: float) -> None:
    """End the process after *seconds*, whatever library it is in: its parent then knows why."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, seconds)


def _fault(adapter: Adapter, payload: bytes, media_type: str) -> str | None:
    envelope = Envelope(media_type=media_type, at=AT, record="ab" * 32)
    try:
        received = adapter.read(payload, envelope)
        for reading in received.readings:
            reading.ledger.count()
    except MemoryError:
        return "it took more memory than it may"
    except BaseException as error:  # noqa: BLE001 - whatever it is, reading must not raise it
        return f"reading raises `{type(error).__name__}`"
    return _fault_in(received)


def _fault_in(received: Received) -> str | None:
    if received.outcome is Outcome.REJECT:
        if not received.findings:
            return "it is rejected without a finding that says why"
        if received.readings or received.message:
            return "what is rejected has findings and nothing else"
    return None


if __name__ == "__main__":
    main()
