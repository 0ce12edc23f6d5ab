"""One front door for each test of the API, and all that it logs."""

import io
from collections.abc import Iterator

import pytest
from front_door import FrontDoor, front_door
from logs import all_logs
from oauth import ISSUER

from gateway.settings import Limits, Settings


@pytest.fixture
def settings(tmp_path) -> Settings:
    return Settings(home=tmp_path, base_url=ISSUER, limits=Limits(body_bytes=64 * 1024))


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """Yield what the gateway and its libraries log."""
    with all_logs() as stream:
        yield stream


@pytest.fixture
def door(settings, logged) -> Iterator[FrontDoor]:
    """Yield a front door in front of an exchange that remembers."""
    del logged
    made = front_door(settings)
    with made.http:
        yield made
