"""Conditions as Cedar expressions.

A question is Cedar's principal, its facts the principal's attributes, and the category that is
decided the resource. Sets of words are written out: a policy that asked a hierarchy of entities
would silently not apply wherever that hierarchy was not loaded.
"""

import json
import textwrap
from collections.abc import Sequence
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

WIDTH: Final = 96

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

    *Settled* is what a test of an outcome, section or rule reads. What is longer than a line is
    broken at its outermost `&&` or `||`.

    >>> from policies.conditions import parse
    >>> expression(parse("not shielded and age at least 16"), "context.settled")
    '!principal.shielded && principal.age >= 16'
    """
    return _broken(condition, settled, _LOOSE, "  ")


def _broken(condition: Condition, settled: str, place: int, indent: str) -> str:
    line = _written(condition, settled, place)
    if len(indent) + len(line) <= WIDTH:
        return line
    if isinstance(condition, Not):
        return f"!{_broken(condition.condition, settled, _TIGHT, indent)}"
    if not isinstance(condition, Every | Either):
        return wrapped(line, indent)
    bracketed = place != _LOOSE
    inner = f"{indent}  " if bracketed else indent
    sign = " &&" if isinstance(condition, Every) else " ||"
    written = f"{sign}\n{inner}".join(
        _broken(part, settled, _TIGHT if isinstance(part, Every | Either) else _AND, inner)
        for part in condition.parts
    )
    return f"(\n{inner}{written}\n{indent})" if bracketed else written


def wrapped(test: str, indent: str = "  ") -> str:
    """Return *test* broken into lines after the first of which each is indented further."""
    lines = textwrap.wrap(
        test, WIDTH - len(indent) - 2, break_long_words=False, break_on_hyphens=False
    )
    return f"\n{indent}  ".join(lines)


def _written(condition: Condition, settled: str, place: int) -> str:
    match condition:
        case Every(()):
            return "true"
        case Either(()):
            return "false"
        case Every(parts):
            written = " && ".join(_written(part, settled, _AND) for part in parts)
            return written if place <= _AND else f"({written})"
        case Either(parts):
            written = " || ".join(_written(part, settled, _LOOSE) for part in parts)
            return written if place == _LOOSE else f"({written})"
        case Not(inner):
            return f"!{_written(inner, settled, _TIGHT)}"
        case _:
            written = _test(condition, settled)
            # A comparison binds looser than `!`; a bare attribute or a call does not.
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
            return in_words("resource", [each for each in Category if each in categories])
        case Settled("outcome", words):
            outcomes = [outcome for outcome in Outcome if outcome.value in words]
            return in_words(f"{settled}.outcome", outcomes)
        case Settled(by, words):
            return _in_texts(f"{settled}.{by}", sorted(words))
        case _:
            message = "a defined term has not been spelt out"
            raise ConditionError(message)


def _among(domain: Domain, values: frozenset[Value]) -> str:
    fact = f"principal.{domain.name}"
    if domain.kind is bool:
        return fact if True in values else f"{fact} == false"
    if domain.kind is int:
        return _in_numbers(fact, sorted(int(value) for value in values))
    return in_words(fact, [word for word in domain.words if word in values])


def in_words(what: str, words: Sequence[StrEnum]) -> str:
    """Return a test whether *what* is one of *words*."""
    if len(words) == 1:
        return f"{what} == {entity(words[0])}"
    return f"{what} in [{', '.join(entity(word) for word in words)}]"


def _in_texts(what: str, words: Sequence[str]) -> str:
    if len(words) == 1:
        return f"{what} == {text(words[0])}"
    return f"[{', '.join(map(text, words))}].contains({what})"


def _in_numbers(what: str, numbers: list[int]) -> str:
    first, last = numbers[0], numbers[-1]
    if numbers != list(range(first, last + 1)):
        return f"[{', '.join(map(str, numbers))}].contains({what})"
    if first == last:
        return f"{what} == {first}"
    if last == OLDEST:
        return f"{what} >= {first}"
    return f"{what} <= {last}" if first == 0 else f"{what} >= {first} && {what} <= {last}"
