"""Facts and the category as symbols of the solver (z3): what a formula about decisions is made of.

The category is one symbol, too. Each category is decided on its own, so that of a list of
categories only one thing matters: whether it holds the category that is decided. A list of
categories is one truth, then, and a list of clearances one truth for each clearance. Every fact is
recorded here: what is not recorded is decided as all its values agree, or refers (rule U).
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, TypeAlias

import z3

from policies.attributes import FACTS, OLDEST, Domain, Facts
from policies.conditions import Value
from policies.vocabulary import Category, Clearance

CATEGORY: Final = "category"
CATEGORIES: Final = tuple(Category)
_PLACES: Final = {category: place for place, category in enumerate(CATEGORIES)}
_CLEARANCE: Final = "clearance"
_NOTHING: Final = frozenset[Category]()

Symbol: TypeAlias = z3.ExprRef
Truth: TypeAlias = z3.BoolRef


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """What one fact is in a model: *words* as a rule could state it, and the same as a truth."""

    fact: str
    words: str
    holds: Truth


class Symbols:
    """The symbols of one vector of facts and one category, in one context of the solver.

    A context belongs to one thread. Symbols made *beside* others share all of theirs but those of
    the facts that are *apart*: two cases that differ in nothing else.
    """

    def __init__(self, beside: "Symbols | None" = None, apart: Iterable[str] = ()) -> None:
        self.context: z3.Context = z3.Context() if beside is None else beside.context
        self._prime = "" if beside is None else "'"
        self.true: Truth = z3.BoolVal(val=True, ctx=self.context)
        self.false: Truth = z3.BoolVal(val=False, ctx=self.context)
        own = set(_names()) if beside is None else _names_of(apart)
        shared = {} if beside is None else beside.by_name
        self.by_name: Mapping[str, Symbol] = {
            name: self._symbol(name) if name in own else shared[name] for name in _names()
        }
        self._equal: dict[tuple[str, int], Truth] = {}
        self._among: dict[tuple[str, frozenset[Hashable]], Truth] = {}

    def among(self, fact: str, values: Iterable[Value]) -> Truth:
        """Return that *fact* is among *values*."""
        if FACTS[fact].kind is bool:
            symbol = self.by_name[fact]
            return self.either([symbol if value else z3.Not(symbol) for value in sorted(values)])
        return self._one_of(fact, frozenset(values), _order(fact))

    def has(self, clearance: Clearance) -> Truth:
        """Return that the recipient has *clearance*."""
        return self.by_name[_cleared(clearance)]

    def within(self, fact: str) -> Truth:
        """Return that the list *fact* holds the category."""
        return self.by_name[fact]

    def category_among(self, categories: Iterable[Category]) -> Truth:
        """Return that the category is among *categories*."""
        return self._one_of(CATEGORY, frozenset(categories), _PLACES)

    def every(self, parts: Sequence[Truth]) -> Truth:
        """Return that all *parts* hold."""
        return self._joined(z3.Z3_mk_and, parts) if parts else self.true

    def either(self, parts: Sequence[Truth]) -> Truth:
        """Return that one of the *parts* holds."""
        return self._joined(z3.Z3_mk_or, parts) if parts else self.false

    def equal(self, symbol: Symbol, number: int) -> Truth:
        """Return that the bit vector *symbol* is *number*."""
        value = z3.BitVecVal(number, symbol.size(), self.context)
        made = z3.Z3_mk_eq(self.context.ref(), symbol.as_ast(), value.as_ast())
        return z3.BoolRef(made, self.context)

    def bounds(self) -> Truth:
        """Return that each symbol has a value of the vocabulary."""
        sizes = {name: len(_order(name)) for name in _words()} | {CATEGORY: len(CATEGORIES)}
        return self.every([z3.ULT(self.by_name[name], size) for name, size in sizes.items()])

    def same(self, others: "Symbols", facts: Iterable[str]) -> Truth:
        """Return that *facts* are the same here and in *others*."""
        names = sorted(_names_of(facts))
        return self.every([self.by_name[name] == others.by_name[name] for name in names])

    def readings(self, model: z3.ModelRef) -> Iterator[Reading]:
        """Yield what each fact is in *model*, and the category first of all."""
        category = self.category(model)
        yield Reading(CATEGORY, f"category is {category}", self.category_among([category]))
        for name, domain in FACTS.items():
            if domain.kind is frozenset:
                yield from self._list_readings(name, model)
            elif domain.kind is bool:
                yield self._truth_reading(name, name, name, model)
            else:
                value = self._value(name, model)
                yield Reading(name, f"{name} is {value}", self.among(name, [value]))

    def category(self, model: z3.ModelRef) -> Category:
        """Return the category in *model*."""
        return CATEGORIES[self._number(CATEGORY, model)]

    def facts(self, model: z3.ModelRef) -> Facts:
        """Return the facts in *model*; a list of categories holds at most the one decided."""
        category = self.category(model)
        values = {name: self._fact(domain, category, model) for name, domain in FACTS.items()}
        return Facts.parse(values)

    def assigned(self, facts: Facts, category: Category) -> list[Truth]:
        """Return that the symbols are *facts*, all of them recorded, and *category*."""
        found = [self.category_among([category])]
        for name, domain in FACTS.items():
            value = getattr(facts, name)
            if name == _CLEARANCE:
                found += [_signed(self.has(each), each in value) for each in Clearance]
            elif domain.kind is frozenset:
                found.append(_signed(self.within(name), category in value))
            else:
                found.append(self.among(name, [value]))
        return found

    def _joined(self, make: Callable[..., Any], parts: Sequence[Truth]) -> Truth:
        # `z3.And` asks of each part whether it is a truth, and is ten times slower for it.
        if len(parts) == 1:
            return parts[0]
        array = (z3.Ast * len(parts))(*(part.as_ast() for part in parts))
        return z3.BoolRef(make(self.context.ref(), len(parts), array), self.context)

    def _symbol(self, name: str) -> Symbol:
        label = f"{name}{self._prime}"
        if name == CATEGORY:
            return z3.BitVec(label, len(CATEGORIES).bit_length(), self.context)
        if name in _words():
            return z3.BitVec(label, len(_order(name)).bit_length(), self.context)
        return z3.Bool(label, self.context)

    def _one_of(self, name: str, values: frozenset[Hashable], order: Mapping[Any, int]) -> Truth:
        key = (name, values)
        if key not in self._among:
            places = sorted(order[value] for value in values)
            self._among[key] = self.either([self._is(name, place) for place in places])
        return self._among[key]

    def _is(self, name: str, place: int) -> Truth:
        key = (name, place)
        if key not in self._equal:
            self._equal[key] = self.equal(self.by_name[name], place)
        return self._equal[key]

    def _list_readings(self, name: str, model: z3.ModelRef) -> Iterator[Reading]:
        if name != _CLEARANCE:
            within = (f"category within {name}", f"category not within {name}")
            yield self._truth_reading(name, name, within[0], model, within[1])
            return
        for clearance in Clearance:
            words = f"{name} has {clearance}"
            yield self._truth_reading(name, _cleared(clearance), words, model)

    def _truth_reading(
        self, fact: str, name: str, words: str, model: z3.ModelRef, otherwise: str | None = None
    ) -> Reading:
        symbol = self.by_name[name]
        if self._holds(name, model):
            return Reading(fact, words, symbol)
        return Reading(fact, otherwise or f"not {words}", z3.Not(symbol))

    def _fact(self, domain: Domain, category: Category, model: z3.ModelRef) -> object:
        if domain.name == _CLEARANCE:
            return frozenset(each for each in Clearance if self._holds(_cleared(each), model))
        if domain.kind is frozenset:
            return frozenset({category}) if self._holds(domain.name, model) else _NOTHING
        if domain.kind is bool:
            return self._holds(domain.name, model)
        return self._value(domain.name, model)

    def _value(self, name: str, model: z3.ModelRef) -> Value:
        return list(_order(name))[self._number(name, model)]

    def _number(self, name: str, model: z3.ModelRef) -> int:
        return int(model.eval(self.by_name[name], model_completion=True).as_long())

    def _holds(self, name: str, model: z3.ModelRef) -> bool:
        return bool(z3.is_true(model.eval(self.by_name[name], model_completion=True)))


@cache
def _names() -> tuple[str, ...]:
    facts = (name for name in FACTS if name != _CLEARANCE)
    return (CATEGORY, *facts, *map(_cleared, Clearance))


@cache
def _words() -> tuple[str, ...]:
    """Return the names of the facts that have one value of several."""
    return tuple(n for n, domain in FACTS.items() if domain.kind not in {bool, frozenset})


@cache
def _order(fact: str) -> Mapping[Value, int]:
    values: Sequence[Value] = FACTS[fact].words or range(OLDEST + 1)
    return {value: place for place, value in enumerate(values)}


def _names_of(facts: Iterable[str]) -> frozenset[str]:
    """Return the names of the symbols for *facts*."""
    cleared = [_cleared(each) for each in Clearance]
    return frozenset(name for fact in facts for name in (cleared if fact == _CLEARANCE else [fact]))


def _cleared(clearance: Clearance) -> str:
    return f"{_CLEARANCE}.{clearance}"


def _signed(truth: Truth, is_so: bool) -> Truth:  # noqa: FBT001 - the sign is what it is about
    return truth if is_so else z3.Not(truth)
