"""What we publish: reproducible, valid FHIR, and complete."""

import json
from pathlib import Path

import pytest
import yaml
from fhir.resources.R4B import get_fhir_model_class
from tools import generate_bars_definitions

from mappings.bars.answers import ASKED, form_of
from mappings.bars.names import extension
from mappings.caf.elements import CATALOGUE

ROOT = Path(__file__).parents[3]
RENDERED = generate_bars_definitions.render()


def test_the_published_files_are_what_the_generator_writes():
    written = {
        path.name: path.read_text(encoding="utf-8")
        for path in generate_bars_definitions.TARGET.glob("*.json")
    }

    assert written == RENDERED


@pytest.mark.parametrize("name", RENDERED)
def test_a_definition_is_valid_fhir(name):
    plain = json.loads(RENDERED[name])

    get_fhir_model_class(plain["resourceType"]).model_validate(plain)


def test_the_questionnaire_asks_for_each_of_the_19_elements_in_its_domain():
    questionnaire = json.loads(RENDERED["Questionnaire-caf-assessment.json"])
    groups = {item["linkId"]: item["item"] for item in questionnaire["item"] if "item" in item}

    asked = {item["linkId"]: domain for domain, items in groups.items() for item in items}

    assert asked == {one.code: one.domain for one in CATALOGUE if one.domain is not None}
    assert len(asked) == 19


def test_every_use_case_has_a_purpose():
    codes = json.loads(RENDERED["CodeSystem-use-case.json"])["concept"]
    purposes = yaml.safe_load((ROOT / "policies/purposes.yaml").read_text(encoding="utf-8"))

    assert {one["code"] for one in codes} <= set(purposes["codes"])


def test_the_page_names_every_extension_of_an_answer():
    page = (ROOT / "docs/caf-in-bars.md").read_text(encoding="utf-8")
    urls = {url for element in ASKED.values() for url in form_of(element).urls}

    names = {url.removeprefix(extension("")) for url in urls}

    assert {name for name in names if f"`{name}`" not in page} == set()
