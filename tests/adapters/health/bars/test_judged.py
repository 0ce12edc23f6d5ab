"""What is written as BaRS, judged by another project's validator of FHIR (npm `fhir`)."""

from functools import cache

import pytest
from bars_messages import AT, NAMES, payload_of, read
from fhir_judge import faults
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import assessments

from adapters.contract import Answer, Cancellation, Ending, Envelope, Extent, Reply
from adapters.health.bars import BaRSAdapter
from mappings.caf.view import View

JSON, XML = "application/fhir+json", "application/fhir+xml"
BARS = BaRSAdapter()

pytestmark = pytest.mark.xdist_group("fhir")


def envelope(media_type):
    return Envelope(media_type=media_type, at=AT, sender="a", recipient="b", message_id="m-1")


@cache
def drawn():
    """Return the CAFs of the examples, and thirty of all kinds."""
    found = [one.assessment for name in NAMES for one in read(payload_of(name)).readings]

    @settings(
        max_examples=30,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(assessments(st.text("abcdefgé中", min_size=1, max_size=6)))
    def draw(whole):
        found.append(whole)

    draw()
    return found


def referrals(media_type):
    for content in drawn():
        view = View(content=content, purpose="early_help", marks=("no-onward",))
        yield BARS.write(view, envelope(media_type)).content


def followings(media_type):
    child = drawn()[0].child
    for answer in Answer:
        for extent in Extent:
            reply = Reply(in_response_to="m-0", answer=answer, extent=extent, child=child)
            yield BARS.write_reply(reply, envelope(media_type)).content
    for ending in Ending:
        cancelled = Cancellation(referral="m-0", ending=ending, child=child)
        yield BARS.write_cancellation(cancelled, envelope(media_type)).content


def test_the_validator_accepts_all_that_is_written():
    written = [
        content
        for media_type in (JSON, XML)
        for make in (referrals, followings)
        for content in make(media_type)
    ]

    found = faults(written)

    assert len(written) > 100
    assert [one for one in found if one] == []


def test_the_validator_would_find_a_fault():
    (first, *_) = referrals(JSON)

    (found,) = faults([first.replace(b'"status":"active"', b'"status":"nonsense"')])

    assert found
