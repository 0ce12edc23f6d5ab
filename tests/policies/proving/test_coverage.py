"""Rules that nothing reaches, that say the same twice, or that order alone keeps apart."""

import msgspec
import pytest
from policy_facts import DAY

from policies import rules
from policies.conditions import ALWAYS, parse
from policies.proving.coverage import cover
from policies.rules import Clause, Debt, LawSet
from policies.vocabulary import Obligation, Outcome

LAW = rules.shipped()


def _small(*deciding: rules.Rule) -> LawSet:
    """Return a law of these rules, and the last one that we ship for all that is left."""
    return msgspec.structs.replace(LAW, deciding=(*deciding, LAW.deciding[-1]), lifting=())


def _rule(rule_id: str, when: str, *outcomes: Outcome) -> rules.Rule:
    clauses = tuple(Clause(outcome, ALWAYS) for outcome in outcomes)
    return msgspec.structs.replace(
        LAW.deciding[0], id=rule_id, when=parse(when), clauses=clauses, debts=()
    )


@pytest.fixture(scope="module")
def shipped():
    return cover(LAW, DAY)


def test_every_clause_and_obligation_that_we_ship_is_reached(shipped):
    assert shipped.unreachable == ()
    assert shipped.duplicates == ()


def test_a_rule_after_one_that_always_settles_is_unreachable():
    last = _rule("X1", "shielded", Outcome.DENY)
    everything = _rule("X0", "shielded or not shielded", Outcome.REFER)
    found = cover(_small(everything, last), DAY).unreachable
    assert ("X1", "clause 1 (deny)") in [(each.rule, each.what) for each in found]


def test_a_clause_after_one_without_condition_is_unreachable():
    found = cover(_small(_rule("X1", "shielded", Outcome.DENY, Outcome.REFER)), DAY)
    assert "X1: clause 2 (refer) is reached by no case" in map(str, found.unreachable)


def test_an_obligation_that_no_case_owes_is_unreachable():
    idle = msgspec.structs.replace(
        _rule("X1", "shielded", Outcome.DENY),
        debts=(Debt(Obligation.ALERT_IG, parse("not shielded")),),
    )
    found = cover(_small(idle), DAY)
    assert "X1: the obligation alert_ig is reached by no case" in map(str, found.unreachable)


def test_a_rule_that_says_what_another_said_is_a_duplicate():
    twice = _rule("X1", "not (shielded or not adopted)", Outcome.DENY)
    again = _rule("X2", "adopted and not shielded", Outcome.DENY)
    found = cover(_small(twice, again), DAY)
    assert [str(each) for each in found.duplicates] == ["X2 says deny where X1 does"]


def test_two_rules_that_end_one_case_in_opposite_ways_are_in_conflict(shipped):
    opposite = _rule("X1", "adopted and court_order is prohibit", Outcome.PERMIT)
    found = {str(each) for each in cover(_small(opposite, LAW.deciding[0]), DAY).conflicts}
    assert "permit by X1, though A1 would deny" in found
    assert "permit by X1, though A1 would deny" not in map(str, shipped.conflicts)


def test_a_conflict_has_an_example_in_the_words_of_the_facts(shipped):
    found = next(each for each in shipped.conflicts if str(each).startswith("permit by D3"))
    assert "purpose is statutory_return" in found.because
    assert all(words.startswith("category is") or parse(words) for words in found.because)


def test_a_rule_for_all_that_is_left_is_in_conflict_with_nothing(shipped):
    assert "E17" not in {each.second.rule for each in shipped.conflicts}
