"""The formula says of every vector of facts what the evaluator says of one."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from policy_facts import DAY, all_facts

from policies import rules
from policies.attributes import Facts
from policies.decision import Bundle
from policies.proving.formula import Formula
from policies.proving.solving import Solver
from policies.proving.symbols import Symbols
from policies.vocabulary import Category, Obligation, Outcome


class _Formula:
    """The formula of the law we ship, asked about one vector of facts at a time."""

    def __init__(self) -> None:
        self.symbols = Symbols()
        self.formula = Formula(rules.shipped(), DAY, self.symbols)
        self.solver = Solver(self.symbols)
        self.solver.watch(self.formula)

    def decides(self, facts: Facts, category: Category):
        case = self.solver.case(*self.symbols.assigned(facts, category))
        owed = {each for each in Obligation if case.tells(self.formula.owed(each))}
        outcomes = [each for each in Outcome if case.tells(self.formula.outcome(each))]
        ids = [each for each in self.formula.rule_ids if case.tells(self.formula.settled_by(each))]
        return outcomes, ids, owed


@pytest.fixture(scope="module")
def formula():
    return _Formula()


@pytest.fixture(scope="module")
def bundle():
    return Bundle.load()


def _agree(formula, bundle, facts, category):
    decided = bundle.decide(facts, [category], as_of=DAY)
    ruling = decided.rulings[category]
    outcomes, ids, owed = formula.decides(facts, category)
    assert (outcomes, tuple(ids)) == ([ruling.outcome], ruling.rules)
    assert owed == decided.obligations


@settings(max_examples=250)
@given(facts=all_facts, category=st.sampled_from(Category))
def test_the_formula_agrees_with_the_evaluator(formula, bundle, facts, category):
    _agree(formula, bundle, facts, category)


@pytest.mark.soak
@settings(max_examples=20_000)
@given(facts=all_facts, category=st.sampled_from(Category))
def test_the_formula_agrees_with_the_evaluator_at_length(formula, bundle, facts, category):
    _agree(formula, bundle, facts, category)
