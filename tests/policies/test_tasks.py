import datetime as dt
from pathlib import Path

import pytest
from policy_facts import DAY, ORDINARY, replace

from policies import rules, tasks
from policies.attributes import Facts
from policies.decision import Bundle, Decision, Ruling
from policies.errors import DocumentError
from policies.facts import FactSources
from policies.tasks import SHIPPED, Questions, questions
from policies.vocabulary import ALL_CATEGORIES, Category, Outcome

BUNDLE = Bundle.load()


def asked(facts: Facts, *categories: Category):
    decision = BUNDLE.decide(facts, categories or ALL_CATEGORIES, as_of=DAY)
    return questions(decision, facts)


def test_what_is_permitted_or_denied_asks_nobody() -> None:
    assert asked(ORDINARY, Category.CAF_NEEDS, Category.ADOPTION) == ()


def test_one_missing_fact_is_one_question_however_many_categories_wait() -> None:
    known = replace(ORDINARY, training=None, police_handling="restricted")

    (task,) = asked(known)

    assert (task.owner, task.rules, task.missing) == ("training_coordinator", ("U",), {"training"})
    assert "training for information sharing current?" in task.question
    assert len(task.categories) > 15


def test_several_missing_facts_go_to_those_who_can_record_them() -> None:
    tasks = asked(replace(ORDINARY, training=None, on_team=None), Category.IDENTITY)

    assert {task.owner: set(task.missing) for task in tasks} == {
        "training_coordinator": {"training"},
        "lead_professional": {"on_team"},
    }


def test_confidential_health_goes_to_the_caldicott_guardian() -> None:
    duty = replace(ORDINARY, parent_consent="refused", judgement="made", detriment="no")

    (task,) = asked(duty, Category.MENTAL_HEALTH, Category.SUBSTANCE_USE)

    assert (task.owner, task.rules) == ("caldicott_guardian", ("E12",))
    assert task.categories == {Category.MENTAL_HEALTH, Category.SUBSTANCE_USE}
    assert task.answers == frozenset()
    assert task.escalation == ("service_manager", "information_governance_officer")


def test_a_question_names_what_answers_it_beside_what_nobody_recorded() -> None:
    in_need = replace(ORDINARY, parent_consent="refused", risk="in_need", judgement="not_made")

    (task,) = asked(in_need, Category.CAF_NEEDS)

    assert (task.rules, task.missing) == (("E13",), frozenset())
    assert task.answers == {"judgement", "detriment"}


@pytest.mark.parametrize(
    ("risk", "purpose", "hours"),
    [
        ("immediate", "early_help", 1),
        ("significant_harm", "early_help", 4),
        ("in_need", "early_help", 24),
        ("emerging", "early_help", 72),
        (None, "early_help", 24),
        ("emerging", "s47", 4),
        ("immediate", "s47", 1),
    ],
)
def test_a_question_is_due_by_risk(risk: str | None, purpose: str, hours: int) -> None:
    facts = replace(ORDINARY, risk=risk, purpose=purpose, court_order="unverified")

    (task,) = asked(facts, Category.IDENTITY)

    assert task.due == dt.timedelta(hours=hours)
    assert task.owner == "legal_officer"


def test_a_rule_that_failed_goes_to_the_information_governance_officer() -> None:
    rulings = {Category.SEN: Ruling(Outcome.REFER, ("E4",))}

    (task,) = questions(Decision(rulings, frozenset(), frozenset({"E4"})), ORDINARY)

    assert task.owner == "information_governance_officer"
    assert "mended" in task.question


def test_too_much_missing_to_say_what_still_asks_somebody() -> None:
    rulings = {Category.SEN: Ruling(Outcome.REFER, ("U",))}

    (task,) = questions(Decision(rulings, frozenset()), ORDINARY)

    assert task.owner == "information_governance_officer"


@pytest.mark.parametrize(
    ("before", "after", "complaint"),
    [
        pytest.param("E6, E7, E9]", "E6, E7]", "no question is given for `E9`", id="rule"),
        pytest.param("owner: data_owner", "owner: data_owners", "unknown role", id="role"),
    ],
)
def test_questions_are_refused_for(tmp_path: Path, before: str, after: str, complaint: str) -> None:
    text = SHIPPED.read_text()
    assert before in text
    path = tmp_path / "tasks.yaml"
    path.write_text(text.replace(before, after, 1))

    with pytest.raises(DocumentError) as refusal:
        Questions.load(rules.load(), FactSources.load(), path)

    assert complaint in str(refusal.value)


@pytest.mark.parametrize("rule", ["A4", "A5", "C3", "C15", "G1"])
def test_of_adoption_intelligence_and_whereabouts_the_office_asked_decides_alone(rule):
    assert tasks.shipped().deciding([rule]).may_share == "owner"


@pytest.mark.parametrize("rule", ["B1", "C10", "E3", "E4", "E11", "E13", "H1", "unsettled"])
def test_what_a_fact_answers_or_nothing_settled_is_not_decided_to_be_shared(rule):
    assert tasks.shipped().deciding([rule]).may_share is None
