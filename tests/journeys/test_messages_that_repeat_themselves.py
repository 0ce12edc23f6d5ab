"""A message that says a thing twice, or very many things, has one effect and a clear answer."""

import copy
import json

import pytest
from bars_messages import message, resources
from worlds import CAMHS, DOS, EARLY_HELP, SCHOOL, fates

from gateway.requests import Accepted, Rejected


def as_bytes(plain):
    return json.dumps(plain).encode()


def test_a_service_that_is_named_twice_is_sent_one_document(world):
    plain = message()
    (header,) = resources(plain, "MessageHeader")
    header["destination"].append(copy.deepcopy(header["destination"][0]))

    answer = world.take(as_bytes(plain))
    world.dispatch()

    assert len(world.delivered(EARLY_HELP)) == 1
    first, *_, last = answer.outcomes
    assert first == last


def test_a_message_to_very_many_services_is_rejected(world):
    plain = message()
    (header,) = resources(plain, "MessageHeader")
    header["destination"] = [copy.deepcopy(header["destination"][0]) for _ in range(51)]

    answer = world.receive(as_bytes(plain))

    assert isinstance(answer, Rejected)
    assert answer.findings[-1].code == "too-many-recipients"


@pytest.mark.parametrize("is_known", [True, False])
def test_two_records_of_one_child_in_a_message_are_rejected(world, is_known):
    plain = message("siblings-in-one-message")
    if is_known:
        world.take(as_bytes(plain))
        plain["id"] = "9d1e4f0a-7c39-4f4c-8f4b-2f5a3c1b0d77"
    first, second = resources(plain, "Patient")
    second["identifier"] = copy.deepcopy(first["identifier"])
    second["birthDate"] = first["birthDate"]
    size = world.size

    answer = world.receive(as_bytes(plain))

    assert isinstance(answer, Rejected)
    assert answer.findings[-1].code == "child-named-twice"
    assert world.size == size + 1


def test_an_identifier_that_is_given_twice_is_one(world):
    plain = message()
    (child,) = resources(plain, "Patient")
    child["identifier"].append(copy.deepcopy(child["identifier"][0]))

    assert isinstance(world.receive(as_bytes(plain)), Accepted)


def test_a_message_with_very_many_findings_is_answered(world):
    plain = message()
    (child,) = resources(plain, "Patient")
    nhs = "https://fhir.nhs.uk/Id/nhs-number"
    child["identifier"] += [{"system": nhs, "value": f"{n:010d}"} for n in range(2_000)]

    answer = world.take(as_bytes(plain))

    assert len(answer.findings) > 1_000
    assert fates(answer)[SCHOOL] == "queued"


def test_a_sender_does_not_vouch_for_itself_by_addressing_itself(world):
    (child,) = world.take(as_bytes(message())).children
    plain = message()
    plain["id"] = "0b0d8a2e-93a5-4f5e-a1de-5f2c7b5f6a10"
    (header,) = resources(plain, "MessageHeader")
    header["destination"] = header["destination"][:1]
    header["destination"][0]["endpoint"] = f"{DOS}|{CAMHS}"

    world.take(as_bytes(plain), CAMHS)

    assert world.case(child).newest("on_team", CAMHS, world.clock.now()) is None
