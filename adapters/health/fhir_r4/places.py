"""Where a fault lies, as FHIRPath, and what it is, in words that never repeat the payload."""

import re
from typing import Final

from mappings.fhir_r4.schema import RESOURCES

_AT = re.compile(r" - at `([^`]*)`$")
_FIELD = re.compile(r"field `([^`]*)`")
_ELEMENT = re.compile(r"^`([^`]*)` (is required|is given more than once)")

_EXPLANATIONS: Final = (
    ("unknown field", "unknown-element", "FHIR R4 has no such element here"),
    ("Invalid enum value", "unknown-code", "this is not one of the codes that the element takes"),
    ("Invalid value", "unknown-resource", "FHIR R4 has no such resource type"),
    ("matching regex", "bad-format", "the value is not of the form that the element takes"),
    ("length >= 1", "empty-value", "the value is empty: leave the element out"),
    ("out of range", "out-of-range", "the number is outside the range that the element takes"),
    ("int` >=", "out-of-range", "the number is outside the range that the element takes"),
    ("int` <=", "out-of-range", "the number is outside the range that the element takes"),
    ("got `array`", "wrong-type", "the element does not repeat: send one value, not a list"),
    ("Expected `array", "wrong-type", "the element repeats: send a list"),
    ("Expected", "wrong-type", "the value is of another type than the element takes"),
)


def explain(problem: str, root: object = None) -> tuple[str, str, str]:
    """Return the code, the message and the place (FHIRPath) of msgspec's *problem*.

    *root* is the type of the outermost resource, where it is known.

    >>> explain("Object missing required field `status` - at `$.entry[0].resource`", "Bundle")
    ('missing-element', '`status` is required', 'Bundle.entry[0].resource.status')
    >>> explain("Expected `str`, got `int`")
    ('wrong-type', 'the value is of another type than the element takes', 'Resource')
    """
    at = _AT.search(problem)
    name = root if isinstance(root, str) and root in RESOURCES else "Resource"
    where = (at[1] if at else "$").replace("$", name, 1)
    text = problem[: at.start()] if at else problem
    if text.startswith("Object missing required field") and (field := _FIELD.search(text)):
        return "missing-element", f"`{field[1]}` is required", f"{where}.{field[1]}"
    if element := _ELEMENT.match(text):
        code = "missing-element" if element[2] == "is required" else "more-than-one"
        return code, f"`{element[1]}` {element[2]}", f"{where}.{element[1]}"
    for start, code, message in _EXPLANATIONS:
        if start in text:
            return code, message, where
    return "invalid", "the element is not valid FHIR R4", where
