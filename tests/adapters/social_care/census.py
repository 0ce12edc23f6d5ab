"""Returns to break: the example's first child as a tree, and edits of it."""

from datetime import UTC, datetime
from importlib.resources import files
from typing import Final

from lxml import etree

from adapters.contract import Envelope
from adapters.social_care.cin import MEDIA_TYPE
from adapters.xml_trees import document, tree_of
from mappings.cin import header, years
from mappings.language.trees import copied

AT: Final = datetime(2026, 5, 11, 9, tzinfo=UTC)
ENVELOPE: Final = Envelope(media_type=MEDIA_TYPE, at=AT, record="ab" * 32)
EXAMPLE: Final = (files("adapters.social_care") / "examples" / "cin-2026.xml").read_bytes()

Edits = dict[str, object]


def child() -> dict:
    """Return the example's first child: referred, assessed, planned for, protected."""
    element = etree.fromstring(EXAMPLE).find(".//Child")
    assert element is not None
    return tree_of(element, years.child(2026).shape, [])


def edited(tree: dict, edits: Edits) -> dict:
    """Return *tree* with *edits*: what stands at each path is replaced, or with None removed."""
    tree = copied(tree)
    for path, value in edits.items():
        *steps, last = [int(step) if step.isdecimal() else step for step in path.split("/")]
        node = tree
        for step in steps:
            node = node[step]
        if value is None:
            del node[last]
        elif isinstance(node, list) and last == len(node):
            node.append(copied(value))
        else:
            node[last] = copied(value)
    return tree


def file_of(*children: dict, head: Edits | None = None) -> bytes:
    """Return a return of *children*, with the edits *head* of its header."""
    tree = {
        "Header": edited(header.write(2026, AT, "example", "383"), head or {}),
        "Children": {"Child": list(children)},
    }
    return document("Message", tree, years.file_shape(2026))
