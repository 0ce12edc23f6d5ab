"""One front door for each test of the API, and all that it logs."""

import io
import logging
from collections.abc import Iterator

import pytest
import structlog
from front_door import FrontDoor, front_door
from oauth import ISSUER

from gateway.observability import configure
from gateway.settings import Limits, Settings


@pytest.fixture
def settings(tmp_path) -> Settings:
    return Settings(home=tmp_path, base_url=ISSUER, limits=Limits(body_bytes=64 * 1024))


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """Yield what the gateway and its libraries log."""
    stream, root = io.StringIO(), logging.getLogger()
    handlers, level = root.handlers[:], root.level
    configure(stream)
    yield stream
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
def door(settings, logged) -> Iterator[FrontDoor]:
    """Yield a front door in front of an exchange that remembers."""
    del logged
    made = front_door(settings)
    with made.http:
        yield made
