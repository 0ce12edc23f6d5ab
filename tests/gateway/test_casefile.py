"""Case files: from what is recorded to the facts of one decision."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from msgspec.structs import replace as replace_struct

from gateway.casefile import (
    SOURCES,
    CaseFile,
    Question,
    RecordedFact,
    noted,
    recorded_fact,
    registered,
)
from gateway.consents import GrantorKind, RecordedConsent
from gateway.days import uk_day
from gateway.registers import Practitioner, Service
from mappings.caf.assessment import Assessment, Child
from mappings.caf.items import About, AboutWhom, Birth, ConsentStatement
from mappings.caf.vocabulary import ConsentAnswer
from policies.agreements import Agreements
from policies.decision import Bundle
from policies.vocabulary import Purpose

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
LAW = Bundle.load().law
HEALTH = Service(
    id="s1", organisation="ods:X9A01", type="community_health", name="Health", area="999"
)
COUNCIL = Service(
    id="s2",
    organisation="la:999",
    type="la_early_help",
    name="Early help",
    area="999",
    training_until=date(2026, 11, 23),
    identity_verified=True,
)
CASE = CaseFile(child_id="c1", version=0, born_on=date(2022, 11, 24))
ASKED = Question(holder=HEALTH, recipient=COUNCIL, purpose=Purpose.EARLY_HELP, asked_at=NOW)


def facts(question=ASKED, case=CASE):
    on = uk_day(question.asked_at)
    known = registered(question, on, Agreements([]), LAW)
    return SOURCES.gather(known.facts | noted(question, case, on))


def fact(name, value, service=None, at=NOW, until=None):
    return RecordedFact(name=name, value=value, service=service, at=at, until=until)


def test_training_holds_through_its_last_day():
    lapsed = replace(ASKED, asked_at=datetime(2026, 11, 24, tzinfo=UTC))

    assert facts().training == "current"
    assert facts(lapsed).training == "lapsed"


def test_training_that_nobody_recorded_is_unknown():
    unknown = replace(ASKED, recipient=HEALTH)

    assert facts(unknown).training is None


def test_a_person_who_asks_has_their_own_role_training_and_clearances():
    worker = Practitioner(id="p1", service="s2", role="social_worker", clearances=("shield",))

    found = facts(replace(ASKED, practitioner=worker))

    assert (found.role, found.training) == ("social_worker", None)
    assert found.clearance == {"shield"}


@pytest.mark.parametrize(
    ("case", "age"),
    [
        pytest.param(CASE, 3, id="the day before a birthday"),
        pytest.param(replace(CASE, born_on=date(2022, 11, 23)), 4, id="on the birthday"),
        pytest.param(
            replace(CASE, born_on=None, expected_on=date(2027, 2, 1)), 0, id="before birth"
        ),
        pytest.param(replace(CASE, born_on=None), None, id="no date is no age"),
    ],
)
def test_the_age_is(case, age):
    assert facts(case=case).age == age


def test_an_area_that_is_not_recorded_is_not_the_same_area():
    elsewhere = replace(
        ASKED,
        recipient=Service(
            id="s4", organisation="la:998", type="la_early_help", name="Elsewhere", area="998"
        ),
    )
    nowhere = replace(
        ASKED,
        recipient=Service(id="s5", organisation="la:998", type="la_early_help", name="Nowhere"),
    )

    assert facts().area == "in"
    assert facts(elsewhere).area == "out"
    assert facts(nowhere).area is None


def test_a_fact_about_another_recipient_is_not_about_this_one():
    other = CASE.with_more(facts=[fact("on_team", value=True, service="s9")])
    this = CASE.with_more(facts=[fact("on_team", value=True, service="s2")])

    assert facts(case=other).on_team is None
    assert facts(case=this).on_team is True


def test_the_newest_value_that_still_holds_counts():
    case = CASE.with_more(
        facts=[
            fact("risk", "in_need", at=datetime(2026, 11, 2, tzinfo=UTC)),
            fact("risk", "emerging", at=datetime(2026, 11, 20, tzinfo=UTC)),
            fact("risk", "immediate", until=NOW),
        ]
    )

    assert facts(case=case).risk == "emerging"


def test_a_risk_that_a_service_states_counts_for_its_own_holding():
    stated = CASE.with_more(facts=[fact("risk", "significant_harm", service="s1")])
    by_hand = CASE.with_more(facts=[fact("risk", "significant_harm")])
    elsewhere = replace(ASKED, holder=replace_struct(HEALTH, id="s9"))

    assert (facts(case=stated).risk, facts(elsewhere, stated).risk) == ("significant_harm", None)
    assert facts(elsewhere, by_hand).risk == "significant_harm"


@pytest.mark.parametrize(
    ("name", "value", "service", "days"),
    [
        pytest.param("risk", "in_need", None, 182, id="a risk, until the next assessment"),
        pytest.param("judgement", "made", "s1", 28, id="a judgement, for this disclosure"),
        pytest.param("on_team", "true", "s2", 365, id="a place in the team"),
    ],
)
def test_a_fact_holds_for_as_many_days_as_its_kind_does(name, value, service, days):
    noted = recorded_fact(name, value, service=service, by="p1", at=NOW)
    longer = recorded_fact(name, value, service=service, by="p1", at=NOW, until=NOW.replace(2030))

    assert noted.until == NOW + timedelta(days=days)
    assert longer.until == NOW.replace(2030)


def test_a_shield_holds_until_it_is_lifted():
    assert recorded_fact("shielded", "true", service=None, by="p1", at=NOW).until is None


def test_a_fact_that_would_hold_for_days_longer_is_news():
    case = CASE.with_more(facts=[fact("risk", "emerging", until=NOW + timedelta(days=2))])

    assert not case.is_news(fact("risk", "emerging", until=NOW + timedelta(days=2, hours=1)), NOW)
    assert case.is_news(fact("risk", "emerging", until=NOW + timedelta(days=3)), NOW)
    assert case.is_news(fact("risk", "emerging"), NOW)


def test_what_nobody_recorded_is_unknown_unless_its_register_is_complete():
    found = facts()

    assert (found.risk, found.judgement, found.parent_consent) == (None, None, None)
    assert (found.shielded, found.court_order, found.competent) == (False, "none", "unknown")


def test_a_purpose_that_no_use_case_gives_is_unknown():
    assert facts(replace(ASKED, purpose=None)).purpose is None


def test_the_duty_to_share_is_in_force_from_its_day():
    before = replace(ASKED, asked_at=datetime(2026, 9, 29, tzinfo=UTC))

    assert facts(before).duty_in_force is False
    assert facts().duty_in_force is True


def test_a_fact_that_is_recorded_already_is_no_news_until_it_changed():
    case = CASE.with_more(facts=[fact("risk", "emerging")])

    assert not case.is_news(fact("risk", "emerging"), NOW)
    assert case.is_news(fact("risk", "in_need"), NOW)


def test_a_refusal_is_news_again_after_the_same_person_agreed():
    refused, given = (
        RecordedConsent(
            grantor="parent:a",
            kind=GrantorKind.PARENT,
            has_responsibility="yes",
            statement=ConsentStatement(
                grantor=About(AboutWhom.PARENT_OR_CARER), sharing=answer, given_on=given_on
            ),
            recorded_at=NOW.replace(minute=minute),
        )
        for minute, (answer, given_on) in enumerate(
            ((ConsentAnswer.REFUSED, None), (ConsentAnswer.GIVEN, NOW.date()))
        )
    )

    assert CASE.with_more([refused]).news_of([refused]) == ()
    assert CASE.with_more([refused, given]).news_of([refused]) == (refused,)


def test_a_dated_statement_that_is_recorded_already_is_never_news():
    said = ConsentStatement(
        grantor=About(AboutWhom.PARENT_OR_CARER),
        sharing=ConsentAnswer.GIVEN,
        given_on=date(2026, 11, 2),
    )
    given = RecordedConsent(
        grantor="parent:a",
        kind=GrantorKind.PARENT,
        has_responsibility="yes",
        statement=said,
        recorded_at=NOW,
    )
    withdrawn = replace_struct(
        given, statement=replace_struct(said, sharing=ConsentAnswer.WITHDRAWN)
    )

    assert CASE.with_more([given, withdrawn]).news_of([given]) == ()


def test_a_birth_that_is_recorded_is_not_replaced_by_another():
    unknown = CaseFile(child_id="c1", version=0)
    said = Assessment(child=Child(birth=(Birth(id="b1", born_on=date(2020, 1, 1)),)))

    assert unknown.with_birth_in(said).born_on == date(2020, 1, 1)
    assert CASE.with_birth_in(said).born_on == CASE.born_on
