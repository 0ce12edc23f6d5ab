"""What if a fact were another."""

import pytest
from hypothesis import given, settings
from policy_facts import DAY, ORDINARY, all_facts, replace

from policies.attributes import FACTS
from policies.decision import Bundle
from policies.errors import VocabularyError
from policies.vocabulary import ALL_CATEGORIES, Category, Obligation, Outcome
from policies.what_if import Matter, counterfactuals, values_of, what_if

BUNDLE = Bundle.load()


def about(categories=ALL_CATEGORIES, **changes) -> Matter:
    facts = replace(ORDINARY, **changes)
    return Matter(bundle=BUNDLE, facts=facts, as_of=DAY, categories=frozenset(categories))


def test_a_fact_that_changes_turns_what_rests_on_it() -> None:
    found = what_if(about(), {"shielded": True})

    turned = {turn.category: turn.after.outcome for turn in found.turns}
    assert turned == {
        Category.ADDRESS: Outcome.DENY,
        Category.CONTACT: Outcome.DENY,
        Category.SERVICES_INVOLVED: Outcome.DENY,
    }


def test_several_facts_change_together() -> None:
    found = what_if(about([Category.SEN]), {"risk": "significant_harm", "notify_safe": "no"})

    (turn,) = found.turns
    assert (turn.before.rules, turn.after.rules) == (("E17",), ("E16",))
    assert Obligation.DO_NOT_INFORM in found.newly_owed
    assert found.no_longer_owed == frozenset()


def test_a_fact_can_be_taken_as_not_recorded() -> None:
    found = what_if(about([Category.SEN]), {"training": None})

    assert found.turns[0].after.missing == {"training"}


def test_what_is_so_already_changes_nothing() -> None:
    assert what_if(about(), {"training": "current"}).turns == ()


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"trainning": "current"}, id="no such fact"),
        pytest.param({"training": "some"}, id="no such value"),
    ],
)
def test_a_word_that_there_is_not_is_refused(changes) -> None:
    with pytest.raises(VocabularyError):
        what_if(about(), changes)


@settings(max_examples=15)
@given(all_facts)
def test_each_fact_that_would_change_it_does(facts) -> None:
    matter = Matter(bundle=BUNDLE, facts=facts, as_of=DAY, categories=ALL_CATEGORIES)

    for one in counterfactuals(matter):
        plain = [sorted(each) if isinstance(each, frozenset) else each for each in one.values]
        after = matter.where({one.fact: plain[-1]}).decide().rulings
        assert all(after[turn.category].outcome is turn.after.outcome for turn in one.turns)
        assert all(turn.before.outcome is not turn.after.outcome for turn in one.turns)


def test_a_refusal_for_want_of_training_turns_on_training_alone() -> None:
    found = {one.fact for one in counterfactuals(about([Category.SEN], training="lapsed"))}

    assert "training" in found
    assert "on_team" not in found


@pytest.mark.parametrize("fact", FACTS)
def test_every_value_that_is_tried_is_one_of_the_facts_own(fact) -> None:
    for value in values_of(fact):
        plain = sorted(value) if isinstance(value, frozenset) else value
        assert FACTS[fact].parse(plain) == value
