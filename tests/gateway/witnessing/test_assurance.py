"""What waits for the witnesses of the log, what goes on without them, and who is told."""

import time
from contextlib import contextmanager
from datetime import timedelta

import pytest
from backups import back_up, put_back
from bars_messages import payload_of
from witnesses import Mood
from worlds import (
    EARLY_HELP,
    HEALTH_VISITING,
    NUMBER,
    POSYS_BIRTH,
    SCHOOL,
    START,
    Kind,
    a_home_on,
)

from audit.events import EntryType
from audit.quorum import Quorum
from audit.receipts import check_receipt
from gateway.delivery import Fate
from gateway.errors import IntegrityError, WitnessesBehindError
from gateway.settings import LAST_CHECKPOINT
from gateway.witnessing.sections import Witnesses

REFERRAL = payload_of("health-visitor-to-early-help")
SIBLINGS = payload_of("siblings-in-one-message")


def until(holds, seconds=20.0):
    """Wait until *holds* says so."""
    ends = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < ends, "it did not come about"
        time.sleep(0.01)


def is_cosigned(world):
    world.gateway.rounds.wake()
    return world.gateway.rounds.assurance.end == world.size


def staleness(world):
    return world.gateway.rounds.assurance.is_stale


def silence(witnesses, mood=Mood.DEAD):
    for one in witnesses:
        one.mood = mood


@contextmanager
def an_older_one_put_back(kind, folder, between):
    """Yield once an older database is in the place of the one in which *between* was done.

    What the gateway itself remembered is lost, too.
    """
    with a_home_on(kind, folder) as home:
        backup = back_up(home, folder / "backup")
        between()
        (home / LAST_CHECKPOINT).unlink()
        put_back(home, backup)
        yield


def kinds(world):
    return [task.row.kind for task in world.gateway.office.archive.open_tasks()]


def test_strict_nothing_is_sent_before_the_quorum_has_cosigned_its_entry(watched, witnesses):
    with watched(policy="strict") as world:
        silence(witnesses[:2])
        world.take(REFERRAL)
        assert set(world.dispatch()) == {Fate.HELD}
        assert not world.delivered(SCHOOL)

        silence(witnesses, Mood.WELL)
        until(lambda: is_cosigned(world))
        assert world.dispatch()[Fate.DELIVERED] == 2
        log = world.gateway.office.committer.log
        quorum = Quorum(tuple(one.key.verifier for one in witnesses), 2)
        (receipt,) = world.receipts(SCHOOL)
        check_receipt(receipt, log.verifiers, quorum)


def test_a_row_that_waits_for_witnesses_counts_as_no_attempt(watched, witnesses):
    with watched(policy="strict") as world:
        silence(witnesses)
        world.take(REFERRAL)
        world.dispatch()
        assert {row[0] for row in world.rows("SELECT attempts FROM outbox")} == {0}


def test_between_other_services_nothing_waits(watched, witnesses):
    pairs = [
        {"from": HEALTH_VISITING, "to": SCHOOL, "policy": "none"},
        {"from": "*", "to": "*", "policy": "strict"},
    ]
    with watched(pairs=pairs) as world:
        silence(witnesses)
        world.take(REFERRAL)
        fates = world.dispatch()
        assert (fates[Fate.DELIVERED], fates[Fate.HELD] > 0) == (1, True)
        assert world.delivered(SCHOOL)
        assert not world.delivered(EARLY_HELP)


def test_an_organisation_stands_for_its_services(watched, witnesses):
    pairs = [{"from": "*", "to": "urn:999001", "policy": "strict"}]
    with watched(policy="none", pairs=pairs) as world:
        silence(witnesses)
        world.take(REFERRAL)
        world.dispatch()
        assert not world.delivered(SCHOOL)
        assert world.delivered(EARLY_HELP)


def test_bounded_releases_stop_when_the_witnesses_are_silent_and_go_on_when_they_are_back(
    watched, witnesses
):
    with watched(policy="bounded", stale_after_seconds=60) as world:
        silence(witnesses[:2])
        world.take(REFERRAL)
        assert world.dispatch()[Fate.DELIVERED] == 2

        world.clock.advance(seconds=61)
        until(lambda: "witnesses-silent" in kinds(world))
        world.take(SIBLINGS)
        assert set(world.dispatch()) == {Fate.HELD}
        assert kinds(world).count("witnesses-silent") == 1
        assert EntryType.ALARM in world.types()

        silence(witnesses, Mood.WELL)
        until(lambda: not staleness(world))
        assert world.dispatch()[Fate.DELIVERED] > 0


def test_a_quiet_log_is_cosigned_again_before_its_cosignatures_are_too_old(watched):
    with watched(policy="bounded", stale_after_seconds=60) as world:
        until(lambda: is_cosigned(world))
        size = world.size
        rounds = world.gateway.rounds
        for _ in range(4):
            world.clock.advance(seconds=25)
            rounds.wake()
            until(lambda: rounds.assurance.staleness < timedelta(seconds=20))
        assert not rounds.assurance.is_stale
        assert world.size == size


def test_strict_an_asker_is_answered_with_a_cosigned_receipt(watched, witnesses):
    with watched(policy="strict") as world:
        answer = world.ask("nobody")
        log = world.gateway.office.committer.log
        quorum = Quorum(tuple(one.key.verifier for one in witnesses), 2)
        assert check_receipt(answer.receipt, log.verifiers, quorum).index == answer.entry


def test_strict_an_asker_whom_the_witnesses_keep_waiting_gets_nothing_and_that_is_recorded(
    watched, witnesses
):
    with watched(policy="strict", wait_seconds=0.2) as world:
        taken = world.take(REFERRAL)
        until(lambda: is_cosigned(world))
        silence(witnesses)
        since = world.size
        with pytest.raises(WitnessesBehindError):
            world.ask(taken.children[0])
        kept = world.leaves(since)
        answered, withheld = (one for one in kept if one.type is not EntryType.ALARM)
        assert answered.type is EntryType.DISCLOSURE
        assert withheld.type is EntryType.DELIVERY_FAILED
        assert withheld.recipient == answered.recipient == SCHOOL


def test_strict_a_lookup_that_the_witnesses_keep_waiting_finds_nothing_and_that_is_recorded(
    watched, witnesses
):
    with watched(policy="strict", wait_seconds=0.2) as world:
        world.take(REFERRAL)
        until(lambda: is_cosigned(world))
        assert world.look_up(NUMBER, POSYS_BIRTH, HEALTH_VISITING).child_id is not None
        silence(witnesses)
        since = world.size
        with pytest.raises(WitnessesBehindError):
            world.look_up(NUMBER, POSYS_BIRTH, HEALTH_VISITING)
        kept = [one.type for one in world.leaves(since) if one.type is not EntryType.ALARM]
        assert kept == [EntryType.AUDIT_READ, EntryType.DELIVERY_FAILED]


def test_whether_there_is_anything_to_withhold_does_not_show(watched, witnesses):
    """Two worlds: a child of whom something may be seen, and one who is not there."""
    pairs = [{"from": HEALTH_VISITING, "to": SCHOOL, "policy": "strict"}]
    with watched(policy="none", pairs=pairs, wait_seconds=0.2) as world:
        taken = world.take(REFERRAL)
        until(lambda: is_cosigned(world))
        silence(witnesses)
        recorded = []
        for child in (taken.children[0], "nobody"):
            since = world.size
            with pytest.raises(WitnessesBehindError):
                world.ask(child)
            recorded.append([one.recipient for one in world.leaves(since) if one.recipient])
        assert recorded[0] == recorded[1] == [SCHOOL, SCHOOL]


def test_when_the_witnesses_have_long_been_silent_an_asker_is_turned_away_at_once(
    watched, witnesses
):
    with watched(policy="bounded", stale_after_seconds=60) as world:
        silence(witnesses)
        world.clock.advance(seconds=61)
        until(lambda: "witnesses-silent" in kinds(world))
        since = world.size
        with pytest.raises(WitnessesBehindError):
            world.ask("nobody")
        assert world.size == since


@pytest.mark.parametrize("kind", Kind)
def test_an_older_database_that_was_put_back_is_refused_since_the_witnesses_know_better(
    tmp_path, watched, kind
):
    def go_on():
        with watched() as world:
            world.take(REFERRAL)
            until(lambda: is_cosigned(world))

    with (
        an_older_one_put_back(kind, tmp_path, go_on),
        pytest.raises(IntegrityError, match=r"a witness shows it: .* rolled back"),
        watched(),
    ):
        pass


@pytest.mark.parametrize("kind", Kind)
def test_a_log_that_was_rolled_back_and_went_another_way_is_refused_too(
    tmp_path, watched, witnesses, kind
):
    def go_on():
        with watched() as world:
            world.ask("nobody")
            until(lambda: is_cosigned(world))

    with an_older_one_put_back(kind, tmp_path, go_on):
        silence(witnesses)
        with watched(policy="none", starts=False) as world:
            for _ in range(3):
                world.ask("somebody else")
        silence(witnesses, Mood.WELL)
        with (
            pytest.raises(IntegrityError, match=r"a witness shows it: .* not those that it signed"),
            watched(),
        ):
            pass


def test_a_witness_that_claims_to_know_more_and_shows_nothing_stops_nobody_and_a_person_is_asked(
    watched, witnesses
):
    with watched(policy="strict") as world:
        witnesses[0].mood = Mood.LYING
        world.take(REFERRAL)
        until(lambda: is_cosigned(world))
        assert world.dispatch()[Fate.DELIVERED] == 2
        until(lambda: "witness-refuses" in kinds(world))


def test_the_settings_say_what_is_wrong_with_a_quorum(witnesses):
    named = [one.settings for one in witnesses]
    with pytest.raises(ValueError, match="a quorum of `3` witnesses cannot be `4`"):
        Witnesses(witness=named, quorum=4)
    with pytest.raises(ValueError, match="there are no witnesses"):
        Witnesses(policy="strict")
    assert Witnesses(witness=named).policy == "bounded"
    assert Witnesses(witness=named).quorum.needed == 2
    assert START.tzinfo is not None
