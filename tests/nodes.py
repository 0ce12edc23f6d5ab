"""A node: a process of its own that appends to the log of a database, until it is done or killed.

It says what it knows on its standard output, a JSON object a line: the thread that writes, what
was answered, and each checkpoint as soon as it is signed.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from argparse import ArgumentParser
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from units import an_entry, an_import

from gateway.ports import Ports
from gateway.security.keys import Keys
from gateway.storage.committer import Committer
from gateway.storage.database import Database
from gateway.storage.requests import used_token
from gateway.storage.unit import Unit

ORIGIN = "gateway.example/audit/2026"
STEPS = ("begin", "written", "appended", "before-commit", "after-commit", "signed", "answered")


def start(
    url: str, keys: Path, name: str, *options: str, before: Sequence[str] = ()
) -> subprocess.Popen[str]:
    """Start the node *name* with *options*; *before* is what to run it under."""
    root = Path(__file__).parents[1]
    return subprocess.Popen(
        [*before, sys.executable, __file__, url, str(keys), name, *options],
        env=os.environ | {"PYTHONPATH": str(root)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def go(*started: subprocess.Popen[str]) -> None:
    """Have nodes append, once each of them can."""
    for node in started:
        node.stdout.readline()
    for node in started:
        node.stdin.write("go\n")
        node.stdin.flush()


def said(node: subprocess.Popen[str]) -> list[Mapping[str, object]]:
    """Return all that a *node* says from now until its end."""
    heard, _ = node.communicate(timeout=60)
    return [json.loads(line) for line in heard.splitlines()]


def _say(**what: object) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def _units(name: str, count: int) -> Iterator[tuple[str, Unit]]:
    for number in range(count):
        yield f"{name}-{number}", an_import(f"{name}-{number}")


def _tokens(count: int, *, audited: bool) -> Iterator[tuple[str, Unit]]:
    """Yield units of the same rows, with or without an entry."""
    until = datetime(2027, 1, 1, tzinfo=UTC)
    for number in range(count):
        row = used_token(os.urandom(8).hex(), str(number), until)
        yield str(number), Unit(writes=[row], entries=[an_entry()] if audited else [])


def _main() -> None:
    parser = ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("keys", type=Path)
    parser.add_argument("name")
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--tokens", choices=("audited", "unaudited"))
    parser.add_argument("--fatal", choices=STEPS)
    parser.add_argument("--group", type=int, default=4)
    parser.add_argument("--times", type=int, default=1)
    parser.add_argument("--pause", type=float, default=0, help="seconds between two groups")
    given = parser.parse_args()
    left, committer = [given.times], None

    def step(name: str) -> None:
        if committer is None:
            return
        if name == "committer:signed":
            _say(note=committer.log.published.note.decode())
        if name == f"committer:{given.fatal}":
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    database = Database(given.url)
    made = Committer(
        database, Keys.load(given.keys), Ports(step=step), node=given.name, origin=ORIGIN
    )
    (thread,) = (one for one in threading.enumerate() if one.name == "committer")
    _say(ready=True)
    sys.stdin.readline()
    _say(thread=thread.native_id)
    committer = made
    units = list(
        _tokens(given.count, audited=given.tokens == "audited")
        if given.tokens
        else _units(given.name, given.count)
    )
    while units:
        group, units = units[: given.group], units[given.group :]
        answers = [(id_, committer.submit(unit)) for id_, unit in group]
        for id_, answer in answers:
            _say(id=id_, indices=answer.result().indices)
        time.sleep(given.pause)
    committer.close()
    database.close()


if __name__ == "__main__":
    _main()
