"""`caf-gateway policy`: facts in, decisions out, a line each."""

import json

from typer.testing import CliRunner

from gateway.cli.commands import app

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
