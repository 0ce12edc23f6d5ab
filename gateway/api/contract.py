"""What the front door needs behind it."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Protocol

from adapters.contract import ReceivedConsent
from audit.tiles import Bundle, Tile
from gateway.activation import Proposed as ProposedLaw
from gateway.agreements.activating import Proposed
from gateway.agreements.standing import Standing
from gateway.attachments.listing import Listed
from gateway.consenting.desk import Visitor
from gateway.consenting.documents import Taken
from gateway.consenting.preview import Preview, Proposal
from gateway.consenting.recording import Recorded, Withdrawn
from gateway.consenting.statements import Said
from gateway.facts.desk import Errand, Result
from gateway.fidelity import Account
from gateway.notices.acknowledging import Acknowledged, Answer
from gateway.obligations.reviewing import Misused, Outcome, Review
from gateway.office import Office
from gateway.people import Officer
from gateway.registers import Agreement, Policy, Signature
from gateway.replaying.rehearsal import Rehearsal
from gateway.replaying.replay import Replayed
from gateway.requests import Accepted, Ask, Disclosed, Found, Inbound, Lookup, Rejected
from gateway.searching.search import Answer as SearchAnswer
from gateway.searching.search import FoundEntry, Reader, Search
from gateway.worklists.accounts import Matter, Resolution
from gateway.worklists.answering import Answered
from gateway.worklists.decisions import Chosen
from gateway.worklists.desk import Handler
from mappings.caf.consents import ConsentDocument
from policies.agreements import Agreement as Content
from policies.explain import Explained
from policies.explain import Reader as TextReader


class Exchange(Protocol):
    """What receives, discloses and looks up; each answer is committed before it is given."""

    async def receive(self, inbound: Inbound) -> Accepted | Rejected:
        """Take a message, or reject it with located reasons."""
        ...

    async def disclose(self, ask: Ask) -> Disclosed:
        """Answer what the caller may see of a child."""
        ...

    async def lookup(self, lookup: Lookup) -> Found:
        """Answer which child of the gateway has these identifiers, if the caller may know."""
        ...


class AttachmentDesk(Protocol):
    """What tells services what became of the documents that they sent."""

    async def sent_by(self, service_id: str, /) -> tuple[Listed, ...]:
        """Return the attachments that a service sent, oldest first."""
        ...


class LogReader(Protocol):
    """What shows the log to those who verify it: the shard of a number, or the one that is open."""

    async def checkpoint(self, shard: int | None = None, /) -> bytes | None:
        """Return the newest signed checkpoint (C2SP tlog-checkpoint), None without such a shard."""
        ...

    async def tile(self, place: Tile | Bundle, shard: int | None = None, /) -> bytes | None:
        """Return the hashes or the entries at *place*, or None beyond the end of the log."""
        ...


class ReceiptReader(Protocol):
    """What makes receipts again for the services that they are for."""

    async def receipt(self, entry: int, service_id: str) -> bytes | None:
        """Return the receipt of *entry* for this service, or None where there is none for it."""
        ...


class FidelityReader(Protocol):
    """What tells a sender what became of each leaf of its records."""

    async def of_sender(self, entry: int, service_id: str) -> Account | None:
        """Return the account of the record that *entry* imported, if this service sent it."""
        ...


class AuditDesk(Protocol):
    """What searches the log for those who may read all of it; each search is recorded."""

    async def search(self, wanted: Search) -> SearchAnswer:
        """Answer a search."""
        ...

    async def entry(self, index: int, reader: Reader) -> FoundEntry | None:
        """Return one entry, or None where there is none."""
        ...

    def services_of(self, organisation: str) -> frozenset[str]:
        """Return the services that an organisation runs."""
        ...


class NoticeDesk(Protocol):
    """What takes the answers of services to notices; each is recorded."""

    async def acknowledge(self, answer: Answer) -> Acknowledged:
        """Record an answer, once."""
        ...


class FactsDesk(Protocol):
    """What has people's records about children, and about one another, made and shown."""

    async def run(self, errand: Errand, act: Callable[[Office], Result], /) -> Result:
        """Do what somebody comes for, where they may."""
        ...


class AgreementDesk(Protocol):
    """What works with the register of agreements; each change is recorded."""

    async def standing(self) -> tuple[Standing, ...]:
        """Return how all versions stand today."""
        ...

    async def find(self, name: str) -> Agreement:
        """Return one version."""
        ...

    async def register(
        self, content: Content, signatures: tuple[Signature, ...], officer: Officer
    ) -> Agreement:
        """Record a version, and the signatures that there are."""
        ...

    async def sign(
        self, name: str, signatures: tuple[Signature, ...], officer: Officer
    ) -> Agreement:
        """Record more signatures on a version."""
        ...

    async def propose(self, name: str, officer: Officer) -> Proposed:
        """Propose to activate a version."""
        ...

    async def approve(self, name: str, digest: str, officer: Officer) -> Agreement:
        """Approve what was proposed, and activate the version."""
        ...

    async def suspend(self, name: str, reason: str, officer: Officer) -> Agreement:
        """Suspend an active version."""
        ...

    async def resume(self, name: str, reason: str, officer: Officer) -> Agreement:
        """Resume a suspended version."""
        ...


class PolicyDesk(Protocol):
    """What explains and replays decisions, and brings law into force, for officers."""

    async def explain(
        self, index: int, reader: TextReader, changes: Mapping[str, object], looker: Reader, /
    ) -> tuple[Explained, ...]:
        """Return what a reader is told of the decisions of an entry, once that is recorded."""
        ...

    async def replay(self, index: int, looker: Reader, /) -> Replayed:
        """Return what comes of deciding again what an entry records, once that is recorded."""
        ...

    async def rehearse(
        self, files: Mapping[str, str], since: datetime, officer: Officer, /
    ) -> Rehearsal:
        """Return what would become of the decisions since a time, under a bundle of law."""
        ...

    async def propose(self, files: Mapping[str, str], officer: Officer, /) -> ProposedLaw:
        """Propose a bundle of law; return what it changes."""
        ...

    async def approve(self, digest: str, officer: Officer, /) -> Policy:
        """Bring a bundle of law into force that another officer proposed."""
        ...


class TaskDesk(Protocol):
    """What handles tasks for the people of the calling services."""

    async def worklist(self, handler: Handler) -> tuple[Matter, ...]:
        """Return the open tasks of a person."""
        ...

    async def shown(self, handler: Handler, task: str) -> Matter:
        """Return one task of a person."""
        ...

    async def claim(self, handler: Handler, task: str, reason: str) -> int:
        """Have a person take a task on."""
        ...

    async def hand_over(self, handler: Handler, task: str, to: str, reason: str) -> int:
        """Hand a person's task over to another person or office."""
        ...

    async def resolve(
        self,
        handler: Handler,
        task: str,
        answers: tuple[Answered, ...],
        reason: str,
        chosen: Chosen | None = None,
    ) -> Resolution:
        """Record what answers a task, decide again, and close it."""
        ...

    async def withdraw(self, handler: Handler, task: str, reason: str) -> int:
        """Withdraw what was decided of a task."""
        ...

    async def reviews(self, handler: Handler) -> tuple[Review, ...]:
        """Return the broken glasses that wait for a person's review."""
        ...

    async def misuse(self, handler: Handler) -> tuple[Misused, ...]:
        """Return how often each person broke the glass, and misused it."""
        ...

    async def review(self, handler: Handler, task: str, outcome: Outcome, reason: str) -> int:
        """Record what a person found of a broken glass."""


class ConsentDesk(Protocol):
    """What records, withdraws, shows and previews consent, for services that work with a child."""

    async def record(self, child_id: str, said: Said, visitor: Visitor) -> Recorded:
        """Record what a grantor said."""

    async def withdraw(
        self, child_id: str, grantor: str, service: str | None, visitor: Visitor
    ) -> Withdrawn:
        """Record a withdrawal, and answer what was on its way by then."""

    async def preview(self, child_id: str, proposal: Proposal, visitor: Visitor) -> Preview:
        """Answer who would see what, if a family said what is proposed."""

    async def show(self, child_id: str, visitor: Visitor) -> tuple[ConsentDocument, ...]:
        """Answer what the caller's service may see of what each grantor said."""

    async def write(self, child_id: str, media_type: str, visitor: Visitor) -> tuple[bytes, ...]:
        """Answer the same as documents of a format."""

    async def take_in(
        self, payload: bytes, media_type: str, visitor: Visitor
    ) -> tuple[ReceivedConsent, Taken | None]:
        """Record the statement of a document, or give back why it is none."""
        ...


Readiness = Callable[[], Awaitable[tuple[str, ...]]]
"""Names what keeps the gateway from being ready; empty where nothing does."""
