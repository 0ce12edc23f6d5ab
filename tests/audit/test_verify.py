"""Verification of whole logs: what was changed is found, and named."""

import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from audit.checkpoint import Checkpoint
from audit.export import export
from audit.verify import Fault, verify_folder, verify_leaves
from tests.audit.builders import ORIGIN, a_log
from tests.audit.tampering import KEYS, SIZE, TAMPERING


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """Return a folder with an exported log of `SIZE` entries, not to be changed."""
    path = tmp_path_factory.mktemp("log")
    log = a_log(SIZE)
    export(path, log.note(), KEYS, log.read_leaves)
    return path


@pytest.fixture
def folder(exported, tmp_path):
    """Return a copy of the exported log, to be tampered with."""
    return shutil.copytree(exported, tmp_path / "log")


@pytest.mark.parametrize(
    ("tamper", "where"), [pytest.param(*case, id=kind) for kind, case in TAMPERING.items()]
)
def test_tampering_is_found_and_named(folder, tamper, where):
    tamper(folder)

    report = verify_folder(folder, KEYS)

    assert not report.holds
    assert report.fault is not None
    assert report.fault.where == where


def test_any_flipped_bit_is_found(folder):
    dice = random.Random(6962)  # noqa: S311 - which bits are tried need not be secret
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    for _ in range(60):
        file = dice.choice(files)
        genuine = file.read_bytes()
        bit = dice.randrange(8 * len(genuine))
        flipped = bytearray(genuine)
        flipped[bit // 8] ^= 1 << bit % 8
        file.write_bytes(flipped)

        assert not verify_folder(folder, KEYS).holds, file.name
        file.write_bytes(genuine)
    assert verify_folder(folder, KEYS).holds


def test_a_log_that_was_rolled_back_is_found_by_who_remembers(folder):
    older = a_log(SIZE).append(b"the entry that vanished").checkpoint()

    assert verify_folder(folder, KEYS, [older]).fault == Fault(
        "checkpoint", "the log is smaller than it once was: it was rolled back"
    )


def test_a_history_rewritten_with_the_log_s_own_key_is_found_by_who_remembers(folder):
    older = a_log(600).append(b"the entry that was replaced").checkpoint()

    report = verify_folder(folder, KEYS, [older])

    assert report.fault is not None
    assert report.fault.where == "checkpoint"
    assert verify_folder(folder, KEYS).holds


@pytest.mark.parametrize("size", [0, 1, 256, 699, 700])
def test_a_log_that_only_grew_satisfies_who_remembers(exported, size):
    assert verify_folder(exported, KEYS, [a_log(size).checkpoint()]).holds


def test_the_entries_of_a_database_verify_without_tiles():
    log = a_log(SIZE)

    assert verify_leaves(iter(log.leaves), log.checkpoint()).holds


def test_entries_after_the_checkpoint_are_left_for_the_next():
    checkpoint = a_log(300).checkpoint()

    assert verify_leaves(iter(a_log(SIZE).leaves), checkpoint).holds


def test_a_changed_entry_is_named_by_the_tiles_of_the_database():
    log = a_log(SIZE)
    log.leaves[300] = log.leaves[300].replace(b"0", b"1")

    report = verify_leaves(log.leaves, log.checkpoint(), log.read_tile)

    assert report.fault == Fault("entry 300", "the entry and its tile `tile/0/001` disagree")
    without = verify_leaves(log.leaves, log.checkpoint()).fault
    assert without is not None
    assert without.where == "entries 0 to 699"


def test_a_log_that_ends_early_is_found():
    log = a_log(SIZE)
    del log.leaves[650:]

    assert verify_leaves(log.leaves, log.checkpoint()).fault == Fault(
        "entry 650", "the log ends before the checkpoint does"
    )


def test_a_report_says_which_checkpoint_it_is_about(exported):
    assert verify_folder(exported, KEYS).checkpoint == Checkpoint(
        ORIGIN, SIZE, a_log(SIZE).edge.root()
    )


def test_verifying_needs_nothing_but_cryptography():
    script = (
        "import sys, audit.verify, audit.receipts, audit.gate, audit.export\n"
        "heavy = {'sqlalchemy', 'msgspec', 'orjson', 'gateway', 'mappings', 'pydantic'}\n"
        "print(*heavy & set(sys.modules))\n"
    )

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)

    assert done.stdout == b"\n"


def test_the_folder_copied_alone_verifies_a_log(exported, tmp_path):
    root = Path(__file__).parents[2]
    shutil.copytree(root / "audit", tmp_path / "audit")
    command = [sys.executable, "-m", "audit.verify", exported, "--vkeys", exported / "vkeys"]

    done = subprocess.run(command, cwd=tmp_path, env={}, capture_output=True, check=False)

    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.startswith(b"log gateway.example/audit/2026 holds: 700 entries\n")
