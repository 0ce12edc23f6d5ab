"""`caf-gateway agreement`: files checked and signed, versions registered, activated, suspended."""

import shutil
from pathlib import Path

import pytest
from signatories import OFFICERS, SAMPLE
from worlds import EARLY_HELP, GP, HEALTH_VISITING, SCHOOL

NAME = "little-marsh-early-help"
SIGNING_SERVICES = (HEALTH_VISITING, EARLY_HELP, SCHOOL, GP)
"""A service of each party, in the order of the sample."""


def _sample(run):
    listed = run("agreement", "list", "--json").json
    return next(row for row in listed if row["id"] == NAME)


@pytest.fixture
def file(tmp_path) -> Path:
    """Return the sample as another agreement, which nobody has signed."""
    place = tmp_path / "another" / "1.yaml"
    place.parent.mkdir()
    place.write_text(SAMPLE.read_text().replace(f"id: {NAME}", "id: another"))
    return place


@pytest.fixture
def keyed(file, run, tmp_path):
    """Return a small agreement with keys of its signatories, made for it, and where those are."""
    keys = []
    small = file.read_text()
    small = small[: small.index("      - from: [ods:X9A01, la:999]")] + "obligations: [expiry]\n"
    file.write_text(small)
    lines = file.read_text().splitlines(keepends=True)
    for position, line in enumerate(lines):
        if line.startswith("    key: "):
            at = SIGNING_SERVICES[len(keys)]
            keys.append(tmp_path / f"signatory-{len(keys)}.pem")
            key = run("agreement", "key", keys[-1]).out
            lines[position] = f"    key: {key}"
            run("practitioner", "add", f"signatory-{len(keys)}", "--service", at, "--role", "admin",
                "--appointment", "designated_signatory", "--signing-key", key.strip())  # fmt: skip
    file.write_text("".join(lines))
    return file, keys


def test_agreements_are_listed_with_how_they_stand_today(run):
    row = _sample(run)
    assert (row["version"], row["state"]) == (1, "active")
    assert row["review_on"] == "2027-01-05"
    assert "little-marsh-early-help" in run("agreement", "list").out


def test_an_overdue_review_and_an_ended_agreement_are_said(run, clock):
    clock.advance(days=60)
    assert _sample(run)["is_review_overdue"] is True
    assert "2027-01-05, overdue" in run("agreement", "list").out
    clock.advance(days=500)
    assert _sample(run)["state"] == "expired"


def test_one_version_is_shown_with_who_signed_and_who_activated_it(run):
    shown = run("agreement", "show", NAME, 1).json
    assert shown["approved_by"] == list(OFFICERS)
    assert {one["party"] for one in shown["signatures"]} == {
        party["organisation"] for party in shown["content"]["parties"]
    }
    assert run("agreement", "show", NAME, 7).code == 2


def test_a_well_formed_agreement_is_good(run):
    checked = run("agreement", "check", SAMPLE, "--json")
    assert (checked.code, checked.json["complaints"], checked.json["unsigned"]) == (0, [], [])


def test_an_agreement_with_a_fault_is_found_wanting_with_its_line(run, file):
    file.write_text(file.read_text().replace("until: 2028-01-05", "until: 2025-01-05"))
    ran = run("agreement", "check", file)
    assert ran.code == 1
    assert ran.out.splitlines()[0] == f"{file}:8: it ends before it begins"


def test_every_fault_of_an_agreement_is_named_at_once(run, file):
    text = file.read_text().replace("until: 2028-01-05", "until: 2025-01-05")
    file.write_text(text.replace("ods:X9G77", "ods:X9G78"))
    ran = run("agreement", "check", file)
    said = [line.split(": ", 1)[1] for line in ran.out.splitlines()]
    assert (ran.code, said[0]) == (1, "it ends before it begins")
    assert any("did you mean `ods:X9G77`" in one for one in said[1:])


@pytest.mark.parametrize("command", ["check", "register"])
def test_a_party_that_is_not_registered_is_named_with_its_line_and_the_right_one(
    run, file, command
):
    file.write_text(file.read_text().replace("ods:X9G77", "ods:X9G78"))
    ran = run("agreement", command, file)
    assert (ran.code, ran.out.startswith(f"{file}:27: ")) == (1, True)
    assert "did you mean `ods:X9G77`" in ran.out


def test_a_file_that_is_not_there_is_wrong_use(run):
    assert run("agreement", "check", "/no/such/file.yaml").code == 2


def test_from_signing_to_suspending_and_back(run, keyed):
    file, keys = keyed
    for key in keys[:-1]:
        assert run("agreement", "sign", file, "--key", key).code == 0
    run("agreement", "register", file)
    ran = run("agreement", "activate", "another", 1, "--by", OFFICERS[0])
    assert (ran.code, ran.out) == (1, "nobody has signed for `ods:X9G77` (Senior partner)\n")

    run("agreement", "sign", file, "--key", keys[-1])
    assert run("agreement", "register", file, "--json").json["stage"] == "signed"
    proposed = run("agreement", "activate", "another", 1, "--by", OFFICERS[0], "--json").json
    assert "newly released: identity" in proposed["text"]
    approve = ("agreement", "activate", "another", 1, "--approve", proposed["digest"])
    alone = run(*approve, "--by", OFFICERS[0])
    assert (alone.code, "nobody approves alone" in alone.err) == (1, True)
    assert run(*approve, "--by", OFFICERS[1], "--json").json["stage"] == "active"

    why = ("--by", OFFICERS[0], "--reason", "its parties are to look at it")
    assert run("agreement", "suspend", "another", 1, *why, "--json").json["stage"] == "suspended"
    assert run("agreement", "suspend", "another", 1, *why).code == 1
    assert "another officer" in run("agreement", "resume", "another", 1, *why).out
    alone = run("agreement", "resume", "another", 1, *why)
    assert (alone.code, "nobody approves alone" in alone.err) == (1, True)
    and_so = ("--by", OFFICERS[1], "--reason", "they have")
    assert run("agreement", "resume", "another", 1, *and_so).out == "another/1 is active\n"
    assert run("audit", "verify").code == 0


def test_another_change_than_was_proposed_is_not_approved(run, keyed):
    file, keys = keyed
    for key in keys:
        run("agreement", "sign", file, "--key", key)
    run("agreement", "register", file)
    activate = ("agreement", "activate", "another", 1, "--by")
    assert run(*activate, OFFICERS[1], "--approve", "0" * 64).code == 1
    run(*activate, OFFICERS[0])
    ran = run(*activate, OFFICERS[1], "--approve", "0" * 64)
    assert (ran.code, "propose it again" in ran.out) == (1, True)


def test_who_is_no_officer_activates_nothing(run, file):
    shutil.copy(SAMPLE.with_name("1.signatures.yaml"), file.parent)
    assert "what was signed is not what" in run("agreement", "register", file).out
    ran = run("agreement", "activate", NAME, 1, "--by", "teacher-1")
    assert (ran.code, "information_governance_officer" in ran.err) == (1, True)


def test_a_key_that_is_no_partys_signs_nothing(run, file, tmp_path):
    run("agreement", "key", tmp_path / "mine.pem")
    ran = run("agreement", "sign", file, "--key", tmp_path / "mine.pem")
    assert (ran.code, "of no party" in ran.out) == (1, True)
    assert not file.with_name("1.signatures.yaml").exists()
    assert run("agreement", "key", tmp_path / "mine.pem").code == 2


def test_a_new_agreement_is_a_draft_that_check_leads_through(run, tmp_path):
    begin = ("agreement", "new", "reedbed", "--title", "Reedbed and the council")
    between = ("--party", "la:999", "--party", "ods:X9G77", "--purpose", "early_help")
    assert run(*begin, *between, "--folder", tmp_path, "--from", "2027-03-01").code == 0
    file = tmp_path / "reedbed" / "1.yaml"
    for missing, agreed in (
        ("powers: []", "powers: [Children Act 2004 s10]"),
        ("article_6: []", "article_6: [public_task]"),
        ("shares: []", 'shares: [{from: ["la:999"], to: ["ods:X9G77"], categories: all}]'),
    ):
        checked = run("agreement", "check", file)
        assert (checked.code, "at least one is named" in checked.out) == (1, True)
        file.write_text(file.read_text().replace(missing, agreed))
    checked = run("agreement", "check", file, "--json")
    assert (checked.code, checked.json["unsigned"]) == (0, ["la:999", "ods:X9G77"])

    run(*begin, *between, "--folder", tmp_path)
    assert "version: 2" in (tmp_path / "reedbed" / "2.yaml").read_text()


@pytest.mark.parametrize(
    ("option", "word", "right"),
    [
        pytest.param("--purpose", "early_hepl", "`early_help`", id="a purpose"),
        pytest.param("--party", "lea:999", "`la`", id="a party"),
    ],
)
def test_a_draft_of_words_that_are_not_known_is_refused_with_the_right_ones(
    run, tmp_path, option, word, right
):
    given = {"--party": "la:999", "--purpose": "early_help", option: word}
    options = [each for pair in given.items() for each in pair]
    begin = ("agreement", "new", "reedbed", "--title", "-", "--folder", tmp_path)
    ran = run(*begin, *options)
    assert (ran.code, right in ran.err) == (2, True)
    assert not (tmp_path / "reedbed").exists()


def test_a_worker_asks_for_the_review_that_comes_due(run):
    run("work", "--once")
    asked = [
        one for one in run("task", "list", "--json").json["tasks"] if one["kind"] == "agreement"
    ]
    assert {one["owner"] for one in asked} == {"information_governance_officer"}
    run("work", "--once")
    again = [
        one for one in run("task", "list", "--json").json["tasks"] if one["kind"] == "agreement"
    ]
    assert len(again) == len(asked) == 2
