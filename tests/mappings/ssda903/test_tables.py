"""The tables of the set of CSV files: a child as rows, and rows as a child."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mappings.language.testing import trees_of
from mappings.ssda903 import editions
from mappings.ssda903.tables import HEADER, TABLES, table_of


def _rows(tree):
    return {table.name: list(table.rows(tree)) for table in TABLES}


@settings(max_examples=60, deadline=None)
@given(trees_of(editions.child(editions.NEWEST)))
def test_the_rows_of_a_child_give_the_same_rows_again(tree):
    again = {}
    rows = _rows(tree)
    for table in TABLES:
        for row in rows[table.name]:
            table.put(again, row)

    assert _rows(again) == rows


def test_every_leaf_of_the_format_has_a_column_and_no_two_have_one():
    shape = editions.child(editions.NEWEST).shape
    leaves = {path for path in shape.paths() if not shape.find(path.split("/")).children}
    places = [
        "/".join((*table.path, leaf))
        for table in TABLES
        for leaf in (*table.leaves.values(), *table.implied)
    ]

    assert sorted(places) == sorted(leaves)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_a_table_is_known_by_its_columns_in_any_order_and_by_nothing_less(table):
    assert table_of(table.columns) is table
    assert table_of(table.columns[::-1]) is table
    assert table_of(table.columns[1:]) is None
    assert table_of((*table.columns, table.columns[0])) is None


def test_what_is_said_of_the_child_is_said_in_each_table():
    child = {HEADER: {"CHILDID": "C1", "DOB": "01/05/2015", "AREVIEW": [{"REVIEW": "02/05/2025"}]}}

    assert _rows(child)["Reviews"] == [
        {"CHILD": "C1", "DOB": "01/05/2015", "REVIEW": "02/05/2025", "REVIEW_CODE": ""}
    ]


@given(st.sampled_from(["0", ""]))
def test_who_is_no_asylum_seeker_has_no_row_that_says_otherwise(text):
    assert _rows({HEADER: {"UASC": text}})["UASC"] == []
