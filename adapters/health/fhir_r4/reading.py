"""Reading one FHIR resource from JSON or XML.

    bytes -> bounds -> Structs (types, cardinality, codes) -> rules that a type cannot state

What breaks FHIR's structure is refused with its place; what is merely doubtful is a finding.
"""

from dataclasses import dataclass

from msgspec import DecodeError, Struct, ValidationError, convert

from adapters import json_text, xml
from adapters.contract import Finding
from adapters.errors import InvalidRecordError, UnsupportedFormatError
from adapters.health.fhir_r4 import rules, unread, xml_format
from adapters.health.fhir_r4.places import explain
from adapters.health.fhir_r4.repairs import repaired
from adapters.json_text import Decoded, outline_of
from mappings.fhir_r4.codec import DECODER, ENCODER
from mappings.fhir_r4.generated import AnyResource

JSON_TYPES = frozenset({"application/fhir+json", "application/json"})
XML_TYPES = frozenset({"application/fhir+xml", "application/xml", "text/xml"})


@dataclass(frozen=True, slots=True)
class ResourceRead:
    """A *resource*, the same as *compact* JSON, and what was found in it."""

    resource: Struct
    compact: bytes
    findings: tuple[Finding, ...]


def read_resource(payload: bytes, media_type: str, *, is_lenient: bool = False) -> ResourceRead:
    """Return the FHIR resource in *payload*, or raise an `AdapterError`.

    Where *is_lenient*, a list in place of a value, or a value in place of a list, is repaired.

    >>> read = read_resource(b'{"resourceType": "Patient", "gender": "female"}', "application/json")
    >>> read.resource.gender
    'female'
    >>> read_resource(b'{"resourceType": "Patient", "gender": "f"}', "application/json")
    Traceback (most recent call last):
        ...
    adapters.errors.InvalidRecordError: this is not one of the codes that the element takes
    """
    plain_type = media_type.partition(";")[0].strip().lower()
    repairs: tuple[Finding, ...] = ()
    if plain_type in JSON_TYPES:
        try:
            decoded = _from_json(payload)
        except InvalidRecordError as error:
            if not is_lenient or error.code != "wrong-type":
                raise
            whole, repairs = repaired(json_text.parse(payload))
            decoded = _from_plain(whole)
    elif plain_type in XML_TYPES:
        decoded = _from_xml(payload)
    else:
        message = "send FHIR as application/fhir+json or application/fhir+xml"
        raise UnsupportedFormatError(message, "unsupported-media-type")
    return ResourceRead(decoded.value, decoded.compact, (*repairs, *rules.check(decoded)))


def _from_json(payload: bytes) -> Decoded[Struct]:
    try:
        decoded = json_text.decode(payload, DECODER, ENCODER)
    except ValidationError as error:
        whole = json_text.parse(payload)
        if "resourceType" not in str(error):
            raise _invalid(error, whole) from None
        json_text.compare(payload, ENCODER.encode(whole))  # else a null would be lost below
        return _from_plain(unread.set_aside(whole))
    rules.refuse_bad_codes(decoded.value, decoded.compact)
    return decoded


def _from_xml(payload: bytes) -> Decoded[Struct]:
    root = xml.parse(payload)
    try:
        return _from_plain(xml_format.to_plain(root))
    except InvalidRecordError as error:
        line = xml_format.line_of(root, error.where)
        raise InvalidRecordError(
            str(error), error.code, where=f"{error.where} (line {line})"
        ) from None


def _from_plain(plain: object) -> Decoded[Struct]:
    try:
        resource: Struct = convert(plain, AnyResource)
    except ValidationError as error:
        raise _invalid(error, plain) from None
    compact = ENCODER.encode(resource)
    rules.refuse_bad_codes(resource, compact)
    return Decoded(resource, compact, outline_of(compact))


def _invalid(error: DecodeError, plain: object) -> InvalidRecordError:
    root = plain.get("resourceType") if isinstance(plain, dict) else None
    code, message, where = explain(str(error), root)
    return InvalidRecordError(message, code, where=where)
