import pytest

from policies.attributes import FACTS, Facts
from policies.errors import VocabularyError
from policies.vocabulary import ALL_CATEGORIES


def test_what_is_not_given_is_not_recorded() -> None:
    assert Facts.parse({"risk": None}).unrecorded() == set(FACTS)


def test_all_stands_for_every_category() -> None:
    assert Facts.parse({"consent_scope": "all"}).consent_scope == ALL_CATEGORIES


def test_facts_are_equal_and_hash_alike_when_they_say_the_same() -> None:
    one = Facts.parse({"risk": "none", "refused": ["sen", "address"]})
    other = Facts.parse({"refused": ["address", "sen"], "risk": "none"})

    assert one == other
    assert hash(one) == hash(other)


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        pytest.param("recipiant", "gp", "unknown fact, did you mean `recipient`", id="a name"),
        pytest.param("risk", "high", "`risk` must be one of none, emerging", id="a word"),
        pytest.param("competent", False, "(in quotes)", id="the YAML 1.1 trap"),
        pytest.param("shielded", "yes", "must be true or false", id="a word for a truth"),
        pytest.param("shielded", 1, "must be true or false", id="a number for a truth"),
        pytest.param("age", True, "whole years", id="a truth for an age"),
        pytest.param("age", -1, "whole years from 0 to 120", id="an age below nought"),
        pytest.param("age", 9.5, "whole years", id="half a year"),
        pytest.param("refused", "sen", "must be a list", id="a word for a list"),
        pytest.param("refused", ["senn"], "did you mean `sen`", id="a category"),
        pytest.param("clearance", "all", "must be a list", id="all clearances"),
        pytest.param("holder", "parent", "`holder` must be one of school", id="a holder"),
    ],
)
def test_a_fact_is_refused_for(name: str, value: object, complaint: str) -> None:
    with pytest.raises(VocabularyError) as refusal:
        Facts.parse({name: value})

    assert complaint in str(refusal.value)


def test_a_refusal_never_repeats_what_was_written() -> None:
    with pytest.raises(VocabularyError) as refusal:
        Facts.parse({"risk": "Ada Example of 1 Mill Lane"})

    assert "Ada" not in str(refusal.value)
