"""The catalogue: every field of every section once, so that nothing escapes the policies."""

import msgspec
import pytest

from mappings.caf.assessment import Assessment, Section
from mappings.caf.elements import BY_CODE, CATALOGUE, element


def _fields_of_sections() -> list[str]:
    return [
        f"{section.name}.{field.name}"
        for section in msgspec.structs.fields(Assessment)
        if isinstance(section.type, type) and issubclass(section.type, Section)
        for field in msgspec.structs.fields(section.type)
    ]


def test_the_catalogue_has_every_field_of_every_section_once_in_their_order():
    assert [element.path for element in CATALOGUE] == _fields_of_sections()


def test_every_element_has_a_title_and_a_code_of_its_own():
    assert all(found.title for found in CATALOGUE)
    assert len(BY_CODE) == len(CATALOGUE)


def test_an_element_is_found_by_its_path_and_nothing_else():
    assert all(element(found.path) is found for found in CATALOGUE)
    with pytest.raises(ValueError, match="not an element"):
        element("development")
