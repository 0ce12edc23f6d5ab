"""Conditions weakened to what could still hold, where only some facts are recorded.

What is weakened is read with every fact as the mask of all values that it could have: where it
fails then, no value of what is not recorded makes the condition hold. The other way round is not
promised, for a part that cannot be read so is taken to hold.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from policies.attributes import FACTS, OLDEST
from policies.conditions import (
    ALWAYS,
    Among,
    CategoryAmong,
    Condition,
    Either,
    Every,
    Has,
    Not,
    Overlay,
    Settled,
    Term,
    Value,
    Within,
)
from policies.rules import GO_ON, Debt, Definition, Rule
from policies.vocabulary import ALL_CATEGORIES

_DENIED: Final = "not "


def weakened(condition: Condition) -> Condition:
    """Return what holds wherever *condition* could hold, without `Not`.

    >>> from policies.conditions import parse
    >>> weakened(parse("not (shielded or category within refused)")).parts[0]
    Among(fact='shielded', values=frozenset({False}))
    """
    match condition:
        case Not(inner):
            return _denied(inner)
        case Every(parts):
            return Every(tuple(map(weakened, parts)))
        case Either(parts):
            return Either(tuple(map(weakened, parts)))
        case Settled() | Overlay():
            return ALWAYS
        case _:
            return condition


def _denied(  # noqa: PLR0911 - one line for each form of the language
    condition: Condition,
) -> Condition:
    """Return what holds wherever *condition* could fail."""
    match condition:
        case Not(inner):
            return weakened(inner)
        case Every(parts):
            return Either(tuple(map(_denied, parts)))
        case Either(parts):
            return Every(tuple(map(_denied, parts)))
        case Among(fact, values):
            return Among(fact, _values_of(fact) - values)
        case CategoryAmong(categories):
            return CategoryAmong(ALL_CATEGORIES - categories)
        case Term(name):
            return Term(_DENIED + name)
        case Has() | Within() | Settled() | Overlay():
            return ALWAYS


def _values_of(fact: str) -> frozenset[Value]:
    domain = FACTS[fact]
    if domain.kind is bool:
        return frozenset({False, True})
    return frozenset(range(OLDEST + 1) if domain.kind is int else domain.words)


def weakened_terms(definitions: Mapping[str, Definition]) -> dict[str, Definition]:
    """Return the terms that weakened conditions use: each of *definitions*, and its denial."""
    held = {name: weakened(each.condition) for name, each in definitions.items()}
    denied = {_DENIED + name: _denied(each.condition) for name, each in definitions.items()}
    return {name: Definition(condition, name) for name, condition in (held | denied).items()}


def owing(debt: Debt, rule: Rule, before: Sequence[Rule]) -> Condition:
    """Return what holds wherever *rule*, after those *before* it, could add *debt*."""
    asked = _parts(rule.when)
    sparing = [
        Not(Every(tuple(part for part in parts if part not in asked)))
        for parts in (_parts(each.when) for each in before if _ends(each))
        # A rule that asks nothing alike would make the test longer, and seldom stricter.
        if not set(parts).isdisjoint(asked)
    ]
    return weakened(Every((*asked, debt.condition, *sparing)))


def _parts(condition: Condition) -> tuple[Condition, ...]:
    return condition.parts if isinstance(condition, Every) else (condition,)


def _ends(rule: Rule) -> bool:
    """Whether no category to which *rule* applies comes to the rules after it."""
    return all(clause.effect != GO_ON for clause in rule.clauses)
