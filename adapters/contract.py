"""What an adapter is, and all that the gateway sees of one.

    read:  bytes + envelope -> Received   (outcome, findings, message, one CAF per child)
    write: view  + envelope -> Payload    (bytes, media type)

An adapter translates. It is handed no store, no log, no policy and no network, so that it can
neither decide, record, keep nor send (design, invariant 8).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import BinaryIO, Protocol, runtime_checkable

from mappings.caf.assessment import Assessment, Child
from mappings.caf.consents import ConsentDocument
from mappings.caf.view import View
from mappings.fidelity import Ledger


class Outcome(StrEnum):
    """What became of an inbound payload: see `outcome_of`."""

    ACCEPT = "accept"
    ACCEPT_WITH_FINDINGS = "accept-with-findings"
    REJECT = "reject"


class Severity(StrEnum):
    """How much a finding weighs: an error rejects, a warning and information do not."""

    ERROR = "error"
    WARNING = "warning"
    INFORMATION = "information"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found in a payload.

    *code* is a stable, hyphenated name; *where* is a JSON pointer, a FHIRPath or `line:column`;
    *message* says who must do what. None of them ever repeats what the payload holds.
    """

    code: str
    severity: Severity
    where: str
    message: str


def outcome_of(findings: Iterable[Finding]) -> Outcome:
    """Return what becomes of a payload of which this was found: one rule for every way in.

    >>> outcome_of([Finding("no-time", Severity.WARNING, "/CTfile", "the sender has to say when")])
    <Outcome.ACCEPT_WITH_FINDINGS: 'accept-with-findings'>
    >>> outcome_of([Finding("not-xml", Severity.ERROR, "1:1", "the sender has to send XML")])
    <Outcome.REJECT: 'reject'>
    """
    weights = {finding.severity for finding in findings}
    if Severity.ERROR in weights:
        return Outcome.REJECT
    return Outcome.ACCEPT_WITH_FINDINGS if Severity.WARNING in weights else Outcome.ACCEPT


class Event(StrEnum):
    """What a message asks for."""

    NEW = "new"
    UPDATE = "update"
    CANCEL = "cancel"
    RESPONSE = "response"
    RECORD = "record"


class SharingBasis(StrEnum):
    """On what the sender's practitioner says that the message rests."""

    CONSENT = "consent"
    DUTY_TO_SHARE = "duty-to-share"


class Answer(StrEnum):
    """What a service answers to a referral (our code system `referral-answer`)."""

    ACCEPTED = "accepted"
    MORE_INFORMATION = "more-information"
    CONSENT_REFUSED = "consent-refused"
    STEPPED_UP = "stepped-up"
    STEPPED_DOWN = "stepped-down"
    CLOSED = "closed"


class Extent(StrEnum):
    """How much a response says: all, the short form of it, or what is known in between."""

    FULL = "full"
    SHORT = "short"
    INTERIM = "interim"


class Ending(StrEnum):
    """Why a referral is cancelled: it is withdrawn, or it should never have been made."""

    WITHDRAWN = "withdrawn"
    ENTERED_IN_ERROR = "entered-in-error"


@dataclass(frozen=True, slots=True)
class Destination:
    """One service that the message is addressed to, by identifier: *system* is a URI."""

    system: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What a message says of itself.

    *id* is the sender's message id, the same for each retry; *use_case* a code of our use-case
    code system; *concern* a code of `concern-threshold`; *practitioner* whom the message names
    as author or requester (never believed for policy, only recorded); *referral* the id of the
    message that made the referral which this one is about.

    A response says to which message (*in_response_to*), how much (*extent*), and with an *answer*
    and a *note* in words what, where it uses our codes; a cancellation has an *ending*.

    A document that was itself a view says for which *purpose*, and by what its recipient is bound:
    *marks*, from when it must be destroyed, until when it may be used.
    """

    id: str
    event: Event = Event.RECORD
    sent_at: datetime | None = None
    sender: Destination | None = None
    destinations: tuple[Destination, ...] = ()
    use_case: str | None = None
    concern: str | None = None
    basis: SharingBasis | None = None
    practitioner: str | None = None
    referral: str | None = None
    in_response_to: str | None = None
    answer: Answer | None = None
    note: str | None = None
    extent: Extent | None = None
    ending: Ending | None = None
    purpose: str | None = None
    marks: tuple[str, ...] = ()
    expires_on: date | None = None
    usable_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Attachment:
    """A document that a record brings along, byte for byte: a scan, a letter, a CDA document.

    *media_type* is what its sender calls it, *where* its place in the record. What it says is in
    no assessment, so that no policy has decided about it: it is never shareable as it stands.
    """

    content: bytes
    media_type: str
    where: str
    title: str | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """One child's CAF as read, with the account of every leaf of the source.

    *account* is that ledger, or what writes it: an exchange need not wait for it, since it can be
    written at any time from the same bytes. *sender_child_id* is the sender's own id for the
    child, if the record has one; *attachments* are documents about the child, which nobody reads.
    """

    assessment: Assessment
    account: Ledger | Callable[[], Ledger]
    sender_child_id: str | None = None
    attachments: tuple[Attachment, ...] = ()

    @property
    def ledger(self) -> Ledger:
        """The fate of every leaf of the source."""
        return self.account if isinstance(self.account, Ledger) else self.account()


@dataclass(frozen=True, slots=True)
class Received:
    """What an adapter made of a payload: rejected payloads have findings and nothing else."""

    outcome: Outcome
    findings: tuple[Finding, ...] = ()
    message: Message | None = None
    readings: tuple[Reading, ...] = ()


def judged(received: Received) -> Received:
    """Return *received* as every way in takes it: an error rejects, whatever an adapter says.

    >>> error = Finding("not-xml", Severity.ERROR, "1:1", "the sender has to send XML")
    >>> judged(Received(Outcome.ACCEPT, (error,), Message(id="m1"))).message is None
    True
    """
    outcome = outcome_of(received.findings)
    if Outcome.REJECT in {outcome, received.outcome}:
        return Received(Outcome.REJECT, received.findings)
    return replace(received, outcome=outcome)


@dataclass(frozen=True, slots=True)
class Portion:
    """A part of a big file: the *message* that begins it or a child's *reading*, with findings."""

    findings: tuple[Finding, ...] = ()
    reading: Reading | None = None
    message: Message | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One child's record in a big file: *content*, its bytes as they stand there from *offset* on.

    *line* is in which line that is, counted from 1. *head* and *tail*, put around it, make a file
    of the format with this child alone: the file's beginning, and the ends of what is open then.
    Where what is said of a child stands in several places, there is no one *offset*, nor *line*.
    """

    content: bytes
    offset: int | None = None
    line: int | None = None
    head: bytes = b""
    tail: bytes = b""

    @property
    def whole(self) -> bytes:
        """A file of the format that holds this child alone."""
        return b"".join((self.head, self.content, self.tail))


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What is known of a payload besides its bytes.

    Inbound: the declared *media_type*, when it arrived, the id of the *sender* service, a digest
    (hex) of the bytes as *record*, keyed by the gateway, from which ids are drawn; for formats
    that carry none, *destinations* and *use_case* given beside the payload. Outbound: who sends
    to whom, when, under which id.
    """

    media_type: str
    at: datetime
    record: str = ""
    sender: str = ""
    recipient: str = ""
    message_id: str = ""
    destinations: tuple[Destination, ...] = ()
    use_case: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Payload:
    """A document of an agency's own format, as bytes on the wire."""

    content: bytes
    media_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer to the message *in_response_to*, about *child* as far as that may be told."""

    in_response_to: str
    answer: Answer
    note: str = ""
    extent: Extent = Extent.SHORT
    child: Child = field(default_factory=Child)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancellation:
    """The end of a *referral*, named by the message that made it; *child* is as in `Reply`."""

    referral: str
    ending: Ending = Ending.WITHDRAWN
    child: Child = field(default_factory=Child)


@dataclass(frozen=True, slots=True)
class ReceivedConsent:
    """What was made of a consent statement in a format: a rejected one has findings alone."""

    outcome: Outcome
    findings: tuple[Finding, ...] = ()
    document: ConsentDocument | None = None


@runtime_checkable
class ConsentFormat(Protocol):
    """An adapter that reads and writes consent statements as documents of their own, too."""

    def read_consent(self, payload: bytes, media_type: str) -> ReceivedConsent:
        """Return what *payload* says; what is no statement is rejected, with located findings."""
        ...

    def write_consent(self, document: ConsentDocument, types: frozenset[str]) -> Payload:
        """Return *document* in this format; *types* are the names that types of service have."""
        ...


@runtime_checkable
class ReplyFormat(Protocol):
    """An adapter that writes what follows a referral, too."""

    def write_reply(self, reply: Reply, envelope: Envelope) -> Payload:
        """Return *reply* from the envelope's sender to its destination."""
        ...

    def write_cancellation(self, cancellation: Cancellation, envelope: Envelope) -> Payload:
        """Return *cancellation* from the envelope's sender to its destination."""
        ...


class Adapter(Protocol):
    """One agency format: its *name*, the *media_types* it reads, and the two directions.

    `read` never raises for what a payload holds: it rejects, with located findings. `write`
    raises `adapters.errors.UnsupportedFormatError` where the format is only read. *carries_marks*
    says whether a document of this format tells its recipient all that binds it (`View.is_bound`):
    where it cannot, nothing that is bound is released in it.
    """

    name: str
    media_types: tuple[str, ...]
    carries_marks: bool

    def read(self, payload: bytes, envelope: Envelope) -> Received:
        """Return what *payload* says, with findings."""
        ...

    def write(self, view: View, envelope: Envelope) -> Payload:
        """Return *view* in this format: all of it that the format can carry, and no more."""
        ...


class StreamingAdapter(Adapter, Protocol):
    """An adapter of files that are too big to be held at once."""

    def stream(self, file: BinaryIO, envelope: Envelope) -> Iterator[Portion]:
        """Yield what *file*, which can be read twice, holds: the message first, then each child.

        Raises `adapters.errors.AdapterError` where the file is not of the format, or stops being
        it; the children before that stand by themselves.
        """
        ...


@runtime_checkable
class BulkAdapter(StreamingAdapter, Protocol):
    """A streaming adapter whose files are also imported: each child's own bytes are the record."""

    def pieces(self, file: BinaryIO) -> Iterator[Piece]:
        """Yield the bytes of each child whom `stream` reads, in the same order.

        Raises `adapters.errors.AdapterError` where the file stops being of the format.
        """
        ...
