"""All worlds of a question with gaps, tried only as far as they can tell anything new."""

import random

import pytest
from policy_facts import DAY
from policy_vectors import comparable, read_aloud, vectors

from policies.attributes import Facts
from policies.decision import Bundle
from policies.decision_source import Phases
from policies.decision_table import Table
from policies.evaluator import evaluate
from policies.masks import EVERYTHING, Encoded, encode
from policies.vocabulary import Category, Obligation

BUNDLE = Bundle.load()


def test_what_disagrees_soon_is_referred_with_every_obligation_of_every_world(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # From the second world on, a category is tried no further than what could yet be owed.
    monkeypatch.setattr("policies.evaluator.ENOUGH_WORLDS", 2)
    chance = random.Random(11)  # noqa: S311 - which facts are tried need not be secret

    for facts in vectors(1_200, seed=11):
        asked = frozenset(chance.sample(list(Category), 4))
        if facts.unrecorded():
            decided = comparable(BUNDLE.decide_anew(facts, asked, as_of=DAY))
            assert decided == read_aloud(facts, asked)


def test_with_nothing_recorded_no_limit_is_reached_and_everything_could_be_owed() -> None:
    law = BUNDLE.law
    table = Table(Phases(law.deciding, law.lifting, law.closing), law.definitions)
    tried = []
    find = table.find

    def counted(facts: tuple[Encoded, ...], mask: int) -> object:
        tried.append(mask)
        return find(facts, mask)

    table.find = counted  # type: ignore[assignment]
    evaluation = evaluate(table, encode(Facts()), EVERYTHING)

    assert not evaluation.exhausted
    # Some 1,000; to try each world to the limit took 70,000.
    assert len(tried) < 5_000
    owed = BUNDLE.decide_anew(Facts(), list(Category), as_of=DAY).obligations
    debts = {debt.obligation for rule in law.rules for debt in rule.debts}
    assert owed == debts - {Obligation.INFORM_FAMILY}


@pytest.mark.parametrize("category", ["identity", "sexual_health", "adoption"])
def test_the_facts_that_would_tell_do_not_depend_on_what_else_is_asked(category: str) -> None:
    alone = BUNDLE.decide_anew(Facts(), [category], as_of=DAY)
    together = BUNDLE.decide_anew(Facts(), list(Category), as_of=DAY)

    assert alone.rulings[Category(category)] == together.rulings[Category(category)]
