"""The rules hold for any facts, not for the corpus alone: thousands of vectors, some with gaps.

Each is decided by the table, and read aloud by `policy_reading`, whose sentences were compared with
the rules one by one.
"""

import random

import pytest
from policy_facts import DAY
from policy_vectors import comparable, read_aloud, vectors

from policies.attributes import Facts
from policies.decision import NOT_RECORDED, Bundle
from policies.vocabulary import ALL_CATEGORIES, Category, Outcome

BUNDLE = Bundle.load()


def disagreements(count: int, seed: int) -> list[Facts]:
    chance = random.Random(seed)  # noqa: S311 - which facts are tried need not be secret
    differing = []
    for facts in vectors(count, seed):
        asked = ALL_CATEGORIES
        if facts.unrecorded():
            asked = frozenset(chance.sample(list(Category), 4))
        decision = BUNDLE.decide_anew(facts, asked, as_of=DAY)
        if comparable(decision) != read_aloud(facts, asked):
            differing.append(facts)
    return differing


def test_three_thousand_vectors_are_decided_as_the_rules_read() -> None:
    assert disagreements(3_000, seed=4) == []


@pytest.mark.soak
def test_a_hundred_thousand_vectors_are_decided_as_the_rules_read() -> None:
    assert disagreements(100_000, seed=5) == []


def test_the_vectors_reach_every_rule_that_settles_and_every_outcome() -> None:
    reached: set[str] = set()
    outcomes: set[Outcome] = set()
    for facts in vectors(3_000, seed=4):
        for ruling in BUNDLE.decide_anew(facts, ALL_CATEGORIES, as_of=DAY).rulings.values():
            reached.update(ruling.rules)
            outcomes.add(ruling.outcome)

    settling = {
        rule.id
        for rule in BUNDLE.law.rules
        if any(clause.effect in list(Outcome) for clause in rule.clauses)
    }
    assert reached == settling | {NOT_RECORDED}
    assert outcomes == set(Outcome)
