"""The story: a referral arrives, is shared as far as it may be, and can be proved.

Everything happens through the gateway's own parts on real input; nothing here is a stand-in.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from importlib.resources import as_file, files
from pathlib import Path
from time import monotonic
from typing import Final, cast

import msgspec
from msgspec import Struct

from adapters.contract import Envelope
from audit.receipts import check_receipt
from gateway import register_file, settings
from gateway.agreements.register import AgreementRegister
from gateway.agreements.signing import read_signatures
from gateway.composition import DELIVERIES, Gateway, open_gateway
from gateway.consenting.filing import take_back
from gateway.demo import proof
from gateway.demo.proof import Erasure, LogState, Tampering, Witnessed
from gateway.errors import GatewayError
from gateway.ports import Ports
from gateway.registers import OPERATOR, Agreement, Document, Service
from gateway.requests import (
    Accepted,
    Ask,
    Caller,
    DestinationOutcome,
    Disclosed,
    Inbound,
)
from gateway.security.keys import Keys
from gateway.worklists.answering import Answered
from gateway.worklists.handling import resolve
from mappings.caf.assessment import Assessment
from mappings.caf.items import Statement
from mappings.caf.view import View, items_of
from mappings.fidelity import Fate
from policies.agreements import read

BEGINS: Final = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
"""The story's clock starts here, so that it reads the same in every year."""

HEALTH_VISITING: Final = Caller("health-visiting-system", "2000099901")
SCHOOL: Final = Caller("school-nursery-system", "2000099903")
EARLY_HELP_JSON: Final = "application/vnd.caf-gateway.early-help+json"
_FILE: Final = "gateway.db"
_INPUT: Final = "health-visitor-to-early-help.json"
_COUNCIL: Final = "2000099902"
_COORDINATOR: Final = "training-coordinator"
_AGREEMENT: Final = "little-marsh-early-help"
_OFFICERS: Final = ("ig-officer-council", "ig-officer-trust")
_FATHER: Final = "environment.family_history"


class Arrival(Struct, frozen=True):
    """A message as it arrived: by whom, of what size, and what the mapping made of it."""

    file: str
    sender: str
    bytes: int
    sha256: str
    items: int
    fidelity: dict[str, int]
    entry: int


class Activated(Struct, frozen=True):
    """The sharing agreement: who signed it, and which two officers activated it."""

    agreement: str
    signed_for: tuple[str, ...]
    approved_by: tuple[str, ...]


class Delivery(Struct, frozen=True):
    """One document in a recipient's folder, and whether its receipt proves it offline."""

    service: str
    file: str
    bytes: int
    entry: int
    receipt_holds: bool


class Reduction(Struct, frozen=True):
    """What was said of another person, and what the council was given of it."""

    element: str
    said: str
    given: str


class Question(Struct, frozen=True):
    """A question that waited for a person, and what its answer released."""

    task: str
    owner: str
    asked: str
    recipient: str
    due_in_hours: int
    answered: str
    released_to: str
    entry: int


class Withdrawal(Struct, frozen=True):
    """The school asks before and after the mother withdraws: how many items it gets."""

    by: str
    items_before: int
    items_after: int
    same_sentence: bool
    entry: int


class RoundTrip(Struct, frozen=True):
    """The council's document, read back and written again."""

    same_content: bool
    same_bytes: bool


class Story(Struct, frozen=True):
    """All that happened."""

    home: str
    services: dict[str, str]
    agreement: Activated
    arrival: Arrival
    outcomes: tuple[DestinationOutcome, ...]
    deliveries: tuple[Delivery, ...]
    reduction: Reduction
    question: Question
    withdrawal: Withdrawal
    log: LogState
    tampering: Tampering
    witness: Witnessed
    round_trip: RoundTrip
    erasure: Erasure
    seconds: float


def tell(home: Path) -> Story:
    """Make the story happen in the folder *home*, which must be new or empty; return it."""
    began = monotonic()
    with _gateway(home) as gateway:
        content = files("adapters.health.examples").joinpath(_INPUT).read_bytes()
        accepted = _receive(gateway, content)
        gateway.dispatcher().run_once()
        child = accepted.children[0]
        question = _answer_question(gateway)
        gateway.dispatcher().run_once()
        withdrawal = _withdraw(gateway, child)
        return Story(
            home=str(home),
            services={
                one.id: one.name for one in gateway.office.rulebook.registers.services.values()
            },
            agreement=_activated(gateway),
            arrival=_arrival(gateway, content, accepted),
            outcomes=accepted.outcomes,
            deliveries=tuple(_deliveries(gateway)),
            reduction=_reduction(gateway, child),
            question=question,
            withdrawal=withdrawal,
            log=proof.log_state(gateway),
            tampering=proof.tamper(gateway, home / _FILE),
            witness=proof.have_witnessed(gateway, home / "witness"),
            round_trip=_round_trip(gateway),
            erasure=proof.erase(gateway, child, accepted),
            seconds=round(monotonic() - began, 2),
        )


def documents() -> tuple[Document, ...]:
    """Return the registers of the fictional partnership."""
    with as_file(files("gateway.demo") / "partnership.yaml") as shipped:
        return register_file.read(shipped)


def clock(begins: datetime = BEGINS) -> Callable[[], datetime]:
    """Return a clock that starts at *begins* and goes on as time does."""
    started = monotonic()
    return lambda: begins + timedelta(seconds=monotonic() - started)


@contextmanager
def _gateway(home: Path) -> Iterator[Gateway]:
    """Open a gateway with new keys, the sample agreement, and the partnership's registers."""
    settings.make(home)
    Keys.make(home / settings.KEYS)
    embedded = {"database_url": f"sqlite:///{home / _FILE}"}  # whatever the environment says
    wanted = settings.load(home).model_copy(update=embedded)
    with open_gateway(wanted, Ports(now=clock())) as gateway:
        gateway.recorder.documents(documents())
        _activate(gateway)
        yield gateway


def _activate(gateway: Gateway) -> Agreement:
    """Register the sample agreement, which its parties have signed, and have it activated."""
    with as_file(files("policies") / "agreements" / _AGREEMENT) as folder:
        content = read(folder / "1.yaml")
        signed = read_signatures(folder / "1.yaml", content)
    document = AgreementRegister(gateway.office, OPERATOR).register(content, signed)
    first, second = _OFFICERS
    proposed = gateway.activation().propose(document.id, first)
    return gateway.activation().approve(document.id, second, proposed.difference.digest)


def _activated(gateway: Gateway) -> Activated:
    (document,) = gateway.office.rulebook.registers.agreements.values()
    signed_for = tuple(one.party for one in document.signatures)
    return Activated(document.id, signed_for, document.approved_by)


def _receive(gateway: Gateway, content: bytes) -> Accepted:
    inbound = Inbound(
        caller=HEALTH_VISITING,
        content=content,
        media_type="application/fhir+json",
        request_id="demo-1",
    )
    received = asyncio.run(gateway.exchange.receive(inbound))
    if not isinstance(received, Accepted):
        message = "the demonstration's own message was rejected"
        raise GatewayError(message)
    return received


def _arrival(gateway: Gateway, content: bytes, accepted: Accepted) -> Arrival:
    adapter = gateway.exchange.adapters.named("bars")
    envelope = Envelope(media_type="application/fhir+json", at=BEGINS, record="0" * 64)
    reading = adapter.read(content, envelope).readings[0]
    counted = reading.ledger.count()
    return Arrival(
        file=_INPUT,
        sender=gateway.office.service(HEALTH_VISITING.service_id).name,
        bytes=len(content),
        sha256=sha256(content).hexdigest(),
        items=sum(1 for _ in items_of(reading.assessment)),
        fidelity={fate.value: counted[fate] for fate in Fate},
        entry=accepted.entry,
    )


def _deliveries(gateway: Gateway) -> Iterator[Delivery]:
    """Look into the recipients' folders, and check every receipt as a recipient would."""
    key = gateway.office.committer.log.signing.verifier
    folders = {
        service.endpoint.address: service
        for service in gateway.office.rulebook.registers.services.values()
        if service.endpoint is not None
    }
    for path in sorted((gateway.settings.home / DELIVERIES).glob("*/*.json")):
        if path.name.endswith(".receipt.json"):
            continue
        receipt = path.with_name(f"{path.name}.receipt.json").read_bytes()
        checked = check_receipt(receipt, [key])
        digest = sha256(path.read_bytes()).hexdigest()
        yield Delivery(
            service=folders[path.parent.name].name,
            file=f"{path.parent.name}/{path.name}",
            bytes=path.stat().st_size,
            entry=checked.index,
            receipt_holds=checked.fields["payload_sha256"] == digest,
        )


def _reduction(gateway: Gateway, child: str) -> Reduction:
    """Set what was said of the father beside what the council was given of it."""
    held = gateway.office.archive.assessments(child)[0].content
    given = _delivered(gateway, _COUNCIL)
    said = _statements(held, _FATHER)
    council = {statement.id: statement for statement in _statements(given, _FATHER)}
    reduced = next(one for one in said if council.get(one.id, one).text != one.text)
    return Reduction(
        element=_FATHER,
        said=reduced.text or "",
        given=council[reduced.id].summary or "",
    )


def _statements(assessment: Assessment, element: str) -> tuple[Statement, ...]:
    section, _, field = element.partition(".")
    return cast("tuple[Statement, ...]", getattr(getattr(assessment, section), field))


def _delivered(gateway: Gateway, service_id: str) -> Assessment:
    """Read back, with the recipient's adapter, the first document in a recipient's folder."""
    return _read(gateway, _first_payload(gateway, service_id))


def _first_payload(gateway: Gateway, service_id: str) -> bytes:
    service: Service = gateway.office.service(service_id)
    address = service.endpoint.address if service.endpoint is not None else ""
    folder = gateway.settings.home / DELIVERIES / address
    return next(
        path.read_bytes()
        for path in sorted(folder.glob("*.json"))
        if not path.name.endswith(".receipt.json")
    )


def _read(gateway: Gateway, payload: bytes) -> Assessment:
    adapter = gateway.exchange.adapters.named("early-help")
    envelope = Envelope(media_type=EARLY_HELP_JSON, at=BEGINS)
    return adapter.read(payload, envelope).readings[0].assessment


def _answer_question(gateway: Gateway) -> Question:
    """Answer the one question that waits, as the role that owns it would."""
    office = gateway.office
    (task,) = office.archive.open_tasks()
    until = date(2027, 5, 1)
    resolve(
        office,
        task.row.id,
        _COORDINATOR,
        [Answered(name="training", value="current", until=until)],
        reason="The practice showed its certificate of information-sharing training.",
    )
    return Question(
        task=task.row.id,
        owner=task.row.owner_role,
        asked=task.subject.question,
        recipient=office.service(task.subject.recipient or "").name,
        due_in_hours=round((task.row.due_at - task.row.created_at).total_seconds() / 3600),
        answered=f"training is current until {until.isoformat()}",
        released_to=office.service(task.subject.recipient or "").name,
        entry=office.committer.log.published.end - 1,
    )


def _withdraw(gateway: Gateway, child: str) -> Withdrawal:
    """Let the school ask, withdraw consent for it, and let it ask again."""
    before = _ask(gateway, child)
    consent = gateway.office.archive.case_file(child).consents[0]
    take_back(gateway.office, child, consent.grantor, SCHOOL.service_id, by=OPERATOR)
    after = _ask(gateway, child)
    notice = msgspec.json.decode(before.content)["notice"]
    return Withdrawal(
        by="the mother",
        items_before=_items(gateway, before),
        items_after=_items(gateway, after),
        same_sentence=msgspec.json.decode(after.content)["notice"] == notice,
        entry=after.entry,
    )


def _ask(gateway: Gateway, child: str) -> Disclosed:
    ask = Ask(
        caller=SCHOOL,
        child_id=child,
        purpose="early_help",
        accept=EARLY_HELP_JSON,
        request_id="demo-ask",
    )
    return asyncio.run(gateway.exchange.disclose(ask))


def _items(gateway: Gateway, answered: Disclosed) -> int:
    return sum(1 for _ in items_of(_read(gateway, answered.content)))


def _round_trip(gateway: Gateway) -> RoundTrip:
    """Read the council's document back, and write what was read again."""
    adapter = gateway.exchange.adapters.named("early-help")
    payload = _first_payload(gateway, _COUNCIL)
    received = adapter.read(payload, Envelope(media_type=EARLY_HELP_JSON, at=BEGINS))
    message, content = received.message, received.readings[0].assessment
    if message is None or message.sender is None:
        return RoundTrip(same_content=False, same_bytes=False)
    envelope = Envelope(
        media_type=EARLY_HELP_JSON,
        at=message.sent_at or BEGINS,
        sender=message.sender.value,
        message_id=message.id,
        destinations=message.destinations,
    )
    view = View(
        content=content,
        purpose=message.purpose or "",
        marks=message.marks,
        expires_on=message.expires_on,
        usable_until=message.usable_until,
    )
    again = adapter.write(view, envelope).content
    return RoundTrip(same_content=_read(gateway, again) == content, same_bytes=again == payload)
