"""An early-help document once it is decoded: held against the record's types, read with findings.

JSON and XML bring the same plain values here. A *place* function tells how their own format names
what a JSON pointer leads to.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache, partial
from itertools import islice
from typing import Final, get_type_hints

import msgspec
from msgspec import structs

from adapters.contract import (
    Destination,
    Envelope,
    Event,
    Finding,
    Message,
    Reading,
    Received,
    Severity,
    SharingBasis,
    outcome_of,
)
from adapters.errors import InvalidRecordError
from mappings.caf.assessment import Assessment
from mappings.caf.codes import system_of
from mappings.caf.identifiers import OURS
from mappings.caf.items import Coding, Identifier, Item
from mappings.caf.view import View
from mappings.early_help.account import account, pointer_to, unknown_members
from mappings.early_help.record import EarlyHelp, MessageFacts, ServiceAddress
from mappings.early_help.translation import from_caf, placed_items, to_caf
from mappings.fidelity import Ledger

SERVICE_SYSTEM: Final = f"{OURS}service"
MAX_FINDINGS: Final = 100  # of one kind: a document of nothing else is not read to its end

Place = Callable[[str], str]
"""How a format names the place that a JSON pointer leads to."""

# The messages of the decoder that hold nothing of the document; others may repeat a value.
_EXPECTED, _MISSING = "Expected ", "Object missing required field "


def received_from(document: object, envelope: Envelope, place: Place = str) -> Received:
    """Return what *document*, plain values, says; raise `InvalidRecordError` where it is none.

    >>> from datetime import UTC, datetime
    >>> envelope = Envelope(media_type="", at=datetime(2026, 1, 5, tzinfo=UTC))
    >>> received_from({"format": "early-help/1"}, envelope).outcome
    <Outcome.ACCEPT: 'accept'>
    >>> received_from({"format": []}, envelope)
    Traceback (most recent call last):
        ...
    adapters.errors.InvalidRecordError: the sender has to mend this: expected `str`, got `array`
    """
    try:
        record = _record(document)
        assessment = to_caf(record, received=envelope.record, place=place)
        _refuse_ids_given_twice(assessment)
    except InvalidRecordError as error:
        raise InvalidRecordError(str(error), error.code, where=place(error.where)) from None
    findings = (
        *islice(_unknown_members(document), MAX_FINDINGS),
        *islice(_invalid_identifiers(assessment), MAX_FINDINGS),
        *islice(_unknown_codes(assessment), MAX_FINDINGS),
    )
    return Received(
        outcome_of(findings),
        tuple(replace(found, where=place(found.where)) for found in findings),
        _message(record, envelope),
        (
            Reading(
                assessment,
                partial(_account, document, place),
                record.message.sender_child_id,
            ),
        ),
    )


def record_of(view: View, envelope: Envelope) -> EarlyHelp:
    """Return *view* as the record of a document from the envelope's sender to its destinations."""
    return structs.replace(from_caf(view), message=_facts(envelope))


def _account(document: object, place: Place) -> Ledger:
    leaves = account(document).leaves
    return Ledger(tuple(structs.replace(leaf, place=place(leaf.place)) for leaf in leaves))


def _record(document: object) -> EarlyHelp:
    try:
        return msgspec.convert(document, EarlyHelp)
    except msgspec.ValidationError as error:
        said, _, path = str(error).partition(" - at ")
        raise InvalidRecordError(_asked(said), "invalid-value", where=_pointer(path)) from None


def _asked(said: str) -> str:
    """Return what the sender has to do where the decoder *said* this, without any of the value.

    >>> _asked("Object missing required field `id`")
    'the sender has to give the member `id`'
    >>> _asked("Invalid enum value 'Posy'")
    "the sender has to mend this: it is none of this member's"
    """
    if said.startswith(_MISSING):
        return f"the sender has to give the member {said.removeprefix(_MISSING)}"
    why = f"e{said[1:]}" if said.startswith(_EXPECTED) else "it is none of this member's"
    return f"the sender has to mend this: {why}"


def _pointer(path: str) -> str:
    """Return msgspec's path, such as ``$.names[0].use``, as a JSON pointer.

    >>> _pointer("`$.names[0].use`")
    '/names/0/use'
    """
    steps = path.strip("`").removeprefix("$").replace("[", ".").replace("]", "").split(".")
    return pointer_to(tuple(step for step in steps if step))


def _refuse_ids_given_twice(assessment: Assessment) -> None:
    # Two items of one id make every reference to it ambiguous: who may see the one would be
    # taken to see the other.
    seen: set[str] = set()
    for pointer, item in placed_items(assessment):
        if item.id in seen:
            message = "two items have one id: give each an id of its own"
            raise InvalidRecordError(message, "duplicate-id", where=f"{pointer}/id")
        seen.add(item.id)


def _unknown_members(document: object) -> Iterator[Finding]:
    message = "the format has no such member: it is kept with the original and never shared"
    for where in unknown_members(document):
        yield Finding("unknown-member", Severity.WARNING, where, message)


def _invalid_identifiers(assessment: Assessment) -> Iterator[Finding]:
    for pointer, item in placed_items(assessment):
        if isinstance(item, Identifier) and not item.is_valid:
            message = "the sender has to check this identifier: it is kept and never matched"
            yield Finding("invalid-identifier", Severity.WARNING, f"{pointer}/value", message)


def _unknown_codes(assessment: Assessment) -> Iterator[Finding]:
    message = "the sender has to check this code: its code system does not have it"
    for pointer, item in placed_items(assessment):
        for field in _coded_fields(type(item)):
            for place, coding in _codings(getattr(item, field)):
                if _is_unknown(coding.system, coding.code):
                    where = f"{pointer}/{field}{place}/code"
                    yield Finding("unknown-code", Severity.WARNING, where, message)


@cache
def _coded_fields(of: type[Item]) -> tuple[str, ...]:
    hints = get_type_hints(of)
    return tuple(name for name in of.__struct_fields__ if hints[name] in _CODED)


_CODED: Final = (tuple[Coding, ...], Coding | None)


def _codings(held: tuple[Coding, ...] | Coding | None) -> Iterator[tuple[str, Coding]]:
    if isinstance(held, Coding):
        yield "", held
    elif held is not None:
        yield from ((f"/{place}", coding) for place, coding in enumerate(held))


def _is_unknown(system: str, code: str) -> bool:
    found = system_of(system)
    return found is not None and not found.is_open and code not in found


def _message(record: EarlyHelp, envelope: Envelope) -> Message:
    """Return what *record* says as a message; what it leaves out, *envelope* says."""
    facts = record.message
    return Message(
        id=facts.id or envelope.message_id or envelope.record,
        event=Event(facts.event),
        sent_at=facts.sent_at,
        sender=_destination(facts.sender) if facts.sender else None,
        destinations=tuple(map(_destination, facts.destinations)) or envelope.destinations,
        use_case=facts.use_case or envelope.use_case,
        concern=facts.concern,
        basis=SharingBasis(facts.basis) if facts.basis else None,
        practitioner=facts.practitioner,
        in_response_to=facts.in_response_to,
        purpose=record.purpose,
        marks=record.marks,
        expires_on=record.expires_on,
        usable_until=record.usable_until,
    )


def _facts(envelope: Envelope) -> MessageFacts:
    return MessageFacts(
        id=envelope.message_id or None,
        sent_at=envelope.at,
        sender=ServiceAddress(system=SERVICE_SYSTEM, value=envelope.sender)
        if envelope.sender
        else None,
        destinations=tuple(
            ServiceAddress(system=one.system, value=one.value) for one in envelope.destinations
        ),
        use_case=envelope.use_case,
    )


def _destination(address: ServiceAddress) -> Destination:
    return Destination(address.system, address.value)
