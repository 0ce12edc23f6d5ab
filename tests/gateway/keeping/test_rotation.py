"""Keys are replaced while the gateway runs: nobody loses a proof, no child a key."""

import shutil
from contextlib import contextmanager

import pytest
from bars_messages import payload_of
from worlds import EARLY_HELP, World, a_home, a_world, another_node

from audit.checkpoint import open_checkpoint
from audit.errors import NoteError
from audit.events import EntryType
from audit.note import VerifierKey, open_note
from audit.parts import Part
from audit.receipts import check_receipt
from gateway.composition import open_gateway
from gateway.errors import KeysError, SealError
from gateway.keeping.rotation import Rotating, spans
from gateway.keeping.succession import seal
from gateway.security import log_keys
from gateway.security.keys import Keys
from gateway.settings import KEYS, Settings
from gateway.storage.child_keys import ChildKeys
from gateway.storage.unit import Unit

REFERRAL = payload_of("health-visitor-to-early-help")


def rotating(world: World) -> Rotating:
    return Rotating(world.gateway.office, world.gateway.keys, by="operator", reason="yearly")


def log_of(world: World):
    return world.gateway.office.committer.log


@pytest.fixture
def world(tmp_path):
    with a_world(tmp_path) as world:
        yield world


@contextmanager
def another_process(tmp_path):
    """Open the same gateway again, as another process does."""
    with open_gateway(Settings(home=tmp_path / "home", node="node-2")) as gateway:
        yield gateway


def test_whoever_knows_either_key_verifies_while_both_sign(world):
    (old,) = log_of(world).verifiers

    begun = rotating(world).begin()

    new = VerifierKey.parse(begun.key)
    assert begun.previous_key == old.vkey
    assert log_of(world).verifiers == (new, old)
    world.take(REFERRAL)
    note = log_of(world).published.note
    assert open_checkpoint(note, [old]) == open_checkpoint(note, [new])
    assert set(open_note(note, [old, new]).signers) == {old, new}


def test_afterwards_the_new_key_signs_alone_and_old_receipts_verify_for_ever(world):
    answer = world.take(REFERRAL)
    (old,) = log_of(world).verifiers
    new = VerifierKey.parse(rotating(world).begin().key)

    finished = rotating(world).finish()

    note = log_of(world).published.note
    assert finished.key == new.vkey
    assert open_checkpoint(note, [new]).size == finished.entry + 1
    with pytest.raises(NoteError):
        open_checkpoint(note, [old])
    assert check_receipt(answer.receipt, log_of(world).verifiers)
    assert world.dispatch()
    assert len(world.delivered(EARLY_HELP)) == 1
    assert log_of(world).verify().holds


def test_the_entry_leads_whoever_knows_the_old_key_to_the_new_one(world):
    (old,) = log_of(world).verifiers
    begun = rotating(world).begin()
    rotating(world).finish()
    world.take(REFERRAL)

    details = world.gateway.office.details
    receipt = details.receipt(begun.entry, Part.GATEWAY, early=True)

    checked = check_receipt(receipt, [old])
    assert checked.leaf.type is EntryType.KEY_ROTATION
    assert checked.fields["key"] == begun.key
    with pytest.raises(NoteError):
        check_receipt(details.receipt(begun.entry, Part.GATEWAY), [old])


def test_what_was_begun_twice_has_one_entry(world):
    assert rotating(world).begin() == rotating(world).begin()
    assert world.types().count(EntryType.KEY_ROTATION) == 1


def test_what_was_not_begun_cannot_be_finished(world):
    with pytest.raises(KeysError, match="no key is taking"):
        rotating(world).finish()
    rotating(world).begin()
    rotating(world).finish()
    with pytest.raises(KeysError, match="no key is taking"):
        rotating(world).finish()


def test_what_was_all_but_finished_is_finished_before_another_begins(world):
    begun = rotating(world).begin()
    log_keys.finish_rotation(world.gateway.keys.folder, [log_of(world).origin])  # and killed here
    world.gateway.keys.refresh()

    with pytest.raises(KeysError, match="finished first"):
        rotating(world).begin()
    assert rotating(world).finish().key == begun.key


def test_what_was_all_but_finished_before_a_seal_is_finished_in_the_next_log(world):
    begun = rotating(world).begin()
    old = VerifierKey.parse(begun.previous_key)
    log_keys.finish_rotation(world.gateway.keys.folder, [old.name])  # and killed here
    world.gateway.keys.refresh()
    seal(world.gateway.office, "caf-gateway.example/log/2", by="operator")

    finished = VerifierKey.parse(rotating(world).finish().previous_key)

    assert (finished.public, finished.name) == (old.public, "caf-gateway.example/log/2")
    assert log_of(world).verify().holds


def test_an_old_key_is_believed_of_the_logs_that_it_signed_and_of_no_others(world):
    first = log_of(world).origin
    rotating(world).begin()
    second, third = "caf-gateway.example/log/2", "caf-gateway.example/log/3"
    seal(world.gateway.office, second, by="operator")
    rotating(world).finish()
    seal(world.gateway.office, third, by="operator")

    log = log_of(world)
    assert [len(log.verifiers_of(origin)) for origin in (first, second, third)] == [2, 2, 1]
    listed = {(key.name, key.public) for key in log.verifiers}
    assert listed == {
        (key.name, key.public) for key in (VerifierKey.parse(span.vkey) for span in spans(log))
    }


def test_a_rotation_goes_on_in_the_next_log(world):
    begun = VerifierKey.parse(rotating(world).begin().key)
    seal(world.gateway.office, "caf-gateway.example/log/2", by="operator")

    finished = VerifierKey.parse(rotating(world).finish().key)

    assert finished.public == begun.public
    assert finished.name == "caf-gateway.example/log/2"
    assert log_of(world).verify().holds
    assert [(span.vkey.split("+")[0], span.first, span.last) for span in spans(log_of(world))][
        -1
    ] == ("caf-gateway.example/log/2", log_of(world).shards()[1].shard.base, None)


def test_a_process_that_runs_meanwhile_signs_with_the_keys_of_the_moment(world, tmp_path):
    with another_process(tmp_path) as other:
        log = other.office.committer.log
        (old,) = log.verifiers
        new = VerifierKey.parse(rotating(world).begin().key)

        other.office.committer.commit(Unit())
        assert set(open_note(log.published.note, [old, new]).signers) == {old, new}

        rotating(world).finish()
        assert open_note(log.refresh().note, [old, new]).signers == (new,)
        other.recorder.documents(())
        assert other.office.committer.commit(Unit()).published.note == log_of(world).refresh().note


def test_a_node_without_the_new_key_refuses_and_goes_on_once_it_has_it(tmp_path):
    home = a_home(tmp_path)
    far = another_node(home, tmp_path / "far")
    with a_world(tmp_path) as world, open_gateway(Settings(home=far)) as other:
        rotating(world).begin()

        with pytest.raises(KeysError, match="this node needs the new one"):
            other.office.committer.log.refresh()
        with pytest.raises(Exception, match="could not be written"):
            other.office.committer.commit(Unit())

        shutil.copy(home / KEYS / "log-signing.next.key", far / KEYS)
        other.office.committer.commit(Unit())


def test_a_node_that_starts_without_the_new_key_is_refused(tmp_path):
    home = a_home(tmp_path)
    far = another_node(home, tmp_path / "far")
    with a_world(tmp_path) as world:
        rotating(world).begin()
        rotating(world).finish()
        world.take(REFERRAL)

    with (
        pytest.raises(KeysError, match="not in this node's folder"),
        open_gateway(Settings(home=far)),
    ):
        pass


def test_each_key_is_listed_with_what_it_signed(world):
    log = log_of(world)
    (first,) = spans(log)
    begun = rotating(world).begin()
    finished = rotating(world).finish()

    old, new = spans(log)

    assert (first.first, first.last) == (0, None)
    assert (old.vkey, old.first, old.last) == (first.vkey, 0, finished.entry)
    assert (new.vkey, new.first, new.last) == (begun.key, begun.entry, None)


# The key-encryption key.


def unwrapped(world: World, keys: Keys) -> list[bytes]:
    """Return the key of every child, as another process would unwrap it."""
    children = [id_ for (id_,) in world.rows("SELECT id FROM child ORDER BY id")]
    child_keys = ChildKeys(world.gateway.database, keys)
    return [child_keys.key(child) for child in children]


def test_every_child_s_key_is_wrapped_anew_and_stays_what_it_was(world, tmp_path):
    child = world.take(REFERRAL).children[0]
    folder = tmp_path / "home" / KEYS
    old = Keys.load(shutil.copytree(folder, tmp_path / "old"), {})
    before, rows = unwrapped(world, old), world.rows("SELECT wrapped_key FROM child")

    done = rotating(world).wrap_anew()

    assert (done.children, done.is_gone) == (len(before), True)
    assert before
    assert unwrapped(world, Keys.load(folder, {})) == before
    assert not set(rows) & set(world.rows("SELECT wrapped_key FROM child"))
    assert not (folder / "key-encryption.next.key").exists()
    # It is of the node's keys, not of the child's: a delivery is left for a node that has them.
    with pytest.raises(KeysError, match="not here") as told:
        unwrapped(world, old)
    assert not isinstance(told.value, SealError)
    assert world.ask(child, EARLY_HELP)
    assert world.types().count(EntryType.KEY_ROTATION) == 1


def test_a_child_that_another_process_makes_meanwhile_is_wrapped_by_the_new_key(world, tmp_path):
    other_home = tmp_path / "home"
    with another_process(tmp_path) as other:
        stale = other.office.archive.store.children.new("child-x", world.clock.now())
        rotating(world).wrap_anew()

        with pytest.raises(Exception, match="changed since the decision: `key-encryption`"):
            other.office.committer.commit(Unit(writes=[stale]))
        fresh = other.office.archive.store.children.new("child-x", world.clock.now())
        other.office.committer.commit(Unit(writes=[fresh]))

    assert unwrapped(world, Keys.load(other_home / KEYS, {}))


def test_a_message_of_a_new_child_is_taken_by_a_process_that_has_not_heard_of_it(tmp_path):
    a_home(tmp_path)
    with another_process(tmp_path) as gateway, a_world(tmp_path) as world:
        Rotating(gateway.office, gateway.keys, by="operator").wrap_anew()

        child = world.take(REFERRAL).children[0]

        assert world.ask(child, EARLY_HELP)
        assert unwrapped(world, Keys.load(tmp_path / "home" / KEYS, {}))


def test_keys_from_the_environment_are_replaced_by_whoever_sets_them(tmp_path, monkeypatch):
    home = a_home(tmp_path)
    file = home / KEYS / "key-encryption.key"
    monkeypatch.setenv("CAF_GATEWAY_KEY_ENCRYPTION_KEY", file.read_text())
    file.unlink()
    with a_world(tmp_path) as world:
        world.take(REFERRAL)
        with pytest.raises(KeysError, match="comes from the environment too"):
            rotating(world).wrap_anew()
        monkeypatch.setenv("CAF_GATEWAY_NEXT_KEY_ENCRYPTION_KEY", "5a" * 32)

        done = rotating(world).wrap_anew()

    assert (done.children, done.is_gone) == (1, False)
    monkeypatch.setenv("CAF_GATEWAY_KEY_ENCRYPTION_KEY", "5a" * 32)
    monkeypatch.delenv("CAF_GATEWAY_NEXT_KEY_ENCRYPTION_KEY")
    with a_world(tmp_path) as world:
        assert unwrapped(world, Keys.load(home / KEYS))
