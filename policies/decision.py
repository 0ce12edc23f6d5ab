"""Decide what one recipient may see (PDP): facts in, outcomes with rules and obligations out.

Pure and deterministic: no clock, no database, no network. The same facts, bundle and day give the
same decision, years later too.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

import msgspec

from policies import rules
from policies.attributes import Facts, categories_of
from policies.errors import DateError
from policies.evaluator import Findings, Phases, evaluate
from policies.masks import (
    CompiledRule,
    World,
    categories_in,
    compile_rule,
    compile_terms,
    encode,
    mask_of,
)
from policies.rules import LawSet
from policies.vocabulary import Category, Obligation, Outcome

NOT_RECORDED: Final = "U"
OVERLAYS: Final = "G"
_DECISIONS_KEPT: Final = 4_096
_DAYS_KEPT: Final = 64


class Ruling(msgspec.Struct, frozen=True):
    """What becomes of one category, by which rules; *missing* names the facts that would tell."""

    outcome: Outcome
    rules: tuple[str, ...]
    missing: frozenset[str] = frozenset()


class Decision(msgspec.Struct, frozen=True):
    """The answer: a ruling for every category asked for, and what must be done with it.

    *Failed* names rules that raised: what they would have settled is referred.
    """

    rulings: Mapping[Category, Ruling]
    obligations: frozenset[Obligation]
    failed: frozenset[str] = frozenset()

    @property
    def missing(self) -> frozenset[str]:
        """The facts that are not recorded, and for want of which something was referred."""
        return frozenset().union(*(ruling.missing for ruling in self.rulings.values()))

    def settled(self, outcome: Outcome) -> frozenset[Category]:
        """Return the categories for which the answer is *outcome*."""
        return frozenset(
            category for category, ruling in self.rulings.items() if ruling.outcome is outcome
        )


class Bundle:
    """One immutable set of law, ready to decide.

    >>> from policies.attributes import Facts
    >>> bundle = Bundle.load()
    >>> nothing_known = bundle.decide(Facts(), ["identity"], as_of=dt.date(2026, 11, 2))
    >>> nothing_known.rulings["identity"].outcome.value
    'refer'
    """

    def __init__(self, law: LawSet) -> None:
        self.law = law
        self._order = {rule_id: at for at, rule_id in enumerate(_ids(law))}
        terms = compile_terms(law.definitions)
        self._compiled = [(rule, compile_rule(rule, terms)) for rule in law.rules]
        self._phases = lru_cache(maxsize=_DAYS_KEPT)(self._phases_on)
        self._decide = lru_cache(maxsize=_DECISIONS_KEPT)(self._decide_anew)

    @classmethod
    def load(cls, path: Path | None = None) -> "Bundle":
        """Return the bundle in the folder *path*, or the one we ship; or raise `DocumentError`."""
        return cls(rules.shipped() if path is None else rules.load(path))

    @property
    def digest(self) -> str:
        """The SHA-256 of what the law set says, in hexadecimal."""
        return self.law.digest

    def decide(self, facts: Facts, categories: Iterable[str], *, as_of: dt.date) -> Decision:
        """Decide *categories* on *facts* under the law of the day *as_of*.

        Raise `VocabularyError` for a word outside the vocabulary, `DateError` for a day before the
        law set begins. Whatever else goes wrong refers: it is in the decision, never raised.
        """
        asked = categories if isinstance(categories, frozenset) else frozenset(categories)
        return self._decide(facts, asked, as_of)

    def decide_anew(self, facts: Facts, categories: Iterable[str], *, as_of: dt.date) -> Decision:
        """Decide without looking at what was decided before: for replay and measurement."""
        return self._decide_anew(facts, frozenset(categories), as_of)

    def _decide_anew(self, facts: Facts, categories: frozenset[str], as_of: dt.date) -> Decision:
        if as_of < self.law.begins:
            message = f"no law is loaded for a day before {self.law.begins.isoformat()}"
            raise DateError(message)
        mask = mask_of(categories_of(categories))
        phases, overlays = self._phases(as_of)
        return self._decision(evaluate(phases, World(encode(facts), overlays), mask), mask)

    def _phases_on(self, as_of: dt.date) -> tuple[Phases, tuple[CompiledRule, ...]]:
        in_force = [
            (rule, compiled) for rule, compiled in self._compiled if rule.is_in_force(as_of)
        ]

        def those(of: tuple[rules.Rule, ...]) -> tuple[CompiledRule, ...]:
            return tuple(compiled for rule, compiled in in_force if rule in of)

        phases = (those(self.law.deciding), those(self.law.lifting), those(self.law.closing))
        return phases, tuple(each for each in phases[0] if each.section == OVERLAYS)

    def _decision(self, findings: Findings, mask: int) -> Decision:
        outcomes: dict[Category, list[tuple[Outcome, str]]] = {
            category: [] for category in categories_in(mask)
        }
        for how, settled in findings.settled.items():
            for category in categories_in(settled):
                outcomes[category].append((how.outcome, how.rule))
        missing: dict[Category, set[str]] = {}
        for name, wanting in findings.missing.items():
            for category in categories_in(wanting):
                missing.setdefault(category, set()).add(name)
        exhausted = frozenset(categories_in(findings.exhausted))
        rulings = {
            category: self._ruling(found, missing.get(category), exhausted=category in exhausted)
            for category, found in outcomes.items()
        }
        return Decision(
            MappingProxyType(rulings), _obligations(findings, rulings), frozenset(findings.failed)
        )

    def _ruling(
        self, found: list[tuple[Outcome, str]], missing: set[str] | None, *, exhausted: bool
    ) -> Ruling:
        if len(found) == 1 and not exhausted:
            return _ruling(found[0][0], (found[0][1],))
        if exhausted or len({outcome for outcome, _ in found}) != 1:
            return Ruling(Outcome.REFER, (NOT_RECORDED,), frozenset(missing or ()))
        ids = sorted({rule for _, rule in found}, key=lambda rule: self._order.get(rule, -1))
        return _ruling(found[0][0], tuple(ids))


@lru_cache(maxsize=1_024)
def _ruling(outcome: Outcome, ids: tuple[str, ...]) -> Ruling:
    return Ruling(outcome, ids)


def _ids(law: LawSet) -> list[str]:
    return list(dict.fromkeys(rule.id for rule in law.rules))


def _obligations(findings: Findings, rulings: Mapping[Category, Ruling]) -> frozenset[Obligation]:
    owed = {Obligation.ACCOUNT, *findings.owed}
    if any(ruling.rules == (NOT_RECORDED,) for ruling in rulings.values()):
        owed.add(Obligation.RECORD_REASON)
    # The family is never told on a guess: where one world says that it must not be, none tells it.
    if Obligation.DO_NOT_INFORM in owed:
        owed.discard(Obligation.INFORM_FAMILY)
    return frozenset(owed)
