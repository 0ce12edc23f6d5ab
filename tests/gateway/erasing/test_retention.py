"""Retention: whose time is over, who is erased because of it, and what is tidied away."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from bars_messages import message, payload_of
from worlds import HEALTH_VISITING, POSYS_BIRTH, START, a_world

from audit.parts import Part
from gateway.erasing import holds
from gateway.erasing.retention import tidy
from gateway.errors import RegisterError
from gateway.recording import Recorder
from gateway.storage.requests import used_token
from gateway.storage.unit import Unit
from gateway.stored_log import open_stored_log
from gateway.verifying.verification import verify

REFERRAL = payload_of("health-visitor-to-early-help")
OVER = date(POSYS_BIRTH.year + 26, POSYS_BIRTH.month, POSYS_BIRTH.day)
"""A health service's record is kept until 26."""


@pytest.fixture
def world(tmp_path):
    with a_world(tmp_path) as world:
        yield world


@pytest.fixture
def child(world):
    """Return a child whose help has ended."""
    (child,) = world.take(REFERRAL).children
    world.dispatch()
    Recorder(world.gateway.office, "lead-1").close(child)
    return child


def due(world, on):
    return world.gateway.retaining().due(on)


def test_a_child_is_due_on_the_day_that_the_period_is_over(world, child):
    assert due(world, OVER - timedelta(days=1)) == ()
    (one,) = due(world, OVER)
    assert (one.child, one.rule, one.over_on, one.is_held) == (child, "health", OVER, False)


def test_while_help_goes_on_nothing_is_due(world):
    world.take(REFERRAL)
    assert due(world, date(2199, 1, 1)) == ()


def test_without_a_birth_date_nothing_is_due(world):
    plain = json.dumps(message()).replace(f'"birthDate": "{POSYS_BIRTH}",', "")
    (child,) = world.take(plain.encode()).children
    assert world.case(child).born_on is None
    Recorder(world.gateway.office, "lead-1").close(child)
    assert due(world, date(2199, 1, 1)) == ()


def test_help_that_begins_again_ends_nothing(world, child):
    plain = message()
    plain["id"] = "0b0d8a2e-93a5-4f5e-a1de-5f2c7b5f6a11"
    assert world.take(json.dumps(plain).encode()).children == (child,)
    assert due(world, date(2199, 1, 1)) == ()


def test_whoever_is_due_is_erased_with_an_entry_that_names_the_rule(world, child):
    retaining = world.gateway.retaining()
    ran = retaining.run(retaining.due(OVER), "operator")

    (erased,) = ran.erased
    said = world.gateway.office.details.detail(erased.entry).open(Part.GATEWAY).fields()
    assert (said["rule"], said["reason"]) == ("health", "retention-period-over")
    assert not world.gateway.office.archive.store.children.is_known(child)
    assert due(world, OVER) == ()


def test_a_legal_hold_is_shown_and_keeps_the_child(world, child):
    holds.hold(world.gateway.office, child, authority="inquiry", by="legal-1")
    retaining = world.gateway.retaining()
    (one,) = retaining.due(OVER)
    assert one.is_held
    assert retaining.run((one,), "operator").erased == ()


def test_one_who_cannot_be_erased_keeps_nobody_else(world, child):
    retaining = world.gateway.retaining()
    assert [one.child for one in retaining.due(OVER)] == [child]
    (other,) = world.take(_another(), HEALTH_VISITING).children
    Recorder(world.gateway.office, "lead-1").close(other)
    world.by_hand("UPDATE outbox SET urgent = 1 WHERE child_id = :child", child=other)

    ran = retaining.run(retaining.due(OVER), "operator")

    assert len(ran.erased) == 1
    assert set(ran.refused) == {other}
    assert "urgent" in ran.refused[other]


def test_help_ends_once_and_its_entry_accounts_for_it(world, child):
    with open_stored_log(world.gateway.settings) as stored:
        assert verify(stored).faults == ()
    with pytest.raises(RegisterError, match="no episode"):
        Recorder(world.gateway.office, "lead-1").close(child)


def test_used_tokens_and_old_answers_are_tidied_away_and_nothing_else(world, child):
    office = world.gateway.office
    past, future = START - timedelta(days=1), START + timedelta(days=1)
    office.committer.commit(
        Unit(writes=[used_token("c", "old", past), used_token("c", "new", future)])
    )
    tidy(office, answers_days=30)
    assert world.rows("SELECT jti FROM replay") == [("new",)]
    assert world.rows("SELECT count(*) FROM idempotency") == [(1,)]

    world.clock.stop(datetime(2027, 3, 1, tzinfo=UTC))
    tidy(office, answers_days=30)
    assert world.rows("SELECT count(*) FROM idempotency") == [(0,)]
    assert world.case(child).consents


def _another() -> bytes:
    plain = json.dumps(message())
    for old, new in (("184e856c7035", "184e856c7036"), ("FB-11006", "FB-2"), ("9990001006", "")):
        plain = plain.replace(old, new or "9990000018")
    return plain.encode()
