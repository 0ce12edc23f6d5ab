"""Three witnesses on the loopback, and a gateway of the partnership that they watch."""

from contextlib import ExitStack, contextmanager

import pytest
from witnesses import a_witness
from worlds import Clock, a_world


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def witnesses(clock):
    with ExitStack() as stack:
        yield [
            stack.enter_context(a_witness(clock.now, f"w{number}.example")) for number in (1, 2, 3)
        ]


@pytest.fixture
def watched(tmp_path, clock, witnesses):
    """Open the gateway in a folder, watched by the three witnesses, two of whom must agree."""

    @contextmanager
    def watched(folder=tmp_path, *, starts=True, node="node-1", **more):
        settings = {
            "witness": [one.settings for one in witnesses],
            "quorum": 2,
            "answer_seconds": 2,
            **more,
        }
        with a_world(folder, clock=clock, node=node, witnesses=settings) as world:
            if starts:
                world.gateway.rounds.start()
            yield world

    return watched
