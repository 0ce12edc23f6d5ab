"""Asking: what an asker writes, and how much is held, never stops the answer or widens it."""

import json
from datetime import date

import pytest
from bars_messages import message, payload_of
from msgspec.structs import replace
from worlds import CAMHS, GP, a_service

from gateway.casefile import RecordedFact
from gateway.errors import MalformedRequestError
from gateway.registers import Practitioner
from gateway.tasks import Kind

REFERRAL = payload_of("health-visitor-to-early-help")
DECOMPOSED = "the cafe\u0301 rang"


@pytest.fixture
def child(world):
    (child,) = world.take(REFERRAL).children
    return child


def test_a_justification_may_be_spelt_in_any_form_of_unicode(world, child):
    answer = world.ask(child, justification=DECOMPOSED)

    assert len(answer.content) == len(world.ask(child).content)


def test_a_destination_may_be_spelt_in_any_form_of_unicode(world):
    plain = message()
    plain["entry"][0]["resource"]["destination"][1]["endpoint"] += "e\u0301"

    answer = world.take(json.dumps(plain).encode())

    assert answer.outcomes[1].service_id is None


def test_what_many_services_hold_is_answered(world, child):
    others = [f"310000{number:02}" for number in range(12)]
    world.gateway.recorder.documents(
        [a_service(one, "ods:X9A01", "community_health") for one in others]
    )
    plain = message()
    for one in others:
        plain["id"] = f"9d1e4f0a-7c39-4f4c-8f4b-0000{one}"
        world.take(json.dumps(plain).encode(), one)

    assert len(world.ask(child).content) > len(REFERRAL)


def test_only_a_named_person_breaks_the_glass(world, child):
    camhs = world.gateway.office.service(CAMHS)
    world.gateway.recorder.documents([replace(camhs, role="clinician")])
    risk = RecordedFact(name="risk", value="immediate", at=world.clock.now())
    world.gateway.recorder.facts(child, [risk])
    size = world.size

    with pytest.raises(MalformedRequestError):
        world.ask(child, CAMHS, break_glass=True, justification="the child is in danger")

    assert world.size == size


def test_a_broken_glass_is_told_to_an_officer_and_reviewed_within_a_day_each_time(world, child):
    doctor = Practitioner(
        id="p-doctor", service=CAMHS, role="clinician", training_until=date(2027, 12, 31)
    )
    world.gateway.recorder.documents([doctor])
    risk = RecordedFact(name="risk", value="immediate", at=world.clock.now())
    world.gateway.recorder.facts(child, [risk])

    for _ in range(2):
        given = world.ask(
            child, CAMHS, practitioner="p-doctor", break_glass=True, justification="in danger"
        )

    officer = "information_governance_officer"
    waiting = world.gateway.office.archive.open_tasks()
    duties = [one for one in waiting if one.row.owner_role == officer]
    assert b"water table" in given.content
    assert {one.row.kind for one in duties} == {Kind.DUTY, Kind.BREAK_GLASS}
    hours = sorted((one.row.due_at - one.row.created_at).total_seconds() / 3600 for one in duties)
    assert [round(hour) for hour in hours] == [1, 1, 24, 24]
    assert all("in danger" not in one.subject.question for one in duties)


def test_asking_again_does_not_make_it_two_questions(world, child):
    (about_gp,) = world.gateway.office.archive.open_tasks()
    for _ in range(3):
        world.ask(child, GP)

    assert [one.subject for one in world.gateway.office.archive.open_tasks()] == [about_gp.subject]
