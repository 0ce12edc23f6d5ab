"""Conditions as Python expressions on bits: the one place that turns a condition into a test.

An expression reads the facts from the locals `f0`, `f1`, ... (as `policies.masks` encodes them) and
is of one of two kinds. A *general* one is true or false, whatever the category. The value of any
other is the mask of the categories for which the condition holds, of those in the local `m`, and it
uses `m` as it goes: whenever a fact is consulted, `m` is the mask of the categories on whose behalf
it is. Parts are tried in the order written, and only as far as they can matter, so that no fact is
consulted without need (rule U).

Nothing that a file says is put into an expression but numbers and the names of our own locals.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from policies.conditions import (
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
    Within,
)
from policies.masks import bits_of, bits_with, mask_of, place_of
from policies.rules import Definition


class Expression(NamedTuple):
    """The *text* of a test, and whether it is a general one."""

    text: str
    is_general: bool

    @property
    def holding(self) -> str:
        """The text of the mask of the categories, of those in `m`, for which this holds."""
        return f"(m if {self.text} else 0)" if self.is_general else self.text

    @property
    def remaining(self) -> str:
        """The text that leaves in `m` the categories for which this does not hold."""
        rest = f"0 if {self.text} else m" if self.is_general else f"m & ~({self.text})"
        return f"(m := {rest})"


ALWAYS: Final = Expression("True", is_general=True)


class Writer:
    """Writes the expressions of one function, and keeps account of the locals that they need.

    *Groups* are the locals that hold the categories settled in some way; *terms*, those that
    remember the general ones of the defined terms, `None` until one is asked.

    >>> from policies.conditions import parse
    >>> writer = Writer({}, {})
    >>> writer.write(parse("category is identity and shielded")).text
    '((m := m & 1) and f26 & 2 and m or 0)'
    """

    def __init__(
        self, definitions: Mapping[str, Definition], groups: Mapping[Settled, str]
    ) -> None:
        self._definitions = definitions
        self._groups = groups
        self._written: dict[str, Expression] = {}
        self.terms: list[str] = []

    def write(  # noqa: C901, PLR0911 - one line for each form of the language
        self, condition: Condition
    ) -> Expression:
        """Return *condition* as an expression."""
        match condition:
            case Among(fact, values):
                return Expression(f"f{place_of(fact)} & {bits_of(fact, values)}", is_general=True)
            case Has(fact, clearance):
                return Expression(f"f{place_of(fact)} & {bits_with(clearance)}", is_general=True)
            case Within(fact):
                return Expression(f"m & f{place_of(fact)}", is_general=False)
            case CategoryAmong(categories):
                return Expression(f"m & {mask_of(categories)}", is_general=False)
            case Settled():
                return Expression(f"m & {self._groups[condition]}", is_general=False)
            case Overlay(outcome):
                return Expression(f"m & overlay_{outcome}(facts, m)", is_general=False)
            case Term(name):
                return self._term(name)
            case Not(inner):
                return _not(self.write(inner))
            case Every(parts):
                return _every([self.write(part) for part in parts])
            case Either(parts):
                return _either([self.write(part) for part in parts])

    def _term(self, name: str) -> Expression:
        if name not in self._written:
            self._written[name] = self._remembered(self.write(self._definitions[name].condition))
        return self._written[name]

    def _remembered(self, term: Expression) -> Expression:
        if not term.is_general:
            return term
        known = f"t{len(self.terms)}"
        self.terms.append(known)
        return term._replace(text=f"({known} if {known} is not None else ({known} := {term.text}))")


def _not(inner: Expression) -> Expression:
    if inner.is_general:
        return Expression(f"(not {inner.text})", is_general=True)
    # What stands on the left of `&` is read before the inner expression uses `m`.
    return Expression(f"(m & ~({inner.text}))", is_general=False)


def _every(parts: list[Expression]) -> Expression:
    if not parts:
        return ALWAYS
    if all(part.is_general for part in parts):
        return Expression(f"({' and '.join(part.text for part in parts)})", is_general=True)
    steps = [part.text if part.is_general else f"(m := {part.text})" for part in parts]
    return Expression(f"({' and '.join(steps)} and m or 0)", is_general=False)


def _either(parts: list[Expression]) -> Expression:
    if all(part.is_general for part in parts):
        return Expression(f"({' or '.join(part.text for part in parts)})", is_general=True)
    return Expression(
        f"(m & ~({' and '.join(part.remaining for part in parts)}))", is_general=False
    )
