"""Commands, run through the entry point, in a home in which one referral was received."""

import json
import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from worlds import HEALTH_VISITING, START, Clock, a_world

from gateway.cli import main
from gateway.composition import open_gateway
from gateway.settings import load

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


@pytest.fixture(scope="session")
def received(tmp_path_factory):
    """Return a home in which a health visitor's referral was received, and the child's id."""
    folder = tmp_path_factory.mktemp("received")
    content = (Path(__file__).parents[3] / REFERRAL).read_bytes()
    with a_world(folder) as world:
        (child,) = world.take(content, HEALTH_VISITING).children
    return folder / "home", child


@pytest.fixture
def home(received, tmp_path, monkeypatch, clock):  # noqa: ARG001 - what works there has this clock
    """Return a copy of that home, which the commands of this test work in."""
    made = shutil.copytree(received[0], tmp_path / "home")
    monkeypatch.setenv("CAF_GATEWAY_HOME", str(made))
    return made


@pytest.fixture
def child(received):
    return received[1]


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
