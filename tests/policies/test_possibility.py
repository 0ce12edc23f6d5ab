"""A weakened condition holds wherever the condition itself could."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.attributes import Facts
from policies.conditions import ALWAYS, Among, CategoryAmong, Either, Every, Not, Term, parse
from policies.masks import EVERYTHING, encode, possible
from policies.possibility import owing, weakened
from policies.rules import shipped
from policies.vocabulary import ALL_CATEGORIES, Category

LAW = shipped()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("not shielded", Among("shielded", frozenset({False}))),
        ("not category in address", CategoryAmong(ALL_CATEGORIES - {Category.ADDRESS})),
        ("not category within refused", ALWAYS),
        ("not clearance has shield", ALWAYS),
        ("outcome is deny", ALWAYS),
        ("not not shielded", Among("shielded", frozenset({True}))),
    ],
)
def test_a_test_is_weakened_to_what_can_be_read_of_it(text: str, expected: object) -> None:
    assert weakened(parse(text)) == expected


def test_a_term_that_is_denied_has_a_name_of_its_own() -> None:
    found = weakened(Not(Either((Term("core"), Term("protective")))))

    assert found == Every((Term("not core"), Term("not protective")))


def test_what_an_earlier_rule_surely_ends_owes_nothing() -> None:
    misuse, _, _, opened = LAW.lifting
    duty = opened.debts[0]

    # Break-glass that is misuse at any other risk opens nothing.
    assert "risk" in str(owing(duty, opened, (misuse,)))
    assert "risk" not in str(owing(duty, opened, ()))


@given(st.sets(st.sampled_from(["risk", "shielded", "refused", "clearance", "age"])))
def test_what_is_possible_of_a_fact_holds_what_is_recorded(unknown: set[str]) -> None:
    recorded = {"risk": "none", "shielded": True, "refused": [], "clearance": [], "age": 9}
    whole = encode(Facts.parse(recorded))
    partly = possible(
        encode(Facts.parse({name: each for name, each in recorded.items() if name not in unknown}))
    )

    assert all(isinstance(each, int) for each in partly)
    assert all(
        known & could == known
        for known, could in zip(whole, partly, strict=True)
        if _is_mask(known)
    )
    assert possible(encode(Facts()))[0] <= EVERYTHING


def _is_mask(value: object) -> bool:
    return isinstance(value, int)
