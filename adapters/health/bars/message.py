"""What a BaRS message says of itself, and the rules that make it a message.

Bundle           type message, each fullUrl once
entry[0]         MessageHeader: event, reason, destination, source, focus
references       `urn:uuid:` ones lead to an entry; the focus must
"""

import re
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from typing import Final

from msgspec import Struct

from adapters.contract import Destination, Event, Finding, Message, Severity, SharingBasis
from adapters.errors import InvalidRecordError
from adapters.health.bars.said import binding, followed, unknown_answers
from mappings.bars.caf import moment
from mappings.bars.entries import Entries
from mappings.bars.names import (
    BARS_USE_CASES,
    MESSAGE_EVENTS,
    MESSAGE_REASONS,
    code_system,
)
from mappings.bars.people import practitioner_name, told
from mappings.caf.codes import system
from mappings.fhir_r4.generated import Bundle, Coding, MessageHeader, ServiceRequest

USE_CASE: Final = code_system("use-case")
EVENTS: Final = frozenset(
    {"servicerequest-request", "servicerequest-response", "booking-request", "booking-response"}
)
REASONS: Final = {"new": Event.NEW, "update": Event.UPDATE, "delete": Event.CANCEL}
# What the first versions of BaRS called their code systems; published examples still do.
OLD_EVENTS: Final = "https://fhir.nhs.uk/CodeSystem/message-event-servicerequest"
OLD_REASONS: Final = "https://fhir.nhs.uk/CodeSystem/message-reason-servicerequest"
HEADER: Final = "Bundle.entry[0].resource"

_ENDED: Final = frozenset({"revoked", "entered-in-error"})
_REFERENCE = re.compile(rb'"reference":"(urn:uuid:[^"]*)"')


def message_of(resource: Struct) -> tuple[Bundle, MessageHeader]:
    """Return *resource* as a message with its header, or raise `InvalidRecordError`."""
    if not isinstance(resource, Bundle) or resource.type != "message":
        message = "send a Bundle of type `message`"
        raise InvalidRecordError(message, "not-a-message", where=resource_type(resource))
    entries = resource.entry or ()
    header = entries[0].resource if entries else None
    if not isinstance(header, MessageHeader):
        message = "the first entry of a message is its MessageHeader"
        raise InvalidRecordError(message, "no-message-header", where="Bundle.entry[0]")
    seen: set[str] = set()
    for number, entry in enumerate(entries):
        if entry.fullUrl in seen:
            message = "each fullUrl stands once in a message"
            where = f"Bundle.entry[{number}].fullUrl"
            raise InvalidRecordError(message, "duplicate-full-url", where=where)
        if entry.fullUrl is not None:
            seen.add(entry.fullUrl)
    return resource, header


def resource_type(resource: Struct) -> str:
    """Return the FHIR type of *resource*."""
    return str(resource.__struct_config__.tag)


def read_message(entries: Entries, header: MessageHeader) -> Message:
    """Return what the message says of itself, or raise `InvalidRecordError`."""
    reasons = (header.reason.coding or ()) if header.reason else ()
    event = _code((header.eventCoding,), {MESSAGE_EVENTS, OLD_EVENTS}, EVENTS, "eventCoding")
    reason = _code(reasons, {MESSAGE_REASONS, OLD_REASONS}, REASONS.keys(), "reason")
    _refuse_lost_focus(entries, header)
    referral = next((found for _, found in entries.of(ServiceRequest)), None)
    asked = _event(event, reason, referral)
    return Message(
        id=_message_id(entries.bundle, header),
        event=asked,
        sent_at=moment(entries.bundle.timestamp),
        sender=destination(header.source.endpoint),
        destinations=_destinations(header),
        use_case=_use_case(referral),
        concern=_concern(referral),
        basis=_basis(referral),
        practitioner=practitioner_name(entries, referral.requester) if referral else None,
        **followed(header, referral, asked),
        **binding(header),
    )


def _code(
    codings: Iterable[Coding | None], systems: AbstractSet[str], codes: AbstractSet[str], at: str
) -> str:
    """Return the code among *codings* that BaRS defines; raise where there is none."""
    for coding in codings:
        if coding and coding.system in systems and coding.code in codes:
            return coding.code or ""
    message = f"`{at}` takes one code of BaRS"
    raise InvalidRecordError(message, "unknown-code", where=f"{HEADER}.{at}")


def old_code_systems(header: MessageHeader) -> Iterator[Finding]:
    """Yield a finding for each code system that BaRS has renamed."""
    reasons = (header.reason.coding or ()) if header.reason else ()
    message = "the code system has a new name in BaRS: use that"
    for at, coding in (("eventCoding", header.eventCoding), *(("reason", one) for one in reasons)):
        if coding and coding.system in {OLD_EVENTS, OLD_REASONS}:
            yield Finding("old-code-system", Severity.WARNING, f"{HEADER}.{at}", message)


def _event(event: str, reason: str, referral: ServiceRequest | None) -> Event:
    if event.endswith("-response"):
        return Event.RESPONSE
    if reason == "update" and referral is not None and referral.status in _ENDED:
        return Event.CANCEL
    return REASONS[reason]


def _refuse_lost_focus(entries: Entries, header: MessageHeader) -> None:
    for number, focus in enumerate(header.focus or ()):
        if entries.resolve(focus) is None:
            message = "the focus of the message is not in the message"
            where = f"{HEADER}.focus[{number}]"
            raise InvalidRecordError(message, "focus-not-found", where=where)


def _destinations(header: MessageHeader) -> tuple[Destination, ...]:
    found = tuple(destination(one.endpoint) for one in header.destination or ())
    named = tuple(one for one in found if one is not None)
    if not named:
        message = "name at least one destination: `{directory}|{service id}`"
        raise InvalidRecordError(message, "no-destination", where=f"{HEADER}.destination")
    return named


def destination(endpoint: str | None) -> Destination | None:
    """Return the service that *endpoint*, `directory|id`, names; its own text without a directory.

    >>> destination("http://fhir.nhs.uk/Id/dos-service-id|2000099902")
    Destination(system='https://fhir.nhs.uk/Id/dos-service-id', value='2000099902')
    >>> destination("https://example.test/inbox").system
    ''
    """
    if not endpoint:
        return None
    system, bar, value = endpoint.partition("|")
    if not bar:
        return Destination("", endpoint)
    # The national examples mix http and https for one and the same directory.
    return Destination(system.strip().replace("http://", "https://", 1), value.strip())


def _message_id(bundle: Bundle, header: MessageHeader) -> str:
    given = bundle.id or (bundle.identifier.value if bundle.identifier else None) or header.id
    if not given:
        message = "a message has an id, the same for every retry"
        raise InvalidRecordError(message, "missing-element", where="Bundle.id")
    return given


def _use_case(referral: ServiceRequest | None) -> str | None:
    """Return the use case by our code system, else by that of BaRS."""
    codes = {
        coding.system: coding.code
        for category in (referral.category or () if referral else ())
        for coding in category.coding or ()
    }
    return codes.get(USE_CASE) or codes.get(BARS_USE_CASES)


def _concern(referral: ServiceRequest | None) -> str | None:
    """Return the threshold of concern; a code that is none of ours tells nothing."""
    found = told(referral.extension, "concern") if referral else None
    code = found.valueCode if found else None
    return code if code in system("concern-threshold").codes else None


def unknown_codes(entries: Entries) -> Iterator[Finding]:
    """Yield a finding for each threshold of concern, and each answer, that is none of our codes."""
    message = "this is no code of `concern-threshold`: a person will ask"
    for entry, referral in entries.of(ServiceRequest):
        found = told(referral.extension, "concern")
        if found and _concern(referral) is None:
            where = f"{entry.place}.extension('{found.url}')"
            yield Finding("unknown-concern", Severity.WARNING, where, message)
        yield from unknown_answers(referral, entry.place)


def _basis(referral: ServiceRequest | None) -> SharingBasis | None:
    found = told(referral.extension, "sharing-basis") if referral else None
    parts = {part.url: part.valueCode for part in (found.extension or ())} if found else {}
    return {one.value: one for one in SharingBasis}.get(parts.get("basis") or "")


def dangling_references(entries: Entries, compact: bytes) -> Iterator[Finding]:
    """Yield a finding for each reference within the message that leads nowhere."""
    named = {found.decode() for found in set(_REFERENCE.findall(compact))}
    lost = named - entries.by_reference.keys()
    if not lost:
        return
    message = "the reference leads to no entry of this message"
    for entry in entries.all:
        for where, url in _references(entry.resource, entry.place):
            if url in lost:
                yield Finding("dangling-reference", Severity.WARNING, where, message)


def _references(struct: Struct, path: str) -> Iterator[tuple[str, str]]:
    for name in struct.__struct_fields__:
        value = getattr(struct, name)
        for number, one in enumerate(value if isinstance(value, tuple) else (value,)):
            where = f"{path}.{name}" + (f"[{number}]" if isinstance(value, tuple) else "")
            if isinstance(one, Struct):
                yield from _references(one, where)
            elif name == "reference" and isinstance(one, str):
                yield where, one
