"""Conditions as tests on bit masks: all categories are tried at once, one bit each.

A fact is an integer, too: one bit for each value that it could still have, so that a recorded fact
has one bit and an unrecorded one has all of them. A list of categories is the mask of those
categories, or `OPEN` where it is not recorded. A test that would need to know more than the bits
tell raises `Fork`, which says how the fact divides the world.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Final, NamedTuple

from policies.attributes import ADULT_FROM, FACTS, OLDEST, Domain, Facts
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
    Value,
    Within,
)
from policies.errors import VocabularyError
from policies.rules import GO_ON, Definition, Effect, Rule
from policies.vocabulary import Category, Clearance, Obligation, Outcome

CATEGORIES: Final = tuple(Category)
EVERYTHING: Final = (1 << len(CATEGORIES)) - 1
OPEN: Final = -1

_BIT: Final = {category: 1 << place for place, category in enumerate(CATEGORIES)}
_PLACE: Final = {name: place for place, name in enumerate(FACTS)}
_CLEARANCES: Final = tuple(Clearance)


def mask_of(categories: Iterable[Category]) -> int:
    """Return *categories* as a mask."""
    mask = 0
    for category in categories:
        mask |= _BIT[category]
    return mask


def categories_in(mask: int) -> list[Category]:
    """Return the categories in *mask*, in the order of the vocabulary.

    >>> [category.value for category in categories_in(mask_of([Category.SEN, Category.ADDRESS]))]
    ['address', 'sen']
    """
    return [category for category, bit in _BIT.items() if mask & bit]


class Settlement(NamedTuple):
    """How a category was settled, and by which rule of which section."""

    outcome: Outcome
    rule: str
    section: str


class World:
    """What is known while a decision is made: facts, terms found out, and what is settled."""

    __slots__ = ("facts", "overlays", "settled", "terms")

    def __init__(self, facts: list[int], overlays: "tuple[CompiledRule, ...]") -> None:
        self.facts = facts
        self.overlays = overlays
        self.terms: dict[str, bool] = {}
        self.settled: dict[Settlement, int] = {}

    def narrowed(self, place: int, values: int, mask: int) -> "World":
        """Return the world in which the fact at *place* has only *values*, for some categories."""
        facts = self.facts.copy()
        facts[place] = values
        return self._copy(facts, mask)

    def restricted(self, mask: int) -> "World":
        """Return this world for the categories in *mask* alone."""
        return self._copy(self.facts, mask)

    def _copy(self, facts: list[int], mask: int) -> "World":
        world = World(facts, self.overlays)
        world.terms = self.terms.copy()
        world.settled = {
            how: left for how, settled in self.settled.items() if (left := settled & mask)
        }
        return world


Test = Callable[[World, int], int]


class Fork(Exception):  # noqa: N818 - a signal to the evaluator, not a fault
    """A rule consulted a fact that is not recorded: *either* value set remains possible."""

    def __init__(self, place: int, either: tuple[int, int], mask: int) -> None:
        super().__init__()
        self.place = place
        self.either = either
        self.mask = mask


class CompiledRule(NamedTuple):
    """A rule whose conditions are tests; `None` stands for a condition that always holds."""

    id: str
    section: str
    when: Test
    clauses: tuple[tuple[Effect, Test | None], ...]
    debts: tuple[tuple[Obligation, Test | None], ...]

    def effects(self, world: World, mask: int) -> list[tuple[Effect, int]]:
        """Return how the categories in *mask*, to which this rule applies, end."""
        found: list[tuple[Effect, int]] = []
        for effect, test in self.clauses:
            ended = mask if test is None else test(world, mask)
            if ended:
                found.append((effect, ended))
                mask ^= ended
                if not mask:
                    break
        return found

    def owed(self, world: World, mask: int) -> list[tuple[Obligation, int]]:
        """Return the obligations that this rule adds for the categories in *mask*."""
        found = []
        for obligation, test in self.debts:
            owing = mask if test is None else test(world, mask)
            if owing:
                found.append((obligation, owing))
        return found


def encode(facts: Facts) -> list[int]:
    """Return *facts* as bits, or raise `VocabularyError` for a value outside the vocabulary."""
    return [encoder(getattr(facts, name)) for name, encoder in _ENCODERS]


def fact_at(place: int) -> str:
    """Return the name of the fact at *place*."""
    return _ENCODERS[place][0]


def compile_rule(rule: Rule, terms: Mapping[str, Test]) -> CompiledRule:
    """Return *rule* with its conditions as tests."""
    return CompiledRule(
        rule.id,
        rule.section,
        compile_condition(rule.when, terms),
        tuple((each.effect, _unless_always(each.condition, terms)) for each in rule.clauses),
        tuple((each.obligation, _unless_always(each.condition, terms)) for each in rule.debts),
    )


def compile_terms(definitions: Mapping[str, Definition]) -> dict[str, Test]:
    """Return the defined terms as tests; one that no category bears on is found out only once."""
    conditions = {name: definition.condition for name, definition in definitions.items()}
    tests: dict[str, Test] = {}
    for name, condition in conditions.items():
        test = compile_condition(condition, tests)
        tests[name] = _once(name, test) if _is_general(condition, conditions) else test
    return tests


def compile_condition(  # noqa: C901, PLR0911 - one line for each form of the language
    condition: Condition, terms: Mapping[str, Test]
) -> Test:
    """Return *condition* as a test: of the categories in a mask, those for which it holds."""
    match condition:
        case Among(fact, values):
            return _among(_PLACE[fact], _bits(FACTS[fact], values))
        case Has(fact, clearance):
            return _among(_PLACE[fact], _subsets_with(clearance))
        case Within(fact):
            return _within(_PLACE[fact])
        case CategoryAmong(categories):
            return _category(mask_of(categories))
        case Settled(by, words):
            return _settled(by, words)
        case Overlay(outcome):
            return _overlay(outcome)
        case Term(name):
            return terms[name]
        case Not(inner):
            return _not(compile_condition(inner, terms))
        case Every(parts):
            return _every(tuple(compile_condition(part, terms) for part in parts))
        case Either(parts):
            return _either(tuple(compile_condition(part, terms) for part in parts))


def _unless_always(condition: Condition, terms: Mapping[str, Test]) -> Test | None:
    return None if condition == Every(()) else compile_condition(condition, terms)


def _is_general(condition: Condition, conditions: Mapping[str, Condition]) -> bool:
    match condition:
        case Within() | CategoryAmong() | Settled() | Overlay():
            return False
        case Term(name):
            return _is_general(conditions[name], conditions)
        case Not(inner):
            return _is_general(inner, conditions)
        case Every(parts) | Either(parts):
            return all(_is_general(part, conditions) for part in parts)
        case _:
            return True


def _among(place: int, wanted: int) -> Test:
    def test(world: World, mask: int) -> int:
        values = world.facts[place]
        holding = values & wanted
        if not holding:
            return 0
        if holding == values:
            return mask
        raise Fork(place, (holding, values ^ holding), mask)

    return test


def _within(place: int) -> Test:
    def test(world: World, mask: int) -> int:
        categories = world.facts[place]
        if categories == OPEN:
            raise Fork(place, (EVERYTHING, 0), mask)
        return mask & categories

    return test


def _category(wanted: int) -> Test:
    def test(_world: World, mask: int) -> int:
        return mask & wanted

    return test


def _settled(by: str, words: frozenset[str]) -> Test:
    column = Settlement._fields.index(by)

    def test(world: World, mask: int) -> int:
        found = 0
        for how, settled in world.settled.items():
            if how[column] in words:
                found |= settled
        return mask & found

    return test


def _overlay(outcome: Outcome) -> Test:
    def test(world: World, mask: int) -> int:
        found = 0
        for rule in world.overlays:
            applied = mask and rule.when(world, mask)
            for effect, ended in rule.effects(world, applied) if applied else ():
                if effect != GO_ON:
                    mask &= ~ended
                if effect == outcome:
                    found |= ended
        return found

    return test


def _not(inner: Test) -> Test:
    def test(world: World, mask: int) -> int:
        return mask & ~inner(world, mask)

    return test


def _every(parts: tuple[Test, ...]) -> Test:
    def test(world: World, mask: int) -> int:
        for part in parts:
            mask = part(world, mask)
            if not mask:
                return 0
        return mask

    return test


def _either(parts: tuple[Test, ...]) -> Test:
    def test(world: World, mask: int) -> int:
        left = mask
        for part in parts:
            left &= ~part(world, left)
            if not left:
                return mask
        return mask & ~left

    return test


def _once(name: str, inner: Test) -> Test:
    def test(world: World, mask: int) -> int:
        known = world.terms.get(name)
        if known is None:
            known = world.terms[name] = bool(inner(world, mask))
        return mask if known else 0

    return test


def _bits(domain: Domain, values: Iterable[Value]) -> int:
    places = _places(domain)
    return sum(1 << places[value] for value in values)


def _places(domain: Domain) -> dict[Value, int]:
    if domain.kind is bool:
        return {False: 0, True: 1}
    if domain.kind is int:
        return {age: age for age in range(OLDEST + 1)}
    return {word: place for place, word in enumerate(domain.words)}


def _subset(clearances: Iterable[Clearance]) -> int:
    return 1 << sum(1 << _CLEARANCES.index(each) for each in clearances)


def _subsets_with(clearance: Clearance) -> int:
    place = _CLEARANCES.index(clearance)
    return sum(1 << subset for subset in range(1 << len(_CLEARANCES)) if subset >> place & 1)


def _encoder(name: str, domain: Domain) -> Callable[[object], int]:
    def refused() -> VocabularyError:
        return VocabularyError(f"`{name}` has a value outside the vocabulary")

    if domain.kind is frozenset:
        recorded, unrecorded = (
            (_subset, _subset(()) | _subset(_CLEARANCES))
            if isinstance(domain.words[0], Clearance)
            else (mask_of, OPEN)
        )

        def encode_list(value: object) -> int:
            if value is None:
                return unrecorded
            try:
                return recorded(value)  # type: ignore[arg-type]  # what is no list is refused
            except (KeyError, ValueError, TypeError):
                raise refused() from None

        return encode_list

    table: dict[object, int] = {value: 1 << place for value, place in _places(domain).items()}
    table[None] = (1 << ADULT_FROM) - 1 if domain.kind is int else sum(table.values())

    def encode_value(value: object) -> int:
        try:
            return table[value]
        except (KeyError, TypeError):
            raise refused() from None

    return encode_value


_ENCODERS: Final = tuple((name, _encoder(name, domain)) for name, domain in FACTS.items())
