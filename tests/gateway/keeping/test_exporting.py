"""An exported log of several shards: each a log of its own that a stranger verifies."""

import pytest
from bars_messages import payload_of
from worlds import a_world

from audit import export as exported_log
from audit.checkpoint import open_checkpoint
from audit.errors import NoteError
from audit.folder import LogFolder
from audit.verify import verify_folder
from gateway.errors import RequestError
from gateway.keeping.exporting import export_log
from gateway.keeping.rotation import Rotating
from gateway.keeping.succession import seal
from gateway.settings import Settings
from gateway.stored_log import open_stored_log

REFERRAL = payload_of("health-visitor-to-early-help")
FIRST = Settings.model_fields["origin"].default
NEXT = f"{FIRST}/2"


@pytest.fixture
def world(tmp_path):
    with a_world(tmp_path) as world:
        yield world


@pytest.fixture
def export(tmp_path):
    """Return what exports the world's log to a folder, and that folder."""
    folder = tmp_path / "exported"

    def export():
        with open_stored_log(Settings(home=tmp_path / "home")) as stored:
            return export_log(stored, folder)

    return export, folder


def verified(folder):
    """Verify an exported log as a stranger does, by the keys beside it; return its checkpoint."""
    report = verify_folder(folder, LogFolder(folder).keys())
    assert report.holds, report.fault
    return report.checkpoint


def killed_in_export(run, fatal, monkeypatch):
    """Export, and die before the file of this number is written."""
    left = [fatal]
    put = exported_log.LogFolder.put

    def killed(self, name, data):
        left[0] -= 1
        if not left[0]:
            raise KeyboardInterrupt
        put(self, name, data)

    with monkeypatch.context() as patch:
        patch.setattr(exported_log.LogFolder, "put", killed)
        with pytest.raises(KeyboardInterrupt):
            run()


def test_each_shard_is_a_log_of_its_own(world, export):
    run, folder = export
    world.take(REFERRAL)
    before = world.size
    seal(world.gateway.office, NEXT, by="operator")
    world.dispatch()

    done = run()

    assert (done.checkpoint.origin, done.size_before) == (NEXT, 0)
    assert verified(folder).origin == NEXT
    first = verified(folder / "1")
    assert (first.origin, first.size) == (FIRST, before + 1)


def test_what_was_exported_before_the_seal_makes_room(world, export):
    run, folder = export
    run()
    older = (folder / "checkpoint").read_bytes()
    seal(world.gateway.office, NEXT, by="operator")

    run()
    run()

    assert verified(folder).origin == NEXT
    keys = LogFolder(folder / "1").keys()
    assert verify_folder(folder / "1", keys, [open_checkpoint(older, keys)]).holds
    assert sorted(path.name for path in folder.iterdir()) == ["1", "checkpoint", "tile", "vkeys"]


def test_a_folder_of_tiles_that_no_export_left_is_refused_and_kept(world, export):
    run, folder = export
    theirs = folder / "tile" / "bathroom.jpg"
    theirs.parent.mkdir(parents=True)
    theirs.write_bytes(b"theirs")

    with pytest.raises(RequestError, match="export to another folder"):
        run()

    assert theirs.read_bytes() == b"theirs"
    assert [path.name for path in folder.iterdir()] == ["tile"]
    del world


def test_the_exported_log_of_another_is_refused_and_kept(world, export):
    run, folder = export
    run()
    note = (folder / "checkpoint").read_bytes()
    foreign = note.replace(FIRST.encode(), b"another.example/log")
    (folder / "checkpoint").write_bytes(foreign)

    with pytest.raises(NoteError):
        run()

    assert (folder / "checkpoint").read_bytes() == foreign
    assert (folder / "tile").exists()
    del world


@pytest.mark.parametrize("fatal", range(1, 4))
def test_killed_in_the_first_export_it_is_done_again(world, export, fatal, monkeypatch):
    run, folder = export
    killed_in_export(run, fatal, monkeypatch)
    assert not (folder / "checkpoint").exists()

    run()

    assert verified(folder).origin == FIRST
    assert sorted(path.name for path in folder.iterdir()) == ["checkpoint", "tile", "vkeys"]
    del world


@pytest.mark.parametrize("fatal", range(1, 8))
def test_killed_while_room_is_made_it_is_made_again(world, export, fatal, monkeypatch):
    run, folder = export
    run()
    seal(world.gateway.office, NEXT, by="operator")
    killed_in_export(run, fatal, monkeypatch)
    for place in (folder, folder / "1"):
        if (place / "checkpoint").exists():
            verified(place)

    run()

    assert verified(folder).origin == NEXT
    assert verified(folder / "1").origin == FIRST


def test_the_keys_of_a_rotation_are_exported_the_newest_first(world, export):
    run, folder = export
    run()
    (old,) = LogFolder(folder).keys()
    rotating = Rotating(world.gateway.office, world.gateway.keys, by="operator")
    rotating.begin()
    run()
    new, *others = LogFolder(folder).keys()
    assert others == [old]
    assert verify_folder(folder, [old]).holds
    rotating.finish()

    run()

    assert LogFolder(folder).keys() == (new, old)
    assert verified(folder)
    assert not verify_folder(folder, [old]).holds
