"""Stories that a process tells until it is killed, and what the outside has seen of them by then.

Each runs in a process of its own, forked from one that has imported everything.
"""

import asyncio
import base64
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from bars_messages import payload_of
from lines_adapter import LinesAdapter, a_line
from worlds import EARLY_HELP, SCHOOL, World, a_world

from adapters.registry import Registry
from gateway.importing.importer import Importer, Order
from gateway.importing.records import BigFile
from gateway.importing.report import Line, Report
from gateway.keeping.rotation import Rotating
from gateway.keeping.succession import go_on_restored, seal
from gateway.ports import Ports
from gateway.requests import Accepted
from gateway.settings import Settings

REFERRAL = payload_of("health-visitor-to-early-help")
NEXT_LOG = "caf-gateway.example/log/2"
NEVER = 1_000_000
_KNOWN = "known-outside.json"


class Outside:
    """What the callers remember: whatever they were answered before the process died."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._path = folder / _KNOWN

    def note(self, **answers: object) -> None:
        """Remember *answers*; whole or not at all."""
        partial = self._path.with_suffix(".part")
        partial.write_text(json.dumps(self.known() | answers))
        partial.replace(self._path)

    def known(self) -> dict[str, object]:
        with suppress(FileNotFoundError):
            return json.loads(self._path.read_text())
        return {}


def remembered(answer: Accepted) -> dict[str, object]:
    """Return what a sender keeps of an answer."""
    return {
        "answer": answer.answer.decode(),
        "entry": answer.entry,
        "children": list(answer.children),
        "receipt": base64.b64encode(answer.receipt).decode(),
    }


def delivered(world: World, outside: Outside) -> None:
    """Tell of a referral that is taken: its recipients are served, one of them asks for more."""
    answer = world.take(REFERRAL)
    outside.note(**remembered(answer))
    world.dispatch()
    world.ask(answer.children[0], EARLY_HELP)
    outside.note(asked=True)


def recalled(world: World, outside: Outside) -> None:
    """Tell of a referral from which the mother withdraws the school before it is sent."""
    answer = world.take(REFERRAL)
    outside.note(**remembered(answer))
    world.withdraw(answer.children[0], SCHOOL)
    outside.note(withdrawn=True)
    world.dispatch()


def sealed(world: World, outside: Outside) -> None:
    """Tell of a log that is sealed while a referral waits to be delivered."""
    outside.note(**remembered(world.take(REFERRAL)))
    seal(world.gateway.office, NEXT_LOG, by="operator")
    outside.note(sealed=True)


def rotated(world: World, outside: Outside) -> None:
    """Tell of a key of the log that another replaces."""
    outside.note(**remembered(world.take(REFERRAL)))
    rotating = Rotating(world.gateway.office, world.gateway.keys, by="operator")
    rotating.begin()
    outside.note(begun=True)
    rotating.finish()
    outside.note(finished=True)


def rewrapped(world: World, outside: Outside) -> None:
    """Tell of a key-encryption key that another replaces, where there is a child."""
    outside.note(**remembered(world.take(REFERRAL)))
    Rotating(world.gateway.office, world.gateway.keys, by="operator").wrap_anew()


def imported(world: World, outside: Outside) -> None:
    """Tell of a file of children that is imported, from its beginning or where that ended."""
    file = outside.folder / "big.jsonl"
    if not file.exists():
        file.write_bytes(IMPORTED)
    lines: list[Line] = []
    report = import_file(world, file, lines.append, resume=True)
    outside.note(imported=report.records, entry=report.entry)


def import_file(world: World, file: Path, tell: Callable[[Line], None], *, resume: bool) -> Report:
    """Import a file of lines, as the school's."""
    adapters = Registry({"lines": LinesAdapter("lines")})
    importer = Importer(
        exchange=replace(world.gateway.exchange, adapters=adapters),
        order=Order(
            file=BigFile.at(file), format="lines", sender=SCHOOL, by="operator", resume=resume
        ),
        tell=tell,
        watch=lambda _progress: None,
    )
    return asyncio.run(importer.run())


STORIES: dict[str, Callable[[World, Outside], None]] = {
    "delivered": delivered,
    "recalled": recalled,
}
KEEPING: dict[str, Callable[[World, Outside], None]] = {
    "sealed": sealed,
    "rotated": rotated,
    "rewrapped": rewrapped,
}
IMPORTING: dict[str, Callable[[World, Outside], None]] = {"imported": imported}
IMPORTED = a_line("c1") + a_line("c2") + a_line("c1", "Bea") + a_line("c3")
"""Three children, the first of them twice: the second time is rejected."""
RESTORED = "restored"
"""The story of an older database that was put back: it begins with what no gateway opens."""


class Killing:
    """Notes each step, and kills the process with SIGKILL at the *fatal*-th."""

    def __init__(self, fatal: int = NEVER) -> None:
        self.steps: list[str] = []
        self._fatal = fatal
        self._lock = threading.Lock()

    def __call__(self, step: str) -> None:
        with self._lock:
            self.steps.append(step)
            if len(self.steps) == self._fatal:
                os.kill(os.getpid(), signal.SIGKILL)


def tell(story: str, folder: Path, fatal: int = NEVER) -> list[str]:
    """Tell a *story* in this process, and return the steps that it took."""
    step = Killing(fatal)
    if story == RESTORED:
        go_on_from_backup(folder, Ports(step=step))
        step("restored:declared")
        with a_world(folder, Ports(step=step)):
            return step.steps
    with a_world(folder, Ports(step=step)) as world:
        (STORIES | KEEPING | IMPORTING)[story](world, Outside(folder))
    return step.steps


def go_on_from_backup(folder: Path, ports: Ports) -> None:
    """Say that the database in *folder* is an older one that was put back."""
    settings = Settings(home=folder / "home")
    go_on_restored(
        settings, NEXT_LOG, lost=None, note=None, by="operator", reason="a disk failed", ports=ports
    )


class Nursery:
    """A process that has imported everything, and forks one process to a story."""

    def __init__(self) -> None:
        root = Path(__file__).parents[1]
        self._process = subprocess.Popen(
            [sys.executable, __file__],
            env=os.environ | {"PYTHONPATH": str(root)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def tell(
        self, story: str, folder: Path, *, fatal: int = NEVER, after: float | None = None
    ) -> int:
        """Tell a *story*, killed at the *fatal*-th step or *after* so many seconds.

        Return how it ended: 0, or minus the number of the signal.
        """
        self._process.stdin.write(json.dumps([story, str(folder), fatal, after]) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def close(self) -> None:
        self._process.communicate()


def _be_the_nursery() -> None:
    for line in sys.stdin:
        story, folder, fatal, after = json.loads(line)
        child = os.fork()
        if child == 0:
            os.dup2(2, 1)  # what is logged must not look like an answer
            tell(story, Path(folder), fatal)
            os._exit(0)
        if after is not None:
            time.sleep(after)
            os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    _be_the_nursery()
