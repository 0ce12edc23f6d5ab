"""Whatever is altered in a message, the adapter answers: it never raises, and never repeats it."""

import json

from bars_messages import NAMES, REFERRAL, message, payload_of, read
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.contract import Outcome

ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | st.sampled_from(
        ["2016-12-31T23:59:60Z", "0001-01-01", "2023-02-29", "urn:uuid:x", "Patient"]
    ),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["url", "reference", "id", "extension", "x"]), inner)
    ),
    max_leaves=6,
)


def places(plain, at=()):
    """Yield the path to everything in *plain*."""
    if at:
        yield at
    if isinstance(plain, dict | list):
        steps = plain if isinstance(plain, dict) else range(len(plain))
        for step in steps:
            yield from places(plain[step], (*at, step))


PLACES = {name: list(places(message(name))) for name in NAMES}


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_any_alteration_is_answered(data):
    name = data.draw(st.sampled_from(NAMES))
    plain = message(name)
    *steps, last = data.draw(st.sampled_from(PLACES[name]))
    inner = plain
    for step in steps:
        inner = inner[step]
    inner[last] = data.draw(ANYTHING)

    received = read(json.dumps(plain).encode())

    assert (received.outcome is Outcome.REJECT) == any(
        finding.severity == "error" for finding in received.findings
    )
    for reading in received.readings:
        assert reading.ledger.leaves


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(["json", "xml"]), st.integers(0, 30_000), st.binary(min_size=1, max_size=4))
def test_any_broken_bytes_are_answered(kind, offset, junk):
    whole = payload_of(REFERRAL, kind)

    received = read(whole[:offset] + junk + whole[offset:], f"application/fhir+{kind}")

    assert received.readings or received.outcome is Outcome.REJECT
