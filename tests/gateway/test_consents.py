"""Consent: each grantor's own, the newest counts, silence is not an answer."""

from datetime import UTC, date, datetime

import pytest

from gateway.consents import (
    ConsentFacts,
    GrantorKind,
    RecordedConsent,
    facts_for,
    may_keep,
    recorded_in,
)
from gateway.registers import Service
from mappings.caf.assessment import Assessment, Consent, People
from mappings.caf.categories import Category
from mappings.caf.items import About, AboutWhom, ConsentStatement, Person
from mappings.caf.vocabulary import ConsentAnswer, ParentalResponsibility, StorageAnswer

SCHOOL = Service(
    id="s3",
    organisation="urn:999001",
    type="school",
    name="School",
    identifiers=("https://fhir.nhs.uk/Id/dos-service-id|2000099903",),
)
ON = date(2026, 11, 23)
MOTHER, CHILD = About(AboutWhom.PARENT_OR_CARER, "p1"), About(AboutWhom.CHILD)


def said(grantor=MOTHER, sharing=ConsentAnswer.GIVEN, services=("s3",), **more):
    return ConsentStatement(grantor=grantor, sharing=sharing, services=services, **more)


def recorded(statement, grantor="parent:a", day=1, has_responsibility="yes"):
    is_child = grantor == "child"
    return RecordedConsent(
        grantor=grantor,
        kind=GrantorKind.CHILD if is_child else GrantorKind.PARENT,
        has_responsibility=has_responsibility,
        statement=statement,
        recorded_at=datetime(2026, 11, day, tzinfo=UTC),
    )


def facts(*consents):
    return facts_for(consents, SCHOOL, "early_help", ON)


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        pytest.param(said(), "given", id="a listed service is given"),
        pytest.param(said(services=("school",)), "given", id="a listed kind of service is given"),
        pytest.param(said(services=("2000099903",)), "given", id="or by the number it is sent to"),
        pytest.param(said(services=("s9",)), "not_asked", id="an unlisted service was not asked"),
        pytest.param(said(services=()), "not_asked", id="a list of nobody names nobody"),
        pytest.param(
            said(except_services=("school",)), "refused", id="an excepted service is refused"
        ),
        pytest.param(said(sharing=ConsentAnswer.REFUSED), "refused", id="a refusal is for all"),
        pytest.param(
            said(sharing=ConsentAnswer.WITHDRAWN), "withdrawn", id="and so is a withdrawal"
        ),
        pytest.param(
            said(purposes=("education",)), "not_asked", id="another purpose was not asked about"
        ),
        pytest.param(said(purposes=("early_help",)), "given", id="this purpose was"),
    ],
)
def test_what_a_statement_says_of_a_recipient(statement, expected):
    assert facts(recorded(statement)).parent_consent == expected


def test_nothing_recorded_is_unknown_and_not_refused():
    assert facts() == ConsentFacts()


def test_a_parent_without_recorded_responsibility_does_not_count():
    assert facts(recorded(said(), has_responsibility="unknown")) == ConsentFacts()


def test_the_newest_statement_of_a_grantor_counts_and_erases_nobody_elses():
    first, last = said(), said(sharing=ConsentAnswer.WITHDRAWN)
    other = said(sharing=ConsentAnswer.GIVEN)

    found = facts(recorded(last, day=9), recorded(first, day=2), recorded(other, "parent:b", 5))

    assert found.parent_consent == "conflict"


def test_an_older_statement_that_arrives_later_changes_nothing():
    withdrawn = said(sharing=ConsentAnswer.WITHDRAWN, given_on=date(2026, 11, 10))
    old = said(given_on=date(2026, 11, 2))

    assert facts(recorded(withdrawn, day=10), recorded(old, day=20)).parent_consent == "withdrawn"


def test_a_statement_with_a_date_to_come_does_not_outlast_a_withdrawal():
    ahead = said(given_on=date(2062, 11, 2))
    withdrawn = said(sharing=ConsentAnswer.WITHDRAWN, given_on=date(2026, 11, 10))

    assert facts(recorded(ahead, day=2), recorded(withdrawn, day=10)).parent_consent == "withdrawn"


@pytest.mark.parametrize("answer", [ConsentAnswer.REFUSED, ConsentAnswer.WITHDRAWN])
def test_the_refusal_of_a_parent_of_unknown_responsibility_is_a_conflict(answer):
    father = recorded(said(sharing=answer), "parent:b", has_responsibility="unknown")
    neither = recorded(said(sharing=answer), "parent:b", has_responsibility="no")

    assert facts(recorded(said()), father).parent_consent == "conflict"
    assert facts(recorded(said()), neither).parent_consent == "given"


def test_what_a_parent_of_unknown_responsibility_excepts_is_refused():
    father = recorded(
        said(refused_categories=(Category.ADDRESS,)), "parent:b", has_responsibility="unknown"
    )

    assert facts(recorded(said()), father).refused == {Category.ADDRESS}


def test_the_childs_own_statement_stands_beside_the_parents():
    found = facts(recorded(said()), recorded(said(CHILD, ConsentAnswer.REFUSED), "child"))

    assert (found.child_consent, found.parent_consent) == ("refused", "given")


def test_refused_categories_add_up_and_scopes_narrow_one_another():
    one = said(scope=(Category.SEN, Category.FAMILY), refused_categories=(Category.ADDRESS,))
    other = said(scope=(Category.SEN,), refused_categories=(Category.CONTACT,))

    found = facts(recorded(one), recorded(other, "parent:b"))

    assert found.consent_scope == {Category.SEN}
    assert found.refused == {Category.ADDRESS, Category.CONTACT}


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        pytest.param(("given", "refused"), "refused", id="a refusal is stricter than a yes"),
        pytest.param(("withdrawn", "given"), "withdrawn", id="and so is a withdrawal"),
        pytest.param(("given", "not-asked"), "not_asked", id="and not to have been asked"),
        pytest.param(("withdrawn", "refused"), "refused", id="a refusal is the strictest"),
    ],
)
def test_of_what_a_child_says_at_once_the_strictest_counts(answers, expected):
    for said_so in (answers, answers[::-1]):
        statements = (recorded(said(CHILD, ConsentAnswer(one)), "child") for one in said_so)

        assert facts(*statements).child_consent == expected


def test_a_parent_who_contradicts_themselves_at_once_is_a_conflict():
    no = recorded(said(sharing=ConsentAnswer.REFUSED))

    assert facts(recorded(said()), no).parent_consent == "conflict"
    assert facts(no, recorded(said())).parent_consent == "conflict"
    assert facts(no, recorded(said(), day=2)).parent_consent == "given"


def test_consent_expires_on_its_day():
    until = said(expires_on=ON)

    assert facts(recorded(until)).consent_expired is True
    assert facts(recorded(said(expires_on=date(2026, 11, 24)))).consent_expired is False


def test_store_no_from_any_grantor_keeps_nothing():
    no = said(may_store=StorageAnswer.NO)

    assert may_keep([recorded(said())])
    assert not may_keep([recorded(said()), recorded(no, "parent:b")])
    assert not may_keep([recorded(no), recorded(said())])
    assert may_keep([recorded(no), recorded(said(), day=2)])


def test_what_is_recorded_of_a_message_holds_no_place_in_that_message():
    mother = Person(
        id="p1", name="Ada  Example", parental_responsibility=ParentalResponsibility.YES
    )
    statement = said(id="c1", holder="s1")
    assessment = Assessment(
        people=People(carers=(mother,)), consent=Consent(statements=(statement,))
    )

    (consent,) = recorded_in(assessment, datetime(2026, 11, 1, tzinfo=UTC))

    assert consent.grantor == "parent:ada example"
    assert consent.has_responsibility == "yes"
    assert consent.statement == said(About(AboutWhom.PARENT_OR_CARER))
