import pytest

from policies.conditions import (
    ALWAYS,
    Among,
    CategoryAmong,
    Either,
    Every,
    Has,
    Not,
    Overlay,
    Settled,
    Term,
    Within,
    parse,
)
from policies.errors import ConditionError, PolicyError, VocabularyError
from policies.vocabulary import LOCATING, Category, Clearance, Outcome, Risk

SHIELDED = Among("shielded", frozenset({True}))
ADOPTED = Among("adopted", frozenset({True}))
LOCATED = CategoryAmong(LOCATING)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("always", ALWAYS, id="always"),
        pytest.param("shielded", SHIELDED, id="a fact that is true or false"),
        pytest.param("shielded is false", Among("shielded", frozenset({False})), id="false"),
        pytest.param("not not shielded", Not(Not(SHIELDED)), id="twice not"),
        pytest.param(
            "shielded or adopted and category in locating",
            Either((SHIELDED, Every((ADOPTED, LOCATED)))),
            id="and binds tighter than or",
        ),
        pytest.param(
            "(shielded or adopted) and category in locating",
            Every((Either((SHIELDED, ADOPTED)), LOCATED)),
            id="brackets",
        ),
        pytest.param("not shielded and adopted", Every((Not(SHIELDED), ADOPTED)), id="not binds"),
        pytest.param(
            "risk at least significant_harm",
            Among("risk", frozenset({Risk.SIGNIFICANT_HARM, Risk.IMMEDIATE})),
            id="at least",
        ),
        pytest.param("age at most 2", Among("age", frozenset({0, 1, 2})), id="at most"),
        pytest.param(
            "category not in sen, address",
            Not(CategoryAmong(frozenset({Category.SEN, Category.ADDRESS}))),
            id="not in",
        ),
        pytest.param("category not within refused", Not(Within("refused")), id="not within"),
        pytest.param("clearance has shield", Has("clearance", Clearance.SHIELD), id="has"),
        pytest.param("rule is B1", Settled("rule", frozenset({"B1"})), id="the rule before"),
        pytest.param("overlay is redact", Overlay(Outcome.REDACT), id="the overlay"),
        pytest.param("grave and shielded", Every((Term("grave"), SHIELDED)), id="a term"),
    ],
)
def test_a_condition_reads(text: str, expected: object) -> None:
    assert parse(text, ["grave"]) == expected


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        pytest.param("", "a word is missing", id="nothing"),
        pytest.param("shielded and", "a word is missing, at word `3`", id="half a conjunction"),
        pytest.param("(shielded", "a closing bracket is missing", id="half a bracket"),
        pytest.param("shielded adopted", "the condition should end, at word `2`", id="too much"),
        pytest.param("shielded == true", "no such sign, at character `9`", id="another language"),
        pytest.param("__import__('os')", "no such sign", id="code"),
        pytest.param("recipient", "`recipient` needs a comparison", id="a word as truth"),
        pytest.param("refused is sen", "is a list: use `category within`", id="a list as a word"),
        pytest.param("clearance is shield", "`has` is missing", id="clearances as a word"),
        pytest.param("category within risk", "not a fact that lists categories", id="no list"),
        pytest.param("category is adress", "did you mean `address`", id="a category"),
        pytest.param("outcome is denied", "unknown outcome, did you mean `deny`", id="outcome"),
        pytest.param("age at least 200", "`age` has no such value", id="an age"),
        pytest.param("recipient in health_agency", "did you mean `health_agencies`", id="a set"),
        pytest.param("grave", "neither a fact nor a defined term", id="an undefined term"),
    ],
)
def test_a_condition_is_refused_for(text: str, complaint: str) -> None:
    with pytest.raises((ConditionError, VocabularyError)) as refusal:
        parse(text)

    assert complaint in str(refusal.value)
    assert isinstance(refusal.value, PolicyError)
