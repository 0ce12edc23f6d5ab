"""Accreditation lapses by itself, and whoever leads needs the one for that too."""

from datetime import date

import pytest

from gateway.accreditation import accredited, cleared, trained
from gateway.registers import Grant, Practitioner
from policies.vocabulary import Accreditation

LAST = date(2026, 5, 1)
AFTER = date(2026, 5, 2)


def who(role="clinician", training=LAST, *grants):
    return Practitioner(id="p", service="s", role=role, training_until=training, grants=grants)


@pytest.mark.parametrize(
    ("person", "on", "expected"),
    [
        pytest.param(who(), LAST, "current", id="on the last day"),
        pytest.param(who(), AFTER, "lapsed", id="the day after"),
        pytest.param(who(training=None), LAST, None, id="nothing recorded"),
        pytest.param(who("lead_professional"), LAST, None, id="leads, and half is not recorded"),
        pytest.param(who("lead_professional"), AFTER, "lapsed", id="leads, and half has lapsed"),
        pytest.param(
            who("lead_professional", LAST, Grant(what="lead_professional", until=LAST)),
            LAST,
            "current",
            id="leads, with both",
        ),
        pytest.param(
            who("lead_professional", AFTER, Grant(what="lead_professional", until=LAST)),
            AFTER,
            "lapsed",
            id="leads, and the one for leading has lapsed",
        ),
        pytest.param(
            who("clinician", LAST, Grant(what="lead_professional", until=date(2025, 1, 1))),
            LAST,
            "current",
            id="does not lead",
        ),
    ],
)
def test_training_is_current_to_its_last_day(person, on, expected):
    assert trained(person, on) == expected


def test_a_clearance_that_was_granted_for_a_time_ends_with_it():
    person = Practitioner(
        id="p",
        service="s",
        role="clinician",
        clearances=("adoption",),
        grants=(Grant(what="shield", until=LAST), Grant(what="common_assessment", until=AFTER)),
    )
    assert cleared(person, LAST) == ("adoption", "shield")
    assert cleared(person, AFTER) == ("adoption",)
    assert accredited(person) == {Accreditation.COMMON_ASSESSMENT: AFTER}
