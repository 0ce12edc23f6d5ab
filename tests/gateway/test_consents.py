"""Consent: each grantor's own, the newest counts, silence is not an answer."""

from datetime import UTC, date, datetime

import pytest

from gateway.consents import (
    ConsentFacts,
    GrantorKind,
    RecordedConsent,
    consenting_people,
    facts_for,
    grantor_named,
    leave_doubt,
    may_keep,
    newest,
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
    later = said(given_on=date(2026, 11, 2))
    assert facts(no, recorded(later, day=2)).parent_consent == "given"


@pytest.mark.parametrize(
    "before",
    [
        pytest.param({"sharing": ConsentAnswer.REFUSED}, id="a refusal"),
        pytest.param({"sharing": ConsentAnswer.WITHDRAWN}, id="a withdrawal"),
        pytest.param({"except_services": ("school",)}, id="an exception"),
    ],
)
@pytest.mark.parametrize("given_on", [None, date(2026, 11, 5)], ids=["undated", "dated"])
def test_a_given_without_a_date_takes_nothing_back(before, given_on):
    no = said(given_on=given_on, **before)
    against = no.sharing if "sharing" in before else "refused"
    for_child = said(CHILD, given_on=given_on, **before)

    # Whichever arrived first: nobody knows that it was said later.
    for day in (1, 9):
        yes = recorded(said(), day=6)
        assert facts(recorded(no, day=5 if given_on else day), yes).parent_consent != "given"
        assert facts(recorded(for_child, "child", 5), recorded(said(CHILD), "child", 6)) == (
            facts(recorded(for_child, "child", 5))
        )
    (last,) = newest([recorded(no, day=5), yes]).values()
    assert last[-1].statement.answer_to(SCHOOL.names) == against


def test_what_was_refused_in_part_outlasts_a_given_without_a_date():
    dated = recorded(said(refused_categories=(Category.ADDRESS,), given_on=date(2026, 11, 2)))
    undated = recorded(said(refused_categories=(Category.SEN,)), day=9)

    assert facts(dated, undated).refused == {Category.ADDRESS, Category.SEN}


def test_a_given_without_a_date_is_older_than_what_was_said_after_it_came():
    undated = recorded(said(refused_categories=(Category.SEN,)), day=2)

    assert facts(undated, recorded(said(given_on=date(2026, 11, 3)), day=3)).refused == set()


def test_a_given_without_a_date_counts_where_nothing_was_refused():
    dated = recorded(said(services=("s9",), given_on=date(2026, 11, 2)))

    assert facts(dated, recorded(said(), day=9)).parent_consent == "given"
    assert not leave_doubt([dated], [recorded(said(), day=9)])


def test_a_given_that_takes_nothing_back_is_asked_about():
    no = recorded(said(sharing=ConsentAnswer.REFUSED))

    assert leave_doubt([no], [recorded(said(), day=9)])
    assert not leave_doubt([no], [recorded(said(given_on=date(2026, 11, 9)), day=9)])


def test_consent_expires_on_its_day():
    until = said(expires_on=ON)

    assert facts(recorded(until)).consent_expired is True
    assert facts(recorded(said(expires_on=date(2026, 11, 24)))).consent_expired is False


def test_store_no_from_any_grantor_keeps_nothing():
    no = said(may_store=StorageAnswer.NO)

    assert may_keep([recorded(said())])
    assert not may_keep([recorded(said()), recorded(no, "parent:b")])
    assert not may_keep([recorded(no), recorded(said())])
    assert may_keep([recorded(no), recorded(said(given_on=date(2026, 11, 2)), day=2)])
    assert not may_keep([recorded(no), recorded(said(), day=2)])


def test_what_is_recorded_of_a_message_holds_no_place_in_that_message():
    mother = Person(
        id="p1", name="Ada  Example", parental_responsibility=ParentalResponsibility.YES
    )
    statement = said(id="c1", holder="s1")
    assessment = Assessment(
        people=People(carers=(mother,)), consent=Consent(statements=(statement,))
    )

    (consent,) = recorded_in(assessment, "s1", datetime(2026, 11, 1, tzinfo=UTC))

    assert consent.grantor == "parent:ada example"
    assert consent.has_responsibility == "yes"
    assert consent.statement == said(About(AboutWhom.PARENT_OR_CARER))


def from_a_message(sharing, sender="s1", name=None, day=1, **people):
    """Return what a message of *sender* records of a parent with this *name*, who said this."""
    parent = Person(id="p1", name=name, parental_responsibility=ParentalResponsibility.YES)
    statement = said(sharing=sharing, given_on=date(2026, 11, day))
    assessment = Assessment(
        people=People(**people or {"carers": (parent,)}), consent=Consent(statements=(statement,))
    )
    return recorded_in(assessment, sender, datetime(2026, 11, day, 12, tzinfo=UTC))


@pytest.mark.parametrize("name", [None, "", "  "])
def test_a_parent_without_a_name_erases_nobodys_refusal(name):
    for sender in ("s1", "s2"):
        no = from_a_message(ConsentAnswer.REFUSED, "s1", name)
        yes = from_a_message(ConsentAnswer.GIVEN, sender, name, day=9)

        assert facts(*no, *yes).parent_consent == "conflict"
        assert leave_doubt(no, yes)


def test_the_yes_of_a_parent_without_a_name_releases_nothing():
    assert facts(*from_a_message(ConsentAnswer.GIVEN)).parent_consent == "conflict"
    assert facts(*from_a_message(ConsentAnswer.GIVEN, name="Ada Example")).parent_consent == "given"


def test_a_person_closes_the_refusal_of_a_parent_without_a_name():
    (no,) = from_a_message(ConsentAnswer.REFUSED, "s1")
    yes = recorded(said(given_on=date(2026, 11, 9)), no.grantor, 9)

    assert grantor_named(no.grantor) == ("unnamed:s1", GrantorKind.PARENT)
    assert facts(no, yes).parent_consent == "given"


def test_a_name_in_the_household_is_a_name_but_no_parental_responsibility():
    lodger = Person(id="p1", name="Ada Example", parental_responsibility=ParentalResponsibility.YES)
    (consent,) = from_a_message(ConsentAnswer.GIVEN, household=(lodger,))

    assert (consent.grantor, consent.has_responsibility) == ("parent:ada example", "unknown")


def test_a_carer_without_a_name_is_not_one_who_consented():
    statement = said(given_on=ON)
    for name, found in (("Ada", {"p1"}), (None, set())):
        people = People(carers=(Person(id="p1", name=name),))
        assessment = Assessment(people=people, consent=Consent(statements=(statement,)))
        assert consenting_people(assessment) == found
