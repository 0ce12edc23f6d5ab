"""Law sets other than the shipped one are written so that Cedar decides by them, too."""

import datetime as dt
from collections.abc import Callable
from itertools import product

import cedarpy
import pytest
from msgspec.structs import replace
from policy_facts import DOORS, ORDINARY
from policy_facts import replace as facts_with

from policies.cedar.engine import CedarBundle
from policies.cedar.law import law_policies
from policies.cedar.questions import Question
from policies.cedar.schema import schema
from policies.conditions import ALWAYS, parse
from policies.decision import Bundle
from policies.rules import Clause, LawSet, Rule, shipped
from policies.vocabulary import Category, Outcome

LAW = shipped()
BEFORE, SINCE = dt.date(2026, 10, 31), dt.date(2026, 11, 1)
VARIED = [
    {},
    {"risk": "immediate", "break_glass": True, "justification": True, "role": "clinician"},
    {"parent_consent": "refused"},
    {"court_order": "disclose"},
    {"shielded": True, "adopted": True},
    {"agreement": "none", "agreement_covers": frozenset()},
]
QUESTIONS = [
    Question(facts_with(ORDINARY, **{**door, **more}), frozenset([*Category][at % 3 :: 3]), day)
    for at, (door, more) in enumerate(product(DOORS[::3], VARIED))
    for day in (BEFORE, SINCE)
]


def with_rules(law: LawSet, change: Callable[[Rule], Rule | None]) -> LawSet:
    """Return *law* with every rule changed, or left out."""

    def changed(rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
        return tuple(new for rule in rules if (new := change(rule)) is not None)

    return replace(
        law,
        deciding=changed(law.deciding),
        lifting=changed(law.lifting),
        closing=changed(law.closing),
    )


def only(ids: set[str], **changes: object) -> Callable[[Rule], Rule]:
    return lambda rule: replace(rule, **changes) if rule.id in ids else rule


def settling(rule: Rule) -> Rule:
    """Permit what B1 refers, and go on where it would have been an order to disclose."""
    clauses = (
        Clause("go on", parse("court_order is disclose")),
        Clause(Outcome.PERMIT, parse("risk is emerging")),
        Clause("go on", parse("shielded")),
        Clause(Outcome.DENY, ALWAYS),
    )
    return replace(rule, when=ALWAYS, clauses=clauses) if rule.id == "B1" else rule


LAWS = {
    "rules that begin": with_rules(
        LAW, only({"B2", "E14", "G1", "H1", "Z2"}, effective_from=SINCE)
    ),
    "rules that end": with_rules(LAW, only({"B2", "C1", "E16", "G10"}, effective_until=SINCE)),
    "rules left out": with_rules(LAW, lambda rule: None if rule.id in {"A3", "E9"} else rule),
    "a permit that comes early": with_rules(LAW, settling),
    "overlays in another order": replace(
        LAW,
        deciding=(
            *(rule for rule in LAW.deciding if rule.section != "G" and rule.id != "E17"),
            *reversed([rule for rule in LAW.deciding if rule.section == "G"]),
            *(rule for rule in LAW.deciding if rule.id == "E17"),
        ),
    ),
}


@pytest.mark.parametrize("law", LAWS.values(), ids=LAWS.keys())
def test_cedar_decides_by_another_law_set_as_the_tables_do(law: LawSet) -> None:
    tables, cedar = Bundle(law), CedarBundle.of(law)

    for question, decision in zip(QUESTIONS, cedar.decide_all(QUESTIONS), strict=True):
        expected = tables.decide_anew(question.facts, question.categories, as_of=question.as_of)
        assert dict(decision.rulings) == dict(expected.rulings)
        assert decision.obligations == expected.obligations


def test_those_law_sets_do_decide_otherwise() -> None:
    shipped_law = Bundle(LAW)
    for law in LAWS.values():
        other = Bundle(law)
        assert any(
            other.decide_anew(*question[:2], as_of=question.as_of)
            != shipped_law.decide_anew(*question[:2], as_of=question.as_of)
            for question in QUESTIONS
        )


@pytest.mark.parametrize("law", LAWS.values(), ids=LAWS.keys())
def test_each_law_set_fits_the_schema(law: LawSet) -> None:
    assert cedarpy.validate_policies(law_policies(law), schema()).errors == []


def test_a_word_with_quotes_stays_in_its_annotation() -> None:
    odd = with_rules(LAW, only({"A1"}, reads='it is "so"\n', source='x"); permit'))

    assert cedarpy.validate_policies(law_policies(odd), schema()).errors == []
