"""Days: what is decided on a day is decided on the UK's day."""

from datetime import UTC, date, datetime

import pytest

from gateway.casefile import SOURCES, CaseFile, Question, noted, registered
from gateway.days import day_begins, uk_day
from gateway.registers import Service
from policies.agreements import SHIPPED, Agreements
from policies.decision import Bundle
from policies.vocabulary import Purpose

HEALTH = Service(id="s1", organisation="ods:X9A01", type="community_health", name="Health")
COUNCIL = Service(
    id="s2",
    organisation="la:999",
    type="la_early_help",
    name="Early help",
    training_until=date(2026, 9, 29),
)
CASE = CaseFile(child_id="c1", version=0, born_on=date(2016, 9, 30))
LAW = Bundle.load().law


def facts(at):
    asked = Question(holder=HEALTH, recipient=COUNCIL, purpose=Purpose.EARLY_HELP, asked_at=at)
    on = uk_day(at)
    known = registered(asked, on, Agreements.of(SHIPPED), LAW)
    return SOURCES.gather(known.facts | noted(asked, CASE, on))


def test_half_past_eleven_utc_in_june_is_the_next_day():
    assert uk_day(datetime(2026, 6, 30, 23, 30, tzinfo=UTC)) == date(2026, 7, 1)
    assert uk_day(datetime(2026, 6, 30, 22, 59, tzinfo=UTC)) == date(2026, 6, 30)


def test_a_day_begins_when_it_is_that_day():
    assert uk_day(day_begins(date(2026, 7, 1))) == date(2026, 7, 1)
    assert day_begins(date(2026, 12, 1)) == datetime(2026, 12, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("fact", "on_the_29th", "on_the_30th"),
    [
        pytest.param("duty_in_force", False, True, id="law"),
        pytest.param("age", 9, 10, id="an age"),
        pytest.param("training", "current", "lapsed", id="training"),
    ],
)
def test_an_hour_before_midnight_utc_in_summer_is_the_next_day_to(fact, on_the_29th, on_the_30th):
    before, after = (facts(datetime(2026, 9, 29, hour, 30, tzinfo=UTC)) for hour in (22, 23))

    assert getattr(before, fact) == on_the_29th
    assert getattr(after, fact) == on_the_30th
