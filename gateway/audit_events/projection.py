"""One entry of the log as one AuditEvent."""

from gateway.audit_events import codes, matter
from gateway.audit_events.cast import Observer
from gateway.audit_events.codes import JSON, coding, concept
from gateway.audit_events.shapes import SHAPES, Shape
from gateway.searching.accounts import accounts_of
from gateway.searching.search import FoundEntry

_APPLICATION_SERVER = coding(codes.SOURCE_TYPE, "4", "Application Server")


def project(entry: FoundEntry, observer: Observer) -> JSON:
    """Return *entry* as an AuditEvent (FHIR R4), recorded by *observer*.

    Members stand in the order of FHIR's schema. What an entry that was erased cannot say any more
    is left out, and with it the claim to a profile that needs it.
    """
    shape = SHAPES[entry.type]
    event: JSON = {
        "resourceType": "AuditEvent",
        "id": str(entry.index),
        "meta": _meta(entry, shape),
        "type": shape.type,
        "subtype": [*shape.subtypes, coding(codes.ENTRY_TYPE, entry.type.value)],
        "action": shape.action,
        "recorded": entry.at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "outcome": shape.outcome,
    }
    if shape.why:
        event["outcomeDesc"] = shape.why
    if purposes := _purposes(entry, shape):
        event["purposeOfEvent"] = purposes
    event["agent"] = list(shape.cast(entry, observer))
    event["source"] = {
        "site": observer.origin,
        "observer": observer.who(),
        "type": [_APPLICATION_SERVER],
    }
    event["entity"] = list(matter.entities(entry, observer))
    return event


def _meta(entry: FoundEntry, shape: Shape) -> JSON:
    keeps = entry.child is not None and matter.has_document(entry)
    profile: JSON = {"profile": [shape.profile]} if shape.profile and keeps else {}
    return profile | {"tag": [coding(codes.PROJECTION, codes.VERSION)]}


def _purposes(entry: FoundEntry, shape: Shape) -> list[JSON]:
    purposes = [concept(codes.PURPOSE, entry.purpose)] if entry.purpose else []
    if shape.is_emergency or any(one.is_break_glass for one in accounts_of(entry)):
        purposes.append(concept(codes.ACT_REASON, "BTG", "break the glass"))
    return purposes
