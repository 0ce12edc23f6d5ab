"""A gateway of the fictional partnership, each test its own."""

import pytest
from worlds import Kind, a_home_on, a_world


@pytest.fixture
def kind():
    """Return the kind of database, where a test does not ask for each in turn."""
    return Kind.SQLITE


@pytest.fixture
def world(tmp_path, kind):
    with a_home_on(kind, tmp_path), a_world(tmp_path) as world:
        yield world
