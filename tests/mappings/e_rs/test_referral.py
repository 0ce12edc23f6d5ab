"""The mapping of an e-RS referral: the laws."""

from strategies import assessments

from mappings.e_rs.referral import translation
from mappings.language.testing import hold


def test_the_laws_of_mappings_hold():
    hold(translation(), cafs=assessments(), examples=40)
