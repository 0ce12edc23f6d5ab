"""What if a fact were another: which outcomes would change, category by category.

A decision is pure, so that the question is answered by deciding again.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

from policies.attributes import ADULT_FROM, FACTS, Facts
from policies.decision import Bundle, Decision, Ruling
from policies.person_decisions import Said, decide
from policies.vocabulary import ALL_CATEGORIES, Category, Clearance, Obligation


class Turn(msgspec.Struct, frozen=True):
    """What becomes of one *category*: its ruling *before*, and *after*."""

    category: Category
    before: Ruling
    after: Ruling


class WhatIf(msgspec.Struct, frozen=True, kw_only=True):
    """What follows where the facts are *changes*: outcomes that turn, and what is owed."""

    changes: Mapping[str, object]
    turns: tuple[Turn, ...]
    newly_owed: frozenset[Obligation]
    no_longer_owed: frozenset[Obligation]


class Counterfactual(msgspec.Struct, frozen=True, kw_only=True):
    """One *fact* that would change the outcome, at any of these *values*, in the same way."""

    fact: str
    values: tuple[object, ...]
    turns: tuple[Turn, ...]


class Matter(msgspec.Struct, frozen=True, kw_only=True):
    """What was decided: *categories* on *facts*, under a *bundle*, as of a day.

    *said* is what people had decided by then, where the rules referred to them.
    """

    bundle: Bundle
    facts: Facts
    as_of: dt.date
    categories: frozenset[Category] = ALL_CATEGORIES
    said: Said = ()

    def decide(self, categories: frozenset[Category] | None = None) -> Decision:
        """Return the decision on the matter's categories, or on others."""
        asked = self.categories if categories is None else categories
        return decide(self.bundle, self.facts, asked, self.said, as_of=self.as_of)

    def where(self, changes: Mapping[str, object]) -> "Matter":
        """Return the matter where facts are *changes*, plain data; `None` is not recorded.

        Raises `VocabularyError` for a fact or a value that there is not.
        """
        read = Facts.parse(changes)
        values = {name: getattr(read, name) for name in changes}
        return msgspec.structs.replace(self, facts=msgspec.structs.replace(self.facts, **values))


def what_if(matter: Matter, changes: Mapping[str, object]) -> WhatIf:
    """Return what would become of *matter* if its facts were *changes*.

    Raises `VocabularyError` for a fact or a value that there is not.

    >>> matter = Matter(bundle=Bundle.load(), facts=Facts(), as_of=dt.date(2026, 11, 2))
    >>> what_if(matter, {"identity_verified": False, "court_order": "none"}).turns[0].after.rules
    ('A2',)
    >>> what_if(matter, {"recipent": "gp"})
    Traceback (most recent call last):
        ...
    policies.errors.VocabularyError: unknown fact, did you mean `recipient`
    """
    before, after = matter.decide(), matter.where(changes).decide()
    return WhatIf(
        changes=changes,
        turns=tuple(
            Turn(category, ruling, after.rulings[category])
            for category, ruling in before.rulings.items()
            if (ruling.outcome, ruling.rules)
            != (after.rulings[category].outcome, after.rulings[category].rules)
        ),
        newly_owed=after.obligations - before.obligations,
        no_longer_owed=before.obligations - after.obligations,
    )


def counterfactuals(matter: Matter) -> Iterator[Counterfactual]:
    """Yield each fact that alone would change an outcome of *matter*, with the values that do."""
    before = matter.decide().rulings
    for fact in FACTS:
        found: dict[tuple[Turn, ...], list[object]] = {}
        for value in values_of(fact):
            if value == getattr(matter.facts, fact):
                continue
            facts = msgspec.structs.replace(matter.facts, **{fact: value})
            after = msgspec.structs.replace(matter, facts=facts).decide().rulings
            turns = tuple(
                Turn(category, ruling, after[category])
                for category, ruling in before.items()
                if ruling.outcome is not after[category].outcome
            )
            if turns:
                found.setdefault(turns, []).append(value)
        for turns, values in found.items():
            yield Counterfactual(fact=fact, values=tuple(values), turns=turns)


_AGES: Final = tuple(range(ADULT_FROM + 1))
_SCOPES: Final = (frozenset[Category](), ALL_CATEGORIES)
_CLEARANCES: Final = (frozenset[Clearance](), *(frozenset({one}) for one in Clearance))


def values_of(fact: str) -> tuple[object, ...]:
    """Return the values of *fact* that are tried; lists are tried empty and full.

    >>> [value.value for value in values_of("training")]
    ['current', 'lapsed']
    """
    domain = FACTS[fact]
    if domain.kind is bool:
        return (True, False)
    if domain.kind is int:
        return _AGES
    if domain.kind is frozenset:
        return _CLEARANCES if isinstance(domain.words[0], Clearance) else _SCOPES
    return domain.words
