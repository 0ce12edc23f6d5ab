"""What a sender states of a child: a named person's word, about the sender's own holding."""

import json

import pytest
from bars_messages import message, resources
from worlds import CAMHS, HEALTH_VISITING, SOCIAL_CARE, World

from gateway.casefile import Question
from policies.vocabulary import Purpose

CONCERN = "https://caf-gateway.example/fhir/StructureDefinition/caf-concern"


def of_concern(code: str, message_id: str, *, is_named: bool = True) -> bytes:
    """Return the referral with a threshold of concern, by a practitioner or by nobody."""
    plain = message()
    plain["id"] = message_id
    (referral,) = resources(plain, "ServiceRequest")
    (concern,) = (one for one in referral["extension"] if one["url"] == CONCERN)
    concern["valueCode"] = code
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
