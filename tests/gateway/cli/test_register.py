"""`caf-gateway register`, and the four registers: who takes part."""

import io
import json
from pathlib import Path

import pytest
from worlds import EARLY_HELP, GP

from audit.events import EntryType

PARTNERSHIP = Path(__file__).parents[3] / "gateway" / "demo" / "partnership.yaml"
FILE = """\
organisations:
  - {id: "la:998", name: Great Marsh Council}
services:
  - id: "2000099950"
    organisation: la:998
    type: %s
    name: Great Marsh early help
"""


def _types(run, kind="agency-change"):
    return run("audit", "search", "--type", kind, "--json").json["entries"]


def test_a_file_is_loaded_once_and_each_document_has_an_entry(run, tmp_path):
    file = tmp_path / "registers.yaml"
    file.write_text(FILE % "la_early_help")
    before = len(_types(run))
    first = run("register", "load", file, "--json")
    assert first.code == 0
    assert [one["id"] for one in first.json["recorded"]] == ["la:998", "2000099950"]
    assert run("register", "load", file, "--json").json == {"recorded": [], "unchanged": 2}
    assert len(_types(run)) == before + 2


def test_the_sample_that_the_guide_loads_holds_together(run):
    loaded = run("register", "load", PARTNERSHIP, "--by", "ig-1")
    assert (loaded.code, loaded.err) == (0, "")
    assert f"service {EARLY_HELP}" in loaded.out


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        pytest.param(FILE % "la_early_halp", ":4: unknown service type, did you mean", id="type"),
        pytest.param(FILE % "gp" + "    colour: red\n", ":8: object contains unknown", id="field"),
        pytest.param("organisations: [{id: 'la:1'}]\n", ":1: object missing required", id="name"),
        pytest.param("organisations: [{id: x, name: X}]\n", ":1: an id is written", id="scheme"),
        pytest.param("organisations: [\n", ":2: ", id="no YAML"),
        pytest.param(FILE % "gp" + FILE.partition("\n")[2], "", id="the same key twice"),
    ],
)
def test_a_file_that_does_not_hold_together_is_refused_with_its_line(run, tmp_path, wrong, place):
    file = tmp_path / "registers.yaml"
    file.write_text(wrong)
    ran = run("register", "load", file)
    assert (ran.code, ran.out) == (2, "")
    assert f"{file}{place}" in ran.err
    assert ran.err.count("\n") == 1


def test_a_service_of_no_organisation_is_refused(run, tmp_path):
    file = tmp_path / "registers.yaml"
    file.write_text((FILE % "gp").replace("organisation: la:998", "organisation: la:997"))
    ran = run("register", "load", file)
    assert ran.code == 2
    assert "names an organisation that is not registered" in ran.err


def test_a_service_is_added_by_options_and_changed_by_fewer(run):
    made = run(
        *("service", "add", "2000099951", "--organisation", "la:999", "--type", "yot"),
        *("--name", "Youth justice", "--endpoint", "folder:yot", "--format", "early-help"),
    )
    assert (made.code, made.err) == (0, "")
    run("service", "add", "2000099951", "--training-until", "2027-05-01")
    shown = run("service", "show", "2000099951").json
    assert shown["endpoint"] == {"transport": "folder", "address": "yot"}
    assert (shown["type"], shown["training_until"]) == ("yot", "2027-05-01")
    assert "unchanged" in run("service", "add", "2000099951").out


@pytest.mark.parametrize(
    "options",
    [
        ("--role", "clinicias"),
        ("--format", "telex"),
        ("--training-until", "soon"),
        ("--endpoint", "pigeon:loft"),
    ],
)
def test_a_word_that_nobody_knows_is_refused(run, options):
    before = run("service", "show", GP).out
    ran = run("service", "add", GP, *options)
    assert (ran.code, ran.out) == (2, "")
    assert run("service", "show", GP).out == before


@pytest.mark.parametrize(
    "said", ["clearances: [shield]", "grants: [{what: shield, until: 2027-05-01}]"]
)
def test_nobody_is_cleared_by_registering_them(run, tmp_path, monkeypatch, said):
    row = f'id: lead-2\nservice: "{EARLY_HELP}"\nrole: lead_professional\n{said}\n'
    monkeypatch.setattr("sys.stdin", io.StringIO(row))
    added = run("practitioner", "add", "-")
    file = tmp_path / "registers.yaml"
    file.write_text(
        f'practitioners:\n  - {{id: lead-2, service: "{EARLY_HELP}", role: clinician, {said}}}\n'
    )
    loaded = run("register", "load", str(file))

    for ran in (added, loaded):
        assert ran.code != 0
        assert "a clearance is granted by an officer" in ran.err
    assert "lead-2" not in run("practitioner", "list").out


def test_loading_a_file_again_takes_nothing_away_that_people_recorded(run, tmp_path):
    file = tmp_path / "registers.yaml"
    file.write_text(
        "practitioners:\n"
        f'  - {{id: lead-2, service: "{EARLY_HELP}", role: clinician}}\n'
        f'  - {{id: lead-3, service: "{EARLY_HELP}", role: clinician}}\n'
    )
    run("register", "load", str(file))
    until = ("--until", "2027-06-01")
    assert run("clearance", "grant", "lead-2", "shield", *until, "--by", "ig-1").code == 0
    assert run("practitioner", "leave", "lead-3").code == 0
    before = [run("practitioner", "show", one).out for one in ("lead-2", "lead-3")]

    run("register", "load", str(file))

    assert [run("practitioner", "show", one).out for one in ("lead-2", "lead-3")] == before
    assert '"what": "shield"' in before[0]
    assert '"left": true' in before[1]


def test_a_practitioner_is_added_from_standard_input(run, monkeypatch):
    text = f'id: lead-2\nservice: "{EARLY_HELP}"\nrole: lead_professional\n'
    monkeypatch.setattr("sys.stdin", io.StringIO(text))
    assert run("practitioner", "add", "-").out == "recorded practitioner lead-2\n"
    rows = run("practitioner", "list", "--json").json
    assert "lead-2" in [one["id"] for one in rows]


def test_a_fault_on_standard_input_is_located(run, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("id: lead-1\nrole: lead_professional\nrank: 1\n"))
    ran = run("practitioner", "add", "-")
    assert (ran.code, ran.out) == (2, "")
    assert "standard input:" in ran.err


def test_a_client_is_registered_by_public_keys_and_revoked(run, tmp_path):
    keys = tmp_path / "jwks.json"
    public = {"kty": "OKP", "crv": "Ed25519", "x": "AA", "kid": "k1"}
    keys.write_text(json.dumps({"keys": [public]}))
    added = run("client", "add", "eh-2", "--service", EARLY_HELP, "--jwks", keys)
    assert (added.code, added.err) == (0, "")
    assert run("client", "revoke", "eh-2", "--by", "ig-1").code == 0
    assert run("client", "show", "eh-2").json["revoked"] is True
    assert "revoked" in run("client", "list").out


def test_a_private_key_is_refused_and_not_repeated(run, tmp_path):
    keys = tmp_path / "jwks.json"
    keys.write_text(json.dumps({"keys": [{"kty": "OKP", "crv": "Ed25519", "d": "sesame"}]}))
    ran = run("client", "add", "eh-2", "--service", EARLY_HELP, "--jwks", keys)
    assert ran.code == 2
    assert "this one is private" in ran.err
    assert "sesame" not in ran.err


@pytest.mark.parametrize("register", ["organisation", "service", "client", "practitioner"])
def test_what_is_not_registered_cannot_be_shown(run, register):
    ran = run(register, "show", "nobody")
    assert (ran.code, ran.err) == (2, f"caf-gateway: there is no such {register}\n")


def test_registers_are_listed_for_people(run):
    listed = run("organisation", "list")
    assert listed.code == 0
    assert "la:999" in listed.out


def test_what_was_recorded_names_who_recorded_it(run):
    run("organisation", "add", "urn:999009", "--name", "A school", "--by", "ig-1")
    entry = _types(run)[-1]
    assert entry["type"] == EntryType.AGENCY_CHANGE
    assert entry["detail"]["gateway"]["user"] == "ig-1"
