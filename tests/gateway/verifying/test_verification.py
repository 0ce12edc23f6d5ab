"""Verifying what is stored: a gateway's own outbox, before and after it was delivered."""

import pytest
from bars_messages import payload_of
from worlds import CHARITY, SCHOOL, Kind, a_home_on, a_world

from gateway.stored_log import open_stored_log
from gateway.verifying.verification import verify

REFERRAL = payload_of("health-visitor-to-early-help")


@pytest.fixture(params=list(Kind))
def world(tmp_path, request):
    with a_home_on(request.param, tmp_path), a_world(tmp_path) as world:
        world.take(REFERRAL)
        yield world


def faults(world):
    with open_stored_log(world.gateway.settings) as stored:
        return [fault.where for fault in verify(stored).faults]


def test_what_waits_to_be_sent_and_what_was_sent_is_as_the_log_says(world):
    assert faults(world) == []

    world.dispatch()

    assert faults(world) == []


@pytest.mark.parametrize(
    ("change", "value"),
    [
        pytest.param("UPDATE outbox SET recipient = :v", CHARITY, id="another recipient"),
        pytest.param("UPDATE outbox SET message_id = :v || id", "m", id="another message"),
        pytest.param("UPDATE outbox SET payload_sha256 = :v", bytes(32), id="another payload"),
        pytest.param("UPDATE outbox SET leaf = :v", 0, id="another entry"),
    ],
)
def test_a_delivered_row_that_was_changed_is_found(world, change, value):
    world.dispatch()
    world.by_hand(change, v=value)

    assert sum(where.startswith("outbox row ") for where in faults(world)) == 2


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM outbox WHERE recipient = :school",
        "DELETE FROM consent",
        "UPDATE assessment SET version = version + 1",
        "UPDATE register SET version = 9 WHERE kind = 'service' AND id = :school",
        "DELETE FROM audit_index WHERE kind = 'service'",
        "DELETE FROM audit_detail WHERE key_id <> ''",
        "UPDATE stamp SET version = 0",
    ],
)
def test_an_entry_whose_rows_are_not_what_it_recorded_is_found(world, change):
    world.by_hand(change, **({"school": SCHOOL} if ":school" in change else {}))

    assert any(where.startswith("entry ") for where in faults(world))
