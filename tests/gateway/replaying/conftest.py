"""A gateway of the fictional partnership in which a referral was taken, each test its own."""

import pytest
from bars_messages import payload_of
from worlds import Kind, a_home_on, a_world


def refer(world):
    """Take the health visitor's referral."""
    world.take(payload_of("health-visitor-to-early-help"))


@pytest.fixture
def world(tmp_path):
    with a_home_on(Kind.SQLITE, tmp_path, after=refer), a_world(tmp_path) as world:
        yield world
