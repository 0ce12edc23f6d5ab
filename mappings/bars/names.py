"""The names that a CAF in a BaRS message goes by: our canonical URLs, and the nation's."""

from typing import Final

BASE: Final = "https://caf-gateway.example/fhir"
QUESTIONNAIRE: Final = f"{BASE}/Questionnaire/caf-assessment"
EXTENSION: Final = f"{BASE}/StructureDefinition/"
CODE_SYSTEM: Final = f"{BASE}/CodeSystem/"

MESSAGE_EVENTS: Final = "https://fhir.nhs.uk/CodeSystem/message-events-bars"
MESSAGE_REASONS: Final = "https://fhir.nhs.uk/CodeSystem/message-reason-bars"
BARS_USE_CASES: Final = "https://fhir.nhs.uk/CodeSystem/usecases-categories-bars"
SERVICE_CATEGORIES: Final = "https://fhir.nhs.uk/CodeSystem/message-category-servicerequest"
CONSENT_CATEGORIES: Final = "https://fhir.nhs.uk/CodeSystem/consent-categories-bars"
MESSAGE_DEFINITION: Final = "https://fhir.nhs.uk/MessageDefinition/bars-message-"
PROFILE: Final = "https://fhir.nhs.uk/StructureDefinition/"
# By which a response or a cancellation names the referral: the id of the message that made it.
REFERRAL: Final = f"{BASE}/Id/referral"
DOS_SERVICE: Final = "https://fhir.nhs.uk/Id/dos-service-id"
ROLE_CODE: Final = "http://terminology.hl7.org/CodeSystem/v3-RoleCode"
ETHNICITY: Final = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-EthnicCategory"
ADDRESS_KEY: Final = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-AddressKey"
NHS_NUMBER_STATUS: Final = (
    "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus"
)


def extension(name: str) -> str:
    """Return the URL of our extension *name*.

    >>> extension("kind")
    'https://caf-gateway.example/fhir/StructureDefinition/caf-kind'
    """
    return f"{EXTENSION}caf-{name}"


def code_system(name: str) -> str:
    """Return the URL of our code system *name*.

    >>> code_system("use-case")
    'https://caf-gateway.example/fhir/CodeSystem/use-case'
    """
    return f"{CODE_SYSTEM}{name}"
