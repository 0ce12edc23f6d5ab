"""What an entry is about: the entities of its AuditEvent."""

from base64 import b64encode
from collections.abc import Iterator
from typing import Final

from audit.events import EntryType
from audit.parts import Part
from gateway.audit_events import codes
from gateway.audit_events.cast import Observer
from gateway.audit_events.codes import JSON, coding
from gateway.searching.accounts import RELEASED, accounts_of
from gateway.searching.search import FoundEntry

_PERSON: Final = coding(codes.ENTITY_TYPE, "1", "Person")
_SYSTEM_OBJECT: Final = coding(codes.ENTITY_TYPE, "2", "System Object")
_BASIS: Final = coding(codes.PART_IN_IT, "legal-basis")
_REQUEST: Final = coding(codes.REQUEST_ID, "XrequestId")
_PATIENT: Final = coding(codes.OBJECT_ROLE, "1", "Patient")
_REPORT: Final = coding(codes.OBJECT_ROLE, "3", "Report")
_SECURITY: Final = coding(codes.OBJECT_ROLE, "13", "Security Resource")
_QUERY: Final = coding(codes.OBJECT_ROLE, "24", "Query")


def entities(entry: FoundEntry, observer: Observer) -> Iterator[JSON]:
    """Yield what *entry* is about: child, document, what was searched for, basis, itself."""
    if entry.child is not None:
        yield _child(entry.child)
    yield from _document(entry)
    yield from _query(entry)
    yield from _basis(entry)
    yield from _request(entry)
    yield _object(_SYSTEM_OBJECT, codes.ENTRY_ID, f"{observer.origin}/{entry.index}", _SECURITY)


def has_document(entry: FoundEntry) -> bool:
    """Return whether *entry* says which document was told or received."""
    return any(True for _ in _document(entry))


def _child(child: str) -> JSON:
    return {
        "what": {"reference": f"Patient/{child}"},
        "type": _PERSON,
        "role": _PATIENT,
    }


def _document(entry: FoundEntry) -> Iterator[JSON]:
    """Yield the document that was told or received, by its hash, with the elements released."""
    said = entry.part(Part.RECIPIENT) or entry.part(Part.GATEWAY)
    digest = said.get("payload_sha256") or said.get("record_sha256")
    if not digest or entry.type is EntryType.REFUSAL:  # an answer with nothing in it has a hash too
        return
    elements = dict.fromkeys(
        one.element
        for account in accounts_of(entry)
        for one in account.elements
        if one.outcome in RELEASED
    )
    document = _object(_SYSTEM_OBJECT, codes.DIGEST, str(digest), _REPORT)
    if elements:
        document["detail"] = [{"type": "element", "valueString": one} for one in elements]
    yield document


def _query(entry: FoundEntry) -> Iterator[JSON]:
    asked = entry.part(Part.GATEWAY).get("query")
    if isinstance(asked, list) and asked:
        query = b64encode("\n".join(map(str, asked)).encode()).decode()
        yield {"type": _SYSTEM_OBJECT, "role": _QUERY, "query": query}


def _basis(entry: FoundEntry) -> Iterator[JSON]:
    """Yield the agreements that a decision was made under: the basis, where it is no consent."""
    agreements = (name for one in accounts_of(entry) for name in one.agreements)
    for agreement in dict.fromkeys(agreements):
        yield _object(_BASIS, codes.AGREEMENT_ID, agreement, _SECURITY)


def _request(entry: FoundEntry) -> Iterator[JSON]:
    if request := entry.part(Part.GATEWAY).get("request"):
        yield {"what": {"identifier": {"value": str(request)}}, "type": _REQUEST}


def _object(kind: JSON, system: str, value: str, role: JSON) -> JSON:
    what: JSON = {"identifier": {"system": system, "value": value}}
    return {"what": what, "type": kind, "role": role}
