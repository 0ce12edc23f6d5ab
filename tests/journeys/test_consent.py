"""Consent given, refused and withdrawn: what flows, and from when on it does not."""

import json

import pytest
from bars_messages import message, payload_of, resources
from books import require_balanced
from msgspec.structs import replace
from worlds import CAMHS, EARLY_HELP, GP, SCHOOL, SOCIAL_CARE, by_element, fates, outcome

from audit.events import EntryType
from gateway.casefile import RecordedFact
from gateway.delivery import Fate
from gateway.registers import OPERATOR

REFERRAL = payload_of("health-visitor-to-early-help")
OF_CAMHS = payload_of("camhs-with-refusal")
UNBORN = payload_of("unborn-child-to-social-care")
MAY_STORE = "https://caf-gateway.example/fhir/StructureDefinition/caf-may-store"


def without_storing() -> bytes:
    """Return the referral of a mother who says that nothing is to be stored."""
    plain = message()
    (consent,) = resources(plain, "Consent")
    forbid_storing(consent)
    return json.dumps(plain).encode()


def forbid_storing(consent) -> None:
    """Have a consent say that nothing is to be stored."""
    (storing,) = (one for one in consent["extension"] if one["url"] == MAY_STORE)
    storing["valueCode"] = "no"


def test_what_is_withdrawn_between_commit_and_sending_is_recalled(world):
    child = world.take(REFERRAL).children[0]

    world.withdraw(child, SCHOOL)

    # Its notice is recalled with it: nothing had arrived that could be taken back.
    # Its sender hears of it.
    assert world.dispatch() == {Fate.RECALLED: 2, Fate.DELIVERED: 2}
    assert world.delivered(SCHOOL) == []
    assert len(world.delivered(EARLY_HELP)) == 1
    assert EntryType.RECALLED in world.types()
    require_balanced(world)


def test_what_is_withdrawn_altogether_reaches_nobody(world):
    child = world.take(REFERRAL).children[0]

    world.withdraw(child)

    assert world.dispatch() == {Fate.RECALLED: 4, Fate.DELIVERED: 2}
    assert world.delivered(EARLY_HELP) == world.delivered(SCHOOL) == []


def test_a_withdrawal_after_the_delivery_stops_the_next_answer(world):
    child = world.take(REFERRAL).children[0]
    world.dispatch()
    assert b"I like the water table" in world.ask(child, SCHOOL).content

    world.withdraw(child, SCHOOL)

    world.clock.stop(world.clock.time)
    refused, unknown = world.ask(child, SCHOOL), world.ask("0" * 32, SCHOOL)
    assert refused.content == unknown.content
    assert b"I like the water table" in world.ask(child, EARLY_HELP).content


def test_another_service_keeps_what_the_withdrawal_does_not_name(world):
    child = world.take(REFERRAL).children[0]

    world.withdraw(child, GP)

    assert world.dispatch() == {Fate.DELIVERED: 2}


def test_what_may_not_be_stored_is_delivered_and_then_gone(world):
    answer = world.take(without_storing())
    child = answer.children[0]
    assert world.dispatch()[Fate.DELIVERED] == 2

    for table in ("record", "assessment"):
        assert world.rows(f"SELECT count(*) FROM {table}") == [(0,)], table  # noqa: S608 - from the list above
    assert world.rows("SELECT max(length(sealed)) FROM outbox") == [(0,)]
    assert b"water table" not in world.ask(child, EARLY_HELP).content


def test_bytes_that_speak_of_a_child_who_is_not_to_be_stored_are_not_kept_for_a_sibling(world):
    plain = message("siblings-in-one-message")
    consent, _ = resources(plain, "Consent")
    forbid_storing(consent)

    kept = world.take(json.dumps(plain).encode()).children[1]

    assert world.rows("SELECT count(*) FROM record") == [(0,)]
    assert world.rows("SELECT child_id, record_id FROM assessment") == [(kept, None)]


def test_what_may_not_be_stored_is_decided_again_with_the_content_that_goes_with_it(world):
    child = world.take(without_storing()).children[0]

    world.withdraw(child, SCHOOL)

    # Its notice is recalled with it: nothing had arrived that could be taken back.
    # Its sender hears of it.
    assert world.dispatch() == {Fate.RECALLED: 2, Fate.DELIVERED: 2}
    assert world.delivered(SCHOOL) == []
    assert len(world.delivered(EARLY_HELP)) == 1
    assert world.rows("SELECT max(length(sealed_content)) FROM outbox") == [(0,)]


def test_a_change_of_a_register_recalls_nothing_that_may_still_go(world):
    world.take(without_storing())
    school = world.gateway.office.service(SCHOOL)
    world.gateway.recorder.documents([replace(school, name="Larkhill")])

    assert world.dispatch() == {Fate.DELIVERED: 2}


def test_a_child_of_whom_nothing_was_stored_is_decided_about_by_the_next_messages_date(world):
    first = world.take(without_storing())
    plain = json.loads(without_storing())
    plain["id"] = "3f87ad16-13d7-53b3-8a4b-000000000002"

    second = world.take(json.dumps(plain).encode())

    assert second.children == first.children
    assert fates(second) == fates(first)


def test_a_young_persons_refusal_waits_until_somebody_says_that_they_are_competent(world):
    answer = world.take(OF_CAMHS, CAMHS)
    world.dispatch()

    assert set(fates(answer).values()) == {"with-a-person"}
    assert not any(world.delivered(service) for service in (EARLY_HELP, SCHOOL, GP))


@pytest.fixture
def competent(world):
    """Have the young person be known as competent from an earlier message."""
    child = world.take(OF_CAMHS, CAMHS).children[0]
    fact = RecordedFact(name="competent", value="yes", by=OPERATOR, at=world.clock.now())
    world.gateway.recorder.facts(child, [fact])
    plain = message("camhs-with-refusal")
    plain["id"] = "5f1d77f0-6d0b-4b0a-9a4e-0f5f6a1f7c11"
    return world.take(json.dumps(plain).encode(), CAMHS)


def test_a_competent_young_person_excludes_the_school_and_early_help_gets_its_view(
    world, competent
):
    assert outcome(competent, SCHOOL).fate == "nothing-released"
    assert set().union(*by_element(competent, SCHOOL).values()) == {"withheld"}
    assert outcome(competent, EARLY_HELP).fate == "queued"

    world.dispatch()

    assert len(world.delivered(EARLY_HELP)) == 1
    assert world.delivered(SCHOOL) == []
    assert b"home" not in world.ask(competent.children[0], SCHOOL).content


def test_an_unborn_child_is_referred_to_social_care_under_a_duty_without_consent(world):
    answer = world.take(UNBORN)

    decided = outcome(answer, SOCIAL_CARE)
    assert decided.fate == "queued"
    assert {rules for one in decided.elements for rules in one.rules} == {"E16"}
    assert "advice_before_informing" in decided.obligations
    assert world.rows("SELECT urgent FROM outbox") == [(1,)]

    assert world.dispatch() == {Fate.DELIVERED: 1}
    assert b"2027-02-20" in world.delivered(SOCIAL_CARE)[0]
