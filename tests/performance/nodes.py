"""Nodes: processes of their own that write to one database, each with its share of the writers."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

from gateway.security.keys import Keys
from gateway.serve import settle
from gateway.storage.database import Database
from tests.performance.contestants import NODES, ON_POSTGRES, WRITERS
from tests.performance.writing import Contestant, Round

_END_SECONDS: Final = 30
_processes: Final = get_context("spawn")


@dataclass(frozen=True, slots=True)
class Nodes:
    """The processes that write one contestant's log, by what each is told through."""

    pipes: tuple[Connection, ...]

    def run(self, count: int) -> tuple[Round, ...]:
        """Have the nodes write so many disclosures between them, at the same time."""
        for pipe in self.pipes:
            pipe.send(count // len(self.pipes))
        return tuple(pipe.recv() for pipe in self.pipes)


@contextmanager
def nodes(kind: str, url: str, keys: Path) -> Iterator[Nodes]:
    """Run two nodes of this *kind* on the database at *url*, with the *keys* in that folder."""
    with ExitStack() as stack:
        pipes = [stack.enter_context(_node(kind, url, keys, number)) for number in range(NODES)]
        yield Nodes(tuple(pipes))


@contextmanager
def _node(kind: str, url: str, keys: Path, number: int) -> Iterator[Connection]:
    ours, theirs = _processes.Pipe()
    process = _processes.Process(target=_write, args=(theirs, kind, url, keys, f"n{number}"))
    process.start()
    ours.recv()  # it is ready
    yield ours
    ours.send(0)
    process.join(_END_SECONDS)
    if process.exitcode is None:
        process.kill()


def _write(pipe: Connection, kind: str, url: str, keys: Path, node: str) -> None:
    """Write as many as the pipe says, until it says none."""
    settle()
    database = Database(url)
    contestant = Contestant(ON_POSTGRES[kind](database, Keys.load(keys), node))
    pipe.send(None)
    while count := pipe.recv():
        pipe.send(contestant.run(count, WRITERS // NODES))
    contestant.log.close()
    database.close()
