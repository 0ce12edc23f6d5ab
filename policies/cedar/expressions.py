"""Conditions as Cedar expressions.

A question is Cedar's principal, its facts the principal's attributes, and the category that is
decided the resource. Sets of words are written out: a policy that asked a hierarchy of entities
would silently not apply wherever that hierarchy was not loaded.
"""

import json
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Final

from policies.attributes import FACTS, OLDEST, Domain
from policies.conditions import (
    Among,
    CategoryAmong,
    Condition,
    Either,
    Every,
    Has,
    Not,
    Settled,
    Value,
    Within,
)
from policies.errors import ConditionError
from policies.vocabulary import Category, Outcome

_LOOSE: Final = 0
_AND: Final = 1
_TIGHT: Final = 2


def entity(word: StrEnum) -> str:
    """Return *word* as a Cedar entity.

    >>> entity(Category.SEN)
    'Category::"sen"'
    """
    return f"{type(word).__name__}::{text(word.value)}"


def text(words: str) -> str:
    r"""Return *words* as a Cedar string.

    >>> text('the "best" interests')
    '"the \\"best\\" interests"'
    """
    return json.dumps(words, ensure_ascii=False)


def expression(condition: Condition, settled: str) -> str:
    """Return *condition*, in which no term is left, as a Cedar expression.

    *Settled* is what a test of an outcome, section or rule reads.

    >>> from policies.conditions import parse
    >>> expression(parse("not shielded and age at least 16"), "context.settled")
    '!principal.shielded && principal.age >= 16'
    """
    return _written(condition, settled, _LOOSE)


def _written(condition: Condition, settled: str, place: int) -> str:
    match condition:
        case Every(()):
            return "true"
        case Either(()):
            return "false"
        case Every(parts):
            return _joined(" && ", parts, settled, place, _AND)
        case Either(parts):
            return _joined(" || ", parts, settled, place, _LOOSE)
        case Not(inner):
            return f"!{_written(inner, settled, _TIGHT)}"
        case _:
            return _bracketed(_test(condition, settled), place)


def _joined(sign: str, parts: Iterable[Condition], settled: str, place: int, level: int) -> str:
    written = sign.join(_written(part, settled, level) for part in parts)
    return f"({written})" if place > level else written


def _bracketed(written: str, place: int) -> str:
    # A bare attribute or a call binds tighter than `!`; a comparison does not.
    return f"({written})" if place == _TIGHT and " " in written else written


def _test(condition: Condition, settled: str) -> str:
    match condition:
        case Among(fact, values):
            return _among(FACTS[fact], values)
        case Has(fact, clearance):
            return f"principal.{fact}.contains({entity(clearance)})"
        case Within(fact):
            return f"principal.{fact}.contains(resource)"
        case CategoryAmong(categories):
            return _in_words("resource", [each for each in Category if each in categories])
        case Settled("outcome", words):
            outcomes = [outcome for outcome in Outcome if outcome.value in words]
            return _in_words(f"{settled}.outcome", outcomes)
        case Settled(by, words):
            return f"[{', '.join(text(word) for word in sorted(words))}].contains({settled}.{by})"
        case _:
            message = "a defined term has not been spelt out"
            raise ConditionError(message)


def _among(domain: Domain, values: frozenset[Value]) -> str:
    fact = f"principal.{domain.name}"
    if domain.kind is bool:
        return fact if True in values else f"{fact} == false"
    if domain.kind is int:
        return _in_numbers(fact, sorted(int(value) for value in values))
    return _in_words(fact, [word for word in domain.words if word in values])


def _in_words(what: str, words: Sequence[StrEnum]) -> str:
    if len(words) == 1:
        return f"{what} == {entity(words[0])}"
    return f"{what} in [{', '.join(entity(word) for word in words)}]"


def _in_numbers(what: str, numbers: list[int]) -> str:
    first, last = numbers[0], numbers[-1]
    if numbers != list(range(first, last + 1)):
        return f"[{', '.join(map(str, numbers))}].contains({what})"
    if first == last:
        return f"{what} == {first}"
    if last == OLDEST:
        return f"{what} >= {first}"
    return f"{what} <= {last}" if first == 0 else f"{what} >= {first} && {what} <= {last}"
