"""Facts and the category as symbols of the solver (z3): what a formula about decisions is made of.

The category is one symbol, too. Each category is decided on its own, so that of a list of
categories only one thing matters: whether it holds the category that is decided. A list of
categories is one truth, then, and a list of clearances one truth for each clearance. Every fact is
recorded here: what is not recorded is decided as all its values agree, or refers (rule U).
"""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from functools import cache, cached_property
from typing import Any, Final, TypeAlias

import z3

from policies.attributes import FACTS, OLDEST, Facts
from policies.conditions import Value
from policies.vocabulary import Category, Clearance

CATEGORY: Final = "category"
CATEGORIES: Final = tuple(Category)
CLEARANCE: Final = "clearance"
_PLACES: Final = {category: place for place, category in enumerate(CATEGORIES)}
_NOTHING: Final[Mapping[str, Value]] = {}

Symbol: TypeAlias = z3.ExprRef
Truth: TypeAlias = z3.BoolRef


class Symbols:
    """The symbols of one vector of facts and one category, in one context of the solver.

    A context belongs to one thread. Symbols made *beside* others share all of theirs but those of
    the facts that are *apart*: two cases that differ in nothing else. A *fixed* fact is no symbol
    but that value; for a list of categories, whether it holds the category.
    """

    def __init__(
        self,
        beside: "Symbols | None" = None,
        apart: Iterable[str] = (),
        fixed: Mapping[str, Value] = _NOTHING,
    ) -> None:
        self.context: z3.Context = z3.Context() if beside is None else beside.context
        self.true: Truth = beside.true if beside else z3.BoolVal(val=True, ctx=self.context)
        self.false: Truth = beside.false if beside else z3.BoolVal(val=False, ctx=self.context)
        self._prime = "" if beside is None else "'"
        self._fixed = fixed
        own = set(names()) if beside is None else _names_of(apart)
        shared = {} if beside is None else beside.by_name
        self.by_name: Mapping[str, Symbol] = {
            name: self._symbol(name) if name in own else shared[name] for name in names()
        }
        self._equal: dict[tuple[str, int], Truth] = {}
        self._among: dict[tuple[str, frozenset[Hashable]], Truth] = {}

    @cached_property
    def whole(self) -> Symbol:
        """All symbols in one long bit vector, in their order: quicker to ask for than each."""
        return z3.Concat(*(self._bits(name) for name in names()))

    def among(self, fact: str, values: Iterable[Value]) -> Truth:
        """Return that *fact* is among *values*."""
        if FACTS[fact].kind is bool:
            truth = self.by_name[fact]
            return self.either([truth if value else self.no(truth) for value in sorted(values)])
        return self._one_of(fact, frozenset(values), order(fact))

    def has(self, clearance: Clearance) -> Truth:
        """Return that the recipient has *clearance*."""
        return self.by_name[cleared(clearance)]

    def within(self, fact: str) -> Truth:
        """Return that the list *fact* holds the category."""
        return self.by_name[fact]

    def category_among(self, categories: Iterable[Category]) -> Truth:
        """Return that the category is among *categories*."""
        return self._one_of(CATEGORY, frozenset(categories), _PLACES)

    def no(self, truth: Truth) -> Truth:
        """Return that *truth* does not hold."""
        if truth is self.true:
            return self.false
        return self.true if truth is self.false else z3.Not(truth)

    def every(self, parts: Iterable[Truth]) -> Truth:
        """Return that all *parts* hold."""
        return self._joined(z3.Z3_mk_and, parts, self.true, self.false)

    def either(self, parts: Iterable[Truth]) -> Truth:
        """Return that one of the *parts* holds."""
        return self._joined(z3.Z3_mk_or, parts, self.false, self.true)

    def equal(self, symbol: Symbol, number: int) -> Truth:
        """Return that the bit vector *symbol* is *number*."""
        value = z3.BitVecVal(number, symbol.size(), self.context)
        made = z3.Z3_mk_eq(self.context.ref(), symbol.as_ast(), value.as_ast())
        return z3.BoolRef(made, self.context)

    def bounds(self) -> Truth:
        """Return that each symbol has a value of the vocabulary."""
        sizes = _sizes().items()
        return self.every([z3.ULT(self.by_name[name], size) for name, size in sizes])

    def same(self, others: "Symbols", facts: Iterable[str]) -> Truth:
        """Return that *facts* are the same here and in *others*."""
        shared = sorted(_names_of(facts))
        return self.every([self.by_name[name] == others.by_name[name] for name in shared])

    def assigned(self, facts: Facts, category: Category) -> list[Truth]:
        """Return that the symbols are *facts*, all of them recorded, and *category*."""
        found = [self.category_among([category])]
        for name, domain in FACTS.items():
            value = getattr(facts, name)
            if name == CLEARANCE:
                found += [self._signed(self.has(each), each in value) for each in Clearance]
            elif domain.kind is frozenset:
                found.append(self._signed(self.within(name), category in value))
            else:
                found.append(self.among(name, [value]))
        return found

    def _signed(self, truth: Truth, is_so: bool) -> Truth:  # noqa: FBT001 - the sign is what it is about
        return truth if is_so else self.no(truth)

    def _joined(
        self, make: Callable[..., Any], parts: Iterable[Truth], idle: Truth, settling: Truth
    ) -> Truth:
        kept = [part for part in parts if part is not idle]
        if len(kept) < 2:  # noqa: PLR2004 - two can be joined
            return kept[0] if kept else idle
        if any(part is settling for part in kept):
            return settling
        # `z3.And` asks of each part whether it is a truth, and is ten times slower for it.
        array = (z3.Ast * len(kept))(*(part.as_ast() for part in kept))
        return z3.BoolRef(make(self.context.ref(), len(kept), array), self.context)

    def _bits(self, name: str) -> Symbol:
        symbol = self.by_name[name]
        if name in _sizes():
            return symbol
        one, nought = (z3.BitVecVal(bit, 1, self.context) for bit in (1, 0))
        return z3.If(symbol, one, nought)

    def _symbol(self, name: str) -> Symbol:
        label = f"{name}{self._prime}"
        if name in _sizes() and name in self._fixed:
            place = order(name)[self._fixed[name]]
            return z3.BitVecVal(place, width(name), self.context)
        if name in _sizes():
            return z3.BitVec(label, width(name), self.context)
        if name in self._fixed:
            return self.true if self._fixed[name] else self.false
        return z3.Bool(label, self.context)

    def _one_of(self, name: str, values: frozenset[Hashable], places: Mapping[Any, int]) -> Truth:
        if name in self._fixed:
            return self.true if self._fixed[name] in values else self.false
        key = (name, values)
        if key not in self._among:
            wanted = sorted(places[value] for value in values)
            self._among[key] = self.either([self._is(name, place) for place in wanted])
        return self._among[key]

    def _is(self, name: str, place: int) -> Truth:
        key = (name, place)
        if key not in self._equal:
            self._equal[key] = self.equal(self.by_name[name], place)
        return self._equal[key]


@cache
def names() -> tuple[str, ...]:
    """Return the names of all symbols."""
    facts = (name for name in FACTS if name != CLEARANCE)
    return (CATEGORY, *facts, *map(cleared, Clearance))


@cache
def order(fact: str) -> Mapping[Value, int]:
    """Return the number that stands for each value of *fact*."""
    values: Sequence[Value] = FACTS[fact].words or range(OLDEST + 1)
    return {value: place for place, value in enumerate(values)}


@cache
def width(name: str) -> int:
    """Return of how many bits the symbol *name* is; a truth is of one."""
    return _sizes().get(name, 1).bit_length()


def cleared(clearance: Clearance) -> str:
    """Return the name of the symbol that the recipient has *clearance*."""
    return f"{CLEARANCE}.{clearance}"


@cache
def _sizes() -> Mapping[str, int]:
    """Return how many values each symbol has that is no truth."""
    words = (name for name, domain in FACTS.items() if domain.kind not in {bool, frozenset})
    return {CATEGORY: len(CATEGORIES), **{name: len(order(name)) for name in words}}


def _names_of(facts: Iterable[str]) -> frozenset[str]:
    """Return the names of the symbols for *facts*."""
    clearances = [cleared(each) for each in Clearance]
    each = (clearances if fact == CLEARANCE else [fact] for fact in facts)
    return frozenset(name for named in each for name in named)
