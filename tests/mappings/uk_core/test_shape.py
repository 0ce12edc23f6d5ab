"""The mapping of a child's record in FHIR R4: the laws."""

from strategies import assessments

from mappings.language.testing import hold
from mappings.uk_core.shape import translation


def test_the_laws_of_mappings_hold():
    hold(translation(), cafs=assessments(), examples=40)
