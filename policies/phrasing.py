"""Conditions as text again, in the language that they are read from."""

from collections.abc import Collection
from typing import Final

from policies.attributes import FACTS, OLDEST, Domain
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
from policies.vocabulary import AGENCY_SETS, CATEGORY_SETS, Agency, Category, Risk

_OPEN: Final = 0
_JOINED: Final = 1
_NEGATED: Final = 2


def phrase(condition: Condition) -> str:
    """Return *condition* as text that `policies.conditions.parse` reads as the same condition.

    >>> from policies.conditions import parse
    >>> phrase(parse("(risk at least in_need or shielded) and not category in locating"))
    '(risk at least in_need or shielded) and category not in locating'
    """
    return "always" if condition == ALWAYS else _phrase(condition, _OPEN)


def _phrase(condition: Condition, place: int) -> str:
    match condition:
        case Every(parts):
            written = " and ".join(_phrase(part, _JOINED) for part in parts)
            return written if place < _NEGATED else f"({written})"
        case Either(parts):
            written = " or ".join(_phrase(part, _OPEN) for part in parts)
            return written if place == _OPEN else f"({written})"
        case Not(CategoryAmong(categories)):
            return f"category not in {_categories(categories)}"
        case Not(Within(fact)):
            return f"category not within {fact}"
        case Not(inner):
            return f"not {_phrase(inner, _NEGATED)}"
        case _:
            return _test(condition)


def _test(condition: Condition) -> str:  # noqa: PLR0911 - one line for each form of the language
    match condition:
        case Among(fact, values):
            return _among(FACTS[fact], values)
        case Has(fact, clearance):
            return f"{fact} has {clearance}"
        case Within(fact):
            return f"category within {fact}"
        case CategoryAmong(categories):
            return f"category {_is(categories)} {_categories(categories)}"
        case Settled(by, words):
            return f"{by} {_is(words)} {', '.join(sorted(words))}"
        case Overlay(outcome):
            return f"overlay is {outcome}"
        case Term(name):
            return name
        case Not() | Every() | Either():
            return _phrase(condition, _OPEN)


def _among(domain: Domain, values: frozenset[Value]) -> str:
    if domain.kind is bool:
        return domain.name if True in values else f"{domain.name} is false"
    if domain.kind is int:
        return _years(domain.name, sorted(int(value) for value in values))
    words = [word for word in domain.words if word in values]
    if domain.kind is Risk and len(words) > 1 and words == list(domain.words[-len(words) :]):
        return f"{domain.name} at least {words[0]}"
    sets = AGENCY_SETS if domain.kind is Agency else {}
    named = (f"in {name}" for name, members in sets.items() if members == values)
    return f"{domain.name} {next(named, f'{_is(words)} ' + ', '.join(words))}"


def _years(name: str, years: list[int]) -> str:
    if len(years) > 1 and years[-1] == OLDEST:
        return f"{name} at least {years[0]}"
    if len(years) > 1 and years[0] == 0:
        return f"{name} at most {years[-1]}"
    return f"{name} {_is(years)} {', '.join(map(str, years))}"


def _categories(categories: frozenset[Category]) -> str:
    named = (name for name, members in CATEGORY_SETS.items() if members == categories)
    return next(named, ", ".join(each for each in Category if each in categories))


def _is(words: Collection[object]) -> str:
    return "is" if len(words) == 1 else "in"
