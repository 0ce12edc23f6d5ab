"""The use cases that messages name, and the purposes that they are decided for."""

import json
from importlib.resources import files

from policies.code_tables import purposes


def test_every_published_use_case_has_a_purpose():
    definition = files("mappings.bars").joinpath("definitions", "CodeSystem-use-case.json")
    published = json.loads(definition.read_text("utf-8"))

    table = purposes()

    assert published["url"] == table.system
    assert {concept["code"] for concept in published["concept"]} <= table.codes.keys()
