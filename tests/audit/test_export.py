"""Exporting: a folder that grows with the log, and refuses what is not its log."""

import itertools
from contextlib import suppress

import pytest
from durability import noted

from audit import durable
from audit.checkpoint import Checkpoint
from audit.errors import CheckpointError, ForkError, NoteError, TamperedError, TreeError
from audit.export import export
from audit.verify import verify_folder
from tests.audit.builders import KEY, OTHER_KEY, WITNESSES, a_log, cosigned

KEYS = (KEY.verifier,)


def _export(path, log):
    return export(path, log.note(), KEYS, log.read_leaves)


def _files(path):
    return {
        file.relative_to(path).as_posix(): file.read_bytes()
        for file in path.rglob("*")
        if file.is_file()
    }


def test_each_file_is_durable_before_the_checkpoint_that_speaks_of_it(tmp_path, monkeypatch):
    done = noted(monkeypatch)

    _export(tmp_path, a_log(300))

    steps = [done[start : start + 3] for start in range(0, len(done), 3)]
    for (synced, unfinished), (named, name), (again, _folder) in steps:
        assert (synced, named, again) == ("fsync", "replace", "fsync")
        assert unfinished == f"{name}.new"
    assert len(steps) == len(_files(tmp_path))
    assert done[-2:] == [("replace", "checkpoint"), ("fsync", tmp_path.name)]


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 700])
def test_an_exported_log_verifies(tmp_path, size):
    log = a_log(size)

    exported = _export(tmp_path, log)

    assert exported.checkpoint == log.checkpoint()
    assert verify_folder(tmp_path, KEYS).holds


def test_the_files_are_those_of_the_layout(tmp_path):
    _export(tmp_path, a_log(300))

    assert set(_files(tmp_path)) == {
        "checkpoint",
        "vkeys",
        "tile/0/000",
        "tile/0/001.p/44",
        "tile/1/000.p/1",
        "tile/entries/000",
        "tile/entries/001.p/44",
    }


@pytest.mark.parametrize("before", [0, 3, 256, 511, 600])
def test_an_export_that_goes_on_gives_the_files_of_one_at_once(tmp_path, before):
    log = a_log(before)
    _export(tmp_path / "steps", log)
    log.append(*(b"%d" % number for number in range(700)))

    exported = _export(tmp_path / "steps", log)
    _export(tmp_path / "once", log)

    assert exported.size_before == before
    assert _files(tmp_path / "once").items() <= _files(tmp_path / "steps").items()
    assert verify_folder(tmp_path / "steps", KEYS).holds


def test_only_what_is_new_is_read(tmp_path):
    log = a_log(600)
    _export(tmp_path, log)
    log.append(b"more")
    asked = []

    def read_leaves(start, end):
        asked.append((start, end))
        return log.leaves[start:end]

    export(tmp_path, log.note(), KEYS, read_leaves)

    assert asked == [(512, 601)]


def test_a_log_that_shrank_is_not_exported_over_a_larger_one(tmp_path):
    _export(tmp_path, a_log(300))
    before = _files(tmp_path)

    with pytest.raises(ForkError, match="smaller"):
        _export(tmp_path, a_log(299))
    assert _files(tmp_path) == before


def test_a_rewritten_log_is_not_exported_over_the_true_one(tmp_path):
    _export(tmp_path, a_log(260).append(b"true"))
    before = _files(tmp_path)

    with pytest.raises(ForkError):
        _export(tmp_path, a_log(260).append(b"false", b"more"))
    assert _files(tmp_path).items() >= before.items()
    assert verify_folder(tmp_path, KEYS).holds


def test_leaves_that_were_not_signed_are_not_published(tmp_path):
    log = a_log(300)
    log.leaves[17] = b"edited"

    with pytest.raises(TreeError, match="do not give the root"):
        _export(tmp_path, log)
    assert not (tmp_path / "checkpoint").exists()


def test_a_missing_leaf_is_named(tmp_path):
    log = a_log(300)
    del log.leaves[290:]

    with pytest.raises(TreeError, match="entry `290` of the log is missing"):
        _export(tmp_path, log)


def test_a_missing_tile_of_the_folder_is_named(tmp_path):
    log = a_log(600)
    _export(tmp_path, log)
    (tmp_path / "tile/0/001").unlink()

    with pytest.raises(TamperedError) as caught:
        _export(tmp_path, log.append(b"more"))
    assert caught.value.where == "tile/0/001"


def test_a_checkpoint_of_another_log_is_not_exported(tmp_path):
    log = a_log(3, OTHER_KEY)

    with pytest.raises(NoteError):
        export(tmp_path, log.note(), KEYS, log.read_leaves)


def test_a_folder_of_another_log_is_not_written_to(tmp_path):
    other = a_log(3, OTHER_KEY)
    keys = (KEY.verifier, OTHER_KEY.verifier)
    export(tmp_path, other.note(), keys, other.read_leaves)
    log = a_log(5)

    with pytest.raises(CheckpointError, match="different logs"):
        export(tmp_path, log.note(), keys, log.read_leaves)


def test_the_log_s_own_key_stands_first(tmp_path):
    log = a_log(3)

    export(tmp_path, log.note(), (OTHER_KEY.verifier, KEY.verifier), log.read_leaves)

    lines = (tmp_path / "vkeys").read_text().splitlines()
    assert lines == [KEY.verifier.vkey, OTHER_KEY.verifier.vkey]


def test_an_empty_log_has_the_empty_root(tmp_path):
    exported = _export(tmp_path, a_log(0))

    assert exported.checkpoint == Checkpoint.decode(a_log(0).checkpoint().encode())
    assert set(_files(tmp_path)) == {"checkpoint", "vkeys"}


class _Killed(BaseException):
    """The process ends here."""


def _dying_at(write, number):
    """Return *write*, which dies in the middle of its call of this *number*."""
    calls = itertools.count()

    def dying(path, data):
        if next(calls) == number:
            path.with_name(f"{path.name}.new").write_bytes(data[: len(data) // 2])
            raise _Killed
        return write(path, data)

    return dying


@pytest.mark.parametrize("number", range(12))
def test_a_reader_sees_a_whole_log_wherever_an_export_dies(tmp_path, monkeypatch, number):
    log = a_log(300)
    _export(tmp_path, log)
    before = log.checkpoint()
    log.append(*(b"%d" % entry for entry in range(700)))
    dying = _dying_at(durable.write, number)

    with monkeypatch.context() as patch, suppress(_Killed):
        patch.setattr(durable, "write", dying)
        _export(tmp_path, log)

    report = verify_folder(tmp_path, KEYS, [before])
    assert report.holds, report.fault
    assert report.checkpoint in {before, log.checkpoint()}
    assert _export(tmp_path, log).checkpoint == log.checkpoint()
    assert verify_folder(tmp_path, KEYS, [before]).holds
    _export(tmp_path / "once", log)
    assert _files(tmp_path / "once").items() <= _files(tmp_path).items()


def test_an_export_that_dies_before_its_checkpoint_leaves_the_one_before(tmp_path, monkeypatch):
    log = a_log(300)
    _export(tmp_path, log)
    log.append(b"more")
    # Bundle, two tiles and the keys are written; the checkpoint is the last file.
    monkeypatch.setattr(durable, "write", _dying_at(durable.write, 4))
    with pytest.raises(_Killed):
        _export(tmp_path, log)
    monkeypatch.undo()

    report = verify_folder(tmp_path, KEYS)
    assert report.checkpoint is not None
    assert report.checkpoint.size == 300


def test_witnesses_keys_stand_behind_the_log_s_and_their_lines_in_its_checkpoint(tmp_path):
    log = a_log(3)
    keys = (*(witness.verifier for witness in WITNESSES[:2]), KEY.verifier)

    export(tmp_path, cosigned(log.note(), *WITNESSES[:2]), keys, log.read_leaves)

    vkeys = (tmp_path / "vkeys").read_text().splitlines()
    assert vkeys[0] == KEY.verifier.vkey
    assert len((tmp_path / "checkpoint").read_text().splitlines()) == 3 + 1 + 3


def test_cosignatures_that_came_later_are_exported_too(tmp_path):
    log = a_log(3)
    _export(tmp_path, log)

    export(tmp_path, cosigned(log.note(), WITNESSES[0]), KEYS, log.read_leaves)

    assert b"witness.example" in (tmp_path / "checkpoint").read_bytes()
