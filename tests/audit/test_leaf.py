"""Leaves: one form, canonical, with no room for personal data or for an outcome."""

import json

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from audit.errors import EntryError
from audit.events import EntryType
from audit.leaf import Leaf
from tests.audit.builders import a_detail, a_leaf

DETAIL = a_detail()
DATA = a_leaf(DETAIL).encode()

names = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._:/~-]{0,127}", fullmatch=True) | st.just("")


@given(st.sampled_from(EntryType), st.integers(0, 10**15 - 1), names, names)
def test_a_leaf_leads_back_and_is_canonical(type_, at, sender, purpose):
    leaf = a_leaf(DETAIL, type=type_, at=at, sender=sender, purpose=purpose)

    assert Leaf.decode(leaf.encode()) == leaf
    assert leaf.encode() == rfc8785.dumps(json.loads(leaf.encode()))


def test_the_longest_leaf_is_far_below_eight_kibibytes():
    longest = dict.fromkeys(("node", "sender", "recipient", "purpose"), "x" * 128)

    assert len(a_leaf(DETAIL, **longest).encode()) < 1000


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"sender": "Ada Lovelace"}, id="a name of two words"),
        pytest.param({"sender": "a@example.org"}, id="an e-mail address"),
        pytest.param({"recipient": "Zoë"}, id="a letter beyond ASCII"),
        pytest.param({"purpose": 'x","to":"y'}, id="a quotation mark"),
        pytest.param({"node": "n1\n"}, id="a line end"),
        pytest.param({"node": "x" * 129}, id="a long name"),
        pytest.param({"at": -1}, id="a time before 1970"),
        pytest.param({"at": 1.5}, id="half a millisecond"),
        pytest.param({"policy": "v1"}, id="a policy that is no digest"),
        pytest.param({"commit": ""}, id="no commitment"),
        pytest.param({"tag": "AB" * 16}, id="a tag in capitals"),
        pytest.param({"nonce": "ab"}, id="a short nonce"),
        pytest.param({"type": "something"}, id="a type that is not in the catalogue"),
    ],
)
def test_a_leaf_is_not_written_with(changes):
    with pytest.raises(EntryError):
        a_leaf(DETAIL, **changes).encode()


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(DATA + b"\n", id="a line end"),
        pytest.param(DATA.replace(b'"v":1', b'"v":2'), id="another version"),
        pytest.param(DATA.replace(b",", b", "), id="spaces"),
        pytest.param(DATA.replace(b'"to"', b'"too"'), id="another member"),
        pytest.param(DATA.replace(b'"v":1', b'"v":1,"x":1'), id="one member more"),
        pytest.param(DATA.replace(b'"at":1', b'"at":01'), id="a leading zero"),
        pytest.param(b"\xff" + DATA, id="not UTF-8"),
    ],
)
def test_not_a_leaf_is(data):
    with pytest.raises(EntryError, match="not a leaf"):
        Leaf.decode(data)


def test_a_leaf_has_no_place_for_what_was_decided():
    members = json.loads(DATA)

    assert members.keys().isdisjoint({"effect", "outcome", "decision", "withheld", "released"})
