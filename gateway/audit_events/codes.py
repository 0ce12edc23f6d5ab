"""Codings and identifiers of AuditEvents.

The codes are DICOM's (PS3.16, CID 400 and 402), HL7's lifecycle and object roles, and our own where
there is none: types of entries, purposes, agreements.
"""

from typing import Final

JSON = dict[str, object]

VERSION: Final = "1"
"""The version of the projection: another entry for the same AuditEvent is another version."""

_OURS: Final = "https://caf-gateway.example/fhir"
_HL7: Final = "http://terminology.hl7.org/CodeSystem"
_BALP: Final = "https://profiles.ihe.net/ITI/BALP"

DICOM: Final = "http://dicom.nema.org/resources/ontology/DCM"
LIFECYCLE: Final = f"{_HL7}/iso-21089-lifecycle"
OUTCOME: Final = f"{_HL7}/audit-event-outcome"
ACT_REASON: Final = f"{_HL7}/v3-ActReason"
SECURITY_ROLE: Final = f"{_HL7}/extra-security-role-type"
PARTICIPATION: Final = f"{_HL7}/v3-ParticipationType"
SNOMED: Final = "http://snomed.info/sct"
ENTITY_TYPE: Final = f"{_HL7}/audit-entity-type"
OBJECT_ROLE: Final = f"{_HL7}/object-role"
SOURCE_TYPE: Final = f"{_HL7}/security-source-type"
AUTHORISATION: Final = f"{_BALP}/CodeSystem/AuthZsubType"
REQUEST_ID: Final = f"{_BALP}/CodeSystem/BasicAuditEntityType"

ENTRY_TYPE: Final = f"{_OURS}/CodeSystem/audit-entry-type"
PURPOSE: Final = f"{_OURS}/CodeSystem/purpose"
PART_IN_IT: Final = f"{_OURS}/CodeSystem/audit-part"
PROJECTION: Final = f"{_OURS}/CodeSystem/audit-event-projection"

SERVICE_ID: Final = f"{_OURS}/Id/service"
PRACTITIONER_ID: Final = f"{_OURS}/Id/practitioner"
CLIENT_ID: Final = f"{_OURS}/Id/client"
LOG_ID: Final = f"{_OURS}/Id/log"
ENTRY_ID: Final = f"{_OURS}/Id/log-entry"
AGREEMENT_ID: Final = f"{_OURS}/Id/agreement"
DIGEST: Final = f"{_OURS}/Id/sha256"

DISCLOSURE_BY_SOURCE: Final = f"{_BALP}/StructureDefinition/IHE.BasicAudit.PrivacyDisclosure.Source"
DISCLOSURE_TO_RECIPIENT: Final = (
    f"{_BALP}/StructureDefinition/IHE.BasicAudit.PrivacyDisclosure.Recipient"
)

URI: Final = "5"
"""A network address of this type is a URI (FHIR network-type)."""


def coding(system: str, code: str, display: str = "") -> JSON:
    """Return a Coding.

    >>> coding(DICOM, "110106", "Export")["display"]
    'Export'
    """
    known: JSON = {"system": system, "code": code}
    return known | ({"display": display} if display else {})


def concept(system: str, code: str, display: str = "") -> JSON:
    """Return a CodeableConcept of one coding."""
    return {"coding": [coding(system, code, display)]}


def identified(kind: str, system: str, value: str) -> JSON:
    """Return a reference to a resource of *kind* by an identifier: it is not served here."""
    return {"type": kind, "identifier": {"system": system, "value": value}}
