"""`caf-gateway policy`: facts in, decisions out, a line each."""

import json
import shutil

import pytest
from typer.testing import CliRunner
from worlds import EARLY_HELP, HEALTH_VISITING, SCHOOL

from gateway.cli.commands import app
from gateway.composition import open_gateway
from gateway.errors import RequestError
from gateway.registers import Practitioner
from gateway.settings import load
from policies.agreements import SHIPPED as AGREEMENTS
from policies.rules import SHIPPED
from policies.vocabulary import Appointment

_FACTS = '{"categories": ["sen"], "identity_verified": false, "court_order": "none"}\n'


def test_each_line_of_facts_gets_a_line_of_decisions():
    ran = CliRunner().invoke(app, ["policy", "decide", "-"], input=_FACTS * 2)
    first, second = ran.stdout.splitlines()
    assert first == second
    assert json.loads(first)["outcomes"] == {"sen": "deny"}
    assert json.loads(first)["rules"] == {"sen": ["A2"]}


def test_facts_come_from_a_file_too(tmp_path):
    (tmp_path / "facts").write_text(_FACTS)
    ran = CliRunner().invoke(app, ["policy", "decide", str(tmp_path / "facts")])
    assert json.loads(ran.stdout)["outcomes"] == {"sen": "deny"}


_CORPUS = """\
scenarios:
  - id: S1
    title: an unverified asker
    facts: {identity_verified: false, court_order: none}
    expect: {%s: [sen]}
"""


def test_a_corpus_that_comes_out_as_expected_passes(tmp_path):
    (tmp_path / "corpus.yaml").write_text(_CORPUS % "deny")
    ran = CliRunner().invoke(app, ["policy", "test", str(tmp_path / "corpus.yaml")])
    assert (ran.exit_code, ran.stdout.splitlines()[-1]) == (0, "1 passed, 0 failed")


def test_a_corpus_that_does_not_is_found_wanting(tmp_path):
    (tmp_path / "corpus.yaml").write_text(_CORPUS % "permit")
    ran = CliRunner().invoke(app, ["policy", "test", str(tmp_path / "corpus.yaml")])
    assert (ran.exit_code, ran.stdout.splitlines()[-1]) == (1, "0 passed, 1 failed")
    assert ran.stdout.startswith("S1: ")


def test_a_bundle_is_proposed_by_one_officer_and_activated_by_another(run, home, tmp_path):
    law = shutil.copytree(SHIPPED, tmp_path / "law")
    gates = law / "gates.yaml"
    gates.write_text(gates.read_text().replace("reads: the case is closed", "reads: it is closed"))
    office = (Appointment.INFORMATION_GOVERNANCE_OFFICER,)
    with open_gateway(load(home)) as gateway:
        gateway.recorder.documents(
            Practitioner(id=each, service=SCHOOL, role="practitioner", appointments=office)
            for each in ("ig-1", "ig-2")
        )

    proposed = run("policy", "activate", str(law), "--by", "ig-1", "--json")
    digest = proposed.json["digest"]

    assert proposed.json["difference"]["terms"] == ["rule E8 is changed"]
    assert run("policy", "activate", "--approve", digest, "--by", "ig-1").code == 1
    approved = run("policy", "activate", "--approve", digest, "--by", "ig-2", "--json")
    assert (approved.code, approved.json["approved_by"]) == (0, ["ig-1", "ig-2"])


def test_a_bundle_that_does_not_hold_together_is_refused_with_its_place(run, tmp_path):
    law = shutil.copytree(SHIPPED, tmp_path / "law")
    gates = law / "gates.yaml"
    gates.write_text(gates.read_text().replace("when: case is closed", "when: case is close"))

    ran = run("policy", "activate", str(law), "--by", "ig-1")

    assert ran.code == 2
    assert "gates.yaml" in ran.err
    assert "did you mean `closed`" in ran.err


def test_what_was_decided_is_rehearsed_under_a_bundle(run, tmp_path):
    law = shutil.copytree(SHIPPED, tmp_path / "law")
    permits = law / "permits.yaml"
    permits.write_text(
        permits.read_text().replace(
            "when: always\n    outcome: permit", "when: always\n    outcome: refer"
        )
    )

    found = run("policy", "rehearse", str(law), "--since", "2026-01-01", "--json")

    assert found.code == 0
    assert found.json["changed"] > 0
    assert {one["change"] for one in found.json["shifts"]} == {"newly referred"}


def test_what_was_decided_is_rehearsed_under_an_agreement(run, tmp_path):
    folder = tmp_path / "little-marsh-early-help"
    folder.mkdir()
    file = folder / "2.yaml"
    shipped = (AGREEMENTS / "little-marsh-early-help" / "1.yaml").read_text()
    file.write_text(
        shipped.replace("version: 1", "version: 2", 1).replace("          - caf_needs\n", "")
    )

    found = run("policy", "rehearse", str(file), "--since", "2026-01-01", "--json")

    assert {one["category"] for one in found.json["shifts"]} == {"caf_needs"}


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(("activate", "--by", "ig-1"), id="nothing to activate"),
        pytest.param(("rehearse", str(SHIPPED), "--since", "lately"), id="no day"),
    ],
)
def test_what_cannot_be_done_with_a_bundle_is_wrong_use(run, arguments):
    assert run("policy", *arguments).code == 2


def test_what_is_in_force_is_published_into_a_folder(run, tmp_path):
    ran = run("policy", "publish", str(tmp_path / "out"), "--json")

    assert ran.code == 0
    assert "agreements/little-marsh-early-help.cedar" in ran.json
    assert all((tmp_path / "out" / name).stat().st_size > 0 for name in ran.json)
    assert run("policy", "publish", str(tmp_path / "out")).out.splitlines() == ran.json


def test_a_folder_that_cannot_be_written_is_wrong_use(run, tmp_path):
    (tmp_path / "out").write_text("a file")

    assert run("policy", "publish", str(tmp_path / "out")).code == 2


def _index(run, service):
    found = run("audit", "search", "--type", "disclosure", "--service", service, "--json")
    return str(found.json["entries"][0]["index"])


def test_facts_are_explained_with_what_would_change_them(run, tmp_path):
    facts = tmp_path / "facts.yaml"
    facts.write_text("categories: [sen]\nidentity_verified: false\ncourt_order: none\n")

    ran = run("policy", "explain", str(facts), "--what-if", "court_order=prohibit",
              "--what-if", "court_scope=all", "--json")  # fmt: skip

    assert ran.code == 0
    assert ran.json["explanation"]["reader"] == "officer"
    (turn,) = ran.json["what_if"]["turns"]
    assert (turn["before"]["rules"], turn["after"]["rules"]) == (["A2"], ["A1"])


def test_a_decision_in_the_log_is_explained_with_who_recorded_its_facts(run):
    ran = run("policy", "explain", "--entry", _index(run, EARLY_HELP), "--by", "ig-1")

    assert ran.code == 0
    assert f"yes (recorded by {HEALTH_VISITING} on 20 November 2026" in ran.out
    assert "statement 1 of the parent, recorded on 20 November 2026" in ran.out
    assert "Agreement relied on: little-marsh-early-help/1 (" in ran.out
    read = run("audit", "search", "--type", "audit-read", "--user", "ig-1", "--json")
    assert read.json["total"] == 1


def test_a_decision_in_the_log_is_told_to_a_family_by_what_was_released(run):
    ran = run("policy", "explain", "--entry", _index(run, EARLY_HELP), "--reader", "family",
              "--by", "visitor-1")  # fmt: skip

    assert "We shared some of what we know with" in ran.out
    assert "Attainment" not in ran.out  # it may be shared, but none was held


@pytest.mark.parametrize(
    ("by", "reader"),
    [
        ("nobody-at-all", "officer"),
        ("nobody-at-all", "family"),
        ("operator", "officer"),
        ("visitor-1", "officer"),
    ],
)
def test_what_an_officer_reads_is_told_to_no_other(run, by, reader):
    entry = _index(run, EARLY_HELP)
    ran = run("policy", "explain", "--entry", entry, "--reader", reader, "--by", by)

    assert (ran.code, ran.out) == (1, "")


def test_what_if_of_a_decision_in_the_log(run):
    index = _index(run, EARLY_HELP)
    ran = run("policy", "explain", "--entry", index, "--by", "ig-1", "--what-if",
              "training=lapsed")  # fmt: skip

    assert "then  Needs and strengths: withheld, because the recipient's training has" in ran.out
    assert "newly owed" not in ran.out


def test_what_if_gives_a_practitioner_no_more_away_than_the_decision_does(run):
    ran = run("policy", "explain", "--entry", _index(run, EARLY_HELP), "--reader", "practitioner",
              "--by", "visitor-1", "--what-if", "shielded=true")  # fmt: skip

    before, _, then = ran.out.partition("If it were so:")
    assert "Where the child lives" in before
    assert "Where the child lives" not in then
    assert "shield" not in ran.out


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param((), id="nothing"),
        pytest.param(("--entry", "0", "--by", "ig-1"), id="an entry that records no decision"),
        pytest.param(("--entry", "99999", "--by", "ig-1"), id="an entry that there is not"),
        pytest.param(("nowhere.json",), id="a file that there is not"),
        pytest.param(("-", "--reader", "teacher"), id="a reader that there is not"),
        pytest.param(("-", "--what-if", "training"), id="a fact without a value"),
        pytest.param(("-", "--what-if", "training=some"), id="a value that there is not"),
    ],
)
def test_what_cannot_be_explained_is_wrong_use(run, arguments):
    assert run("policy", "explain", *arguments).code == 2


def test_a_bundle_that_keeps_what_must_always_hold_is_proved():
    ran = CliRunner().invoke(app, ["policy", "check", str(AGREEMENTS)])
    assert ran.exit_code == 0
    assert ran.stdout.splitlines()[-1].endswith(" proved, 0 false")


def test_a_bundle_that_breaks_it_is_found_wanting_with_a_counterexample(tmp_path):
    law = _loosened(tmp_path)
    ran = CliRunner().invoke(app, ["policy", "check", str(law), "--json"])
    assert ran.exit_code == 1
    claims = json.loads(ran.stdout)["days"][0]["claims"]
    false = next(claim for claim in claims if not claim["proved"])
    assert false["name"] == "suspension-and-training-hold"
    assert "training is lapsed" in false["counterexample"]["because"]


def test_a_bundle_that_does_not_hold_together_is_found_wanting(tmp_path):
    law = _loosened(tmp_path, "when: trianing is lapsed")
    ran = CliRunner().invoke(app, ["policy", "check", str(law)])
    assert ran.exit_code == 1
    assert "did you mean `training`" in ran.stdout


def test_what_two_bundles_decide_differently_is_told_with_examples(tmp_path):
    law = _loosened(tmp_path, "when: training is lapsed and not category is sen")
    ran = CliRunner().invoke(app, ["policy", "diff", str(SHIPPED), str(law)])
    assert ran.exit_code == 0
    assert "term: rule E4 is changed" in ran.stdout
    assert "\nnewly released: sen\n" in ran.stdout
    example = "newly released: sen, deny by E4 becomes permit by E17, for example where "
    (told,) = (line for line in ran.stdout.splitlines() if line.startswith(example))
    assert "training is lapsed" in told.removeprefix(example).split(", ")


def test_law_is_not_compared_with_an_agreement():
    agreement = AGREEMENTS / "little-marsh-early-help" / "1.yaml"
    ran = CliRunner().invoke(app, ["policy", "diff", str(SHIPPED), str(agreement)])
    assert isinstance(ran.exception, RequestError)


def _loosened(tmp_path, instead="when: training is lapsed and not role is clinician"):
    law = shutil.copytree(SHIPPED, tmp_path / "law")
    gates = law / "gates.yaml"
    text = gates.read_text(encoding="utf-8")
    gates.write_text(text.replace("when: training is lapsed", instead), encoding="utf-8")
    return law
