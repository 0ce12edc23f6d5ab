"""What the doors ask of the exchange, and what it answers.

HTTP, the command line and the demonstration all speak to `gateway.exchange` in these values.
"""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final

from msgspec import Struct

from adapters.contract import Destination, Finding, Piece

MAX_DESTINATIONS: Final = 50
"""How many services one message may be addressed to."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, as proved by the credential: a client of one service, with its scopes.

    *assertion* is the SHA-256 of what the client signed to prove it, in hexadecimal.
    """

    client_id: str
    service_id: str
    scopes: frozenset[str] = frozenset()
    assertion: str = ""


@dataclass(frozen=True, slots=True)
class PartOfFile:
    """Where a record stood in a big file: the *sha256* of that (hexadecimal), and its *piece*."""

    sha256: str
    piece: Piece


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbound:
    """A payload at the door, with what came beside it.

    *destinations*, *use_case* and *message_id* are for formats that do not carry their own.
    *door_takes* are the only media types that its door takes; where there are none, all that an
    adapter reads. A *media_type* that is empty is one that nobody reads. *part* is there for a
    record that was cut out of a big file, which *by*, a person, had imported.
    """

    caller: Caller
    content: bytes
    media_type: str
    request_id: str
    correlation_id: str = ""
    destinations: tuple[Destination, ...] = ()
    use_case: str | None = None
    message_id: str | None = None
    door_takes: tuple[str, ...] = ()
    part: PartOfFile | None = None
    by: str = ""


class Fate(StrEnum):
    """What becomes of a message for one destination, as its sender (the holder) sees it."""

    QUEUED = "queued"
    QUEUED_IN_PART = "queued-in-part"
    """Some of it is on its way; about more of it a person is asked."""
    NOTHING_RELEASED = "nothing-released"
    WITH_A_PERSON = "with-a-person"
    UNKNOWN_RECIPIENT = "unknown-recipient"


class ElementOutcome(Struct, frozen=True, cache_hash=True):
    """What one recipient gets of one element: *outcome* is sent, reduced, withheld or referred.

    *rules* are the ids of the rules that decided; *sentence* says it in plain English.
    """

    element: str
    title: str
    outcome: str
    rules: tuple[str, ...]
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DestinationOutcome:
    """What became of a message for one destination and one child (numbered as in the message)."""

    destination: Destination
    service_id: str | None
    child: int
    fate: Fate
    elements: tuple[ElementOutcome, ...] = ()
    obligations: tuple[str, ...] = ()
    message_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The answer to a message that was taken: durable, logged, with its receipt.

    *children* are the ids of the children that it concerns, in the order of the message;
    *answer* is the JSON document that a repeat gets again, byte for byte.
    """

    message_id: str
    children: tuple[str, ...]
    outcomes: tuple[DestinationOutcome, ...]
    findings: tuple[Finding, ...]
    entry: int
    receipt: bytes
    answer: bytes
    is_repeat: bool = False


@dataclass(frozen=True, slots=True)
class Rejected:
    """The answer to a message that was not taken: nothing is kept but an entry by hash."""

    findings: tuple[Finding, ...]
    entry: int
    receipt: bytes
    is_repeat: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A synchronous request for what may be seen of a child.

    *practitioner* is the id of the person at the caller's service for whom it asks.
    """

    caller: Caller
    child_id: str
    purpose: str
    accept: str
    request_id: str
    practitioner: str | None = None
    justification: str | None = None
    break_glass: bool = False


@dataclass(frozen=True, slots=True)
class Disclosed:
    """The answer to an `Ask`: a document (with nothing in it where nothing is released)."""

    content: bytes
    media_type: str
    entry: int
    receipt: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup:
    """A search for one child by exact identifiers; *identifiers* are (scheme, value)."""

    caller: Caller
    identifiers: tuple[tuple[str, str], ...] = field(default=())
    born_on: date | None = None
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """The answer to a `Lookup`: the child's id, or None with the same shape and meaning to all."""

    child_id: str | None
