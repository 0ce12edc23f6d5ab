"""FHIR resources as documents: the JSON and the XML of one and the same members.

    <OperationOutcome xmlns="http://hl7.org/fhir">
      <id value="9562466f-…"/>
      <issue><severity value="error"/><code value="structure"/>…</issue>
    </OperationOutcome>

Members stand in the order of FHIR's schema, which XML keeps and JSON ignores.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

import msgspec
from lxml import etree

FHIR_JSON: Final = "application/fhir+json"
FHIR_XML: Final = "application/fhir+xml"

_NAMESPACE: Final = "http://hl7.org/fhir"
_TYPE: Final = "resourceType"
# https://www.w3.org/TR/xml/#charsets: what XML 1.0 cannot hold, not even escaped.
_NOT_IN_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def encode(resource: Mapping[str, object], media_type: str) -> bytes:
    """Return *resource*, with its `resourceType`, as a document of *media_type*.

    >>> encode({"resourceType": "Basic", "id": "1"}, FHIR_XML).splitlines()[1]
    b'<Basic xmlns="http://hl7.org/fhir"><id value="1"/></Basic>'
    """
    return _WRITERS[media_type](resource)


def _to_xml(resource: Mapping[str, object]) -> bytes:
    default = {None: _NAMESPACE}
    root = etree.Element(f"{{{_NAMESPACE}}}{resource[_TYPE]}", nsmap=default)  # type: ignore[arg-type]  # stubs know no default namespace
    root.extend(_elements(resource))
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def _elements(members: Mapping[str, object]) -> Iterator[etree._Element]:
    """Yield FHIR's XML for *members*: an element for each, and one for each item of a list."""
    for name, value in members.items():
        if name != _TYPE:
            for each in value if isinstance(value, list) else [value]:
                yield _element(name, each)


def _element(name: str, value: object) -> etree._Element:
    element = etree.Element(f"{{{_NAMESPACE}}}{name}")
    if not isinstance(value, Mapping):
        text = str(value).lower() if isinstance(value, bool) else str(value)
        element.set("value", _NOT_IN_XML.sub("\ufffd", text))
    elif _TYPE in value:  # a resource within a resource stands in an element of its type
        inner = etree.SubElement(element, f"{{{_NAMESPACE}}}{value[_TYPE]}")
        inner.extend(_elements(value))
    else:
        element.extend(_elements(value))
    return element


_WRITERS: Final[Mapping[str, Callable[[Mapping[str, object]], bytes]]] = MappingProxyType(
    {FHIR_JSON: msgspec.json.encode, FHIR_XML: _to_xml}
)
