"""`caf-gateway adapter new | check` and `map try`: from the command line, with exit codes."""

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gateway.cli import main
from gateway.cli.commands import app

CSV = "First name,Surname,Shoe size\nWren,Sample,28\n"


def _run(*arguments):
    return CliRunner().invoke(app, [str(one) for one in arguments])


@pytest.fixture
def made(tmp_path):
    sample = tmp_path / "sample.csv"
    sample.write_text(CSV)
    ran = _run("adapter", "new", "acme", "--from", sample, "--into", tmp_path, "--json")
    return json.loads(ran.stdout) | {"sample": sample}


def test_a_new_package_says_what_was_guessed_and_what_is_to_be_decided(made):
    assert made["guessed"] == 2
    assert made["undecided"] == ["Shoe_size"]
    assert "caf_adapter_acme/map.yaml" in made["files"]


def test_faults_are_found_wanting_and_none_are_good(made, tmp_path):
    ran = _run("adapter", "check", made["folder"], "--json")
    assert ran.exit_code == 1
    assert [one["check"] for one in json.loads(ran.stdout)["faults"]] == ["undecided"]

    mapping = tmp_path / "caf-adapter-acme" / "caf_adapter_acme" / "map.yaml"
    mapping.write_text(mapping.read_text().replace("to be decided", "not for sharing"))
    ran = _run("adapter", "check", made["folder"])
    assert (ran.exit_code, ran.stdout) == (0, "acme: nothing is wrong\n")


def test_what_there_is_not_is_wrong_use(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["adapter", "check", "nope"])
    assert ended.value.code == 2
    assert "there is no adapter" in capsys.readouterr().err


def test_a_mapping_is_tried_before_it_is_installed(made):
    ran = _run("map", "try", made["folder"], made["sample"], "--json")
    (leaves,) = json.loads(ran.stdout)["leaves"]

    assert ran.exit_code == 0
    assert {one["place"]: one["fate"] for one in leaves} == {
        "/2/First_name": "kept",
        "/2/Surname": "kept",
        "/2/Shoe_size": "lost",
    }


def test_what_a_recipient_would_get_is_told_with_the_reason(made):
    ran = _run("map", "try", made["folder"], made["sample"], "--to", "school")

    assert "What a service of the type `school` would get for early_help" in ran.stdout
    assert "child.names" in ran.stdout


def test_a_record_that_is_rejected_is_found_wanting(made, tmp_path):
    (tmp_path / "other.csv").write_text("Hat\n1\n")
    assert _run("map", "try", made["folder"], tmp_path / "other.csv").exit_code == 1


def test_a_fact_without_a_value_is_wrong_use(made, capsys):
    with pytest.raises(SystemExit) as ended:
        main(
            ["map", "try", made["folder"], str(made["sample"]), "--to", "school", "--fact", "risk"]
        )
    assert ended.value.code == 2
    assert "a fact is written as NAME=VALUE" in capsys.readouterr().err


def test_the_hashes_of_the_installed_code_are_printed_for_the_settings():
    found = json.loads(_run("adapter", "list", "--hashes").stdout)

    assert set(found) >= {"bars", "ctf", "early-help"}
    assert all(len(one) == 64 for one in found.values())


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("rows:", "rows: [", r"map\.yaml:\d+: "),
        ("First_name", "First_nam", r"map\.yaml:\d+: there is no `First_nam`, did you mean"),
        ("given_and_family", "magic", r"map\.yaml:\d+: "),
        ("child/names", "child/shoes", r"map\.yaml:\d+: "),
    ],
)
def test_a_fault_of_a_mapping_is_said_with_its_line(made, capsys, right, wrong, said):
    mapping = Path(made["folder"]) / "caf_adapter_acme" / "map.yaml"
    mapping.write_text(mapping.read_text().replace(right, wrong, 1))

    with pytest.raises(SystemExit) as ended:
        main(["map", "try", made["folder"], str(made["sample"])])

    assert ended.value.code == 2
    assert re.match(f"caf-gateway: {said}", capsys.readouterr().err)
