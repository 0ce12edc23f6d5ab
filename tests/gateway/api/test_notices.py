"""`POST /api/v1/notices/{id}/acknowledgement`, before a whole gateway."""

import json

import pytest
from bars_messages import message, payload_of, resources
from doors import a_door
from worlds import EARLY_HELP, SCHOOL, TEACHER

from audit.events import EntryType
from gateway.stored_log import open_stored_log
from gateway.verifying.verification import verify

REFERRAL = payload_of("health-visitor-to-early-help")


@pytest.fixture
def door(tmp_path):
    """Return a door to a gateway that gave the school a notice: early help has the correction."""
    with a_door(tmp_path) as door:
        door.world.take(REFERRAL)
        door.world.dispatch()
        plain = message()
        plain["id"] = "0b0d8a2e-93a5-4f5e-a1de-000000000001"
        (header,) = resources(plain, "MessageHeader")
        header["reason"]["coding"][0]["code"] = "update"
        to = header["destination"]
        header["destination"] = [one for one in to if EARLY_HELP in json.dumps(one)]
        door.world.take(json.dumps(plain).encode())
        door.world.dispatch()
        yield door


@pytest.fixture
def notice(door):
    (notice,) = door.world.notices(SCHOOL)
    return notice["id"]


def answer(door, notice, service=SCHOOL, **body):
    return door.http.post(
        f"/api/v1/notices/{notice}/acknowledgement",
        json=body,
        headers=door.authorised(service),
    )


def test_the_recipient_answers_once_and_its_repeat_gets_the_same_entry(door, notice):
    first = answer(door, notice, by=TEACHER)
    again = answer(door, notice)

    assert (first.status_code, again.status_code) == (201, 200)
    entry = first.json()["entry"]
    assert again.json()["entry"] == entry
    assert door.world.types()[entry] is EntryType.ACKNOWLEDGED
    with open_stored_log(door.world.gateway.settings) as stored:
        assert verify(stored).faults == ()


def test_an_answer_needs_no_body(door, notice):
    answered = door.http.post(
        f"/api/v1/notices/{notice}/acknowledgement", headers=door.authorised(SCHOOL)
    )
    assert answered.status_code == 201


def test_another_service_is_answered_as_if_there_were_no_such_notice(door, notice):
    others, nowhere = answer(door, notice, EARLY_HELP), answer(door, "no-such", EARLY_HELP)
    assert (others.status_code, nowhere.status_code) == (404, 404)
    same = ("type", "title", "detail", "party")
    assert [others.json()[one] for one in same] == [nowhere.json()[one] for one in same]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"outcome": "perhaps"}, 400),
        ({"outcome": "kept"}, 400),
        ({"more": 1}, 400),
        ({"by": "somebody-else"}, 403),
    ],
)
def test_an_answer_that_says_nothing_certain_is_refused(door, notice, body, status):
    size = door.world.size
    assert answer(door, notice, **body).status_code == status
    assert door.world.size == size


def test_an_id_that_is_none_is_no_notice(door):
    assert answer(door, "%20x").status_code == 404


def test_the_scope_is_asked_for(door, notice):
    assert door.http.post(f"/api/v1/notices/{notice}/acknowledgement").status_code == 401
