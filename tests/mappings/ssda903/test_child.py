"""The mapping of a child of an SSDA903 return: the laws, on every year that is written."""

import pytest
from strategies import assessments

from mappings.language.testing import hold
from mappings.ssda903 import editions


@pytest.mark.parametrize("edition", [2024, 2027])
def test_the_laws_of_mappings_hold(edition):
    hold(editions.child(edition), cafs=assessments(), examples=30)


@pytest.mark.parametrize("edition", editions.EDITIONS)
def test_there_is_a_mapping_and_a_schema_of_every_year(edition):
    assert editions.child(edition).edition == edition
    assert editions.schema(edition)
