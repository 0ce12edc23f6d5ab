"""OperationOutcome (FHIR R4, UK Core): how a request ended, as JSON or as XML.

    <OperationOutcome xmlns="http://hl7.org/fhir">
      <id value="9562466f-…"/>
      <issue><severity value="error"/><code value="structure"/>…</issue>
    </OperationOutcome>

Members stand in the order of FHIR's schema, which XML keeps and JSON ignores.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final

import msgspec
from lxml import etree

from adapters.contract import Finding

FHIR_JSON: Final = "application/fhir+json"
FHIR_XML: Final = "application/fhir+xml"
PROFILE: Final = "https://fhir.hl7.org.uk/StructureDefinition/UKCore-OperationOutcome"

JSON = dict[str, object]

_NAMESPACE: Final = "http://hl7.org/fhir"
_TYPE: Final = "OperationOutcome"
# https://www.w3.org/TR/xml/#charsets: what XML 1.0 cannot hold, not even escaped.
_NOT_IN_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_FHIRPATH: Final = re.compile(r"[A-Z][A-Za-z]*(?:[.\[]|$)")


def outcome(instance: str, issues: Sequence[JSON], media_type: str = FHIR_JSON) -> bytes:
    """Return an OperationOutcome of *issues* for the request *instance*, as *media_type*.

    >>> outcome("r1", [], FHIR_XML)[-45:]
    b'OperationOutcome"/></meta></OperationOutcome>'
    """
    members: JSON = {"id": instance, "meta": {"profile": [PROFILE]}, "issue": list(issues)}
    return _WRITERS[media_type](members)


def informational(finding: Finding) -> JSON:
    """Return a finding that does not reject as an issue of an OperationOutcome."""
    issue: JSON = {
        "severity": finding.severity.value,
        "code": "informational",
        "details": {"text": finding.message},
    }
    return issue | place(finding)


def place(finding: Finding) -> JSON:
    """Return the members of an issue that say what was found, and where."""
    code, where = finding.code, finding.where
    said: JSON = {"diagnostics": f"{code} at {where}" if where else code}
    # A FHIRPath begins with a resource's name; a pointer, line or header is told in words only.
    return said | {"expression": [where]} if _FHIRPATH.match(where) else said


def _to_json(members: JSON) -> bytes:
    return msgspec.json.encode({"resourceType": _TYPE} | members)


def _to_xml(members: JSON) -> bytes:
    default = {None: _NAMESPACE}
    root = etree.Element(f"{{{_NAMESPACE}}}{_TYPE}", nsmap=default)  # type: ignore[arg-type]  # stubs know no default namespace
    root.extend(_elements(members))
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def _elements(members: Mapping[str, object]) -> Iterator[etree._Element]:
    """Yield FHIR's XML for *members*: an element for each, and one for each item of a list."""
    for name, value in members.items():
        for each in value if isinstance(value, list) else [value]:
            element = etree.Element(f"{{{_NAMESPACE}}}{name}")
            if isinstance(each, Mapping):
                element.extend(_elements(each))
            else:
                element.set("value", _NOT_IN_XML.sub("\ufffd", str(each)))
            yield element


_WRITERS: Final[Mapping[str, Callable[[JSON], bytes]]] = MappingProxyType(
    {FHIR_JSON: _to_json, FHIR_XML: _to_xml}
)
