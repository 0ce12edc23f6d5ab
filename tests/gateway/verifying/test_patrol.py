"""The patrol: it gets round the whole log a little at a time, and what it finds stops the rest."""

import threading
import time
from datetime import timedelta

import pytest
from bars_messages import payload_of
from tampering import change, edit_entry
from worlds import SCHOOL, Kind, a_home_on, a_world

from gateway.cli.doing import audit as doing
from gateway.entries import Act, looked_up
from gateway.errors import IntegrityError
from gateway.settings import PATROL
from gateway.storage.succession import Next, log_seal
from gateway.storage.unit import Unit
from gateway.stored_log import stored_log
from gateway.tasks import Kind as TaskKind
from gateway.verifying.patrol import PASS_EVERY, Notes, Patrol

REFERRAL = payload_of("health-visitor-to-early-help")


on_both = pytest.mark.parametrize("kind", Kind)


@pytest.fixture
def kind():
    """Return the kind of database, where a test does not ask for each in turn."""
    return Kind.SQLITE


def take_and_dispatch(world):
    world.take(REFERRAL)
    world.dispatch()


@pytest.fixture
def world(tmp_path, kind):
    with a_home_on(kind, tmp_path, take_and_dispatch), a_world(tmp_path) as world:
        yield world


def _fill(world, count):
    """Append so many entries about nobody."""
    committer, random = world.gateway.office.committer, world.gateway.office.ports.random
    found = [
        looked_up(random, Act(), recipient=SCHOOL, child_id=None, kinds=["nhs-number"])
        for _ in range(count)
    ]
    for answer in [committer.submit(Unit(entries=[entry])) for entry in found]:
        answer.result()


class Rounds:
    """A patrol of a world, and what it told."""

    def __init__(self, world) -> None:
        self.world = world
        self.told = []
        gateway = world.gateway
        self.notes = Notes(gateway.settings.home / PATROL)
        self.patrol = Patrol(
            stored_log(gateway.settings, gateway.database, gateway.keys),
            gateway.office.committer.log,
            self.notes,
            world.clock.now,
            lambda fault: self.told.append(fault.where),
        )

    def once(self):
        """Make one whole pass, and return how many steps it took."""
        self.world.clock.advance(hours=2)
        before = self.notes.read().completed_at
        for steps in range(1, 100):
            self.patrol.step()
            if self.notes.read().completed_at != before:
                return steps
        raise AssertionError


@pytest.fixture
def rounds(world):
    return Rounds(world)


@on_both
def test_a_sound_log_is_gone_round_in_steps_and_then_left_in_peace(world, rounds):
    assert rounds.once() > 5
    done = rounds.notes.read()
    assert (rounds.told, done.faults) == ([], 0)

    assert rounds.patrol.step() == ()
    assert rounds.notes.read() == done
    world.clock.advance(seconds=PASS_EVERY / timedelta(seconds=1))
    rounds.patrol.step()
    assert rounds.notes.read().began_at > done.completed_at


def test_another_worker_goes_on_where_the_last_one_was(world, rounds):
    rounds.patrol.step()
    rounds.patrol.step()
    there = rounds.notes.read()

    again = Rounds(world)
    again.patrol.step()

    assert again.notes.read().began_at == there.began_at
    assert again.notes.read() != there


def test_notes_that_cannot_be_read_cost_a_pass_begun_anew(world, rounds):
    rounds.notes.path.parent.mkdir(exist_ok=True)
    rounds.notes.path.write_bytes(b"{")

    assert rounds.once() > 5
    assert rounds.told == []
    del world


@on_both
def test_a_row_that_was_changed_is_told_and_sharing_goes_on(world, rounds):
    change(world.gateway.database, "UPDATE assessment SET version = version + 1")

    rounds.once()

    (place,) = rounds.told
    assert place.startswith("entry ")
    assert rounds.notes.read().faults == 1
    world.gateway.memory.require_sound()


@on_both
def test_an_entry_that_was_changed_is_told_and_condemns_the_log(world, rounds):
    ((entry,),) = world.rows("SELECT max(leaf) FROM record")
    edit_entry(world.gateway.database, entry, b'"import"', b'"refusal"')

    rounds.once()

    assert f"entry {entry}" in rounds.told
    with pytest.raises(IntegrityError, match=f"entry {entry}"):
        world.gateway.memory.require_sound()


@on_both
def test_a_log_that_was_sealed_is_gone_round_with_the_one_that_goes_on(world, rounds):
    committer, random = world.gateway.office.committer, world.gateway.office.ports.random
    _fill(world, 300)
    sealed = log_seal(committer.log.origin, Next("gateway.example/next"), random)
    committer.commit(Unit(entries=[sealed]))
    _fill(world, 3)
    assert len(committer.log.shards()) == 2

    rounds.once()
    assert rounds.told == []

    edit_entry(world.gateway.database, 100, b'"audit-read"', b'"refusal"')
    rounds.once()
    assert "entry 100" in rounds.told


@on_both
def test_a_missing_tile_and_an_exchanged_head_condemn_the_log(world, rounds):
    _fill(world, 300)
    change(world.gateway.database, "DELETE FROM audit_tile")
    assert rounds.patrol.step()
    with pytest.raises(IntegrityError):
        world.gateway.memory.require_sound()
    world.gateway.memory.acquit()

    change(world.gateway.database, "UPDATE audit_head SET head = :zeros", zeros=bytes(100))
    (fault,) = rounds.patrol.step()
    assert fault.where == "head of the log"
    with pytest.raises(IntegrityError):
        world.gateway.memory.require_sound()


@on_both
def test_a_tile_that_was_changed_is_found_by_what_it_proves(world, rounds):
    _fill(world, 600)
    change(world.gateway.database, "UPDATE audit_tile SET hashes = :zeros", zeros=bytes(8192))

    rounds.once()

    assert "entry 0" in rounds.told


@on_both
def test_a_log_at_fault_stops_every_process_of_its_home_until_it_is_verified(world, tmp_path):
    gateway = world.gateway
    gateway.memory.condemn("entry 5: it is another")

    with pytest.raises(IntegrityError):
        _ask_for_seconds(world, 10)
    with pytest.raises(IntegrityError, match="entry 5"), a_world(tmp_path):
        pass

    assert doing.verify(gateway.settings.home).holds
    with a_world(tmp_path) as again:
        again.clock.advance(hours=1)
        again.ask("0" * 32)


def _ask_for_seconds(world, seconds):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        world.ask("0" * 32)
        time.sleep(0.05)


@on_both
def test_a_worker_asks_the_operator_once_and_ends(world):
    gateway = world.gateway
    ((entry,),) = world.rows("SELECT max(leaf) FROM outbox WHERE recipient = :to", to=SCHOOL)
    change(gateway.database, "DELETE FROM audit_detail WHERE seq = :n", n=entry)

    with pytest.raises(IntegrityError):
        gateway.patrol().run(threading.Event())

    asked = [
        task
        for task in gateway.office.archive.store.tasks.open()
        if task.kind == TaskKind.LOG_FAULT
    ]
    assert [task.owner_role for task in asked] == ["gateway_administrator"]


def test_how_long_ago_the_log_was_verified_is_a_gauge(world, rounds):
    assert b"caf_gateway_log_verified_seconds +Inf" in world.gateway.metrics.page().replace(
        b" inf", b" +Inf"
    )
    rounds.once()

    page = world.gateway.metrics.page().decode()
    assert "caf_gateway_log_faults 0.0" in page
    assert "caf_gateway_log_verified_seconds 0.0" in page
