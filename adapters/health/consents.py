"""FHIR R4 Consents: bytes to documents of consent statements, and back."""

from adapters.contract import Finding, Outcome, Payload, ReceivedConsent, Severity, outcome_of
from adapters.errors import AdapterError
from adapters.health.fhir_r4.reading import read_resource
from mappings.caf.consents import ConsentDocument
from mappings.fhir_r4 import generated as fhir
from mappings.fhir_r4.codec import ENCODER
from mappings.fhir_r4.consent import from_fhir, to_fhir

FHIR_JSON = "application/fhir+json"

_NO_CONSENT = "send one Consent resource"
_NO_STATEMENT = (
    "this is no statement of one grantor about sharing: send an active, rejected or inactive "
    "Consent of one performer about one child of this gateway, within patient-privacy"
)
_DOUBTFUL = "it cannot be read with certainty, is not believed, and a person is asked"


def read_consent(payload: bytes, media_type: str) -> ReceivedConsent:
    """Return the document that *payload* is; what is no statement is rejected with a finding."""
    try:
        read = read_resource(payload, media_type)
    except AdapterError as error:
        return _rejected(error.code, error.where, str(error))
    if not isinstance(read.resource, fhir.Consent):
        return _rejected("no-consent", "resourceType", _NO_CONSENT)
    document = from_fhir(read.resource)
    if document is None:
        return _rejected("no-consent-statement", "Consent", _NO_STATEMENT)
    doubts = tuple(
        Finding(code, Severity.WARNING, "Consent.provision", _DOUBTFUL)
        for code in document.statement.doubts
    )
    findings = (*read.findings, *doubts)
    outcome = outcome_of(findings)
    return ReceivedConsent(outcome, findings, document)


def write_consent(document: ConsentDocument, types: frozenset[str]) -> Payload:
    """Return *document* as a Consent in FHIR's JSON; *types* are the names of types of service."""
    return Payload(ENCODER.encode(to_fhir(document, types)), FHIR_JSON)


def _rejected(code: str, where: str, message: str) -> ReceivedConsent:
    return ReceivedConsent(Outcome.REJECT, (Finding(code, Severity.ERROR, where, message),))
