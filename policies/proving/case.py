"""One case that the solver found: its category and facts, as values and in words."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import z3

from policies.attributes import FACTS, Domain, Facts
from policies.conditions import Value
from policies.proving.symbols import (
    CATEGORIES,
    CATEGORY,
    CLEARANCE,
    Symbol,
    Symbols,
    Truth,
    cleared,
    names,
    order,
    width,
)
from policies.vocabulary import Category, Clearance

_NOTHING: Final = frozenset[Category]()


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """What one fact is in a case: *words* as a rule could state it, and the same as a truth."""

    fact: str
    words: str
    holds: Truth


class Case:
    """What the *symbols* are in a *model* of the solver."""

    def __init__(self, symbols: Symbols, model: z3.ModelRef) -> None:
        self._symbols = symbols
        self._model = model

    def of(self, symbols: Symbols) -> "Case":
        """Return what other *symbols* are in this case."""
        return Case(symbols, self._model)

    def tells(self, truth: Truth) -> bool:
        """Whether *truth* holds in this case."""
        return bool(z3.is_true(self._model.eval(truth, model_completion=True)))

    def number(self, symbol: Symbol) -> int:
        """Return the number that a bit vector is in this case."""
        return int(self._model.eval(symbol, model_completion=True).as_long())

    @property
    def category(self) -> Category:
        """The category that is decided."""
        return CATEGORIES[self._numbers[CATEGORY]]

    @property
    def facts(self) -> Facts:
        """The facts; a list of categories holds at most the one that is decided."""
        return Facts.parse({name: self._fact(domain) for name, domain in FACTS.items()})

    def readings(self) -> Iterator[Reading]:
        """Yield what each fact is, in the order of the vocabulary."""
        for name, domain in FACTS.items():
            if name == CLEARANCE:
                for each in Clearance:
                    yield self._truth(name, cleared(each), f"{name} has {each}")
            elif domain.kind is frozenset:
                yield self._truth(
                    name, name, f"category within {name}", f"category not within {name}"
                )
            elif domain.kind is bool:
                yield self._truth(name, name, name)
            else:
                value = self._value(name)
                holds = self._symbols.among(name, [value])
                yield Reading(name, f"{name} is {value}", holds)

    def category_reading(self) -> Reading:
        """Return what the category is."""
        holds = self._symbols.category_among([self.category])
        return Reading(CATEGORY, f"category is {self.category}", holds)

    def _truth(self, fact: str, name: str, words: str, otherwise: str | None = None) -> Reading:
        truth = self._symbols.by_name[name]
        if self._numbers[name]:
            return Reading(fact, words, truth)
        return Reading(fact, otherwise or f"not {words}", self._symbols.no(truth))

    def _fact(self, domain: Domain) -> object:
        if domain.name == CLEARANCE:
            return frozenset(each for each in Clearance if self._numbers[cleared(each)])
        if domain.kind is frozenset:
            return frozenset({self.category}) if self._numbers[domain.name] else _NOTHING
        if domain.kind is bool:
            return bool(self._numbers[domain.name])
        return self._value(domain.name)

    def _value(self, name: str) -> Value:
        return list(order(name))[self._numbers[name]]

    @cached_property
    def _numbers(self) -> Mapping[str, int]:
        """What each symbol is: all asked of the model at once, as one long bit vector."""
        whole = self.number(self._symbols.whole)
        found = {}
        for name in reversed(names()):
            found[name] = whole & ((1 << width(name)) - 1)
            whole >>= width(name)
        return found
