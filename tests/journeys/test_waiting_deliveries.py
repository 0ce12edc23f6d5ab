"""What waits to be delivered: decided again as time and facts move, sent once, lost never."""

import json
from dataclasses import replace

import pytest
from bars_messages import message, payload_of, resources
from msgspec.structs import replace as changed
from worlds import EARLY_HELP, GP, SCHOOL, a_world

from gateway.delivery import Fate
from gateway.keeping.rotation import Rotating
from gateway.keeping.succession import seal
from gateway.registers import Organisation

REFERRAL = payload_of("health-visitor-to-early-help")


@pytest.fixture
def not_to_be_stored():
    plain = message()
    (consent,) = resources(plain, "Consent")
    (answer,) = [one for one in consent["extension"] if one["url"].endswith("caf-may-store")]
    answer["valueCode"] = "no"
    return json.dumps(plain).encode()


def register_somebody_else(world):
    world.gateway.recorder.documents([Organisation(id="urn:999099", name="somebody else")])


@pytest.mark.parametrize("wait", [{"minutes": 59}, {"hours": 2}, {"days": 20}])
def test_what_has_waited_is_sent_while_it_may_still_be(world, wait):
    world.take(REFERRAL)
    world.clock.advance(**wait)

    assert world.dispatch()[Fate.DELIVERED] == 2


def seal_the_log(world):
    seal(world.gateway.office, "caf-gateway.example/log/2", by="operator")


def rotate_the_key(world):
    rotating = Rotating(world.gateway.office, world.gateway.keys, "operator")
    rotating.begin()
    rotating.finish()


@pytest.mark.parametrize("change", [seal_the_log, rotate_the_key])
@pytest.mark.parametrize("taken", ["before", "after"])
def test_what_another_process_has_done_to_the_log_hinders_no_delivery(tmp_path, change, taken):
    with a_world(tmp_path) as door, a_world(tmp_path) as worker:
        if taken == "before":
            door.take(REFERRAL)
        change(door)
        if taken == "after":
            door.take(REFERRAL)
        worker.clock.advance(minutes=1)

        assert worker.dispatch()[Fate.DELIVERED] == 2


def test_what_has_waited_until_consent_and_agreement_ended_is_recalled(world):
    world.take(REFERRAL)
    world.clock.advance(days=400)

    assert world.dispatch() == {Fate.RECALLED: 2, Fate.DELIVERED: 2}
    assert not world.delivered(EARLY_HELP)


def test_what_is_not_to_be_stored_is_delivered_all_the_same_and_then_gone(world, not_to_be_stored):
    (child,) = world.take(not_to_be_stored).children
    register_somebody_else(world)
    world.clock.advance(days=2)

    assert world.dispatch()[Fate.DELIVERED] == 2
    assert len(world.delivered(SCHOOL)) == 1
    assert world.rows("SELECT count(*) FROM assessment") == [(0,)]
    assert world.rows("SELECT count(*) FROM record") == [(0,)]
    for row in world.gateway.office.archive.store.outbox.of_child(child):
        assert (row.sealed, row.sealed_content) == (b"", b"")


def test_what_is_not_to_be_stored_is_recalled_where_consent_is_withdrawn(world, not_to_be_stored):
    (child,) = world.take(not_to_be_stored).children
    world.withdraw(child, EARLY_HELP)

    assert world.dispatch() == {Fate.RECALLED: 2, Fate.DELIVERED: 2}
    assert not world.delivered(EARLY_HELP)


def test_an_answer_that_changes_nothing_sends_nothing_again(world):
    world.take(REFERRAL)
    world.dispatch()
    (task,) = world.gateway.office.archive.open_tasks()
    assert task.subject.recipient == GP
    about_early_help = replace(task, subject=changed(task.subject, recipient=EARLY_HELP))

    world.gateway.reconsidering.resolve(about_early_help, "manager", [])
    world.clock.advance(minutes=1)
    world.dispatch()

    assert len(world.delivered(EARLY_HELP)) == 1
