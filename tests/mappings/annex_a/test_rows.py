"""The mapping of a row of Annex A's list 2: the laws."""

from strategies import assessments

from mappings.annex_a.rows import row
from mappings.language.testing import hold


def test_the_laws_of_mappings_hold():
    hold(row(), cafs=assessments(), examples=40)
