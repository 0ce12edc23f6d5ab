"""Decide what one recipient may see (PDP): facts in, outcomes with rules and obligations out.

Pure and deterministic: no clock, no database, no network. The same facts, bundle and day give the
same decision, years later too.
"""

import datetime as dt
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

import msgspec

from policies import rules
from policies.attributes import Facts
from policies.decision_source import UNSETTLED, Phases, Settlement
from policies.decision_table import Findings, Table
from policies.errors import DateError
from policies.evaluator import Evaluation, evaluate
from policies.masks import OWED, categories_in, encode, mask_of, obligations_in
from policies.rules import GO_ON, Clause, LawSet, Rule
from policies.vocabulary import Category, Obligation, Outcome

NOT_RECORDED: Final = "U"
_DECISIONS_KEPT: Final = 4_096
_PASSED_KEPT: Final = 64


class Ruling(msgspec.Struct, frozen=True):
    """What becomes of one category, by which rules; *missing* names the facts that would tell.

    *passed* are rules that had referred it to people, who then decided (*decided_by*, by id).
    """

    outcome: Outcome
    rules: tuple[str, ...]
    missing: frozenset[str] = frozenset()
    passed: tuple[str, ...] = ()
    decided_by: tuple[str, ...] = ()


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


# A table settles every category that it is asked for; should it not, a person decides.
_UNSETTLED: Final = Ruling(Outcome.REFER, (NOT_RECORDED,))


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
        ids = dict.fromkeys([*(rule.id for rule in law.rules), UNSETTLED])
        self._order = {rule: at for at, rule in enumerate(ids)}
        days = {day for rule in law.rules for day in (rule.effective_from, rule.effective_until)}
        self._turns = sorted(day for day in days if day is not None)
        self._tables = cache(self._table)
        self._decide = lru_cache(maxsize=_DECISIONS_KEPT)(self._decide_anew)
        self.past = lru_cache(maxsize=_PASSED_KEPT)(self._past)

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
        mask = mask_of(categories)
        table, rulings = self._tables(bisect_right(self._turns, as_of))
        evaluation = evaluate(table, encode(facts), mask)
        if evaluation.missing:
            return self._agreed(evaluation, table.settlements, mask)
        settled = dict.fromkeys(categories_in(mask), _UNSETTLED)
        for how, at in evaluation.findings.settled:
            for category in categories_in(at):
                settled[category] = rulings[how]
        return _decision(settled, evaluation.findings)

    def _past(self, rules: frozenset[str]) -> "Bundle":
        """Return the bundle in which what *rules* refer goes on to the rules that come after."""
        deciding = tuple(
            _going_on(rule) if rule.id in rules else rule for rule in self.law.deciding
        )
        return Bundle(msgspec.structs.replace(self.law, deciding=deciding))

    def _table(self, turn: int) -> tuple[Table, tuple[Ruling, ...]]:
        """Return the table that is in force after so many of the days on which the law turns."""
        as_of = self._turns[turn - 1] if turn else dt.date.min

        def in_force(rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
            return tuple(rule for rule in rules if rule.is_in_force(as_of))

        law = self.law
        phases = Phases(in_force(law.deciding), in_force(law.lifting), in_force(law.closing))
        table = Table(phases, law.definitions)
        return table, tuple(Ruling(how.outcome, (how.rule,)) for how in table.settlements)

    def _agreed(
        self, evaluation: Evaluation, settlements: tuple[Settlement, ...], mask: int
    ) -> Decision:
        """Return what all worlds agree on; where they do not, a person decides."""
        rulings = {}
        owed = 0
        for category in categories_in(mask):
            bit = mask_of(frozenset({category}))
            found = [settlements[how] for how, at in evaluation.findings.settled if at & bit]
            if len({each.outcome for each in found}) == 1 and not evaluation.exhausted & bit:
                ids = sorted({each.rule for each in found}, key=self._order.__getitem__)
                rulings[category] = Ruling(found[0].outcome, tuple(ids))
            else:
                missing = (name for name, asking in evaluation.missing.items() if asking & bit)
                rulings[category] = Ruling(Outcome.REFER, (NOT_RECORDED,), frozenset(missing))
                owed = OWED[Obligation.RECORD_REASON]
        findings = evaluation.findings
        return _decision(rulings, findings._replace(owed=findings.owed | owed))


def _decision(rulings: dict[Category, Ruling], findings: Findings) -> Decision:
    owed = findings.owed | OWED[Obligation.ACCOUNT]
    # The family is never told on a guess: where one world says that it must not be, none tells it.
    if owed & OWED[Obligation.DO_NOT_INFORM]:
        owed &= ~OWED[Obligation.INFORM_FAMILY]
    return Decision(MappingProxyType(rulings), obligations_in(owed), findings.failed)


def _going_on(rule: Rule) -> Rule:
    clauses = tuple(
        Clause(GO_ON, clause.condition) if clause.effect == Outcome.REFER else clause
        for clause in rule.clauses
    )
    return msgspec.structs.replace(rule, clauses=clauses)
