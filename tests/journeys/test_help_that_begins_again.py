"""Help that had ended begins again with a referral, and with nothing else."""

import json

import pytest
from bars_messages import message, payload_of, resources
from worlds import fates

REFERRAL = payload_of("health-visitor-to-early-help")


def again(reason: str) -> bytes:
    """Return another message about the same child: a new referral, or an update of one."""
    plain = message()
    plain["id"] = "0b0d8a2e-93a5-4f5e-a1de-5f2c7b5f6a11"
    (header,) = resources(plain, "MessageHeader")
    header["reason"]["coding"][0]["code"] = reason
    return json.dumps(plain).encode()


@pytest.fixture
def first(world):
    """Have help have been given, and have ended."""
    answer = world.take(REFERRAL)
    world.dispatch()
    world.by_hand("UPDATE episode SET state = 'closed'")
    return answer


def states(world) -> list[str]:
    return [state for (state,) in world.rows("SELECT state FROM episode ORDER BY opened_at")]


def test_a_new_referral_opens_another_episode_and_is_decided_as_open(world, first):
    (child,) = first.children
    assert not world.case(child).is_open

    answer = world.take(again("new"))

    assert answer.children == (child,)
    assert fates(answer) == fates(first)
    assert world.case(child).is_open
    assert states(world) == ["closed", "open"]
    assert world.dispatch()["delivered"] == 2


def test_an_update_of_what_has_ended_opens_nothing(world, first):
    answer = world.take(again("update"))

    assert fates(answer) != fates(first)
    assert states(world) == ["closed"]
