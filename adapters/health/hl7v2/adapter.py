"""The adapter of HL7 version 2: referrals and patients' demographics in, referrals out.

REF^I12, I13, I14 and ADT^A28, A31 are read in the forms that the UK's systems send, alone or in a
batch; REF^I12 of version 2.4 is written. Framing is the transport's, and so is sending the answer
(`adapters.health.hl7v2.acknowledge`).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from adapters.contract import (
    Envelope,
    Finding,
    Message,
    Outcome,
    Payload,
    Received,
    Severity,
    outcome_of,
)
from adapters.errors import AdapterError, InvalidRecordError
from adapters.health.hl7v2.reading import MessageRead, organisation, read_message
from adapters.health.hl7v2.transmission import Transmission, open_payload
from adapters.health.hl7v2.writing import write_referral
from mappings.caf.view import View

MEDIA_TYPE: Final = "application/vnd.caf-gateway.hl7v2"
PUBLISHED: Final = ("x-application/hl7-v2+er7", "text/hl7v2")
_MOST_FINDINGS: Final = 1_000


@dataclass(frozen=True, slots=True)
class HL7v2Adapter:
    """Reads and writes messages of HL7 version 2."""

    name: str = "hl7v2"
    media_types: tuple[str, ...] = (MEDIA_TYPE, *PUBLISHED)
    carries_marks: bool = False

    def read(self, payload: bytes, envelope: Envelope) -> Received:
        r"""Return what the message, or each of a batch, says: rejected with its place.

        A batch is accepted or rejected as a whole.

        >>> from datetime import UTC, datetime
        >>> envelope = Envelope(media_type=MEDIA_TYPE, at=datetime(2026, 1, 5, tzinfo=UTC))
        >>> payload = b"MSH|^~\\&|A|B|C|D|202601050900||ADT^A40|7|P|2.4\rPID|1\r"
        >>> finding, = HL7v2Adapter().read(payload, envelope).findings
        >>> finding.code, finding.where
        ('unsupported-message', 'MSH-9')
        """
        try:
            found = open_payload(payload)
            messages = list(_messages(found, envelope))
            event = messages[0].event
            if any(one.event is not event for one in messages):
                message = "the sender has to send messages of one event in a batch"
                raise InvalidRecordError(message, "mixed-batch", where="BHS")
        except AdapterError as error:
            finding = Finding(error.code, Severity.ERROR, error.where, str(error))
            return Received(Outcome.REJECT, (finding,))
        findings = [*found.findings, *(one for read in messages for one in read.findings)]
        return Received(
            outcome_of(findings),
            tuple(findings[:_MOST_FINDINGS]),
            _message(found, messages, envelope),
            tuple(one.reading for one in messages),
        )

    def write(self, view: View, envelope: Envelope) -> Payload:
        """Return *view* as a referral, REF^I12 of version 2.4, in UTF-8."""
        return Payload(write_referral(view, envelope).encode(), MEDIA_TYPE)


def _messages(found: Transmission, envelope: Envelope) -> Iterable[MessageRead]:
    is_one = len(found.messages) == 1
    for number, lines in enumerate(found.messages, start=1):
        at = "" if is_one else f"message[{number}]/"
        yield read_message(lines, found.charset, envelope.record, at)


def _message(found: Transmission, messages: list[MessageRead], envelope: Envelope) -> Message:
    """Return what the messages say of themselves: the first of them, of a batch its own id."""
    first = messages[0]
    is_one = len(messages) == 1
    destinations = dict.fromkeys(to for one in messages for to in one.destinations)
    number = first.header.id if is_one else found.batch
    return Message(
        id=number or envelope.message_id or envelope.record,
        event=first.event,
        sent_at=first.header.sent_at,
        sender=organisation(first.header.sender),
        destinations=tuple(destinations) or envelope.destinations,
        use_case=envelope.use_case,
        practitioner=first.practitioner if is_one else None,
    )
