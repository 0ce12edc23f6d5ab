"""What a code is about: harmless blocks of ICD-10 are named, all else is withheld."""

import pytest

from mappings.caf.categories import Category
from mappings.caf.items import Coding
from mappings.hl7v2.sensitivity import ICD10, WITHHELD, labels_of

UNSORTED = [
    "R75",
    "Z22.4",
    "Z86.4",
    "Z86.5",
    "Z81.1",
    "Z50.2",
    "Z50.3",
    "R44",
    "R44.0",
    "R45.8",
    "K70",
    "K70.3",
    "G31.2",
    "G62.1",
    "G72.1",
    "I42.6",
    "K29.2",
    "K85.2",
    "P96.1",
    "P04.4",
    "Q86.0",
    "E24.4",
    "T39",
    "T50.9",
    "T71",
    "R78",
    "B16",
    "C53",
    "C46.0",
    "S30.2",
    "Z91.4",
]
HARMLESS = [
    "J45",
    "J45.9",
    "H66.9",
    "S52.5",
    "A09",
    "B01",
    "E10.9",
    "G40",
    "G40.3",
    "R51",
    "T78.4",
    "Z88.0",
    "L20",
    "W19",
    "M25",
]


@pytest.mark.parametrize("code", UNSORTED)
def test_what_nobody_sorted_is_withheld(code):
    assert set(WITHHELD) <= set(labels_of((Coding(ICD10, code),)))


@pytest.mark.parametrize("code", HARMLESS)
def test_a_code_of_a_harmless_block_is_labelled_with_nothing(code):
    assert labels_of((Coding(ICD10, code),)) is None


@pytest.mark.parametrize("code", ["X85", "X91", "Y04", "T74", "T76", "Z62", "Z63.0", "Z04.5"])
def test_violence_and_neglect_are_labelled_as_such(code):
    assert Category.DOMESTIC_ABUSE in labels_of((Coding(ICD10, code),))


@pytest.mark.parametrize("code", ["Z70.3", "Z04.4", "T74.2", "F64.2", "Z30"])
def test_what_is_sexual_is_labelled_as_such(code):
    assert Category.SEXUAL_HEALTH in labels_of((Coding(ICD10, code),))


@pytest.mark.parametrize("code", ["", "J", "J45.9/F32", "asthma", "J45 or F32"])
def test_what_is_no_code_of_the_list_is_withheld(code):
    assert labels_of((Coding(ICD10, code),)) == WITHHELD


def test_each_of_several_codes_labels():
    found = labels_of((Coding("http://snomed.info/sct", "1"), Coding(ICD10, "T74")))

    assert found == (*WITHHELD, Category.DOMESTIC_ABUSE)
