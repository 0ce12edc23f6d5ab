"""The command by which a stranger verifies an exported log: what it asks, says, and returns."""

import json

import pytest

from audit.export import export
from audit.note import MAX_TIME
from audit.stranger import GOOD, WANTING, WRONG_USE, main
from tests.audit.builders import KEY, NOON, WITNESSES, a_disclosure, a_log, cosigned

FIRST, SECOND, THIRD = WITNESSES[:3]


@pytest.fixture
def log():
    return a_disclosure(before=300, after=20)


@pytest.fixture
def folder(log, tmp_path):
    keys = (KEY.verifier, FIRST.verifier, SECOND.verifier)
    note = cosigned(log.log.note(), FIRST, SECOND)
    export(tmp_path / "log", note, keys, log.log.read_leaves)
    (tmp_path / "trusted").write_text("".join(f"{key.vkey}\n" for key in keys))
    return tmp_path / "log"


@pytest.fixture
def run(folder, tmp_path, capsys):
    def run(*options: object):
        code = main([str(folder), "--vkeys", str(tmp_path / "trusted"), *map(str, options)])
        said = capsys.readouterr()
        return code, said.out + said.err

    return run


def test_a_log_that_holds_is_reported_with_its_witnesses(run):
    code, said = run("--quorum", 2)

    assert code == GOOD
    assert said.startswith("log gateway.example/audit/2026 holds: 321 entries\n  root ")
    assert "  cosigned by witness.example/w1 at 2026-01-01T12:00:00Z\n" in said


def test_the_report_is_there_for_programs(run, log):
    code, said = run("--json")

    assert code == GOOD
    assert json.loads(said) == {
        "holds": True,
        "log": KEY.name,
        "size": 321,
        "root": log.log.edge.root().hex(),
        "witnesses": {FIRST.name: NOON, SECOND.name: NOON + 1},
    }


def test_a_time_that_no_calendar_reaches_is_reported_as_it_is(run, log, folder):
    note = cosigned(log.log.note(), FIRST, at=MAX_TIME)
    (folder / "checkpoint").write_bytes(note)

    code, said = run("--quorum", 1)

    assert code == GOOD
    assert f"  cosigned by {FIRST.name} at {MAX_TIME}\n" in said


def test_what_does_not_hold_is_said_with_its_place(run, folder):
    bundle = folder / "tile/entries/000"
    bundle.write_bytes(bundle.read_bytes().replace(b":17}", b":71}"))

    assert run() == (WANTING, "WRONG  entry 17: the entry and its tile `tile/0/000` disagree\n")
    assert json.loads(run("--json")[1])["where"] == "entry 17"


def test_older_evidence_of_each_kind_is_held_against_the_log(run, log, tmp_path):
    kinds = {
        "checkpoint": a_log(300).note(),
        "receipt": log.receipt(),
        "proof": log.proof.encode(),
    }
    for name, evidence in kinds.items():
        (tmp_path / name).write_bytes(evidence)
        assert run("--older", tmp_path / name)[0] == GOOD

    larger = a_disclosure(before=300, after=21)
    for name, evidence in (
        ("checkpoint", larger.log.note()),
        ("receipt", larger.receipt()),
        ("proof", larger.proof.encode()),
    ):
        (tmp_path / name).write_bytes(evidence)
        code, said = run("--older", tmp_path / name)
        assert (code, "rolled back" in said) == (WANTING, True)


def test_evidence_that_the_log_did_not_sign_is_named(run, tmp_path):
    (tmp_path / "first").write_bytes(a_log(300).note())
    (tmp_path / "second").write_bytes(b"nothing of the kind")

    code, said = run("--older", tmp_path / "first", "--older", tmp_path / "second")

    assert code == WANTING
    assert said.startswith("WRONG  older file 2: ")


def test_old_words_of_witnesses_are_refused_where_new_ones_are_asked_for(run):
    code, said = run("--quorum", 2, "--max-age", 3600)

    assert code == WANTING
    assert "older than is allowed" in said


@pytest.mark.parametrize(
    "options",
    [
        pytest.param(("--quorum", "3"), id="more witnesses than there are keys of"),
        pytest.param(("--older", "nowhere"), id="a file that is not there"),
        pytest.param(("--vkeys", "nowhere"), id="keys that are not there"),
    ],
)
def test_wrong_use_is_told_from_a_log_that_does_not_hold(run, options):
    code, said = run(*options)

    assert code == WRONG_USE
    assert said.startswith("audit.verify: ")


def test_keys_that_the_folder_names_must_be_those_that_are_trusted(run, folder):
    (folder / "vkeys").write_text(f"{THIRD.verifier.vkey}\n")

    assert run()[0] == WANTING
    (folder / "vkeys").unlink()  # as where the files were fetched one by one
    assert run()[0] == GOOD
