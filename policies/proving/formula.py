"""The law as a formula of the solver: which rule settles the category, how, and what is owed.

This is the third form of the rules, beside the bit masks that decide and the published policies.
It says of every vector of recorded facts at once what `Bundle.decide` says of one.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
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
from policies.decision_source import OVERLAYS, UNSETTLED
from policies.proving.case import Case
from policies.proving.difference import RELEASES, Ending
from policies.proving.symbols import Symbols, Truth
from policies.rules import GO_ON, UNCHANGED, Effect, LawSet, Rule
from policies.vocabulary import Obligation, Outcome

_OUTCOME: Final = "outcome"


class Standing(NamedTuple):
    """One clause of a rule in the formula: *reached* where it is what settles, or passes on.

    *Meets* leaves out what the rules before it did: its own conditions alone.
    """

    rule: Rule
    number: int
    effect: Effect
    reached: Truth
    meets: Truth


class Obliging(NamedTuple):
    """One obligation of a rule in the formula, and where it is owed by this rule."""

    rule: str
    obligation: Obligation
    truth: Truth


class Formula:
    """What the rules in force on one day make of *symbols*.

    *Given* are truths that claims may name as terms, besides those that they define.
    """

    def __init__(
        self,
        law: LawSet,
        as_of: dt.date,
        symbols: Symbols,
        given: Mapping[str, Truth] | None = None,
    ) -> None:
        self.symbols = symbols
        self.standings: list[Standing] = []
        self.obligings: list[Obliging] = []
        self._given = dict(given or {})
        deciding, lifting, closing = (
            tuple(rule for rule in phase if rule.is_in_force(as_of))
            for phase in (law.deciding, law.lifting, law.closing)
        )
        self._overlays = tuple(rule for rule in deciding if rule.section == OVERLAYS)
        self._terms = {name: each.condition for name, each in law.definitions.items()}
        self._settled: dict[tuple[str, str], Truth] = {}
        self._settled = self._decide(deciding)
        self._settled = self._lift(lifting)
        self._follow(closing)
        self._final = self._conditions(self._terms)
        self._owed = {
            each: symbols.either([one.truth for one in self.obligings if one.obligation is each])
            for each in Obligation
        }

    def outcome(self, *outcomes: Outcome) -> Truth:
        """Return that the category ends in one of *outcomes*."""
        return self._final.holds(Settled(_OUTCOME, frozenset(outcomes)))

    def releases_more(self, other: "Formula") -> Truth:
        """Return that this releases more than the *other*: more than nothing, or than a part."""
        return self.symbols.either(
            [
                self.symbols.every([self.outcome(more), other.outcome(less)])
                for more in Outcome
                for less in Outcome
                if RELEASES[more] > RELEASES[less]
            ]
        )

    def settled_by(self, rule: str) -> Truth:
        """Return that a rule of this id settles the category."""
        return self._final.holds(Settled("rule", frozenset({rule})))

    @property
    def rule_ids(self) -> tuple[str, ...]:
        """The ids of all rules that may settle a category, in order."""
        ids = (each.rule.id for each in self.standings if each.effect not in {GO_ON, UNCHANGED})
        return (*dict.fromkeys(ids), UNSETTLED)

    def endings(self) -> Iterator[Truth]:
        """Yield what tells how the category ends: each outcome, and each rule that settles it."""
        yield from (self.outcome(each) for each in Outcome)
        yield from (self.settled_by(each) for each in self.rule_ids)

    def ending(self, case: Case) -> Ending:
        """Return how the category ends in *case*."""
        outcome = next(each for each in Outcome if case.tells(self.outcome(each)))
        rule = next(each for each in self.rule_ids if case.tells(self.settled_by(each)))
        return Ending(outcome, rule)

    def owed(self, obligation: Obligation) -> Truth:
        """Return that *obligation* is owed for the category."""
        return self._owed[obligation]

    def holds(self, condition: Condition, terms: Mapping[str, Condition]) -> Truth:
        """Return that *condition*, in which *terms* may be used, holds of facts and ending."""
        return self._conditions(terms).holds(condition)

    def _conditions(self, terms: Mapping[str, Condition]) -> "_Conditions":
        return _Conditions(self.symbols, terms, self._settled, self._overlays, self._given)

    def _decide(self, rules: Iterable[Rule]) -> dict[tuple[str, str], Truth]:
        ways, still_open = self._follow(rules)
        self.obligings.append(Obliging(UNSETTLED, Obligation.ALERT_IG, still_open))
        nowhere = self.symbols.no(self.symbols.either([way.reached for way in ways]))
        return self._sums(ways, {(_OUTCOME, Outcome.REFER): nowhere, ("rule", UNSETTLED): nowhere})

    def _lift(self, rules: Iterable[Rule]) -> dict[tuple[str, str], Truth]:
        ways, _ = self._follow(rules)
        stays = self.symbols.no(self.symbols.either([way.reached for way in ways]))
        before = {how: self.symbols.every([truth, stays]) for how, truth in self._settled.items()}
        return self._sums(ways, before)

    def _sums(
        self, ways: Iterable[Standing], before: Mapping[tuple[str, str], Truth]
    ) -> dict[tuple[str, str], Truth]:
        found = {how: [truth] for how, truth in before.items()}
        for way in ways:
            hows = ((_OUTCOME, way.effect), ("rule", way.rule.id), ("section", way.rule.section))
            for how in hows:
                found.setdefault(how, []).append(way.reached)
        return {how: self.symbols.either(truths) for how, truths in found.items()}

    def _follow(self, rules: Iterable[Rule]) -> tuple[list[Standing], Truth]:
        """Take the category through *rules*; return what settles it, and that nothing does."""
        conditions = self._conditions(self._terms)
        settling: list[Standing] = []
        still_open = self.symbols.true
        for rule in rules:
            when = conditions.holds(rule.when)
            applies = self.symbols.every([still_open, when])
            for debt in rule.debts:
                owing = self.symbols.every([applies, conditions.holds(debt.condition)])
                self.obligings.append(Obliging(rule.id, debt.obligation, owing))
            clauses = self._clauses(rule, applies, when, conditions)
            self.standings += clauses
            settling += [each for each in clauses if each.effect not in {GO_ON, UNCHANGED}]
            ended = [each.reached for each in clauses if each.effect != GO_ON]
            if ended:
                still_open = self.symbols.every(
                    [still_open, self.symbols.no(self.symbols.either(ended))]
                )
        return settling, still_open

    def _clauses(
        self, rule: Rule, applies: Truth, when: Truth, conditions: "_Conditions"
    ) -> list[Standing]:
        found = []
        earlier: list[Truth] = []
        for number, clause in enumerate(rule.clauses):
            own = conditions.holds(clause.condition)
            meets = self.symbols.every([*earlier, own])
            reached = self.symbols.every([applies, meets])
            found.append(
                Standing(rule, number, clause.effect, reached, self.symbols.every([when, meets]))
            )
            earlier.append(self.symbols.no(own))
        return found


class _Conditions:
    """Conditions as truths about symbols, given what is settled so far."""

    def __init__(
        self,
        symbols: Symbols,
        terms: Mapping[str, Condition],
        settled: Mapping[tuple[str, str], Truth],
        overlays: tuple[Rule, ...],
        given: Mapping[str, Truth],
    ) -> None:
        self._symbols = symbols
        self._terms = terms
        self._settled = settled
        self._overlays = overlays
        self._known = dict(given)

    def holds(self, condition: Condition) -> Truth:  # noqa: C901, PLR0911 - one line for each form of the language
        match condition:
            case Among(fact, values):
                return self._symbols.among(fact, values)
            case Has(_, clearance):
                return self._symbols.has(clearance)
            case Within(fact):
                return self._symbols.within(fact)
            case CategoryAmong(categories):
                return self._symbols.category_among(categories)
            case Settled(by, words):
                settled = (self._settled.get((by, word)) for word in sorted(words))
                return self._symbols.either([each for each in settled if each is not None])
            case Overlay(outcome):
                return self._overlay(outcome)
            case Term(name):
                return self._term(name)
            case Not(inner):
                return self._symbols.no(self.holds(inner))
            case Every(parts):
                return self._symbols.every([self.holds(part) for part in parts])
            case Either(parts):
                return self._symbols.either([self.holds(part) for part in parts])

    def _term(self, name: str) -> Truth:
        if name not in self._known:
            self._known[name] = self.holds(self._terms[name])
        return self._known[name]

    def _overlay(self, outcome: Outcome) -> Truth:
        still_open = self._symbols.true
        found = []
        for rule in self._overlays:
            left = self._symbols.every([still_open, self.holds(rule.when)])
            for clause in rule.clauses:
                ended = self._symbols.every([left, self.holds(clause.condition)])
                left = self._symbols.every([left, self._symbols.no(ended)])
                if clause.effect == outcome:
                    found.append(ended)
                if clause.effect != GO_ON:
                    still_open = self._symbols.every([still_open, self._symbols.no(ended)])
        return self._symbols.either(found)
