"""Resources of the types of FHIR that the gateway does not read: set aside whole, never lost."""

from mappings.fhir_r4.codec import ENCODER
from mappings.fhir_r4.generated import UNREAD


def set_aside(plain: object) -> object:
    """Return *plain* FHIR JSON with each resource of an unread type as an `Unread` resource.

    >>> set_aside({"resourceType": "ValueSet", "status": "draft"})["type"]
    'ValueSet'
    >>> set_aside({"resourceType": "Patient"})
    {'resourceType': 'Patient'}
    """
    if isinstance(plain, list):
        return [set_aside(item) for item in plain]
    if not isinstance(plain, dict):
        return plain
    kind = plain.get("resourceType")
    if isinstance(kind, str) and kind in UNREAD:
        content = ENCODER.encode(plain).decode()
        return {"resourceType": "Unread", "type": kind, "content": content}
    return {name: set_aside(value) for name, value in plain.items()}
