"""Identifiers: others' vectors, each check digit by another way of reckoning, and refusals."""

import csv
import string

import pytest
from builders import nhs_number as a_number
from hypothesis import given
from hypothesis import strategies as st
from shared_data import shared

from mappings.caf.errors import IdentifierError
from mappings.caf.identifiers import (
    Scheme,
    is_placeholder,
    is_temporary,
    nhs_number,
    parse,
    scheme_of,
    uln,
    upn,
)

DIGITS = st.text(string.digits, min_size=10, max_size=10)


def _is_refused(scheme: Scheme, text: str) -> bool:
    try:
        parse(scheme, text)
    except IdentifierError:
        return True
    return False


def test_every_vector_parses_or_is_refused_as_it_says():
    with shared("data/identifiers/check_vectors.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    wrong = [
        row
        for row in rows
        if _is_refused(Scheme(row["scheme"]), row["value"]) != (row["expected"] == "invalid")
    ]
    assert len(rows) > 200
    assert wrong == []


@given(DIGITS)
def test_an_nhs_number_is_one_whose_ten_digits_weighted_ten_to_one_make_a_multiple_of_eleven(text):
    total = sum(int(digit) * weight for digit, weight in zip(text, range(10, 0, -1), strict=True))
    assert _is_refused(Scheme.NHS_NUMBER, text) == (total % 11 != 0)


@given(DIGITS)
def test_a_uln_ends_in_ten_less_the_weighted_sum_of_the_nine_before(text):
    remainder = sum(int(text[place]) * (10 - place) for place in range(9)) % 11
    good = text[0] != "0" and remainder != 0 and 10 - remainder == int(text[9])
    assert _is_refused(Scheme.ULN, text) == (not good)


@given(st.from_regex(r"[0-9]{11}[0-9A-HJ-NP-RT-Z]", fullmatch=True))
def test_just_one_letter_of_twenty_three_checks_a_upn(rest):
    accepted = [
        letter for letter in string.ascii_uppercase if not _is_refused(Scheme.UPN, letter + rest)
    ]
    assert len(accepted) == 1
    assert is_temporary(upn(accepted[0] + rest)) == (not rest[-1].isdigit())


@given(st.integers(0, 9_000_000 // 11))
def test_built_nhs_numbers_are_valid_and_of_the_range_that_is_given_to_nobody(serial):
    number = a_number(serial)
    assert nhs_number(number) == number
    assert number.startswith("999")


@given(st.integers(0, 9_000), st.integers(0, 8))
def test_neighbouring_digits_exchanged_are_found(serial, place):
    number = a_number(serial)
    mixed = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    assert mixed == number or _is_refused(Scheme.NHS_NUMBER, mixed)


@given(st.sampled_from(Scheme), st.text())
def test_what_parses_parses_again_to_the_same(scheme, text):
    if not _is_refused(scheme, text):
        once = parse(scheme, text)
        assert parse(scheme, once) == once


@given(st.sampled_from(Scheme), st.text(string.digits + "QXZ-", min_size=4))
def test_a_refusal_never_repeats_what_it_refused(scheme, text):
    try:
        parse(scheme, text)
    except IdentifierError as error:
        assert text not in str(error)  # noqa: PT017 - most of the texts are refused, not all


@pytest.mark.parametrize(
    ("scheme", "text"),
    [
        pytest.param(Scheme.NHS_NUMBER, "\uff19434765919", id="digits of another script"),
        pytest.param(Scheme.NHS_NUMBER, "94 3476 5919", id="spaces in other places"),
        pytest.param(Scheme.ULN, "9276308687", id="a ULN's wrong check digit"),
        pytest.param(Scheme.LA_CHILD_ID, "A" * 21, id="an LAChildID too long"),
        pytest.param(Scheme.ODS, "R8", id="an ODS code too short"),
        pytest.param(Scheme.URN, "SC12345", id="a social care URN too short"),
        pytest.param(Scheme.UPRN, "0000", id="a UPRN of noughts"),
        pytest.param(Scheme.UPRN, "", id="an empty UPRN"),
    ],
)
def test_what_is_not_of_its_scheme_is_refused(scheme, text):
    with pytest.raises(IdentifierError):
        parse(scheme, text)


def test_a_placeholder_parses_and_is_known_for_one():
    assert is_placeholder(nhs_number("9999999999"))
    assert not is_placeholder(nhs_number(a_number(1)))


def test_every_scheme_has_a_system_of_its_own_that_leads_back_to_it():
    assert [scheme_of(scheme.system) for scheme in Scheme] == list(Scheme)


def test_a_uln_of_the_learning_records_service_parses():
    assert uln(" 9276308686 ") == "9276308686"
