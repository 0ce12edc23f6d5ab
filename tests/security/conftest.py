"""A gateway of the fictional partnership, each test its own."""

import pytest
from worlds import a_world


@pytest.fixture
def world(tmp_path):
    with a_world(tmp_path) as world:
        yield world
