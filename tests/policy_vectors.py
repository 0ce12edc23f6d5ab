"""Vectors of facts, some with gaps, and what a plain reading of the rules gives for them.

A gap is read by enumeration, over every value that the fact could have.
"""

import random
from collections.abc import Iterable, Iterator
from math import prod

import policy_reading
from policy_facts import DOORS, ORDINARY, candidates, completions, replace

from policies.attributes import FACTS, Facts
from policies.decision import NOT_RECORDED, Decision, Ruling
from policies.vocabulary import Category, Clearance, Obligation, Outcome

_COMPLETIONS = 64


def vectors(count: int, seed: int) -> Iterator[Facts]:
    """Yield *count* vectors: near the ordinary case, near a door of the rules, or anywhere."""
    chance = random.Random(seed)  # noqa: S311 - which facts are tried need not be secret
    names = sorted(FACTS)
    for _ in range(count):
        changed = names if chance.random() < 0.2 else chance.sample(names, chance.randrange(9))
        facts = replace(
            ORDINARY,
            **{**chance.choice(DOORS), **{name: _any_value(name, chance) for name in changed}},
        )
        gaps = chance.sample(names, chance.choice([0, 0, 1, 2, 3]))
        yield replace(facts, **dict.fromkeys(_bounded(gaps)))


def _any_value(name: str, chance: random.Random) -> object:
    if name == "age":
        return chance.randrange(20)
    if name == "clearance":
        return frozenset(each for each in Clearance if chance.random() < 0.4)
    if FACTS[name].kind is frozenset:
        share = chance.choice([0, 0.5, 1])
        return frozenset(each for each in Category if chance.random() < share)
    return chance.choice(candidates(name))


def _bounded(names: Iterable[str]) -> list[str]:
    kept: list[str] = []
    for name in names:
        if prod(len(candidates(each)) for each in [*kept, name]) <= _COMPLETIONS:
            kept.append(name)
    return kept


def read_aloud(facts: Facts, categories: Iterable[Category]) -> Decision:
    """Return what the plain reading gives, over every completion of *facts*."""
    every = list(completions(facts))
    owed: set[str] = set()
    rulings = {}
    for category in categories:
        readings = [policy_reading.decide(each, category) for each in every]
        owed |= {each for _, _, owing in readings for each in owing}
        agreed = {outcome for outcome, _, _ in readings}
        rules = {rule for _, rule, _ in readings}
        if len(agreed) > 1:
            agreed, rules = {Outcome.REFER}, {NOT_RECORDED}
            owed.add(Obligation.RECORD_REASON)
        rulings[category] = Ruling(Outcome(agreed.pop()), tuple(sorted(rules)))
    if Obligation.DO_NOT_INFORM in owed:
        owed.discard(Obligation.INFORM_FAMILY)
    return Decision(rulings, frozenset(map(Obligation, owed)))


def comparable(decision: Decision) -> Decision:
    """Return *decision* without its order of rules, and without the facts that would tell."""
    rulings = {
        category: Ruling(ruling.outcome, tuple(sorted(ruling.rules)))
        for category, ruling in decision.rulings.items()
    }
    return Decision(rulings, decision.obligations, decision.failed)
