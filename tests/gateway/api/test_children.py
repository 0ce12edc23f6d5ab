"""Lookup and disclosure: parameters in the body, nothing cached, nothing told by shape."""

from datetime import date

import pytest
from front_door import ASK, DISCLOSURES, LOOKUP, WHO

_SCOPE = "system/children.r"


def test_a_child_is_looked_up_by_exact_identifiers(door):
    answer = door.http.post(LOOKUP, json=WHO, headers=door.authorised(_SCOPE))
    (lookup,) = door.exchange.looked_up
    assert answer.json() == {"child": "c-17"}
    assert lookup.identifiers == (("nhs-number", "9990000018"),)
    assert lookup.born_on == date(2022, 1, 31)


def test_a_child_that_the_caller_may_not_know_is_null_in_the_same_shape(door):
    who = {"identifiers": WHO["identifiers"]}
    answer = door.http.post(LOOKUP, json=who, headers=door.authorised(_SCOPE))
    assert (answer.status_code, answer.json()) == (200, {"child": None})


def test_what_may_be_seen_is_answered_with_a_receipt_and_never_cached(door):
    ask = ASK | {"practitioner": "p-3", "justification": "home visit", "breakGlass": True}
    headers = door.authorised(_SCOPE, Accept="application/fhir+json")
    answer = door.http.post(DISCLOSURES, json=ask, headers=headers)
    (asked,) = door.exchange.asked
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["CAF-Entry"] == "9"
    assert "ETag" not in answer.headers
    assert (asked.child_id, asked.purpose, asked.accept) == (
        "c-17",
        "early-help",
        "application/fhir+json",
    )
    assert (asked.practitioner, asked.justification, asked.break_glass) == (
        "p-3",
        "home visit",
        True,
    )


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
def test_a_disclosure_has_no_other_method(door, method):
    answer = door.http.request(method, DISCLOSURES, headers=door.authorised(_SCOPE))
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "POST"


def test_a_range_is_not_served(door):
    headers = door.authorised(_SCOPE, Range="bytes=0-3")
    answer = door.http.post(DISCLOSURES, json=ASK, headers=headers)
    assert answer.status_code == 200
    assert answer.content == b'{"released":[]}'


@pytest.mark.parametrize(
    ("path", "body", "where"),
    [
        (DISCLOSURES, {}, "/"),
        (DISCLOSURES, {"purpose": 7}, "/purpose"),
        (DISCLOSURES, {"purpose": ""}, "/purpose"),
        (DISCLOSURES, ASK | {"unknown": 1}, "/"),
        (LOOKUP, {"identifiers": []}, "/identifiers"),
        (LOOKUP, WHO | {"bornOn": "2022-02-30"}, "/bornOn"),
        (LOOKUP, {"identifiers": [{"scheme": "nhs-number"}]}, "/identifiers/0"),
    ],
)
def test_a_body_that_is_not_the_one_is_refused_with_its_place(door, path, body, where):
    answer = door.http.post(path, json=body, headers=door.authorised(_SCOPE))
    assert answer.status_code == 400
    assert answer.json()["errors"] == [{"where": where}]
    assert not door.exchange.asked
    assert not door.exchange.looked_up
