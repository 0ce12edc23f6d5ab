"""What people decide where the rules refer: it answers just what they were asked."""

import pytest
from policy_facts import DAY
from policy_vectors import vectors

from policies.decision import NOT_RECORDED, Bundle
from policies.person_decisions import Choice, PersonDecision, decide
from policies.vocabulary import ALL_CATEGORIES, Category, Outcome

BUNDLE = Bundle.load()
EVERY_RULE = frozenset(rule.id for rule in BUNDLE.law.rules) | {NOT_RECORDED}
RELEASED = {Outcome.PERMIT, Outcome.BREAK_GLASS, Outcome.REDACT}
FACTS = tuple(vectors(400, seed=11))


def said(choice, rules=EVERY_RULE, categories=ALL_CATEGORIES, by="guardian"):
    return PersonDecision(choice=choice, categories=categories, rules=rules, by=by)


def both(facts, *decisions):
    """Yield each category's ruling without anybody's decision, and with *decisions*."""
    before = BUNDLE.decide(facts, ALL_CATEGORIES, as_of=DAY).rulings
    after = decide(BUNDLE, facts, ALL_CATEGORIES, decisions, as_of=DAY).rulings
    return [(category, before[category], after[category]) for category in ALL_CATEGORIES]


@pytest.mark.parametrize("choice", Choice)
def test_what_no_rule_refers_is_as_it_was_whatever_people_decide(choice):
    for facts in FACTS:
        for _, before, after in both(facts, said(choice)):
            if before.outcome is not Outcome.REFER or before.rules == (NOT_RECORDED,):
                assert after == before


def test_what_is_withheld_is_denied_by_the_rules_that_asked_and_names_the_person():
    found = 0
    for facts in FACTS:
        for _, before, after in both(facts, said(Choice.WITHHOLD)):
            if before.outcome is Outcome.REFER and NOT_RECORDED not in before.rules:
                found += 1
                assert (after.outcome, after.rules) == (Outcome.DENY, before.rules)
                assert after.decided_by == ("guardian",)
    assert found > 50


def test_what_is_shared_passes_rules_that_referred_and_ends_as_the_others_have_it():
    ends = set()
    for facts in FACTS:
        for _, before, after in both(facts, said(Choice.SHARE)):
            if after.passed:
                ends.add(after.outcome)
                assert set(before.rules) <= set(after.passed)
                assert after.outcome is not Outcome.REFER or set(after.rules) <= {"H1", "U"}
                assert not set(after.rules) & set(after.passed)
    assert ends >= {Outcome.PERMIT, Outcome.REDACT, Outcome.DENY}


@pytest.mark.parametrize("choice", Choice)
def test_nobody_answers_a_rule_or_a_category_that_they_were_not_asked_about(choice):
    narrow = said(choice, rules=frozenset({"E12"}), categories=frozenset({Category.MENTAL_HEALTH}))
    for facts in FACTS:
        for category, before, after in both(facts, narrow):
            if category is not Category.MENTAL_HEALTH or before.rules != ("E12",):
                assert after == before


def test_the_newest_of_two_decisions_counts():
    yes, no = said(Choice.SHARE, by="first"), said(Choice.WITHHOLD, by="second")
    for facts in FACTS[:200]:
        for _, before, after in both(facts, yes, no):
            if before.outcome is Outcome.REFER and NOT_RECORDED not in before.rules:
                assert (after.outcome, after.decided_by) == (Outcome.DENY, ("second",))


def test_a_question_that_comes_after_the_one_answered_is_a_question_still():
    yes = said(Choice.SHARE, rules=frozenset({"E1"}))
    asked = {
        after.rules
        for facts in FACTS
        for _, _, after in both(facts, yes)
        if after.passed == ("E1",) and after.outcome is Outcome.REFER
    }
    assert asked
    assert ("E1",) not in asked
