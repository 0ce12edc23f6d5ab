"""Retention periods: which end counts, and files that are no table of periods."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.errors import DocumentError
from policies.retention import SHIPPED, Retention, Rule, last_over
from policies.vocabulary import Agency

SHIPPED_PERIODS = Retention.load()
ENDED, BORN = dt.date(2026, 3, 1), dt.date(2020, 6, 14)
days = st.dates(dt.date(1990, 1, 1), dt.date(2040, 12, 31))


def a_rule(years=6, birthday=None, id_="r"):
    return Rule(
        id=id_,
        years_after_end=years,
        until_birthday=birthday,
        source="test",
        owner="test",
        confirmed=False,
    )


@pytest.mark.parametrize(
    ("years", "birthday", "over_on"),
    [
        pytest.param(6, None, dt.date(2032, 3, 1), id="years after the end"),
        pytest.param(6, 25, dt.date(2045, 6, 14), id="a birthday that is later"),
        pytest.param(30, 25, dt.date(2056, 3, 1), id="a birthday that is earlier"),
    ],
)
def test_the_later_of_the_two_ends_counts(years, birthday, over_on):
    assert a_rule(years, birthday).over_on(ENDED, BORN) == over_on


def test_of_several_holders_the_last_counts():
    short, long = a_rule(1, id_="short"), a_rule(9, id_="long")
    found = last_over([(long, ENDED), (short, ENDED)], None)
    assert found == (long, dt.date(2035, 3, 1))


def test_what_cannot_be_told_for_one_holder_cannot_be_told():
    assert last_over([(a_rule(1), ENDED), (a_rule(1, 25), ENDED)], None) is None
    assert last_over([], BORN) is None


@given(ended_on=days, born_on=days, agency=st.sampled_from(Agency))
def test_no_shipped_period_is_over_before_it_began(ended_on, born_on, agency):
    over_on = SHIPPED_PERIODS.of(agency).over_on(ended_on, born_on)
    assert over_on is not None
    assert over_on > ended_on


def test_no_shipped_period_claims_to_be_confirmed():
    assert {rule.id for rule in SHIPPED_PERIODS.unconfirmed} == {
        "early-help",
        "education",
        "health",
        "social-care",
        "justice",
        "other",
    }


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("holders: [la_social_care]", "holders: [school]", "the same holder"),
        ("id: justice", "id: health", "the same id"),
        ("holders: [la_social_care]", "holders: [council]", "no such word"),
        ("years_after_end: 15", "years_after_end: -1", "years_after_end|>= 0"),
        ("source: Our own default", "sources: Our own default", "source"),
    ],
)
def test_a_file_that_is_no_table_of_periods_is_refused(tmp_path, old, new, sentence):
    text = SHIPPED.read_text("utf-8")
    assert old in text
    path = tmp_path / "retention.yaml"
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(DocumentError, match=sentence):
        Retention.load(path)
