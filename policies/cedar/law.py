"""The law set as Cedar policies.

Our rules are tried in order, Cedar's policies all at once. So each way in which a rule can end is
one policy, numbered in order (`@order`): `permit` where the category is released whole, `forbid`
where it is not; and a forbid does not apply where a permit before it does. Cedar's answer, in which
any forbid prevails, is then the law's: it allows exactly what the law permits. Of the policies that
it names as its reasons, the one of the lowest order is the rule that governs.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from typing import Final

from policies.attributes import FACTS
from policies.cedar.expansion import NEVER, expand, follows, given, negation, simplify
from policies.cedar.expressions import entity, expression
from policies.cedar.schema import BREAK_GLASS, DAY, DISCLOSE, OWE, day_number
from policies.cedar.writing import Policy
from policies.conditions import ALWAYS, CategoryAmong, Condition, Either, Every, Overlay
from policies.phrasing import phrase
from policies.rules import GO_ON, Clause, LawSet, Rule
from policies.vocabulary import Category, Outcome

OVERLAYS: Final = "G"
WHOLE: Final = frozenset({Outcome.PERMIT, Outcome.BREAK_GLASS})


def law_policies(law: LawSet) -> str:
    """Return the policies of *law* as Cedar text, in the order of its rules."""
    return "\n".join(map(str, _Writer(law).policies()))


def complete_policy() -> str:
    """Return the policy that forbids wherever a fact is not recorded.

    It is for those who ask Cedar alone. Cedar passes over a policy that is in error, so that a
    forbid for want of its own fact would not forbid.
    """
    actions = ", ".join(f'Action::"{each}"' for each in (DISCLOSE, BREAK_GLASS))
    recorded = " && ".join(f"principal has {name}" for name in (DAY, *FACTS))
    return (
        '@id("complete")\n@outcome("refer")\n@reads("a fact of this question is not recorded")\n'
        f"forbid (principal, action in [{actions}], resource)\nunless {{ {recorded} }};\n"
    )


@dataclass(frozen=True, slots=True)
class _Ending:
    """One way in which a rule can end: *clause*, where *reached* holds on the days of *dated*."""

    rule: Rule
    order: int
    clause: Clause
    reached: Condition
    dated: str

    @property
    def is_permit(self) -> bool:
        return self.clause.effect in WHOLE

    def written(self, condition: Condition) -> str:
        """Return *condition* as an expression, on the days on which the rule is in force."""
        here = expression(condition, "context.settled")
        return f"{self.dated} && ({here})" if self.dated else here


class _Writer:
    """Writes the policies of one law set."""

    def __init__(self, law: LawSet) -> None:
        self._law = law
        self._terms = {name: each.condition for name, each in law.definitions.items()}

    @cached_property
    def _overlays(self) -> Mapping[Overlay, Condition]:
        """What the overlays, taken alone, would give: where each outcome is reached first."""
        found: dict[Outcome, list[Condition]] = {outcome: [] for outcome in Outcome}
        before: list[Condition] = []
        for rule in (each for each in self._law.deciding if each.section == OVERLAYS):
            for clause, reached in self._clauses(rule, {}):
                if clause.effect in found:
                    first = Every((reached, *map(negation, before)))
                    found[Outcome(clause.effect)].append(first)
                    before.append(reached)
        return {Overlay(each): simplify(Either(tuple(parts))) for each, parts in found.items()}

    def policies(self) -> Iterator[Policy]:
        """Yield the policies: what settles a category, what lifts that, and what is then owed."""
        orders = count(1)
        settling = [self._endings(rule, orders) for rule in self._law.deciding]
        lifting = [self._endings(rule, orders) for rule in self._law.lifting]
        yield from _settling(settling, DISCLOSE)
        yield from _settling(lifting, BREAK_GLASS)
        for stage, endings in (("settled", settling), ("final", lifting)):
            for first, *_ in endings:
                reached = f"context.{stage}.order >= {first.order}"
                yield from self._owed(first.rule, first.order, reached, "context.settled")
        for rule in self._law.closing:
            yield from self._owed(rule, next(orders), "", "context.final")

    def _endings(self, rule: Rule, orders: Iterator[int]) -> list[_Ending]:
        return [
            _Ending(rule, next(orders), clause, reached, self._dated(rule))
            for clause, reached in self._clauses(rule, self._overlays)
        ]

    def _clauses(
        self, rule: Rule, overlays: Mapping[Overlay, Condition]
    ) -> Iterator[tuple[Clause, Condition]]:
        """Yield where each outcome of *rule* is reached, past the clauses before it that go on."""
        passed: list[Condition] = [expand(rule.when, self._terms, overlays)]
        for clause in rule.clauses:
            condition = expand(clause.condition, self._terms, overlays)
            yield clause, simplify(Every((*passed, condition)))
            if clause.effect == GO_ON:
                passed.append(negation(condition))

    def _dated(self, rule: Rule) -> str:
        bounds = []
        if rule.effective_from > self._law.begins:
            bounds.append(f"principal.{DAY} >= {day_number(rule.effective_from)}")
        if rule.effective_until is not None:
            bounds.append(f"principal.{DAY} < {day_number(rule.effective_until)}")
        return " && ".join(bounds)

    def _owed(self, rule: Rule, order: int, reached: str, settled: str) -> Iterator[Policy]:
        for number, debt in enumerate(rule.debts, start=1):
            condition = simplify(
                expand(Every((rule.when, debt.condition)), self._terms, self._overlays)
            )
            tests = [reached, self._dated(rule), expression(condition, settled)]
            yield Policy(
                notes={
                    "id": f"{order:03}-{rule.id}-{number}",
                    "rule": rule.id,
                    "order": str(order),
                    "obligation": debt.obligation,
                    "source": rule.source,
                    "applies": phrase(rule.when),
                    "if": phrase(debt.condition),
                },
                effect="permit",
                action=OWE,
                when=tuple(test for test in tests if test not in {"", "true"}),
            )


def _settling(rules: Iterable[list[_Ending]], action: str) -> Iterator[Policy]:
    permits: list[_Ending] = []
    for ending in (each for endings in rules for each in endings):
        if ending.clause.effect == GO_ON or ending.reached == NEVER:
            continue
        if ending.is_permit:
            permits.append(ending)
            yield _policy(ending, action, ())
        else:
            yield _policy(ending, action, tuple(_earlier(ending, permits)))


def _earlier(ending: _Ending, permits: Iterable[_Ending]) -> Iterator[str]:
    """Yield where one of the *permits* comes first, leaving out what another of them includes."""
    known = given(ending.reached)
    kept: list[tuple[_Ending, Condition]] = []
    for permit in permits:
        condition = simplify(permit.reached, known)
        if condition == NEVER or any(_includes(each, condition) for each in kept):
            continue
        wider = permit, condition
        kept = [each for each in kept if not _includes(wider, each[1])]
        kept.append(wider)
    return (permit.written(condition) for permit, condition in kept)


def _includes(wider: tuple[_Ending, Condition], narrower: Condition) -> bool:
    permit, condition = wider
    return not permit.dated and follows(condition, narrower)


def _policy(ending: _Ending, action: str, unless: tuple[str, ...]) -> Policy:
    category, condition = _category_of(ending.reached)
    when = ending.written(condition)
    rule = ending.rule
    return Policy(
        notes={
            "id": f"{ending.order:03}-{rule.id}",
            "rule": rule.id,
            "section": rule.section,
            "order": str(ending.order),
            "outcome": ending.clause.effect,
            "source": rule.source,
            "reads": rule.reads,
            "applies": phrase(rule.when),
            "ends": _ends(ending),
        },
        effect="permit" if ending.is_permit else "forbid",
        action=action,
        resource="" if category is None else entity(category),
        when=() if when == "true" else (when,),
        unless=unless,
    )


def _ends(ending: _Ending) -> str:
    if ending.clause.condition == ALWAYS:
        return str(ending.clause.effect)
    return f"{ending.clause.effect} if {phrase(ending.clause.condition)}"


def _category_of(condition: Condition) -> tuple[Category | None, Condition]:
    """Return the one category that *condition* is about, if it is one, and the rest of it."""
    parts = condition.parts if isinstance(condition, Every) else (condition,)
    for at, part in enumerate(parts):
        if isinstance(part, CategoryAmong) and len(part.categories) == 1:
            rest = Every((*parts[:at], *parts[at + 1 :]))
            return next(iter(part.categories)), simplify(rest)
    return None, condition
