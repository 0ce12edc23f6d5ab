"""A request that is not answered in time: done once, and its retry hears that it was."""

import threading
from collections.abc import Iterator

import pytest
from bars_messages import REFERRAL, payload_of
from doors import Door, a_door
from front_door import FHIR, MESSAGE
from worlds import HEALTH_VISITING

from audit.events import EntryType
from gateway.ports import Ports
from gateway.settings import Limits

_PATIENCE = 30


class Stall:
    """Holds the committer up at one step, once it is told to, until it is let go."""

    def __init__(self, step: str) -> None:
        self._step = step
        self.armed = False
        self.let_go = threading.Event()

    def at(self, step: str) -> None:
        if self.armed and step == self._step:
            self.armed = False
            assert self.let_go.wait(_PATIENCE)


@pytest.fixture(params=["committer:begin", "committer:before-commit", "committer:after-commit"])
def stall(request) -> Stall:
    return Stall(request.param)


@pytest.fixture
def door(tmp_path, stall) -> Iterator[Door]:
    limits = Limits(request_seconds=1.0)
    with a_door(tmp_path, Ports(step=stall.at), limits=limits) as door:
        yield door


def test_a_request_that_timed_out_is_done_once_and_its_retry_is_a_duplicate(door, stall):
    headers = door.authorised(HEALTH_VISITING) | FHIR
    content = payload_of(REFERRAL)
    stall.armed = True

    answer = door.http.post(MESSAGE, content=content, headers=headers)
    assert answer.status_code == 408
    assert answer.json()["issue"][0]["code"] == "timeout"

    stall.let_go.set()
    retry = door.http.post(MESSAGE, content=content, headers=headers)
    assert retry.status_code == 409, retry.text
    assert retry.json()["issue"][0]["code"] == "duplicate"
    assert retry.headers["CAF-Receipt"]
    assert door.world.types().count(EntryType.IMPORT) == 1
