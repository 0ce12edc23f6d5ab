"""The pass over all leaves: it finds by the tag what `audit.entry` tagged, and nothing else."""

from hypothesis import given
from hypothesis import strategies as st

from audit.entry import subject_tag
from audit.events import EntryType
from audit.leaf import Leaf
from gateway.searching.completeness import bearer_of

keys = st.binary(min_size=32, max_size=32)
nonces = st.binary(min_size=16, max_size=16)
names = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._:/~-]{0,20}", fullmatch=True) | st.just("")


def leaf(nonce, tag, sender="", recipient=""):
    return Leaf(
        type=EntryType.DISCLOSURE,
        at=1_767_261_600_000,
        node="n1",
        nonce=nonce.hex(),
        tag=tag,
        commit="a" * 64,
        sender=sender,
        recipient=recipient,
    ).encode()


@given(keys, keys, nonces, names, names)
def test_a_leaf_bears_the_tag_of_the_one_key_that_made_it(key, other, nonce, sender, recipient):
    made = leaf(nonce, subject_tag(key, nonce), sender, recipient)
    assert bearer_of(key)(made)
    assert bearer_of(other)(made) is (key == other)


@given(keys, nonces, st.integers(0, 31))
def test_a_tag_that_differs_in_one_place_is_not_borne(key, nonce, place):
    tag = subject_tag(key, nonce)
    wrong = "0" if tag[place] != "0" else "1"
    assert not bearer_of(key)(leaf(nonce, tag[:place] + wrong + tag[place + 1 :]))
