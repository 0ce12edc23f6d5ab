"""What a leaf tells of whether its entry is looked for, and where a time begins in the log."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from audit.entry import encode_part, seal
from audit.events import EntryType
from audit.leaf import Leaf
from audit.parts import Part
from gateway.searching.criteria import Criteria, Says, first_since
from gateway.storage.details import OpenedEntry

SERVICES = ("s1", "s11", "2000099902")
PURPOSES = ("early_help", "early")


def leaf(at=0, **members):
    given = {"type": EntryType.REFUSAL, "node": "n1"} | members
    return Leaf(at=at, nonce="0" * 32, tag="0" * 32, commit="0" * 64, **given)


leaves = st.builds(
    leaf,
    sender=st.sampled_from(("", *SERVICES)),
    recipient=st.sampled_from(("", *SERVICES)),
    purpose=st.sampled_from(("", *PURPOSES)),
    type=st.sampled_from([EntryType.REFUSAL, EntryType.DISCLOSURE]),
)
criteria = st.builds(
    Criteria,
    services=st.none() | st.frozensets(st.sampled_from(SERVICES)),
    purpose=st.none() | st.sampled_from(PURPOSES),
    types=st.none() | st.frozensets(st.just(EntryType.REFUSAL)),
    user=st.none() | st.just("u1"),
    request=st.none() | st.just("r1"),
)


def opened(one, **fields):
    content = encode_part(EntryType.REFUSAL, Part.GATEWAY, fields)
    return OpenedEntry(0, one, seal({Part.GATEWAY: content}, bytes))


@given(leaves, criteria)
def test_what_the_bytes_of_a_leaf_say_is_what_its_members_say(one, wanted):
    says = wanted.says(one.encode())
    is_theirs = wanted.services is None or not wanted.services.isdisjoint(
        {one.sender, one.recipient}
    )
    is_possible = (
        wanted.purpose in {None, one.purpose}
        and (wanted.types is None or one.type in wanted.types)
        and (is_theirs or not one.sender or not one.recipient)
    )
    is_certain = is_possible and is_theirs and wanted.user is None and wanted.request is None
    assert (says is not Says.NO, says is Says.YES) == (is_possible, is_certain)


@given(leaves, criteria)
def test_what_a_leaf_is_certain_of_the_whole_entry_says_too(one, wanted):
    entry = opened(one)
    if wanted.says(one.encode()) is Says.YES:
        assert wanted.admits(entry)


def test_an_entry_speaks_of_services_that_its_leaf_does_not_name():
    entry = opened(leaf(recipient="s1"), accounts=[{"sender": "2000099902"}])
    assert Criteria(services=frozenset({"2000099902"})).admits(entry)
    assert not Criteria(services=frozenset({"s11"})).admits(entry)


def test_an_agency_without_services_has_no_entries():
    nobody_s = Criteria(services=frozenset())
    entry = opened(leaf(), recipient="s1")
    assert not nobody_s.admits(entry)
    assert nobody_s.terms == ((),)


def test_of_an_entry_that_was_erased_the_leaf_alone_counts():
    entry = OpenedEntry(0, leaf(recipient="s1"), None)
    assert Criteria(services=frozenset({"s1"})).admits(entry)
    assert not Criteria(user="u1").admits(entry)


@given(st.lists(st.integers(0, 9), max_size=30), st.integers(-1, 10))
def test_a_time_begins_where_the_first_entry_is_not_before_it(times, wanted):
    stored = [leaf(at=at * 1000).encode() for at in sorted(times)]
    at = datetime.fromtimestamp(wanted, UTC)
    expected = sum(one < wanted for one in times)
    assert first_since(at, len(stored), stored.__getitem__) == expected
