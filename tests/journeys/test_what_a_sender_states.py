"""What a sender states of a child: a named person's word, about the sender's own holding."""

import json

import pytest
from bars_messages import message, resources
from worlds import CAMHS, HEALTH_VISITING, OFFICER, SAFEGUARDING, SOCIAL_CARE, VISITOR, World

from gateway.casefile import Question
from gateway.facts.judgements import considered, record_judgement
from gateway.facts.showing import show
from gateway.facts.writing import Written, write
from policies.vocabulary import Purpose

CONCERN = "https://caf-gateway.example/fhir/StructureDefinition/caf-concern"
BASIS = "https://caf-gateway.example/fhir/StructureDefinition/caf-sharing-basis"


def of_concern(
    code: str, message_id: str, *, is_named: bool = True, basis: str = "consent"
) -> bytes:
    """Return the referral with a threshold of concern and a basis, by a practitioner or nobody."""
    plain = message()
    plain["id"] = message_id
    (referral,) = resources(plain, "ServiceRequest")
    (concern,) = (one for one in referral["extension"] if one["url"] == CONCERN)
    concern["valueCode"] = code
    (stated,) = (one for one in referral["extension"] if one["url"] == BASIS)
    stated["extension"][0]["valueCode"] = basis
    if not is_named:
        del referral["requester"]
    return json.dumps(plain).encode()


def is_protective(world: World, child: str, holder: str) -> bool:
    """Whether what *holder* holds is under a protective basis, for social care."""
    office = world.gateway.office
    question = Question(
        holder=office.service(holder),
        recipient=office.service(SOCIAL_CARE),
        purpose=Purpose.EARLY_HELP,
        asked_at=world.clock.now(),
    )
    case = office.archive.case_file(child)
    return office.rulebook.decide(question, case).judgements.is_protective


def test_a_senders_concern_makes_nobody_elses_holding_protective(world):
    (child,) = world.take(of_concern("worry", "0b0d8a2e-0000-4f5e-a1de-000000000001")).children

    grave = of_concern("child-protection", "0b0d8a2e-0000-4f5e-a1de-000000000002")
    assert world.take(grave, CAMHS).children == (child,)

    assert is_protective(world, child, CAMHS)
    assert not is_protective(world, child, HEALTH_VISITING)


@pytest.mark.parametrize("is_named", [True, False])
def test_a_concern_that_nobody_puts_their_name_to_is_not_recorded(world, is_named):
    grave = of_concern(
        "child-protection", "0b0d8a2e-0000-4f5e-a1de-000000000003", is_named=is_named
    )
    (child,) = world.take(grave).children

    assert is_protective(world, child, HEALTH_VISITING) is is_named


def of_health(world: World, child: str, name: str):
    """Return one fact as it stands of what health visiting holds."""
    return world.case(child).newest(name, HEALTH_VISITING, world.clock.now())


def test_a_message_does_not_override_what_a_named_person_judged(world):
    office = world.gateway.office
    (child,) = world.take(of_duty("0b0d8a2e-0000-4f5e-a1de-000000000005")).children
    assert of_health(world, child, "judgement") == "made"
    judged = considered(holder=HEALTH_VISITING, relevant="no", detriment="no", reason="seen")
    record_judgement(office, child, judged, by=VISITOR)
    assert of_health(world, child, "judgement") == "not_made"

    world.take(of_duty("0b0d8a2e-0000-4f5e-a1de-000000000006"))

    assert of_health(world, child, "judgement") == "not_made"


def of_duty(message_id: str) -> bytes:
    """Return the referral of somebody who says that sharing is a duty."""
    return of_concern("worry", message_id, basis="duty-to-share")


def test_what_a_message_says_is_marked_as_its_word_whomever_it_names(world):
    (child,) = world.take(of_duty("0b0d8a2e-0000-4f5e-a1de-000000000009")).children

    shown = show(world.gateway.office, child, OFFICER, ["risk", "judgement"])

    assert [(one.name, one.source, one.by) for one in shown] == [
        ("judgement", "record", ""),
        ("risk", "record", ""),
    ]


def test_a_message_does_not_lower_the_risk_that_a_safeguarding_lead_recorded(world):
    (child,) = world.take(of_concern("worry", "0b0d8a2e-0000-4f5e-a1de-000000000007")).children
    assessed = Written(name="risk", value="immediate", reason="seen at home")
    write(world.gateway.office, child, assessed, by=SAFEGUARDING)

    world.take(of_concern("worry", "0b0d8a2e-0000-4f5e-a1de-000000000008"))

    assert of_health(world, child, "risk") == "immediate"
    assert is_protective(world, child, HEALTH_VISITING)


def test_what_a_message_records_lapses_in_its_time(world):
    (child,) = world.take(
        of_concern("child-protection", "0b0d8a2e-0000-4f5e-a1de-000000000004")
    ).children
    assert {one.name for one in world.case(child).facts} == {"on_team", "risk", "judgement"}

    world.clock.advance(days=30)
    assert {one.name for one in world.case(child).facts} == {"on_team", "risk"}

    world.clock.advance(days=160)
    assert {one.name for one in world.case(child).facts} == {"on_team"}
    assert not is_protective(world, child, HEALTH_VISITING)
