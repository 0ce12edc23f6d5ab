"""What a sender hears, after its answer, of what became of what it sent."""

import pytest
from bars_messages import payload_of
from books import require_balanced
from msgspec.structs import replace
from worlds import GP, HEALTH_VISITING, SCHOOL, a_world, outcome

from audit.events import EntryType
from gateway.delivery import Fate
from gateway.registers import Endpoint

REFERRAL = payload_of("health-visitor-to-early-help")


@pytest.fixture
def world(tmp_path):
    with a_world(tmp_path) as world:
        yield world


def change(world, id_, **changes):
    registers = world.gateway.office.rulebook.registers
    known = registers.services.get(id_) or registers.practitioners[id_]
    world.gateway.recorder.documents([replace(known, **changes)])


def kinds(world):
    return sorted(one["kind"] for one in world.notices(HEALTH_VISITING))


def test_a_sender_hears_which_of_its_disclosures_was_recalled_and_why(world):
    answer = world.take(REFERRAL)
    world.withdraw(answer.children[0], SCHOOL)

    world.dispatch()

    (notice,) = world.notices(HEALTH_VISITING)
    assert (notice["kind"], notice["code"]) == ("recalled", "decided-otherwise")
    message = outcome(answer, SCHOOL).message_id
    (about,) = notice["about"]
    assert about["message"] == message
    assert world.leaves(about["entry"])[0].recipient == SCHOOL
    require_balanced(world)


def test_the_notice_of_a_recall_stands_beside_its_entry_in_one_transaction(world):
    child = world.take(REFERRAL).children[0]
    world.withdraw(child, SCHOOL)
    world.dispatch()
    types = world.types()
    place = types.index(EntryType.RECALLED)
    assert EntryType.NOTICE in types[place + 1 : place + 2]
    assert world.leaves(place)[0].at == world.leaves(place)[1].at


def test_a_sender_hears_what_could_not_be_delivered(world):
    change(world, SCHOOL, endpoint=Endpoint(transport="carrier-pigeon", address="loft"))
    world.take(REFERRAL)

    assert world.dispatch() == {Fate.FAILED: 1, Fate.DELIVERED: 2}

    (notice,) = world.notices(HEALTH_VISITING)
    assert (notice["kind"], notice["code"]) == ("not-delivered", "refused-by-recipient")
    assert world.leaves(notice["about"][0]["entry"])[0].recipient == SCHOOL
    require_balanced(world)


def test_a_sender_that_nothing_can_be_sent_to_is_told_by_a_person(world):
    child = world.take(REFERRAL).children[0]
    change(world, HEALTH_VISITING, endpoint=None)
    world.withdraw(child, SCHOOL)

    world.dispatch()

    told = [
        one.subject.recipient
        for one in world.gateway.office.archive.open_tasks()
        if one.row.kind == "to-tell"
    ]
    assert HEALTH_VISITING in told
    require_balanced(world)


def test_nobody_is_told_of_a_notice_that_does_not_arrive(world):
    child = world.take(REFERRAL).children[0]
    world.withdraw(child, SCHOOL)
    broken = Endpoint(transport="carrier-pigeon", address="loft")
    change(world, HEALTH_VISITING, endpoint=broken)

    fates = world.dispatch()

    assert fates[Fate.FAILED] == 1
    assert world.types().count(EntryType.NOTICE) == 2  # to the school, and to the sender


def test_nothing_is_said_to_a_sender_of_what_is_delivered_or_refused(world):
    world.take(REFERRAL)
    world.dispatch()
    assert kinds(world) == []
    assert world.notices(GP) == []
