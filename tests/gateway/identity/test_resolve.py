"""Whose record is it: exact rules only, and a person for every doubt."""

from datetime import date

import pytest
from builders import nhs_number

from adapters.contract import Reading
from gateway.identity import LOCAL, NUMBER_ONLY, VERIFIED, resolve, verified_key
from mappings.caf.assessment import Assessment, Child
from mappings.caf.identifiers import Scheme
from mappings.caf.items import Birth, Identifier
from mappings.fidelity import Ledger

NUMBER, BORN = nhs_number(1), date(2022, 5, 1)


def reading(born=BORN, own=None, **identifier):
    fields = {"scheme": Scheme.NHS_NUMBER, "value": NUMBER, "is_verified": True} | identifier
    child = Child(birth=(Birth(born_on=born),), identifiers=(Identifier(**fields),))
    return Reading(Assessment(child=child), Ledger(), own)


def resolved(of, known):
    return resolve(of, "s1", lambda kind, text: known.get((kind, text)))


BY_NUMBER = {(VERIFIED, verified_key(NUMBER, BORN)): "c1", (NUMBER_ONLY, NUMBER): "c1"}
BY_OWN_ID = {(LOCAL, "s1|A7"): "c2"}


def test_a_verified_number_with_birth_date_is_the_same_child():
    found = resolved(reading(), BY_NUMBER)

    assert (found.child_id, found.matched_by, found.questions) == ("c1", VERIFIED, ())


def test_the_same_senders_own_id_is_the_same_child():
    found = resolved(reading(own="A7", is_verified=False), BY_OWN_ID)

    assert (found.child_id, found.matched_by) == ("c2", LOCAL)


def test_another_senders_same_id_is_nobody():
    found = resolve(reading(own="A7"), "s9", lambda kind, text: BY_OWN_ID.get((kind, text)))

    assert found.child_id is None


@pytest.mark.parametrize(
    "of",
    [
        pytest.param(reading(born=date(2022, 5, 2)), id="another birth date"),
        pytest.param(reading(is_verified=False), id="a number that nobody verified"),
        pytest.param(reading(born=None), id="no birth date"),
    ],
)
def test_a_number_alone_is_a_question_and_a_new_child(of):
    found = resolved(of, BY_NUMBER)

    assert found.child_id is None
    assert [(one.code, one.other) for one in found.questions] == [("possible-match", "c1")]


def test_an_invalid_number_is_never_searched_by_and_is_a_question():
    asked = []

    found = resolve(reading(is_valid=False), "s1", lambda *key: asked.append(key))

    assert (found.child_id, found.keys, asked) == (None, (), [])
    assert [one.code for one in found.questions] == ["identifier-invalid"]


def test_identifiers_that_name_two_children_start_a_new_one_and_ask():
    found = resolved(reading(own="A7"), BY_NUMBER | BY_OWN_ID)

    assert (found.child_id, found.keys) == (None, ())
    assert [(one.code, one.other) for one in found.questions] == [
        ("identifiers-disagree", "c1"),
        ("identifiers-disagree", "c2"),
    ]


def test_a_known_child_is_filed_under_what_is_new():
    found = resolved(reading(own="A7"), BY_NUMBER)

    assert found.keys == ((LOCAL, "s1|A7"),)
