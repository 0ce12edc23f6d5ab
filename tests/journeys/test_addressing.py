"""Whom a message is for: unknown recipients, repeats under one id, and ids of others."""

import json

import pytest
from bars_messages import message, resources
from worlds import DOS, EARLY_HELP, SCHOOL, Fate, fates

from audit.events import EntryType
from gateway.errors import ConflictError
from gateway.requests import Rejected


def addressed_to(*values: str) -> bytes:
    """Return the referral, addressed to the services with these ids."""
    plain = message()
    (header,) = resources(plain, "MessageHeader")
    known = {one["endpoint"].partition("|")[2]: one for one in header["destination"]}
    header["destination"] = [known.get(value, {"endpoint": f"{DOS}|{value}"}) for value in values]
    return json.dumps(plain).encode()


def test_one_unknown_recipient_is_told_and_the_others_are_served(world):
    answer = world.take(addressed_to(EARLY_HELP, "2000000000", SCHOOL))

    assert fates(answer) == {
        EARLY_HELP: "queued",
        "2000000000": "unknown-recipient",
        SCHOOL: "queued",
    }
    assert world.dispatch() == {Fate.DELIVERED: 2}


def test_a_message_to_nobody_who_is_known_is_rejected_and_nothing_of_it_is_kept(world):
    before = world.size

    answer = world.receive(addressed_to("2000000000", "2000000001"))

    assert isinstance(answer, Rejected)
    assert [one.code for one in answer.findings] == ["unknown-recipient"]
    assert world.types(before) == [EntryType.REJECTED]
    assert world.rows("SELECT count(*) FROM child") == [(0,)]


def test_a_message_to_nobody_is_rejected(world):
    answer = world.receive(addressed_to())

    assert isinstance(answer, Rejected)
    assert answer.findings


def test_a_rejected_message_may_come_again_mended_under_its_id(world):
    world.receive(addressed_to("2000000000"))

    assert not world.take(addressed_to(EARLY_HELP)).is_repeat


def test_another_body_under_the_same_id_is_a_conflict(world):
    world.take(addressed_to(EARLY_HELP))

    with pytest.raises(ConflictError):
        world.receive(addressed_to(EARLY_HELP, SCHOOL))
    assert world.rows("SELECT count(*) FROM record") == [(1,)]
