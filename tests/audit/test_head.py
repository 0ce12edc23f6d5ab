"""The head row: believed only with its authentication code."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.errors import HeadError
from audit.head import Head
from tests.audit.builders import a_log

KEY = b"head key of one node, 32 bytes!!"


@given(st.integers(0, 1200))
def test_a_head_has_the_root_of_its_log(size):
    edge = a_log(size).edge
    head = Head(size, edge.frontier)

    head.check(KEY, head.code(KEY))
    assert head.root() == edge.root()


@given(st.integers(1, 300), st.data())
def test_an_edited_head_is_not_believed(size, data):
    head = Head(size, a_log(size).edge.frontier)
    bit = data.draw(st.integers(0, 8 * len(head.frontier) - 1))
    changed = int.from_bytes(head.frontier, "big") ^ (1 << bit)
    edited = Head(size, changed.to_bytes(len(head.frontier), "big"))

    with pytest.raises(HeadError, match="not written by this gateway"):
        edited.check(KEY, head.code(KEY))


def test_a_head_of_another_size_with_as_many_subtrees_is_not_believed():
    head = Head(5, bytes(64))

    with pytest.raises(HeadError):
        Head(6, bytes(64)).check(KEY, head.code(KEY))


def test_a_head_under_another_key_is_not_believed():
    head = Head(0, b"")

    with pytest.raises(HeadError):
        head.check(KEY, head.code(b"another key"))


@pytest.mark.parametrize(("size", "frontier"), [(1, b""), (2, bytes(64)), (-1, bytes(32))])
def test_a_frontier_that_does_not_fit_is_refused(size, frontier):
    with pytest.raises(HeadError, match="does not fit"):
        Head(size, frontier)
