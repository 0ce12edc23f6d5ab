"""Simplifying a condition changes what is written, never what holds."""

from hypothesis import given as drawn
from hypothesis import strategies as st
from policy_facts import ORDINARY, near_facts

from policies.attributes import Facts
from policies.cedar.expansion import NEVER, expand, follows, given, negation, simplify
from policies.conditions import (
    ALWAYS,
    Among,
    CategoryAmong,
    Condition,
    Either,
    Every,
    Not,
    Term,
    Within,
    parse,
)
from policies.rules import shipped
from policies.vocabulary import Category

TERMS = {name: each.condition for name, each in shipped().definitions.items()}
TESTS = [
    parse(text)
    for text in (
        "shielded",
        "risk is none",
        "risk at least in_need",
        "risk at least significant_harm",
        "recipient in health_agencies",
        "recipient is gp",
        "recipient not in listed",
        "category in t3",
        "category is adoption",
        "category within refused",
        "age at least 16",
    )
]
conditions: st.SearchStrategy[Condition] = st.recursive(
    st.sampled_from([*TESTS, ALWAYS, NEVER]),
    lambda inner: st.one_of(
        inner.map(Not),
        st.lists(inner, max_size=4).map(tuple).map(Every),
        st.lists(inner, max_size=4).map(tuple).map(Either),
    ),
    max_leaves=12,
)


def holds(condition: Condition, facts: Facts, category: Category) -> bool:  # noqa: PLR0911 - one line for each form
    match condition:
        case Every(parts):
            return all(holds(part, facts, category) for part in parts)
        case Either(parts):
            return any(holds(part, facts, category) for part in parts)
        case Not(inner):
            return not holds(inner, facts, category)
        case Among(fact, values):
            return getattr(facts, fact) in values
        case Within(fact):
            return category in getattr(facts, fact)
        case CategoryAmong(categories):
            return category in categories
        case Term(name):
            return holds(TERMS[name], facts, category)
        case _:
            raise AssertionError(condition)


@drawn(conditions, near_facts(), st.sampled_from(Category))
def test_a_simplified_condition_holds_where_the_condition_does(
    condition: Condition, facts: Facts, category: Category
) -> None:
    assert holds(simplify(condition), facts, category) == holds(condition, facts, category)


@drawn(conditions, conditions, st.booleans(), near_facts(), st.sampled_from(Category))
def test_what_is_known_is_left_out_only_where_it_holds(
    premise: Condition, condition: Condition, answer: bool, facts: Facts, category: Category
) -> None:
    if holds(premise, facts, category) == answer:
        left = simplify(condition, given(premise, holds=answer))
        assert holds(left, facts, category) == holds(condition, facts, category)


@drawn(conditions, conditions, near_facts(), st.sampled_from(Category))
def test_what_follows_holds(
    conclusion: Condition, premise: Condition, facts: Facts, category: Category
) -> None:
    if follows(conclusion, premise) and holds(premise, facts, category):
        assert holds(conclusion, facts, category)


@drawn(conditions, near_facts(), st.sampled_from(Category))
def test_a_negation_holds_where_the_condition_does_not(
    condition: Condition, facts: Facts, category: Category
) -> None:
    assert holds(negation(condition), facts, category) != holds(condition, facts, category)


def test_defined_terms_are_spelt_out() -> None:
    for name, condition in TERMS.items():
        if name != "liftable":
            spelt = expand(condition, TERMS, {})
            for category in Category:
                assert holds(spelt, ORDINARY, category) == holds(condition, ORDINARY, category)
            assert "Term" not in repr(spelt)


def test_simplifying_a_known_condition_leaves_nothing() -> None:
    protective = expand(Term("protective"), TERMS, {})

    assert simplify(protective, given(protective)) == ALWAYS
    assert simplify(protective, given(protective, holds=False)) == NEVER
    assert follows(parse("recipient in listed"), parse("recipient is gp"))
    assert not follows(parse("recipient is gp"), parse("recipient in listed"))
