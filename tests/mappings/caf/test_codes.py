"""Code systems: complete, apart from one another, and the same as the vocabulary in code."""

import itertools
import re

import pytest

from mappings.caf import items, vocabulary
from mappings.caf.codes import BASE, SCALES, crosswalk, system, system_of, systems
from mappings.caf.elements import CATALOGUE
from mappings.caf.errors import CodeError

ENUMS = {
    **{
        re.search(r"`([a-z-]+)`", found.__doc__ or "")[1]: found
        for name, found in vars(vocabulary).items()
        if isinstance(found, type) and found.__module__ == vocabulary.__name__
    },
    "about-whom": items.AboutWhom,
    "statement-kind": items.Kind,
    "statement-nature": items.Nature,
}


@pytest.mark.parametrize("name", ENUMS)
def test_a_closed_list_in_code_has_just_the_codes_of_its_system(name):
    assert [str(word) for word in ENUMS[name]] == list(system(name).codes)
    assert not system(name).is_open


def test_every_code_has_a_display_and_every_system_a_source():
    for found in systems().values():
        assert found.title
        assert found.source
        assert all(code.code and code.display for code in found.codes.values())


def test_only_an_open_system_is_empty():
    assert {found.name for found in systems().values() if not found.codes} == {
        "qualification-level"
    }
    assert system("qualification-level").is_open


def test_the_nineteen_elements_have_the_codes_and_titles_of_the_practice_documents():
    elements = {element.code: element.title for element in CATALOGUE if element.domain}
    assert len(elements) == 19
    assert elements == {code.code: code.display for code in system("caf-element").codes.values()}


def test_the_domains_of_the_catalogue_are_those_of_the_practice_documents():
    assert {element.domain for element in CATALOGUE} - {None} == set(system("caf-domain").codes)


@pytest.mark.parametrize(("source", "target"), list(itertools.permutations(SCALES, 2)))
def test_no_scale_maps_to_another_without_a_table(source, target):
    with pytest.raises(CodeError, match="no table maps"):
        crosswalk(source, target)


@pytest.mark.parametrize(
    ("source", "target"), [("ecm-outcome", "child-right"), ("child-right", "ecm-outcome")]
)
def test_the_two_outcome_lists_map_whole_and_say_what_is_lost(source, target):
    steps = crosswalk(source, target).steps
    assert list(steps) == list(system(source).codes)
    assert all(step.target is None or step.target in system(target) for step in steps.values())
    assert all(step.loss for step in steps.values() if step.target is None)
    assert any(step.loss for step in steps.values())


def test_there_and_back_does_not_lead_home_for_every_outcome():
    there, back = crosswalk("ecm-outcome", "child-right"), crosswalk("child-right", "ecm-outcome")
    lost = [code for code, step in there.steps.items() if step.target is None]
    assert lost == ["economic"]
    assert [code for code, step in back.steps.items() if step.target is None] == ["treated-fairly"]


def test_a_code_that_a_crosswalk_does_not_know_is_refused():
    with pytest.raises(CodeError, match="not a code of `ecm-outcome`"):
        crosswalk("ecm-outcome", "child-right").step("childhood")


def test_a_system_is_found_by_its_uri_and_a_stranger_is_not():
    assert all(system_of(found.uri) is found for found in systems().values())
    assert system_of(BASE + "nothing-of-ours") is None
