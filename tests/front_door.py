"""A front door for tests: the real application over an exchange that remembers what it was asked.

The exchange here is a small real one, not a mock: it takes every message, knows a repeat by its
message id or its bytes, and answers with constants, so that what a test sees is the door's work.
"""

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NoReturn

from fastapi import FastAPI
from oauth import ISSUER, ClientSystem, MemoryRegister, tokens_for
from starlette.testclient import TestClient

from adapters.contract import Destination, Finding, Severity
from audit.tiles import Bundle, Tile
from gateway.api.app import Parts, create_app
from gateway.attachments.listing import Listed
from gateway.errors import (
    UnknownAgreementError,
    UnknownChildError,
    UnknownDecisionError,
    UnknownNoticeError,
    UnknownTaskError,
)
from gateway.facts.desk import Errand, Result
from gateway.notices.acknowledging import Acknowledged
from gateway.notices.acknowledging import Answer as NoticeAnswer
from gateway.observability import Metrics
from gateway.office import Office
from gateway.ports import Ports
from gateway.requests import (
    Accepted,
    Ask,
    DestinationOutcome,
    Disclosed,
    Fate,
    Found,
    Inbound,
    Lookup,
    Rejected,
)
from gateway.searching.search import Answer, FoundEntry, Reader, Search
from gateway.settings import Settings

REQUEST_ID = "3f1e2d7c-9a60-4e0b-8a53-6c0f2b7f1a01"
CORRELATION_ID = "8c2b6a52-5c6e-4f7d-9b7b-0d6a4d1f2c02"
IDS = {"X-Request-Id": REQUEST_ID, "X-Correlation-Id": CORRELATION_ID}
FHIR = IDS | {"Content-Type": "application/fhir+json; version=1.2.0"}
MESSAGE = "/FHIR/R4/$process-message"
RECORDS = "/api/v1/records"
LOOKUP = "/api/v1/children/lookup"
DISCLOSURES = "/api/v1/children/c-17/disclosures"
ASK = {"purpose": "early-help"}
WHO = {"identifiers": [{"scheme": "nhs-number", "value": "9990000018"}], "bornOn": "2022-01-31"}

_READ = ("application/vnd.caf.early-help+json", "application/json")
_NOT_READ = Finding("unsupported-media-type", Severity.ERROR, "Content-Type", "declare another")
_SCHOOL = Destination("https://fhir.nhs.uk/Id/dos-service-id", "2000099999")


def accepted(inbound: Inbound, *, is_repeat: bool, receipt_bytes: int) -> Accepted:
    """Return the answer to *inbound*, the same for the same bytes."""
    digest = hashlib.sha256(inbound.content).hexdigest()
    fates = (
        DestinationOutcome(destination=_SCHOOL, service_id="school", child=0, fate=Fate.QUEUED),
        DestinationOutcome(
            destination=Destination("urn:x", "1"),
            service_id=None,
            child=0,
            fate=Fate.UNKNOWN_RECIPIENT,
        ),
    )
    return Accepted(
        message_id=digest[:16],
        children=("c-17",),
        outcomes=fates,
        findings=(),
        entry=7,
        receipt=(b"receipt of " + digest.encode()).ljust(receipt_bytes),
        answer=b'{"message":"%s"}' % digest[:16].encode(),
        is_repeat=is_repeat,
    )


@dataclass(slots=True)
class RememberingExchange:
    """Takes what comes, after *pause* seconds; *before* may raise; findings in *rejects* reject."""

    pause: float = 0.0
    receipt_bytes: int = 0
    before: Callable[[], None] = lambda: None
    rejects: tuple[Finding, ...] = ()
    received: list[Inbound] = field(default_factory=list)
    asked: list[Ask] = field(default_factory=list)
    looked_up: list[Lookup] = field(default_factory=list)

    async def _begin(self) -> None:
        await asyncio.sleep(self.pause)
        self.before()

    async def receive(self, inbound: Inbound) -> Accepted | Rejected:
        await self._begin()
        if inbound.media_type not in (inbound.door_takes or _READ):
            return Rejected((_NOT_READ,), 8, b"receipt of a rejection")
        is_repeat = any(
            (each.message_id, each.content) == (inbound.message_id, inbound.content)
            for each in self.received
        )
        self.received.append(inbound)
        if self.rejects:
            return Rejected(self.rejects, 8, b"receipt of a rejection")
        return accepted(inbound, is_repeat=is_repeat, receipt_bytes=self.receipt_bytes)

    async def disclose(self, ask: Ask) -> Disclosed:
        await self._begin()
        self.asked.append(ask)
        return Disclosed(b'{"released":[]}', "application/json", 9, b"receipt of an answer")

    async def lookup(self, lookup: Lookup) -> Found:
        await self._begin()
        self.looked_up.append(lookup)
        return Found("c-17" if lookup.born_on else None)


class SmallLog:
    """A log of five entries."""

    async def checkpoint(self, shard: int | None = None) -> bytes | None:
        if shard not in {None, 1}:
            return None
        return b"gateway.example/log\n5\nAAAA\n"

    async def tile(self, place: Tile | Bundle, shard: int | None = None) -> bytes | None:
        if shard not in {None, 1}:
            return None
        if place == Tile(0, 0, 5):
            return bytes(160)
        return b"\x00\x02ab" * 5 if place == Bundle(0, 5) else None


class NoAccounts:
    """There is no account of any record."""

    async def of_sender(self, _entry: int, _service_id: str) -> None:
        return None


AN_ATTACHMENT = Listed(
    id="a1",
    message="m1",
    where="Bundle.entry[3].resource",
    media_type="application/pdf",
    size=9,
    state="held",
    received_at=datetime(2026, 11, 20, 9, tzinfo=UTC),
    entry=7,
)


class SmallReceipts:
    """The receipts of a log in which entry 7 alone is the health visitors'."""

    async def receipt(self, entry: int, service_id: str) -> bytes | None:
        return b'{"v":1}' if (entry, service_id) == (7, "health-visiting") else None


class SmallAttachments:
    """One attachment, which the health visitors sent."""

    async def sent_by(self, service_id: str) -> tuple[Listed, ...]:
        return (AN_ATTACHMENT,) if service_id == "health-visiting" else ()


class NoTasks:
    """The tasks of people who have none."""

    async def _nothing(self, *_asked: object) -> tuple[()]:
        return ()

    async def _none_such(self, *_asked: object) -> NoReturn:
        raise UnknownTaskError

    worklist = reviews = misuse = _nothing
    shown = claim = hand_over = resolve = review = _none_such


class NoAgreements:
    """A desk without any agreement."""

    async def standing(self):
        return ()

    async def _unknown(self, *_asked):
        raise UnknownAgreementError

    find = sign = propose = approve = suspend = resume = register = _unknown


class NoDecisions:
    """A desk of a gateway that has decided nothing, and to which nobody proposed a law."""

    async def _unknown(self, *_asked):
        raise UnknownDecisionError

    explain = replay = rehearse = propose = approve = _unknown


class NoConsents:
    """A desk that knows no child."""

    async def _unknown(self, *_asked):
        raise UnknownChildError

    record = withdraw = preview = show = write = take_in = _unknown


@dataclass(slots=True)
class NoNotices:
    """A desk that gave no notice to anybody, and remembers who answered one."""

    answered: list[NoticeAnswer] = field(default_factory=list)

    async def acknowledge(self, answer: NoticeAnswer) -> Acknowledged:
        self.answered.append(answer)
        raise UnknownNoticeError


class NoChildren:
    """A desk that knows no child, and nobody."""

    async def run(self, errand: Errand, act: Callable[[Office], Result], /) -> Result:
        del errand, act
        raise UnknownChildError


@dataclass(slots=True)
class RememberingDesk:
    """A desk at which nothing is found; each organisation runs one service, of its own name."""

    searched: list[Search] = field(default_factory=list)
    read: list[tuple[int, Reader]] = field(default_factory=list)

    async def search(self, wanted: Search) -> Answer:
        self.searched.append(wanted)
        return Answer(entries=(), total=0, size=5, complete=False, checked=None, discrepancies=())

    async def entry(self, index: int, reader: Reader) -> FoundEntry | None:
        self.read.append((index, reader))
        return None

    def services_of(self, organisation: str) -> frozenset[str]:
        return frozenset({organisation})


@dataclass(slots=True)
class FrontDoor:
    """The application, a client's system that is registered with it, and what stands behind."""

    app: FastAPI
    http: TestClient
    exchange: RememberingExchange
    desk: RememberingDesk
    system: ClientSystem
    register: MemoryRegister
    failing: list[str]

    def token(self, *scopes: str) -> str:
        """Return a token from the token endpoint, for *scopes* or all."""
        form = self.system.form(**({"scope": " ".join(scopes)} if scopes else {}))
        answer = self.http.post("/oauth2/token", data=form)
        assert answer.status_code == 200, answer.text
        token: str = answer.json()["access_token"]
        return token

    def authorised(self, *scopes: str, **headers: str) -> dict[str, str]:
        """Return headers with a token."""
        return {"Authorization": f"Bearer {self.token(*scopes)}"} | headers


def front_door(settings: Settings) -> FrontDoor:
    """Return a front door with one registered client."""
    system, register = ClientSystem(), MemoryRegister()
    register.add(system.registered())
    exchange, desk, failing = RememberingExchange(), RememberingDesk(), list[str]()

    async def readiness() -> tuple[str, ...]:
        return tuple(failing)

    parts = Parts(
        exchange=exchange,
        tokens=tokens_for(register, system.clock.now, ISSUER),
        log=SmallLog(),
        audit=desk,
        receipts=SmallReceipts(),
        fidelity=NoAccounts(),
        notices=NoNotices(),
        attachments=SmallAttachments(),
        consents=NoConsents(),
        facts=NoChildren(),
        agreements=NoAgreements(),
        policies=NoDecisions(),
        tasks=NoTasks(),
        readiness=readiness,
        settings=settings,
        metrics=Metrics(),
        ports=Ports(now=system.clock.now),
        formats=("application/fhir+json",),
    )
    app = create_app(parts)
    http = TestClient(app, base_url=ISSUER, raise_server_exceptions=True)
    return FrontDoor(app, http, exchange, desk, system, register, failing)
