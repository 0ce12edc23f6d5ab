"""One log ends and the next begins: sealed by an operator, or after a backup was put back."""

import sqlite3
from contextlib import closing, contextmanager

import pytest
from backups import back_up, put_back
from bars_messages import payload_of
from worlds import EARLY_HELP, Kind, World, a_home, a_home_on, a_world, another_node

from audit.checkpoint import Checkpoint, open_checkpoint
from audit.errors import NoteError
from audit.events import EntryType
from audit.note import SigningKey, VerifierKey, parse_vkeys
from audit.receipts import check_receipt
from gateway.erasing.erasure import Order
from gateway.errors import IntegrityError, RequestError
from gateway.keeping.exporting import export_log
from gateway.keeping.rotation import Rotating
from gateway.keeping.succession import go_on_restored, seal
from gateway.settings import LAST_CHECKPOINT, Settings
from gateway.storage.erasures import subjects
from gateway.stored_log import open_stored_log
from gateway.verifying.verification import verify

REFERRAL = payload_of("health-visitor-to-early-help")
SIBLINGS = payload_of("siblings-in-one-message")
FIRST = Settings.model_fields["origin"].default
NEXT = "caf-gateway.example/log/2"


def log_of(world: World):
    return world.gateway.office.committer.log


def sealed(world: World, following: str = NEXT):
    return seal(world.gateway.office, following, by="operator", reason="a new year")


def verified(home):
    with open_stored_log(Settings(home=home)) as stored:
        return verify(stored)


@pytest.fixture
def kind():
    """Return the kind of database, where a test does not ask for each in turn."""
    return Kind.SQLITE


on_both = pytest.mark.parametrize("kind", Kind)


@pytest.fixture
def world(tmp_path, kind):
    with a_home_on(kind, tmp_path), a_world(tmp_path) as world:
        yield world


@on_both
def test_what_was_released_before_the_seal_is_delivered_and_proved_after_it(world):
    answer = world.take(REFERRAL)

    done = sealed(world)

    assert (done.ended, done.begun, done.lost) == (FIRST, NEXT, 0)
    assert world.dispatch()
    (receipt,) = world.receipts(EARLY_HELP)
    assert check_receipt(receipt, log_of(world).verifiers_of(FIRST)).checkpoint.origin == FIRST
    assert check_receipt(answer.receipt, log_of(world).verifiers_of(FIRST))
    assert world.types()[-1] is EntryType.DELIVERED
    assert log_of(world).verify().holds


@on_both
def test_the_exchange_goes_on_in_the_next_log(world):
    before = world.size
    done = sealed(world)
    answer = world.take(REFERRAL)

    assert done.first_entry == before + 1
    assert answer.entry > done.first_entry
    receipt = check_receipt(answer.receipt, log_of(world).verifiers)
    assert receipt.checkpoint.origin == NEXT
    assert receipt.index == answer.entry - done.first_entry


@on_both
def test_a_sealed_gateway_opens_again_with_the_settings_that_it_had(tmp_path, kind):
    with a_home_on(kind, tmp_path) as home:
        with a_world(tmp_path) as world:
            child = world.take(REFERRAL).children[0]
            sealed(world)
        with a_world(tmp_path) as world:
            assert log_of(world).origin == NEXT
            assert world.ask(child, EARLY_HELP)
        found = verified(home)
        assert (found.faults, found.origin) == ((), NEXT)


@pytest.mark.parametrize("origin", [FIRST, "", "two words", "a+b"])
def test_a_log_gets_a_name_that_none_has_or_had(world, origin):
    with pytest.raises(RequestError):
        sealed(world, origin)
    assert EntryType.LOG_SEAL not in world.types()


@on_both
def test_a_key_that_was_stolen_signs_nothing_of_the_next_log(world):
    """The procedure for a stolen key: rotate it, and seal at once."""
    (stolen,) = log_of(world).verifiers
    (thief,) = world.gateway.keys.log.signing
    rotating = Rotating(world.gateway.office, world.gateway.keys, "operator", "stolen")
    rotating.begin()
    rotating.finish()

    sealed(world)

    log = log_of(world)
    (own,) = log.verifiers_of(NEXT)
    assert own.public != stolen.public
    assert log.verifiers_of(FIRST) == (VerifierKey(FIRST, own.public), stolen)
    assert open_checkpoint(log.published.note, [own]).origin == NEXT
    forged = Checkpoint(NEXT, 999, bytes(32)).sign(SigningKey(NEXT, thief))
    with pytest.raises(NoteError):
        open_checkpoint(forged, log.verifiers)


def test_an_export_of_the_next_log_does_not_list_a_key_that_was_stolen(world, tmp_path):
    (stolen,) = log_of(world).verifiers
    rotating = Rotating(world.gateway.office, world.gateway.keys, "operator", "stolen")
    rotating.begin()
    rotating.finish()
    sealed(world)

    with open_stored_log(world.gateway.settings) as stored:
        export_log(stored, tmp_path / "log")

    (own,) = parse_vkeys((tmp_path / "log" / "vkeys").read_text())
    assert own.public != stolen.public
    assert stolen in parse_vkeys((tmp_path / "log" / "1" / "vkeys").read_text())


# Restored.


def take_siblings(world):
    world.take(SIBLINGS)


@contextmanager
def rolled_back(kind, folder, *between):
    """Yield a home whose database was put back as it was before a referral came in.

    What was published of it since stays: receipts, and what the home remembers. *between* is done
    in the meantime.
    """
    with a_home_on(kind, folder, take_siblings) as home:
        with a_world(folder) as world:
            backup = back_up(home, folder / "backup")
            taken = world.take(REFERRAL)
            world.dispatch()
            for do in between:
                do(world)
            note, size = log_of(world).refresh().note, world.size
        put_back(home, backup)
        yield home, taken, note, size


def go_on(home, following=NEXT, *, lost=None, note=None):
    return go_on_restored(
        Settings(home=home), following, lost=lost, note=note, by="operator", reason="disk failed"
    )


@on_both
def test_a_gateway_does_not_start_on_an_older_database(tmp_path, kind):
    with (
        rolled_back(kind, tmp_path),
        pytest.raises(IntegrityError, match="audit restored"),
        a_world(tmp_path),
    ):
        pass


@on_both
def test_once_it_is_said_a_new_log_goes_on_and_nothing_signed_is_contradicted(tmp_path, kind):
    with rolled_back(kind, tmp_path) as (home, taken, note, size):
        done = go_on(home)

        assert done.ended == FIRST
        assert done.lost == size - done.size
        assert done.first_entry == size
        with a_world(tmp_path) as world:
            log = log_of(world)
            said = log.fields(done.first_entry)
            assert said["previous_checkpoint"].encode() == note
            assert (said["lost"], said["reason"]) == (done.lost, "disk failed")
            # Those who were answered hold what proves it, and can send again.
            assert check_receipt(taken.receipt, log.verifiers_of(FIRST))
            again = world.take(REFERRAL)
            assert not again.is_repeat
            assert again.entry > size
            world.dispatch()
        assert verified(home).faults == ()


@on_both
def test_entries_of_before_are_proved_by_the_log_as_it_was_put_back(tmp_path, kind):
    with rolled_back(kind, tmp_path) as (home, _, note, _):
        done = go_on(home)
        with a_world(tmp_path) as world:
            log = log_of(world)
            leaf, proof = log.proved(3)
            checkpoint = proof.verify(leaf, log.verifiers_of(FIRST))
            assert (checkpoint.origin, checkpoint.size) == (FIRST, done.size)
            newer = open_checkpoint(note, log.verifiers_of(FIRST))
            assert newer.size > checkpoint.size


@on_both
def test_whoever_holds_a_newer_checkpoint_is_believed(tmp_path, kind):
    with rolled_back(kind, tmp_path) as (home, _, note, size):
        (home / LAST_CHECKPOINT).unlink()
        with pytest.raises(RequestError, match="how many entries were lost"):
            go_on(home)
        with pytest.raises(RequestError, match="at least"):
            go_on(home, lost=1, note=note)

        assert go_on(home, lost=100, note=note).first_entry == size + 100 - _lost(size, home)


@pytest.mark.parametrize("lost", [10**8 + 1, 2**53, 10**30])
def test_more_entries_than_a_log_ever_has_were_not_lost(tmp_path, lost):
    with a_world(tmp_path) as world:
        size = world.size

    with pytest.raises(RequestError, match="cannot have been lost"):
        go_on(tmp_path / "home", lost=lost)

    assert go_on(tmp_path / "home", lost=10**8).first_entry == size + 10**8
    with a_world(tmp_path) as world:
        world.take(REFERRAL)
        assert log_of(world).verify().holds


def _lost(size, home):
    with open_stored_log(Settings(home=home)) as stored:
        return size - stored.log().shards()[0].size


@on_both
def test_a_checkpoint_of_another_log_is_refused(tmp_path, kind):
    with rolled_back(kind, tmp_path) as (home, _, note, _):
        stranger = note.replace(b"\n", b"x\n", 1)
        with pytest.raises(RequestError, match="not one of this gateway's"):
            go_on(home, note=stranger)
        with pytest.raises(RequestError, match="called that"):
            go_on(home, FIRST)


def test_a_database_without_a_log_is_not_gone_on_from_and_what_is_remembered_stays(tmp_path):
    home = a_home(tmp_path)
    with a_world(tmp_path) as world:
        world.take(REFERRAL)
    remembered = (home / LAST_CHECKPOINT).read_bytes()
    for file in home.glob("gateway.db*"):
        file.unlink()

    with pytest.raises(RequestError, match="put a backup of it back first"):
        go_on(home)

    assert (home / LAST_CHECKPOINT).read_bytes() == remembered
    with pytest.raises(IntegrityError, match="rolled back"), a_world(tmp_path):
        pass
    with closing(sqlite3.connect(home / "gateway.db")) as database:
        assert database.execute("SELECT count(*) FROM audit_leaf").fetchone() == (0,)


@on_both
def test_a_whole_later_log_that_is_gone_is_not_begun_again(tmp_path, kind):
    with rolled_back(kind, tmp_path, sealed) as (home, _, _, _):
        with pytest.raises(IntegrityError, match="rolled back"), a_world(tmp_path):
            pass
        with pytest.raises(RequestError, match="called that"):
            go_on(home, NEXT)

        done = go_on(home, f"{NEXT}/b", lost=200)

        assert done.lost == 200
        with a_world(tmp_path) as world:
            assert log_of(world).fields(done.first_entry)["previous_origin"] == NEXT
            assert log_of(world).verify().holds


@on_both
def test_a_child_who_was_erased_since_is_erased_again(tmp_path, kind):
    with a_home_on(kind, tmp_path) as home:
        with a_world(tmp_path) as world:
            child = world.take(REFERRAL).children[0]
            world.dispatch()
            backup = back_up(home, tmp_path / "backup")
            world.gateway.eraser().erase(child, Order(authority="court", reason="order", by="ig"))
        put_back(home, backup)

        done = go_on(home)
        with a_world(tmp_path) as world:
            assert world.rows("SELECT count(*) FROM child") == [(0,)]
            erased = list(subjects(world.gateway.database).values())
            assert erased == [done.first_entry + 1]
        with a_world(tmp_path) as world:
            assert list(subjects(world.gateway.database).values()) == erased
        assert verified(home).faults == ()


@on_both
def test_a_restore_that_lost_nothing_also_goes_on_in_a_new_log(tmp_path, kind):
    with a_home_on(kind, tmp_path) as home:
        with a_world(tmp_path) as world:
            size = world.size

        done = go_on(home, lost=0)

        assert (done.lost, done.first_entry) == (0, size)
        assert verified(home).faults == ()


@on_both
def test_a_restore_that_one_node_declares_holds_for_those_that_saw_more(tmp_path, kind):
    with a_home_on(kind, tmp_path, take_siblings) as home:
        far = another_node(home, tmp_path / "far")
        backup = back_up(home, tmp_path / "backup")
        with a_world(tmp_path) as world:
            world.take(REFERRAL)
        with a_world(far.parent, node="node-2") as world:
            world.ask("0" * 32)
            note = log_of(world).refresh().note
        put_back(home, backup)

        go_on(home, note=note)
        for folder in (far.parent, tmp_path):
            with a_world(folder) as world:
                assert log_of(world).origin == NEXT
                world.take(REFERRAL)
        assert verified(home).faults == verified(far).faults == ()


@on_both
def test_a_node_that_saw_more_than_was_declared_lost_is_refused_until_that_is_said(tmp_path, kind):
    with a_home_on(kind, tmp_path, take_siblings) as home:
        far = another_node(home, tmp_path / "far")
        backup = back_up(home, tmp_path / "backup")
        with a_world(tmp_path) as world:
            world.take(REFERRAL)
        with a_world(far.parent, node="node-2") as world:
            world.ask("0" * 32)
        put_back(home, backup)
        go_on(home)

        with pytest.raises(IntegrityError, match="rolled back"), a_world(far.parent):
            pass
        go_on(far, f"{NEXT}/b")
        for folder in (far.parent, tmp_path):
            with a_world(folder) as world:
                assert log_of(world).origin == f"{NEXT}/b"
        assert verified(home).faults == verified(far).faults == ()
