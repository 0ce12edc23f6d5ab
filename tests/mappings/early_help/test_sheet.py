"""The mapping of the early-help spreadsheet: the laws, and every column in its place."""

import pytest
from strategies import assessments

from mappings.caf.items import About, AboutWhom, ConsentStatement
from mappings.caf.vocabulary import ConsentAnswer
from mappings.early_help.sheet import columns, get, put, translation
from mappings.early_help.sheet_values import FUNCTIONS
from mappings.language.testing import hold


def test_the_laws_of_mappings_hold():
    hold(translation(), cafs=assessments(), examples=40)


def test_each_column_is_named_once_and_read_by_the_mapping():
    headers = [column.header.lower() for column in columns()]
    assert len(set(headers)) == len(headers)
    tree = {}
    for column in columns():
        put(tree, column.address, "1/2/2026" if column.kind == "date" else "yes")
        assert get(tree, column.address)
    fates = {leaf.place: leaf.fate for leaf in translation().account(tree, at="row 2").leaves}
    assert set(fates) == {f"row 2, column {column.header}" for column in columns()}


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        pytest.param({}, "given", id="without limits"),
        pytest.param({"scope": ()}, None, id="for nothing"),
        pytest.param({"purposes": ("early_help",)}, None, id="for a purpose"),
        pytest.param({"doubts": ("unreadable",)}, None, id="in doubt"),
    ],
)
def test_consent_within_limits_that_the_sheet_cannot_say_is_not_written_as_given(limits, expected):
    said = ConsentStatement(grantor=About(AboutWhom.CHILD), sharing=ConsentAnswer.GIVEN, **limits)
    names = ("scope", "refused_categories", "exclusions", "purposes", "begins_on", "expires_on")
    values = (said.sharing, *(getattr(said, name) for name in (*names, "doubts")))
    assert FUNCTIONS["sharing_answer"].texts_of(values) == (expected,)
