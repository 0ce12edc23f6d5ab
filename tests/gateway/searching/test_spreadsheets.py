"""Tables for spreadsheets: whatever is in a cell, it does nothing."""

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from gateway.searching.spreadsheets import to_csv


@given(st.lists(st.text(alphabet=st.characters(exclude_categories=["Cs"])), min_size=1))
def test_no_cell_of_a_table_is_a_formula(cells):
    (row,) = list(csv.reader(io.StringIO(to_csv(["c"] * len(cells), [cells]), newline="")))[1:]
    for cell, given_ in zip(row, cells, strict=True):
        assert cell.removeprefix("'") == given_.removeprefix("'")
        assert not cell.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
