"""What comes at the same time: one effect of one message, and no sending after a withdrawal."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest
from bars_messages import payload_of
from books import require_balanced
from worlds import EARLY_HELP, FHIR, HEALTH_VISITING, SCHOOL, Kind, caller

from gateway.requests import Inbound

REFERRAL = payload_of("health-visitor-to-early-help")

pytestmark = pytest.mark.parametrize("kind", Kind)


def test_the_same_message_many_times_at_once_is_taken_once_and_answered_alike(world):
    inbound = Inbound(
        caller=caller(HEALTH_VISITING), content=REFERRAL, media_type=FHIR, request_id="r"
    )

    async def all_at_once():
        receive = world.gateway.exchange.receive
        return await asyncio.gather(*(receive(inbound) for _ in range(12)))

    answers = asyncio.run(all_at_once())

    assert len({answer.answer for answer in answers}) == 1
    assert [answer.is_repeat for answer in answers].count(False) == 1
    assert world.rows("SELECT count(*) FROM record") == [(1,)]
    require_balanced(world)


def test_two_workers_deliver_what_waits_once(world):
    world.take(REFERRAL)
    with ThreadPoolExecutor() as pool:
        rounds = [pool.submit(world.gateway.dispatcher().run_once) for _ in range(2)]
    for one in rounds:
        one.result()

    assert [len(world.delivered(service)) for service in (EARLY_HELP, SCHOOL)] == [1, 1]
    require_balanced(world)


def test_no_send_begins_after_a_withdrawal_was_acknowledged(world):
    """Whoever is first, what the school has was sent before the mother had her answer."""
    child = world.take(REFERRAL).children[0]
    with ThreadPoolExecutor() as pool:
        dispatching = pool.submit(world.gateway.dispatcher().run_once)
        pool.submit(world.withdraw, child, SCHOOL).result()
        sending = world.rows(
            f"SELECT count(*) FROM outbox WHERE recipient = '{SCHOOL}'"  # noqa: S608 - a constant
            " AND state IN ('sending', 'delivered') AND id <> message_id"
        )
        dispatching.result()
    world.dispatch()

    assert len(world.delivered(SCHOOL)) == sending[0][0]
    require_balanced(world)
