"""What counts of all that was recorded: the strictest scope, and a person before a message."""

from datetime import UTC, datetime, timedelta

import pytest

from gateway.casefile import TOLD, RecordedFact
from gateway.facts.standing import as_they_stand

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def said(name, value, *, hour=0, **more):
    """Return what was recorded of a child in an *hour* of the day before, for some or for all."""
    at = NOW - timedelta(hours=24 - hour)
    return RecordedFact(name=name, value=value, by="p1", at=at, **more)


def stands(*facts):
    """Return the value that counts, in whichever order they are read."""
    (found,) = {
        tuple(as_they_stand(order, NOW).items()) for order in (facts, tuple(reversed(facts)))
    }
    ((_, value),) = found
    return value


@pytest.mark.parametrize(
    ("later", "scope"), [("no", None), ("not_considered", None), ("not_considered", "eh")]
)
def test_a_newer_general_or_empty_judgement_erases_no_specific_detriment(later, scope):
    specific = said("detriment", "yes", recipient="eh")
    assert stands(specific, said("detriment", later, hour=1, recipient=scope)) == "yes"


def test_who_considers_the_same_again_takes_the_place_of_what_was_said():
    assert (
        stands(
            said("detriment", "yes", recipient="eh"),
            said("detriment", "no", hour=1, recipient="eh"),
        )
        == "no"
    )


def test_what_nobody_considered_says_nothing_beside_what_somebody_did():
    general = said("detriment", "no")
    assert stands(general, said("detriment", "not_considered", hour=1)) == "no"
    assert stands(general, said("detriment", "not_considered", hour=1, recipient="eh")) == "no"


@pytest.mark.parametrize("newest", [0, 1])
def test_of_two_scopes_the_stricter_judgement_counts_whichever_is_newer(newest):
    one = said("judgement", "not_made", recipient="eh", hour=newest)
    assert stands(one, said("judgement", "made", hour=1 - newest)) == "not_made"


@pytest.mark.parametrize(("first", "second"), [("yes", "no"), ("no", "yes"), ("yes", "unknown")])
def test_assessments_of_competence_that_differ_leave_the_question_open(first, second):
    assert (
        stands(said("competent", first, recipient="eh"), said("competent", second, hour=1)) is None
    )


def test_assessments_of_competence_that_agree_count():
    one = said("competent", "yes", recipient="eh")
    assert stands(one, said("competent", "yes", hour=1, purpose="early_help")) == "yes"


def test_an_assessment_of_competence_that_has_lapsed_leaves_the_question_open():
    lapsed = said("competent", "yes", until=NOW - timedelta(hours=1))
    assert stands(lapsed) is None
    assert stands(lapsed, said("competent", "no", hour=1)) == "no"


def test_a_message_never_overrides_a_judgement_that_a_person_recorded():
    person = said("judgement", "not_made")
    assert stands(person, said("judgement", "made", hour=1, source=TOLD)) == "not_made"
    assert stands(said("judgement", "made", source=TOLD)) == "made"


@pytest.mark.parametrize(
    ("told", "hour", "counts"),
    [("emerging", 2, "immediate"), ("significant_harm", 2, "immediate"), ("none", 0, "immediate")],
)
def test_a_message_never_lowers_a_risk_that_a_person_recorded(told, hour, counts):
    person = said("risk", "immediate", hour=1)
    assert stands(person, said("risk", told, hour=hour, source=TOLD)) == counts


def test_a_newer_message_raises_a_risk_and_a_newer_assessment_settles_it():
    person = said("risk", "emerging", hour=1)
    assert stands(person, said("risk", "immediate", hour=2, source=TOLD)) == "immediate"
    assert stands(person, said("risk", "immediate", source=TOLD)) == "emerging"
