"""A child about whom a referral was received, and people who record."""

import pytest
from bars_messages import REFERRAL, payload_of
from worlds import a_world


@pytest.fixture
def world(tmp_path):
    """Return the partnership's gateway."""
    with a_world(tmp_path) as world:
        yield world


@pytest.fixture
def office(world):
    return world.gateway.office


@pytest.fixture
def child(world):
    """Return the child of the health visitor's referral."""
    (child,) = world.take(payload_of(REFERRAL)).children
    return child
