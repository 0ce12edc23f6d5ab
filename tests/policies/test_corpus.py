import json
from pathlib import Path

import pytest
from shared_data import shared

from policies.corpus import Corpus, decide_lines, run
from policies.decision import NOT_RECORDED, Bundle
from policies.documents import load
from policies.errors import DocumentError, PolicyError
from policies.rules import GO_ON, UNCHANGED
from policies.vocabulary import Obligation, Outcome

OURS = Path(__file__).with_name("corpus.yaml")
BUNDLE = Bundle.load()


def test_every_scenario_of_our_own_comes_out_as_its_reader_expects() -> None:
    result = run(OURS, BUNDLE)

    assert result.failures == {}
    assert result.passed > 70


def test_every_scenario_of_the_shared_corpus_comes_out_as_expected() -> None:
    result = run(shared("policy/scenarios.yaml"), BUNDLE)

    assert result.failures == {}
    assert result.passed >= 194


def test_our_corpus_reaches_every_rule_outcome_and_obligation() -> None:
    scenarios = load(OURS, Corpus).scenarios
    settling = {
        rule.id
        for rule in BUNDLE.law.rules
        if any(clause.effect not in {GO_ON, UNCHANGED} for clause in rule.clauses)
    }

    assert {rule for each in scenarios for rule in each.rules} == settling | {NOT_RECORDED}
    assert {outcome for each in scenarios for outcome in each.expect} == set(Outcome)
    owed = {obligation for each in scenarios for obligation in each.obligations}
    assert owed | {Obligation.ACCOUNT} == set(Obligation)


def corpus(tmp_path: Path, scenario: str) -> Path:
    path = tmp_path / "corpus.yaml"
    path.write_text(f"defaults: {{identity_verified: false}}\nscenarios:\n  - {scenario}\n")
    return path


@pytest.mark.parametrize(
    ("expected", "failure"),
    [
        pytest.param(
            "expect: {permit: [sen]}", "sen: refer by U, not permit", id="another outcome"
        ),
        pytest.param(
            "expect: {refer: [sen]}, rules: [E14]", "rule E14 was not used", id="another rule"
        ),
        pytest.param(
            "expect: {refer: [sen]}, obligations: [alert_ig]",
            "obligation alert_ig is missing",
            id="an obligation that is not owed",
        ),
    ],
)
def test_a_scenario_fails_for(tmp_path: Path, expected: str, failure: str) -> None:
    facts = "{identity_verified: null, court_order: none, recipient: court, purpose: court}"
    result = run(corpus(tmp_path, f"{{id: s, title: t, facts: {facts}, {expected}}}"), BUNDLE)

    assert result.failures == {"s": (failure,)}
    assert str(result) == "0 passed, 1 failed"


@pytest.mark.parametrize(
    ("scenario", "complaint"),
    [
        pytest.param(
            "{id: s, title: t, facts: {shelded: true}, expect: {}}",
            "3: scenario `s`: unknown fact, did you mean `shielded`",
            id="an unknown fact",
        ),
        pytest.param(
            "{id: s, title: t, facts: {}, expect: {deny: [adress]}}",
            "unknown category, did you mean `address`",
            id="an unknown category",
        ),
        pytest.param(
            "{id: s, title: t, facts: {}, expect: {denied: [address]}}",
            "unknown outcome, did you mean `deny`",
            id="an unknown outcome",
        ),
        pytest.param(
            "{id: s, title: t, facts: {}, expect: {deny: [sen], permit: [sen]}}",
            "a category is expected twice",
            id="a category expected twice",
        ),
        pytest.param(
            "{id: s, title: t, fact: {}, expect: {}}",
            "3: object contains unknown field `fact`, did you mean `facts`",
            id="a misspelt field",
        ),
    ],
)
def test_a_corpus_is_refused_for(tmp_path: Path, scenario: str, complaint: str) -> None:
    with pytest.raises(DocumentError) as refusal:
        run(corpus(tmp_path, scenario), BUNDLE)

    assert complaint in str(refusal.value)


def test_lines_are_decided_on_the_defaults_of_a_corpus() -> None:
    lines = ['{"categories": ["sen", "sibling"]}', "", '{"categories": ["sen"], "on_team": null}']

    first, second = map(json.loads, decide_lines(lines, OURS, bundle=BUNDLE))

    assert first == {
        "outcomes": {"sen": "permit", "sibling": "redact"},
        "rules": {"sen": ["E17"], "sibling": ["G3"]},
        "obligations": ["account", "record_reason"],
    }
    assert second["outcomes"] == {"sen": "refer"}
    assert second["rules"] == {"sen": ["U"]}


def test_without_defaults_what_is_absent_is_unknown() -> None:
    (decided,) = map(json.loads, decide_lines(['{"categories": ["sen"]}'], bundle=BUNDLE))

    assert decided["outcomes"] == {"sen": "refer"}


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        pytest.param("nonsense", "line `1`: not a JSON object", id="no JSON"),
        pytest.param("[]", "line `1`: not a JSON object", id="no object"),
        pytest.param('{"risk": "none"}', "line `1`: `categories` must be a list", id="no list"),
        pytest.param(
            '{"categories": ["sex"]}', "line `1`: unknown category", id="an unknown category"
        ),
        pytest.param(
            '{"categories": [], "competent": true}',
            "line `1`: `competent` must be one of yes, no, unknown (in quotes)",
            id="a boolean for a word",
        ),
    ],
)
def test_a_line_is_refused_for(line: str, complaint: str) -> None:
    with pytest.raises(PolicyError) as refusal:
        list(decide_lines([line], bundle=BUNDLE))

    assert str(refusal.value).startswith(complaint)
