"""The parameters of a search for AuditEvents: whatever comes, they are read or refused."""

from urllib.parse import urlencode

from hypothesis import given
from hypothesis import strategies as st

from gateway.api.audit_parameters import KNOWN, MAX_COUNT, read
from gateway.errors import MalformedRequestError
from gateway.searching.criteria import Criteria

values = st.text(max_size=40) | st.sampled_from(
    ["Patient/c-17", "Organization/s1", "Practitioner/u1", "ge2026-11", "110106", "refusal", "5"]
)
pairs = st.lists(st.tuples(st.sampled_from(KNOWN) | st.text(max_size=12), values), max_size=6)


@given(st.text(max_size=200) | pairs.map(urlencode))
def test_a_search_is_read_or_refused_and_never_wider_than_it_was_asked(text):
    try:
        asked = read(text)
    except MalformedRequestError:
        return
    given_ = {name for name, _ in asked.pairs} - {"_count", "_page"}
    assert given_ <= set(KNOWN)
    assert bool(given_) is (asked.criteria != Criteria())
    assert asked.page.most <= MAX_COUNT


@given(pairs)
def test_a_link_to_a_page_is_read_as_the_same_search(given_):
    try:
        asked = read(urlencode(given_))
    except MalformedRequestError:
        return
    again = read(asked.link(120, 50))
    assert again.criteria == asked.criteria
    assert (again.page.size, again.page.skip, again.page.most) == (120, 50, asked.page.most)
