"""Spreadsheets at the edge: every text comes back as it was, and none is ever a formula."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters import spreadsheets
from adapters.errors import AdapterError
from adapters.spreadsheets import decode, document, harmless, letter, rows, shown_of

TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
FORMULAS = st.builds(
    str.__add__, st.sampled_from(["=", "+", "-", "@", "'", "''=", "\t", "\r"]), TEXTS
)


@given(TEXTS | FORMULAS)
def test_a_cell_stands_for_the_text_it_was_made_of_and_is_no_formula(text):
    cell = harmless(text)
    assert shown_of(cell) == text
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))


@given(st.lists(st.lists(TEXTS | FORMULAS, min_size=1, max_size=4), max_size=4))
def test_a_sheet_is_read_as_it_was_written_but_for_what_is_empty(sheet):
    read = [list(row.cells) for row in rows(decode(document(sheet)), ",")]
    assert read == [kept for row in sheet if (kept := _without_empty_end(row))]


def _without_empty_end(row):
    return row[: max((at for at, cell in enumerate(row, 1) if cell.strip()), default=0)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_each_encoding_that_programs_save_in_is_read(encoding):
    text = decode("Zoë;Müller".encode(encoding))
    assert (text.content, text.is_guessed) == ("Zoë;Müller", encoding == "cp1252")


def test_a_row_has_the_number_that_the_program_shows():
    text = decode(b'sep=;\r\na;b\r\n\r\n;;\r\n"c\r\nd";e\r\n')
    assert [(row.number, row.cells) for row in rows(text, ",")] == [
        (2, ("a", "b")),
        (5, ("c\r\nd", "e")),
    ]


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        pytest.param(b"a\0b", "unknown-encoding", id="a NUL"),
        pytest.param(b"\x81\x8d", "unknown-encoding", id="no text"),
        pytest.param(b'"a"b,c', "not-csv", id="a quotation mark out of place"),
        pytest.param(b'"' + b"a" * 200_000 + b'"', "not-csv", id="a cell without end"),
        pytest.param(b"," * 2_000 + b"x", "too-many-columns", id="too wide"),
        pytest.param(b" " * (spreadsheets.MAX_BYTES + 1), "too-many-bytes", id="too large"),
    ],
)
def test_what_is_no_sheet_is_refused(payload, code):
    with pytest.raises(AdapterError) as refused:
        list(rows(decode(payload), ","))
    assert refused.value.code == code


def test_columns_are_lettered_as_programs_letter_them():
    assert [letter(at) for at in (0, 25, 26, 51, 52, 701, 702)] == [
        "A",
        "Z",
        "AA",
        "AZ",
        "BA",
        "ZZ",
        "AAA",
    ]
