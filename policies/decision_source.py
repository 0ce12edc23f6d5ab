"""The text of a decision table: rules as straight lines of Python, one after the other.

    decide(facts, asked)
        for each phase, until nothing is open (`o`):
            each rule: to which categories it applies (`a`), what it adds (`w`), how they end (`c`)
            a rule that raises refers all that is open, with an alarm, and so ends its phase
        a fork says on whose behalf (`m`) a fact was consulted that is not recorded

    may_owe(facts, asked, owed)
        for each debt that is not `owed` yet: which categories could still come to owe it

A settlement is a number: of a clause, or of the failure of a rule. `at` is where a rule that raises
leads.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Final, NamedTuple

import msgspec

from policies.conditions import ALWAYS, Overlay, Settled, leaves
from policies.expressions import Writer
from policies.masks import FACT_COUNT, OWED
from policies.possibility import owing, weakened_terms
from policies.rules import GO_ON, UNCHANGED, Clause, Definition, Rule
from policies.vocabulary import Obligation, Outcome

UNSETTLED: Final = "unsettled"
OVERLAYS: Final = "G"

_ALARM: Final = OWED[Obligation.ALERT_IG] | OWED[Obligation.RECORD_REASON]


class Phases(NamedTuple):
    """Rules by what they may do: settle each category, lift what is settled, add to it."""

    deciding: tuple[Rule, ...]
    lifting: tuple[Rule, ...]
    closing: tuple[Rule, ...]


class Settlement(NamedTuple):
    """How a category can be settled, and by which rule of which section."""

    outcome: Outcome
    rule: str
    section: str


class Unsettled(Exception):  # noqa: N818 - a rule that is missing, not the error of one
    """The deciding rules left a category as it was: the law set has a hole."""


class TableSource(NamedTuple):
    """The *text* of a module that defines what is drawn above, and what its numbers stand for."""

    text: str
    settlements: tuple[Settlement, ...]


def write(phases: Phases, definitions: Mapping[str, Definition]) -> TableSource:
    """Return the decision table of *phases*."""
    writer = _TableWriter(phases, definitions)
    text = writer.text()
    return TableSource(text, tuple(writer.settlements))


# How a clause ends for the categories in a local: the lines that say so.
_Ending = Callable[[Rule, Clause, str], list[str]]


class _TableWriter:
    """Writes one table, and numbers its settlements as it meets them."""

    def __init__(self, phases: Phases, definitions: Mapping[str, Definition]) -> None:
        self._phases = phases
        self._definitions = definitions
        self.settlements: list[Settlement] = []
        self._numbers: dict[Settlement, int] = {}
        terms = {name: definition.condition for name, definition in definitions.items()}
        asked = [
            leaf
            for rule in (*phases.deciding, *phases.lifting, *phases.closing)
            for condition in rule.conditions
            for leaf in leaves(condition, terms)
        ]
        groups = dict.fromkeys(leaf for leaf in asked if isinstance(leaf, Settled))
        self._groups = {group: f"s{number}" for number, group in enumerate(groups)}
        self._overlays = sorted({leaf.outcome for leaf in asked if isinstance(leaf, Overlay)})

    def text(self) -> str:
        """Return the functions that the table consists of."""
        functions = [*map(self._overlay, self._overlays), self._decide(), self._may_owe()]
        return "\n\n".join(functions)

    def _decide(self) -> str:
        writer = Writer(self._definitions, self._groups)
        phases = [
            *self._phase(self._rules(self._phases.deciding, writer, self._settle), self._hole()),
            *self._phase(self._rules(self._phases.lifting, writer, self._lift), ["break"]),
            *self._phase(self._rules(self._phases.closing, writer, self._lift), ["break"]),
        ]
        settled = "".join(f"{group} = " for group in self._groups.values())
        return _function(
            "def decide(facts, asked):",
            writer,
            [f"{settled}owed = m = at = 0", "settled, broken = [], frozenset()"],
            phases,
            "return Findings(settled, owed, broken)",
        )

    def _may_owe(self) -> str:
        """Return the function that tells what could yet be owed; its facts are masks of values."""
        writer = Writer(weakened_terms(self._definitions), {})
        asked = [
            (OWED[debt.obligation], writer.write(owing(debt, rule, rules[:at])).holding)
            for rules in self._phases
            for at, rule in enumerate(rules)
            for debt in rule.debts
        ]
        tests = [
            line
            for owed, holding in asked
            for line in (f"if not owed & {owed}:", "    m = o", f"    o &= ~{holding}")
        ]
        return _function(
            "def may_owe(facts, asked, owed):", writer, ["o = asked"], tests, "return asked & ~o"
        )

    def _overlay(self, outcome: Outcome) -> str:
        """Return the function that tells for which categories the overlays alone give *outcome*."""

        def end(_rule: Rule, clause: Clause, ended: str) -> list[str]:
            found = [f"found |= {ended}"] if clause.effect == outcome else []
            return [*found, f"o &= ~{ended}"]

        rules = [
            msgspec.structs.replace(rule, debts=())
            for rule in self._phases.deciding
            if rule.section == OVERLAYS
        ]
        writer = Writer(self._definitions, {})
        return _function(
            f"def overlay_{outcome}(facts, m):",
            writer,
            ["o, found = m, 0"],
            ["while o:", *_inside([*self._rules(rules, writer, end), "break"])],
            "return found",
        )

    def _phase(self, rules: list[str], last: list[str]) -> list[str]:
        """Return the lines that try *rules*; if one raises, what is open is referred."""
        return [
            "o = asked",
            "try:",
            *_inside(["while o:", *_inside([*rules, *last])]),
            "except Exception as error:",
            *_inside(
                [
                    "broken |= failed(at, error)",
                    f"owed |= {_ALARM}",
                    "settled = lifted(settled, at, o)",
                    *(
                        f"{group} = {group} & ~o | (o if {self._members(asked)} >> at & 1 else 0)"
                        for asked, group in self._groups.items()
                    ),
                ]
            ),
        ]

    def _hole(self) -> list[str]:
        return [f"at = {self._number(Settlement(Outcome.REFER, UNSETTLED, ''))}", "raise Unsettled"]

    def _rules(self, rules: Iterable[Rule], writer: Writer, end: _Ending) -> list[str]:
        return [line for rule in rules for line in self._rule(rule, writer, end)]

    def _rule(self, rule: Rule, writer: Writer, end: _Ending) -> list[str]:
        at = self._number(Settlement(Outcome.REFER, rule.id, rule.section))
        when = writer.write(rule.when)
        if when.is_general:
            applied = [f"if {when.text}:", "    a = o"]
        else:
            applied = [f"if a := {when.text}:"]
        return [
            f"at = {at}",
            "m = o",
            *applied,
            *_inside([*_debts(rule, writer), *_clauses(rule, writer, end)]),
        ]

    def _settle(self, rule: Rule, clause: Clause, ended: str) -> list[str]:
        how = self._number(Settlement(Outcome(clause.effect), rule.id, rule.section))
        groups = [f"{group} |= {ended}" for group in self._groups_of(how)]
        return [f"settled.append(({how}, {ended}))", *groups, f"o &= ~{ended}"]

    def _lift(self, rule: Rule, clause: Clause, ended: str) -> list[str]:
        if clause.effect == UNCHANGED:
            return [f"o &= ~{ended}"]
        how = self._number(Settlement(Outcome(clause.effect), rule.id, rule.section))
        joined = self._groups_of(how)
        groups = [
            f"{group} |= {ended}" if group in joined else f"{group} &= ~{ended}"
            for group in self._groups.values()
        ]
        return [f"settled = lifted(settled, {how}, {ended})", *groups, f"o &= ~{ended}"]

    def _number(self, settlement: Settlement) -> int:
        if settlement not in self._numbers:
            self._numbers[settlement] = len(self.settlements)
            self.settlements.append(settlement)
        return self._numbers[settlement]

    def _groups_of(self, how: int) -> list[str]:
        return [group for asked, group in self._groups.items() if self._members(asked) >> how & 1]

    def _members(self, group: Settled) -> int:
        """Return the mask of the settlements that are in *group*."""
        return sum(
            1 << number
            for number, settlement in enumerate(self.settlements)
            if getattr(settlement, group.by) in group.words
        )


def _debts(rule: Rule, writer: Writer) -> list[str]:
    """Return the lines that put into `w` what *rule* adds for the categories in `a`."""
    if not rule.debts:
        return []
    always = sum(OWED[debt.obligation] for debt in rule.debts if debt.condition == ALWAYS)
    lines = [f"w = {always}"]
    for debt in rule.debts:
        if debt.condition != ALWAYS:
            test = writer.write(debt.condition).text
            lines += ["m = a", f"if {test}:", f"    w |= {OWED[debt.obligation]}"]
    return lines


def _clauses(rule: Rule, writer: Writer, end: _Ending) -> list[str]:
    """Return the lines that end the categories in `a`; all is asked before anything is changed."""
    asked: list[str] = []
    ends: list[str] = []
    for number, clause in enumerate(rule.clauses):
        ended = f"c{number}"
        if clause.condition == ALWAYS:
            asked += [f"{ended} = a"]
        else:
            holding = writer.write(clause.condition).holding
            asked += ["m = a", f"{ended} = a and {holding}", f"a &= ~{ended}"]
        if clause.effect != GO_ON:
            ends += [f"if {ended}:", *_inside(end(rule, clause, ended))]
    owed = ["owed |= w"] if rule.debts else []
    closed = ["if not o:", "    break"] if ends else []
    return [*asked, *owed, *ends, *closed]


def _function(head: str, writer: Writer, before: list[str], body: list[str], result: str) -> str:
    """Return the function whose *body*, which *writer* wrote, may consult every fact."""
    facts = ", ".join(f"f{place}" for place in range(FACT_COUNT))
    terms = "".join(f"{term} = " for term in writer.terms)
    lines = [
        f"{facts} = facts",
        *([f"{terms}None"] if terms else []),
        *before,
        "try:",
        *_inside(body),
        "except Fork as fork:",
        "    fork.asked_for(m)",
        "    raise",
        result,
    ]
    return "\n".join([head, *_inside(lines)])


def _inside(lines: Iterable[str]) -> list[str]:
    return [f"    {line}" for line in lines]
