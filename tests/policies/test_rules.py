"""The law set as data: what it holds, and how a broken one is refused or contained."""

import datetime as dt
import logging
import re
import shutil
from pathlib import Path

import pytest
from policy_facts import DAY, ORDINARY, replace

from policies.conditions import facts_of
from policies.decision import Bundle
from policies.decision_source import UNSETTLED, Phases, TableSource, write
from policies.errors import DocumentError
from policies.rules import SHIPPED, load, unused_terms
from policies.vocabulary import ALL_CATEGORIES, Category, Obligation, Outcome


@pytest.fixture
def law(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SHIPPED, tmp_path / "law"))


def edit(path: Path, before: str, after: str) -> None:
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after, 1))


def test_every_rule_says_where_it_comes_from_and_how_it_reads() -> None:
    for rule in load().rules:
        assert rule.source
        assert rule.reads
        assert rule.territory == "England"


def test_every_term_is_used_and_every_fact_matters_to_some_rule() -> None:
    law = load()
    terms = {name: definition.condition for name, definition in law.definitions.items()}
    conditions = [rule.when for rule in law.rules]
    conditions += [each.condition for rule in law.rules for each in (*rule.clauses, *rule.debts)]

    assert unused_terms(law) == frozenset()
    consulted = frozenset().union(*(facts_of(each, terms) for each in conditions))
    assert consulted == set(type(ORDINARY).__struct_fields__)


def test_the_digest_is_of_what_the_rules_say_not_of_how_they_are_laid_out(law: Path) -> None:
    before = load(law).digest
    edit(law / "gates.yaml", "# E.", "# The gates.\n\n# E.")
    assert load(law).digest == before

    edit(law / "gates.yaml", "when: training is lapsed", "when: training is current")
    assert load(law).digest != before


@pytest.mark.parametrize(
    ("file", "before", "after", "complaint"),
    [
        pytest.param(
            "gates.yaml",
            "when: detriment is yes",
            "when: detrimant is yes",
            "gates.yaml:13: rule `E1`: neither a fact nor a defined term, did you mean `detriment`",
            id="an unknown fact",
        ),
        pytest.param(
            "gates.yaml",
            "when: training is lapsed",
            "when: training is lapst",
            "rule `E4`: `training` has no such value, did you mean `lapsed`",
            id="an unknown value",
        ),
        pytest.param(
            "overlays.yaml",
            "outcome: redact",
            "outcome: redacted",
            "rule `G10`: unknown outcome, did you mean `redact`",
            id="an unknown outcome",
        ),
        pytest.param(
            "court.yaml",
            "[alert_legal]",
            "[alert_lawyer]",
            "court.yaml:10: rule `B1`: unknown obligation, did you mean `alert_legal`",
            id="an unknown obligation",
        ),
        pytest.param(
            "court.yaml",
            "    outcome: refer\n    obligations",
            "    outcome: [refer if protective]\n    obligations",
            "rule `B1`: the last outcome of a rule has no condition",
            id="a rule that may end in nothing",
        ),
        pytest.param(
            "court.yaml",
            "    outcome: refer\n    obligations",
            "    outcom: refer\n    obligations",
            "court.yaml:9: object contains unknown field `outcom`, did you mean `outcome`",
            id="a misspelt field",
        ),
        pytest.param(
            "consent.yaml",
            "children-act-2004-s16LA",
            "children-act-2004-s16La",
            "rule `E11`: unknown provision, did you mean `children-act-2004-s16LA`",
            id="an unknown provision",
        ),
        pytest.param(
            "definitions.yaml",
            "section in E, G",
            "section in E, X",
            "definitions.yaml:112: term `liftable`: unknown section",
            id="an unknown section",
        ),
        pytest.param(
            "definitions.yaml",
            "means: protective and core",
            "means: protective and designated",
            "term `protective_core`: neither a fact nor a defined term",
            id="a term before its definition",
        ),
        pytest.param(
            "accounting.yaml",
            "outcome: go on",
            "outcome: permit",
            "a closing rule can only add obligations",
            id="a closing rule that settles",
        ),
        pytest.param(
            "gates.yaml",
            "    outcome: refer\n    reads: the request",
            "    outcome: unchanged\n    reads: the request",
            "gates.yaml:6: rule `E0`: a deciding rule has nothing to leave unchanged",
            id="a deciding rule that leaves unchanged",
        ),
        pytest.param(
            "gates.yaml",
            "when: training is lapsed",
            "when: training is lapsed and liftable",
            "rule `E4`: a deciding rule cannot ask what was settled",
            id="a deciding rule that asks what was settled",
        ),
        pytest.param(
            "bundle.yaml",
            "  - gates.yaml",
            "  - gate.yaml",
            "bundle.yaml:13: the file cannot be read, did you mean `gates.yaml`",
            id="a missing file",
        ),
        pytest.param(
            "bundle.yaml", "begins: 2018-05-25", "begins: soon", "bundle.yaml:4:", id="no date"
        ),
    ],
)
def test_a_law_set_is_refused_for(
    law: Path, file: str, before: str, after: str, complaint: str
) -> None:
    edit(law / file, before, after)

    with pytest.raises(DocumentError) as refusal:
        load(law)

    assert complaint in str(refusal.value)


def test_the_duty_begins_on_the_day_that_commencement_says() -> None:
    law = load()

    def in_force(day: int, territory: str = "England") -> bool | None:
        return law.in_force("children-act-2004-s16LA", territory, dt.date(2026, 9, day))

    assert in_force(29) is False
    assert in_force(30) is True
    assert in_force(30, "Scotland") is None


def test_a_rule_applies_only_while_it_is_in_force(law: Path) -> None:
    edit(
        law / "overlays.yaml",
        "when: category is sibling",
        "effective_until: 2026-11-02\n    when: category is sibling",
    )
    bundle = Bundle.load(law)

    def sibling(as_of: dt.date) -> Outcome:
        return bundle.decide(ORDINARY, ["sibling"], as_of=as_of).rulings[Category.SIBLING].outcome

    assert sibling(dt.date(2026, 11, 1)) is Outcome.REDACT
    assert sibling(dt.date(2026, 11, 2)) is Outcome.PERMIT


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch):
    """Return the shipped bundle with one rule that raises when it is tried."""

    def break_rule(rule_id: str) -> Bundle:
        def sabotaged(phases: Phases, definitions) -> TableSource:
            source = write(phases, definitions)
            (at,) = (
                number
                for number, each in enumerate(source.settlements)
                if (each.outcome, each.rule) == (Outcome.REFER, rule_id)
            )
            raising = "\\g<0>; raise ArithmeticError('ages ago, in secret')"
            text, count = re.subn(rf"^ +at = {at}$", raising, source.text, flags=re.MULTILINE)
            assert count
            return source._replace(text=text)

        monkeypatch.setattr("policies.decision_table.write", sabotaged)
        return Bundle.load()

    return break_rule


@pytest.mark.parametrize("rule_id", ["A1", "B1", "E4", "G3", "E17"])
def test_a_rule_that_raises_refers_with_an_alarm(
    broken, rule_id: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        decision = broken(rule_id).decide(ORDINARY, ["identity"], as_of=DAY)

    ruling = decision.rulings[Category.IDENTITY]
    assert (ruling.outcome, ruling.rules) == (Outcome.REFER, (rule_id,))
    assert decision.failed == {rule_id}
    assert {Obligation.ALERT_IG, Obligation.RECORD_REASON} <= decision.obligations
    assert "in secret" not in caplog.text


def test_a_lifting_rule_that_raises_lifts_nothing(broken) -> None:
    pressed = replace(ORDINARY, role="clinician", risk="immediate", on_team=False, break_glass=True)

    decision = broken("H1").decide(pressed, ALL_CATEGORIES, as_of=DAY)

    assert {ruling.outcome for ruling in decision.rulings.values()} <= {
        Outcome.REFER,
        Outcome.REDACT,
        Outcome.DENY,
    }
    assert decision.failed == {"H1"}


def test_a_law_set_that_settles_nothing_refers_everything(law: Path) -> None:
    edit(law / "permits.yaml", "when: always", "when: shielded and not shielded")

    decision = Bundle.load(law).decide(ORDINARY, ["identity"], as_of=DAY)

    assert decision.rulings[Category.IDENTITY].outcome is Outcome.REFER
    assert decision.failed == {UNSETTLED}
