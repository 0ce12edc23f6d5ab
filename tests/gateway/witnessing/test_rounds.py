"""Rounds: what the witnesses of a gateway cosign, however they fare, and who is told."""

import time

import pytest
from bars_messages import payload_of
from witnesses import Mood
from worlds import SCHOOL

from audit.parts import Part
from audit.quorum import Quorum
from audit.receipts import check_receipt

REFERRAL = payload_of("health-visitor-to-early-help")


def until(holds, seconds=5.0):
    """Wait until *holds* says so."""
    ends = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < ends, "it did not come about"
        time.sleep(0.01)


def quorum_of(witnesses, needed=2):
    return Quorum(tuple(one.key.verifier for one in witnesses), needed)


def test_a_new_log_is_cosigned_when_it_is_opened(watched, witnesses):
    with watched(starts=False) as world:
        assert world.gateway.rounds.assurance.size > 0
        assert [one.size for one in witnesses] == [world.gateway.rounds.assurance.size] * 3


def test_what_is_appended_is_cosigned_by_all_for_one_and_the_same_checkpoint(watched, witnesses):
    with watched() as world:
        world.take(REFERRAL)
        size, log = world.size, world.gateway.office.committer.log
        world.gateway.rounds.wake()
        until(lambda: {one.size for one in witnesses} == {size})
        until(lambda: log.cosigned.size == size)
        quorum_of(witnesses).require(log.cosigned.note, log.verifiers)


def test_two_of_three_are_enough_while_one_is_dead(watched, witnesses):
    witnesses[0].mood = Mood.DEAD
    with watched() as world:
        world.take(REFERRAL)
        world.gateway.rounds.wake()
        until(lambda: world.gateway.rounds.assurance.size == world.size)


def test_two_of_three_are_enough_while_one_is_slow_and_it_delays_nobody(watched, witnesses):
    with watched() as world:
        witnesses[0].mood = Mood.SLOW
        for _ in range(3):
            world.ask("nobody")
            world.gateway.rounds.wake()
            until(lambda: world.gateway.rounds.assurance.size == world.size, 0.4)


@pytest.mark.parametrize("mood", [Mood.DEAD, Mood.BROKEN])
def test_one_of_three_is_not_enough(watched, witnesses, mood):
    with watched() as world:
        witnesses[0].mood = witnesses[1].mood = mood
        before = world.gateway.rounds.assurance.size
        world.take(REFERRAL)
        world.gateway.rounds.wake()
        until(lambda: witnesses[2].size == world.size)
        assert world.gateway.rounds.assurance.size == before


def test_a_receipt_that_is_fetched_again_carries_the_cosignatures(watched, witnesses):
    with watched() as world:
        entry = world.ask("nobody").entry
        world.gateway.rounds.wake()
        until(lambda: world.gateway.rounds.assurance.size > entry)
        log = world.gateway.office.committer.log
        receipt = world.gateway.office.details.receipt(entry, Part.RECIPIENT)
        checked = check_receipt(receipt, log.verifiers, quorum_of(witnesses))
        assert len(checked.cosignatures) >= 2
        assert checked.leaf.recipient == SCHOOL
