"""Commands, run through the entry point, in a home in which one referral was received."""

import json
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from tampering import stored
from worlds import HEALTH_VISITING, START, Clock, Kind, a_home_on

from gateway.cli import main
from gateway.composition import open_gateway
from gateway.settings import load
from gateway.storage.database import Database

REFERRAL = Path("adapters/health/examples/health-visitor-to-early-help.json")


@dataclass(frozen=True, slots=True)
class Ran:
    """How a command ended: its exit code, and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)


def receive(world):
    world.take((Path(__file__).parents[3] / REFERRAL).read_bytes(), HEALTH_VISITING)


@pytest.fixture
def kind():
    """Return the kind of database, where a test does not ask for each in turn."""
    return Kind.SQLITE


@pytest.fixture
def home(kind, tmp_path, monkeypatch, clock):  # noqa: ARG001 - what works there has this clock
    """Return a home in which a health visitor's referral was received; commands work in it."""
    with a_home_on(kind, tmp_path, receive) as home:
        monkeypatch.setenv("CAF_GATEWAY_HOME", str(home))
        yield home


@pytest.fixture
def child(home):
    """Return the id of the child of that referral."""
    with closing(Database(load(home).database_url)) as database:
        ((child,),) = stored(database, "SELECT id FROM child")
    return child


@pytest.fixture
def clock(monkeypatch):
    """Return the clock that commands read: an hour after the referral, and set by the test."""
    clock = Clock(START + timedelta(hours=1))

    class Clocked(datetime):
        @classmethod
        def now(cls, tz=None) -> datetime:
            return clock.now().astimezone(tz)

    monkeypatch.setattr("gateway.ports.datetime", Clocked)
    return clock


@pytest.fixture
def run(home, capsys):  # noqa: ARG001 - the home that the environment names
    """Return what runs one command: it ends with an exit code, and never with a traceback."""

    def run(*arguments):
        with pytest.raises(SystemExit) as ended:
            main([str(one) for one in arguments])
        wrote = capsys.readouterr()
        return Ran(int(ended.value.code or 0), wrote.out, wrote.err)

    return run


@pytest.fixture
def opened(home):
    """Return a function that opens the gateway which the commands work on."""

    def opened():
        return open_gateway(load(home))

    return opened
