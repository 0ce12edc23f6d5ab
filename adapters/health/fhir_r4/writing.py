"""Writing one FHIR resource, as JSON or as XML.

The Structs give names, order and kinds of the elements; XML is their JSON in FHIR's other clothes
(http://hl7.org/fhir/R4/xml.html), the reverse of `adapters.health.fhir_r4.xml_format`.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from lxml import etree
from msgspec import Struct

from adapters.errors import UnsupportedFormatError
from adapters.health.fhir_r4.reading import JSON_TYPES, XML_TYPES
from adapters.health.fhir_r4.xml_format import FHIR
from mappings.fhir_r4.codec import ENCODER
from mappings.fhir_r4.generated import Element, Extension, Unread
from mappings.fhir_r4.schema import Kind, Part, parts_of

_NAMESPACE: Final = {None: FHIR.strip("{}")}
# What XML 1.0 has no way to write, not even as a reference.
_UNWRITABLE: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_resource(resource: Struct, media_type: str) -> bytes:
    """Return *resource* in the format that *media_type* names.

    >>> from mappings.fhir_r4.generated import Patient
    >>> write_resource(Patient(gender="female"), "application/fhir+json")
    b'{"resourceType":"Patient","gender":"female"}'
    >>> write_resource(Patient(), "text/plain")
    Traceback (most recent call last):
        ...
    adapters.errors.UnsupportedFormatError: FHIR is written as JSON or as XML
    """
    plain_type = media_type.partition(";")[0].strip().lower()
    if plain_type in JSON_TYPES:
        return ENCODER.encode(resource)
    if plain_type in XML_TYPES:
        return etree.tostring(to_xml(resource), encoding="UTF-8", xml_declaration=True)
    message = "FHIR is written as JSON or as XML"
    raise UnsupportedFormatError(message, "unsupported-media-type")


def to_xml(resource: Struct) -> etree._Element:
    """Return *resource* as an element in FHIR's namespace.

    A character that XML cannot write becomes U+FFFD. Raises `UnsupportedFormatError` for a
    resource that was set aside as it came (`Unread`), unless it came as XML.

    >>> from mappings.fhir_r4.generated import Patient
    >>> etree.tostring(to_xml(Patient(id="a", active=True)))
    b'<Patient xmlns="http://hl7.org/fhir"><id value="a"/><active value="true"/></Patient>'
    """
    if isinstance(resource, Unread):
        if not resource.content.startswith("<"):
            message = "a resource that is not read here is passed on only as it came"
            raise UnsupportedFormatError(message, "unread-resource")
        return etree.fromstring(resource.content)
    tag = f"{FHIR}{resource.__struct_config__.tag}"
    node = etree.Element(tag, nsmap=_NAMESPACE)  # type: ignore[arg-type]  # the stubs have no default namespace
    _fill(node, resource)
    return node


def _fill(node: etree._Element, struct: Struct) -> None:
    parts = parts_of(type(struct))
    for part in parts.values():
        value = getattr(struct, part.attribute)
        if part.element.startswith("_"):
            continue
        if _is_attribute(struct, part.element):
            if value is not None:
                node.set(part.element, _text(value))
            continue
        besides = _besides(struct, part, parts)
        values = value if part.is_list else (value,)
        for number in range(max(len(values or ()), len(besides))):
            one = values[number] if values and number < len(values) else None
            beside = besides[number] if number < len(besides) else None
            if one is not None or beside is not None:
                node.append(_child(part, one, beside))


def _is_attribute(struct: Struct, element: str) -> bool:
    if element == "url":
        return isinstance(struct, Extension)
    return element == "id" and isinstance(struct, Element)


def _besides(struct: Struct, part: Part, parts: Mapping[str, Part]) -> tuple[Struct | None, ...]:
    """Return what stands beside each value of *part*: ids and extensions of primitives."""
    other = parts.get(f"_{part.element}")
    beside = getattr(struct, other.attribute) if other is not None else None
    if beside is None:
        return ()
    return beside if isinstance(beside, tuple) else (beside,)


def _child(part: Part, value: object, beside: Struct | None) -> etree._Element:
    if isinstance(value, str) and part.element == "div":
        return etree.fromstring(value)
    node = etree.Element(f"{FHIR}{part.element}")
    if part.kind is Kind.RESOURCE and isinstance(value, Struct):
        node.append(to_xml(value))
    elif isinstance(value, Struct):
        _fill(node, value)
    elif value is not None:
        node.set("value", _text(value))
    if beside is not None:
        _set_beside(node, beside)
    return node


def _set_beside(node: etree._Element, beside: Struct) -> None:
    if (id_ := getattr(beside, "id", None)) is not None:
        node.set("id", _text(id_))
    for one in getattr(beside, "extension", None) or ():
        extension = etree.SubElement(node, f"{FHIR}extension")
        _fill(extension, one)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | Decimal):
        return _UNWRITABLE.sub("\ufffd", str(value))
    message = f"not a primitive value: `{type(value).__name__}`"
    raise TypeError(message)
