"""`caf-gateway policy`: facts in, decisions out, a line each."""

import json

import pytest
from typer.testing import CliRunner

from gateway.cli import main
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


def test_the_policies_are_published_into_a_folder(tmp_path):
    ran = CliRunner().invoke(app, ["policy", "publish", str(tmp_path / "out"), "--json"])
    assert ran.exit_code == 0
    assert "agreements/little-marsh-early-help.cedar" in json.loads(ran.stdout)
    for name in json.loads(ran.stdout):
        assert (tmp_path / "out" / name).stat().st_size > 0


def test_a_law_set_that_cannot_be_read_is_not_published(tmp_path, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["policy", "publish", str(tmp_path / "out"), "--law", str(tmp_path)])
    assert stopped.value.code == 2
    assert "bundle.yaml: the file cannot be read" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
