"""The keys that sign the log, and how one takes another's place."""

import shutil

import pytest

from audit.checkpoint import Checkpoint, open_checkpoint
from audit.errors import NoteError
from gateway.errors import KeysError
from gateway.security import key_files, log_keys
from gateway.security.keys import Keys
from gateway.security.log_keys import LogKeys

ORIGIN = "gateway.example/log"
CHECKPOINT = Checkpoint(ORIGIN, 7, bytes(32))


@pytest.fixture
def folder(tmp_path):
    Keys.make(tmp_path)
    return tmp_path


def signed(keys):
    return CHECKPOINT.sign(*keys.signers(ORIGIN))


def test_while_one_key_takes_another_s_place_either_verifies(folder):
    (old,) = LogKeys.load(folder).verifiers(ORIGIN)

    rotating = log_keys.begin_rotation(folder)

    new = rotating.verifiers(ORIGIN)[0]
    assert rotating.is_rotating
    assert {new, old} == set(rotating.verifiers(ORIGIN))
    assert open_checkpoint(signed(rotating), [old]) == CHECKPOINT
    assert open_checkpoint(signed(rotating), [new]) == CHECKPOINT


def test_at_last_the_new_key_signs_alone_and_the_old_one_still_verifies(folder):
    before = LogKeys.load(folder)
    (old,) = before.verifiers(ORIGIN)
    new = log_keys.begin_rotation(folder).verifiers(ORIGIN)[0]
    secret = (folder / "log-signing.key").read_text()

    after = log_keys.finish_rotation(folder, [ORIGIN])

    assert not after.is_rotating
    assert after.verifiers(ORIGIN) == (new, old)
    with pytest.raises(NoteError):
        open_checkpoint(signed(after), [old])
    assert open_checkpoint(signed(before), after.verifiers(ORIGIN)) == CHECKPOINT
    assert not any(secret.strip() in file.read_text() for file in folder.iterdir())


def test_the_bytes_of_the_old_key_are_overwritten(folder):
    log_keys.begin_rotation(folder)
    still_open = (folder / "log-signing.key").open("rb")

    log_keys.finish_rotation(folder, [ORIGIN])

    with still_open:
        assert set(still_open.read()) == {0}


def test_beginning_again_makes_no_other_key(folder):
    assert log_keys.begin_rotation(folder).verifiers(ORIGIN) == log_keys.begin_rotation(
        folder
    ).verifiers(ORIGIN)


def test_what_was_not_begun_cannot_be_finished(folder):
    with pytest.raises(KeysError, match="no key is taking"):
        log_keys.finish_rotation(folder, [ORIGIN])


def test_keys_of_many_rotations_are_kept_the_newest_first(folder):
    keys = [LogKeys.load(folder).verifiers(ORIGIN)[0]]
    for _ in range(3):
        log_keys.begin_rotation(folder)
        keys.insert(0, log_keys.finish_rotation(folder, [ORIGIN]).verifiers(ORIGIN)[0])

    assert LogKeys.load(folder).verifiers(ORIGIN) == tuple(keys)
    assert Keys.load(folder, {}).log.verifiers(ORIGIN) == tuple(keys)


def test_killed_before_the_old_key_is_gone_it_can_be_finished_again(folder, monkeypatch):
    expected = log_keys.begin_rotation(folder).verifiers(ORIGIN)

    def killed(*_arguments):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(key_files, "replace_by_next", killed)
        with pytest.raises(KeyboardInterrupt):
            log_keys.finish_rotation(folder, [ORIGIN])
    assert LogKeys.load(folder).verifiers(ORIGIN) == expected

    assert log_keys.finish_rotation(folder, [ORIGIN]).verifiers(ORIGIN) == expected


def test_a_past_key_verifies_the_logs_that_it_signed_and_no_others(folder):
    (old,) = LogKeys.load(folder).verifiers(ORIGIN)
    log_keys.begin_rotation(folder)
    after = log_keys.finish_rotation(folder, [ORIGIN, f"{ORIGIN}/2"])

    assert old in after.verifiers(ORIGIN)
    assert [len(after.verifiers(f"{ORIGIN}/{number}")) for number in (2, 3)] == [2, 1]


@pytest.mark.parametrize("line", ["not a key", "0" * 64])
def test_a_list_of_past_keys_that_is_not_one_is_refused(folder, line):
    (folder / "log-signing.past").write_text(f"{line}\n")

    with pytest.raises(KeysError, match=r"log-signing\.past"):
        LogKeys.load(folder)


def test_keys_that_are_copied_are_the_same(folder, tmp_path):
    log_keys.begin_rotation(folder)
    copy = shutil.copytree(folder, tmp_path / "copy")

    assert LogKeys.load(copy).verifiers(ORIGIN) == LogKeys.load(folder).verifiers(ORIGIN)
