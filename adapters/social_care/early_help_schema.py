"""The published JSON Schema (2020-12) of the early-help format, rendered from its types."""

import json
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

import msgspec

from mappings.early_help.account import NOT_ON_THE_WIRE
from mappings.early_help.record import EarlyHelp

ID: Final = "https://caf-gateway.example/schema/early-help/1"
PUBLISHED: Final[Traversable] = files("adapters.schemas") / "early-help.schema.json"


def render() -> str:
    """Return the schema as indented JSON, the same each time.

    A document may have members that the schema does not name: they are read past, reported, and
    never shared.

    >>> json.loads(render())["$id"]
    'https://caf-gateway.example/schema/early-help/1'
    """
    (root,), definitions = msgspec.json.schema_components(
        [EarlyHelp], ref_template="#/$defs/{name}"
    )
    described = {name: _described(found) for name, found in sorted(definitions.items())}
    described.pop("Source", None)
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": ID,
        "title": "Early-help record",
        "description": "One child's CAF, or the part of it that a recipient may see.",
        **root,
        "$defs": described,
    }
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _described(definition: dict[str, object]) -> dict[str, object]:
    """Return *definition* without what is never on the wire, its description on one line."""
    shown = dict(definition)
    properties = shown.get("properties")
    if isinstance(properties, dict):
        shown["properties"] = {
            name: found for name, found in properties.items() if name not in NOT_ON_THE_WIRE
        }
    if isinstance(description := shown.get("description"), str):
        shown["description"] = " ".join(description.split())
    return shown
