"""Answers to messages: made once, kept sealed, and given again byte for byte to every repeat."""

from dataclasses import dataclass
from hmac import compare_digest

import msgspec
from msgspec import Struct

from adapters.contract import Event, Finding, Message, Outcome, Received, Severity
from audit.events import EntryType
from audit.parts import Part
from gateway import entries
from gateway.errors import ConflictError
from gateway.intake import Intake
from gateway.office import Office
from gateway.registers import Service
from gateway.requests import (
    MAX_DESTINATIONS,
    Accepted,
    DestinationOutcome,
    Inbound,
    Rejected,
)
from gateway.storage.requests import StoredAnswer
from gateway.storage.unit import Committed, Unit

HTTP_OK = 200
_HTTP_UNPROCESSABLE = 422

_NOT_TAKEN = {Event.CANCEL, Event.RESPONSE}


class AcceptedDocument(Struct, frozen=True, kw_only=True):
    """The answer to a message that was taken, as its sender gets it.

    *notice* is there where a person is looking at something: the sender is told.
    """

    message_id: str
    outcome: Outcome
    children: tuple[str, ...]
    destinations: tuple[DestinationOutcome, ...]
    findings: tuple[Finding, ...]


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(AcceptedDocument).decode
_findings = msgspec.json.Decoder(tuple[Finding, ...]).decode


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a message: the *document*, and its bytes."""

    document: AcceptedDocument
    content: bytes

    def accepted(self, entry: int, receipt: bytes, *, is_repeat: bool) -> Accepted:
        """Return it as it is given, with the index of its entry and the receipt."""
        document = self.document
        return Accepted(
            message_id=document.message_id,
            children=document.children,
            outcomes=document.destinations,
            findings=document.findings,
            entry=entry,
            receipt=receipt,
            answer=self.content,
            is_repeat=is_repeat,
        )


def file_answer(intake: Intake) -> Answer:
    """File the answer of *intake* in its unit, for repeats, and return it."""
    document = AcceptedDocument(
        message_id=intake.message.id,
        outcome=intake.received.outcome,
        children=tuple(child.id for child in intake.children),
        destinations=tuple(intake.outcomes),
        findings=intake.received.findings,
    )
    content = _encode(document)
    office = intake.office
    office.filing.answer(
        intake.unit,
        office.filing.answer_key(intake.sender.id, intake.message.id),
        intake.record,
        HTTP_OK,
        content,
        child_id=intake.children[0].id,
        entry=0,
    )
    return Answer(document, content)


def accepted(intake: Intake, answer: Answer, committed: Committed) -> Accepted:
    """Return the answer to a message that has just been committed."""
    receipt = intake.office.receipt(intake.unit, committed, 0, Part.SENDER)
    return answer.accepted(committed.indices[0], receipt, is_repeat=False)


def message_id_of(inbound: Inbound, message: Message | None) -> str:
    """Return by which id a repeat is known: the message's own, or the one given beside it."""
    return inbound.message_id or "" if message is None else message.id


def again(known: StoredAnswer, record: str, office: Office) -> Accepted | Rejected:
    """Return the answer that the first message got; *record* is the SHA-256 of this one's bytes.

    Raises `ConflictError` where the first had another body.
    """
    if not compare_digest(known.body_sha256.hex(), record):
        message = "this message id was used for another body"
        raise ConflictError(message)
    receipt = office.details.receipt(known.leaf, Part.SENDER)
    if known.status != HTTP_OK:
        return Rejected(_findings(known.content), known.leaf, receipt, is_repeat=True)
    answer = Answer(_decode(known.content), known.content)
    return answer.accepted(known.leaf, receipt, is_repeat=True)


_NOBODY = (
    "no-recipient",
    "destination",
    "the sender must name at least one service as the destination",
)
_UNKNOWN = (
    "unknown-recipient",
    "destination",
    "the sender must name a service that is registered with this gateway",
)
_TOO_MANY = (
    "too-many-recipients",
    "destination",
    f"the sender must name at most {MAX_DESTINATIONS} services in one message",
)
_OTHER_EVENT = (
    "event-not-taken",
    "event",
    "the sender must send a new or an updated record: others are not taken yet",
)


_UNSUPPORTED = Finding(
    code="unsupported-media-type",
    severity=Severity.ERROR,
    where="Content-Type",
    message="the sender must declare the media type of a format that is taken here, in UTF-8",
)
_ONE_CHILD_TWICE = (
    "child-named-twice",
    "child",
    "the sender must send one record for each child, and no identifier for two of them",
)


def unsupported() -> Received:
    """Return what is received of a message in a format that nothing here reads: nothing."""
    return Received(Outcome.REJECT, (_UNSUPPORTED,))


def naming_a_child_twice(received: Received) -> Received:
    """Return *received*, rejected because two of its records are about one child."""
    return _rejected(received, _ONE_CHILD_TWICE)


def addressed(received: Received, office: Office) -> Received:
    """Return *received*, rejected where the gateway has nothing to do with it or for anybody.

    One unknown recipient among several is told to the sender; the others are served.
    """
    message = received.message
    if received.outcome is Outcome.REJECT or message is None:
        return received
    if message.event in _NOT_TAKEN:
        return _rejected(received, _OTHER_EVENT)
    if not message.destinations:
        return _rejected(received, _NOBODY)
    if len(message.destinations) > MAX_DESTINATIONS:
        return _rejected(received, _TOO_MANY)
    if not any(office.rulebook.registers.addressed(one) for one in message.destinations):
        return _rejected(received, _UNKNOWN)
    return received


def _rejected(received: Received, why: tuple[str, str, str]) -> Received:
    code, where, what = why
    finding = Finding(code=code, severity=Severity.ERROR, where=where, message=what)
    return Received(Outcome.REJECT, (*received.findings, finding))


def rejection(
    inbound: Inbound, sender: Service, received: Received, record: str, office: Office
) -> Unit:
    """Return the unit that records a rejected message: its hash, and what was wrong where.

    One that came in a big file is answered once: that file may be gone on with.
    """
    shared: entries.Fields = {
        "record_sha256": record,
        "findings": entries.found(received.findings),
        "sender": sender.id,
        **entries.part_of(inbound.part),
    }
    act = entries.act_of(inbound.caller, inbound.request_id, inbound.by)
    entry = entries.entry(
        EntryType.REJECTED,
        {
            Part.SENDER: shared | {"record_bytes": len(inbound.content)},
            Part.GATEWAY: act.fields() | shared,
        },
        office.ports.random,
        sender=sender.id,
    )
    unit = Unit(entries=[entry])
    if inbound.part is not None:
        key = office.filing.answer_key(sender.id, message_id_of(inbound, received.message))
        content = _encode(received.findings)
        office.filing.answer(
            unit, key, record, _HTTP_UNPROCESSABLE, content, child_id=None, entry=0
        )
    return unit


def rejected(received: Received, unit: Unit, committed: Committed, office: Office) -> Rejected:
    """Return the answer to a rejected message."""
    receipt = office.receipt(unit, committed, 0, Part.SENDER)
    return Rejected(received.findings, committed.indices[0], receipt)
