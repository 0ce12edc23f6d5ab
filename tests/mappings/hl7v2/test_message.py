"""The mapping of an HL7 v2 message: the laws."""

from strategies import assessments

from mappings.hl7v2.messages import message
from mappings.language.testing import hold


def test_the_laws_of_mappings_hold():
    hold(message(), cafs=assessments(), examples=40)
