"""Questions as Cedar entities, and the values that a fact which is not recorded is tried with."""

import datetime as dt
import json
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Final, NamedTuple

import cedarpy

from policies.attributes import ADULT_FROM, FACTS, Domain, Facts, categories_of
from policies.cedar.schema import DAY, day_number
from policies.conditions import Among, leaves
from policies.errors import VocabularyError
from policies.rules import LawSet
from policies.vocabulary import Category

QUESTION: Final = "Question"

# For each fact, the values that it is tried with where it is not recorded.
Alternatives = Mapping[str, tuple[object, ...]]


class Question(NamedTuple):
    """What is asked: *categories*, on *facts*, on the day *as_of*."""

    facts: Facts
    categories: frozenset[Category]
    as_of: dt.date

    @classmethod
    def of(cls, facts: Facts, categories: Iterable[str], as_of: dt.date) -> "Question":
        """Return the question; raise `VocabularyError` for an unknown category."""
        return cls(facts, categories_of(categories), as_of)


def entities_of(questions: Iterable[Question]) -> cedarpy.Entities:
    """Return *questions* as Cedar's entities, called by their number: `Question::"0"` is the first.

    What is not recorded is not there. Raise `VocabularyError` for a value outside the vocabulary.
    """
    entities = (entity_json(str(number), each) for number, each in enumerate(questions))
    return cedarpy.Entities.from_json_str(f"[{','.join(entities)}]")


def entity_json(name: str, question: Question) -> str:
    """Return *question* as a Cedar entity called *name*, in Cedar's notation for data."""
    attributes = [f'"{DAY}":{day_number(question.as_of)}']
    for fact in FACTS:
        value = getattr(question.facts, fact)
        if value is not None:
            attributes.append(f'"{fact}":{_value_json(fact, value)}')
    uid = f'{{"type":"{QUESTION}","id":"{name}"}}'
    return f'{{"uid":{uid},"attrs":{{{",".join(attributes)}}},"parents":[]}}'


def all_values() -> Alternatives:
    """Return every value that an unrecorded fact is tried with (rule U)."""
    return {name: tuple(_tried(domain)) for name, domain in FACTS.items()}


def told_apart(law: LawSet) -> Alternatives:
    """Return, for each fact, one value for each group of values that no rule tells apart."""
    asked: dict[str, set[frozenset[object]]] = {name: set() for name in FACTS}
    terms = {name: definition.condition for name, definition in law.definitions.items()}
    conditions = [*terms.values(), *(each for rule in law.rules for each in rule.conditions)]
    for test in (leaf for condition in conditions for leaf in leaves(condition, terms)):
        if isinstance(test, Among):
            asked[test.fact].add(test.values)
    return {name: _distinct(values, asked[name]) for name, values in all_values().items()}


def _distinct(values: tuple[object, ...], sets: set[frozenset[object]]) -> tuple[object, ...]:
    if not sets:  # nothing compares it with words: a list is tried empty and full
        return values
    groups: dict[frozenset[frozenset[object]], object] = {}
    for value in values:
        groups.setdefault(frozenset(each for each in sets if value in each), value)
    return tuple(groups.values())


def _tried(domain: Domain) -> Iterator[object]:
    if domain.kind is bool:
        yield from (False, True)
    elif domain.kind is int:
        yield from range(ADULT_FROM)
    elif domain.kind is frozenset:
        yield from (frozenset(), frozenset(domain.words))
    else:
        yield from domain.words


@lru_cache(maxsize=4_096, typed=True)
def _value_json(name: str, value: object) -> str:
    """Return *value* of the fact *name* in Cedar's notation for data."""
    return json.dumps(_plain(FACTS[name], value))


def _plain(domain: Domain, value: object) -> object:
    if domain.kind is frozenset and isinstance(value, frozenset):
        return [_reference(domain, word) for word in domain.words if word in value]
    if domain.kind in {bool, int} and type(value) is domain.kind:
        return value
    return _reference(domain, value)


def _reference(domain: Domain, value: object) -> object:
    if not isinstance(value, str) or value not in domain.spelt:
        message = f"`{domain.name}` has a value outside the vocabulary"
        raise VocabularyError(message)
    word = domain.spelt[value]
    return {"__entity": {"type": type(word).__name__, "id": word.value}}
