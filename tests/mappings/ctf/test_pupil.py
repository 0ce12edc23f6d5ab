"""The mapping of a CTF pupil: the laws, on every edition that is written."""

import pytest
from strategies import assessments

from mappings.ctf import editions
from mappings.language.testing import hold


@pytest.mark.parametrize("edition", editions.WRITTEN)
def test_the_laws_of_mappings_hold(edition):
    hold(editions.pupil(edition), cafs=assessments(), examples=40)
