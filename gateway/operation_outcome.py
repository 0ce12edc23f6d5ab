"""OperationOutcome (FHIR R4, UK Core): how a request ended."""

import re
from collections.abc import Sequence
from typing import Final

from adapters.contract import Finding
from gateway.fhir_documents import FHIR_JSON, encode

PROFILE: Final = "https://fhir.hl7.org.uk/StructureDefinition/UKCore-OperationOutcome"

JSON = dict[str, object]

_FHIRPATH: Final = re.compile(r"[A-Z][A-Za-z]*(?:[.\[]|$)")


def outcome(instance: str, issues: Sequence[JSON], media_type: str = FHIR_JSON) -> bytes:
    """Return an OperationOutcome of *issues* for the request *instance*, as *media_type*.

    >>> outcome("r1", [])[:46]
    b'{"resourceType":"OperationOutcome","id":"r1","'
    """
    resource: JSON = {
        "resourceType": "OperationOutcome",
        "id": instance,
        "meta": {"profile": [PROFILE]},
        "issue": list(issues),
    }
    return encode(resource, media_type)


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
