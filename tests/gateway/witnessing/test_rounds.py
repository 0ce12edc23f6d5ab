"""Rounds: what the witnesses of a gateway cosign, however they fare, and who is told."""

import asyncio
import time

import pytest
from bars_messages import payload_of
from witnesses import Mood, name_in_settings
from worlds import SCHOOL, Kind, a_home_on

from audit.note import parse_vkeys
from audit.parts import Part
from audit.quorum import Quorum
from audit.receipts import check_receipt
from audit.verify import Witnessed, verify_folder
from gateway.cli.doing.audit import export
from gateway.cli.doing.keeping import told
from gateway.delivery import Fate
from gateway.keeping.succession import seal
from gateway.storage.pages import LogPages

REFERRAL = payload_of("health-visitor-to-early-help")


def until(holds, seconds=20.0):
    """Wait until *holds* says so."""
    ends = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < ends, "it did not come about"
        time.sleep(0.01)


def is_cosigned(world):
    world.gateway.rounds.wake()
    return world.gateway.rounds.assurance.end == world.size


def quorum_of(witnesses, needed=2):
    return Quorum(tuple(one.key.verifier for one in witnesses), needed)


def test_a_new_log_is_cosigned_when_it_is_opened(watched, witnesses):
    with watched(starts=False) as world:
        assert world.gateway.rounds.assurance.end > 0
        assert [one.size for one in witnesses] == [world.gateway.rounds.assurance.end] * 3


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
        until(lambda: world.gateway.rounds.assurance.end == world.size)


def test_witnesses_that_come_back_one_after_the_other_make_a_quorum(watched, witnesses):
    with watched() as world:
        for one in witnesses:
            one.mood = Mood.DEAD
        world.take(REFERRAL)
        for one in witnesses[:2]:
            one.mood = Mood.WELL
            until(lambda one=one: is_cosigned(world) or one.size == world.size)
            time.sleep(0.1)  # what comes now is another round
        until(lambda: is_cosigned(world))


def test_two_of_three_are_enough_while_one_is_slow_and_it_delays_nobody(watched, witnesses):
    with watched() as world:
        witnesses[0].mood = Mood.SLOW
        for _ in range(3):
            world.ask("nobody")
            world.gateway.rounds.wake()
            until(lambda: world.gateway.rounds.assurance.end == world.size, 1.5)


@pytest.mark.parametrize("mood", [Mood.DEAD, Mood.BROKEN])
def test_one_of_three_is_not_enough(watched, witnesses, mood):
    with watched() as world:
        witnesses[0].mood = witnesses[1].mood = mood
        before = world.gateway.rounds.assurance.end
        world.take(REFERRAL)
        world.gateway.rounds.wake()
        until(lambda: witnesses[2].size == world.size)
        assert world.gateway.rounds.assurance.end == before


def test_a_receipt_that_is_fetched_again_carries_the_cosignatures(watched, witnesses):
    with watched() as world:
        entry = world.ask("nobody").entry
        world.gateway.rounds.wake()
        until(lambda: world.gateway.rounds.assurance.end > entry)
        log = world.gateway.office.committer.log
        receipt = world.gateway.office.details.receipt(entry, Part.RECIPIENT)
        checked = check_receipt(receipt, log.verifiers, quorum_of(witnesses))
        assert len(checked.cosignatures) >= 2
        assert checked.leaf.recipient == SCHOOL


def test_two_nodes_that_both_append_get_both_their_logs_cosigned(watched):
    with watched() as one, watched() as other:
        for _ in range(5):
            one.ask("nobody")
            other.ask("somebody else")
        for node in (one, other):
            until(lambda node=node: is_cosigned(node))
            assert node.gateway.rounds.contradiction is None
        assert not {task.row.kind for task in one.gateway.office.archive.open_tasks()}


def test_a_checkpoint_is_given_to_monitors_and_exported_with_its_cosignatures(
    tmp_path, watched, witnesses
):
    with watched() as world:
        world.ask("nobody")
        until(lambda: is_cosigned(world))
        log = world.gateway.office.committer.log
        note = asyncio.run(LogPages(log).checkpoint())
        quorum_of(witnesses).require(note, log.verifiers)
        settings = world.gateway.settings

    name_in_settings(settings.home, [one.settings for one in witnesses])
    folder = tmp_path / "exported"
    assert export(settings.home, folder).size == export(settings.home, folder).size_before
    keys = parse_vkeys((folder / "vkeys").read_text())
    assert [key.name for key in keys] == [log.origin, *(one.key.name for one in witnesses)]
    assert verify_folder(folder, keys, witnessed=Witnessed(quorum_of(witnesses))).holds


def test_the_last_checkpoint_of_a_sealed_log_is_cosigned_and_embedded_in_the_next(
    watched, witnesses
):
    with watched(starts=False, policy="strict") as world:
        world.take(REFERRAL)
        log, rounds = world.gateway.office.committer.log, world.gateway.rounds
        seal(world.gateway.office, "next.example/log", by="operator", ask_witnesses=rounds.ask_all)
        embedded = log.fields(log.published.shard.base)["previous_checkpoint"]
        quorum_of(witnesses).require(str(embedded).encode(), log.verifiers)
        assert world.dispatch()[Fate.DELIVERED] == 2, "its entries are in the log before"


@pytest.mark.parametrize("is_dead", [True, False])
def test_whoever_seals_a_log_hears_whether_its_witnesses_saw_its_end(watched, witnesses, is_dead):
    with watched(starts=False) as world:
        for one in witnesses:
            one.mood = Mood.DEAD if is_dead else Mood.WELL
        ask = world.gateway.rounds.ask_all
        done = seal(world.gateway.office, "next.example/log", by="o", ask_witnesses=ask)

    assert done.unwitnessed is is_dead
    assert ("warning" in told(done)) is is_dead


def test_the_end_of_a_log_that_another_node_sealed_is_cosigned_all_the_same(watched, witnesses):
    with watched(policy="strict") as world:
        for one in witnesses:
            one.mood = Mood.DEAD
        world.take(REFERRAL)
        seal(world.gateway.office, "next.example/log", by="operator")
        assert set(world.dispatch()) == {Fate.HELD}
        for one in witnesses:
            one.mood = Mood.WELL
        until(lambda: world.dispatch()[Fate.DELIVERED] == 2)


@pytest.mark.parametrize("kind", Kind)
def test_a_quiet_log_s_cosignatures_are_stored_once_the_newest_in_place_of_the_last(
    tmp_path, watched, clock, kind
):
    with a_home_on(kind, tmp_path):
        seen = []
        for _ in range(2):
            with watched(starts=False):
                clock.advance(seconds=100)
            with watched(starts=False) as world:
                assert not world.gateway.rounds.assurance.is_stale
                rows = world.rows("SELECT size, witness, cosigned_at FROM audit_cosignature")
                seen.append({(size, witness): at for size, witness, at in rows})
        assert 2 <= len(seen[0]) <= len(seen[1]) == 3, "who was late is in the second"
        assert all(seen[1][one] > at for one, at in seen[0].items())
