"""A whole gateway for tests: the fictional partnership's registers, a clock that stands, a folder.

with a_world(tmp_path) as world:
    answer = world.receive(a_referral())
    world.dispatch()
    world.delivered(SCHOOL)
"""

import asyncio
import atexit
import functools
import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from tempfile import mkdtemp

from postgres import name_of, server
from signatories import OFFICERS, activate_for_tests, samples, signatories
from tampering import change, stored

from audit.events import EntryType
from audit.leaf import Leaf
from audit.note import VerifierKey
from gateway.composition import DELIVERIES, Gateway, open_gateway
from gateway.consenting.filing import take_back
from gateway.delivery import Dispatcher, Fate
from gateway.ports import Ports
from gateway.registers import (
    OPERATOR,
    Client,
    Document,
    Endpoint,
    Organisation,
    Practitioner,
    Service,
)
from gateway.requests import (
    Accepted,
    Ask,
    Caller,
    DestinationOutcome,
    Disclosed,
    Found,
    Inbound,
    Lookup,
    Rejected,
)
from gateway.security.keys import Keys
from gateway.settings import FILE, KEYS, Settings, make
from policies import documents
from policies.agreements import Agreement
from policies.vocabulary import Appointment

DOS = "https://fhir.nhs.uk/Id/dos-service-id"
FHIR = "application/fhir+json"
EARLY_HELP_FORMAT = "application/vnd.caf-gateway.early-help+json"
START = datetime(2026, 11, 20, 9, tzinfo=UTC)

HEALTH_VISITING = "2000099901"
EARLY_HELP = "2000099902"
SCHOOL = "2000099903"
CHARITY = "2000099904"
GP = "2000099905"
CAMHS = "2000099906"
SOCIAL_CARE = "2000099907"
SERVICES = (HEALTH_VISITING, EARLY_HELP, SCHOOL, CHARITY, GP, CAMHS, SOCIAL_CARE)
TEACHER = "teacher-1"
VISITOR = "visitor-1"
LEAD = "lead-1"
WORKER = "worker-1"
SAFEGUARDING = "safeguarding-1"
OFFICER = "ig-1"
LAWYER = "legal-1"
MANAGER = "manager"
TRAINER = "trainer-1"
HV_MANAGER, HV_LEAD, HV_SAFEGUARDING = "hv-manager", "hv-lead", "hv-safeguarding"
"""Who manages health visiting (and knows who is trained), leads for its children, protects them."""

_OFFICER = Appointment.INFORMATION_GOVERNANCE_OFFICER

NUMBER, POSYS_BIRTH = "9990001006", date(2022, 6, 14)
"""The child of the health visitor's referral."""


_OF_CAMHS = """\
id: wexcombe-camhs
version: 1
title: Mental health and early help in Wexcombe
effective_on: 2026-01-05
until: 2028-01-05
review_on: 2027-01-05
dpia: WX-DPIA-2025-02
parties:
  - {organisation: "ods:X9M10", name: Mental health, controller: independent, signatory: Caldicott}
  - {organisation: "la:999", name: Council, controller: independent, signatory: Director}
  - {organisation: "urn:999001", name: School, controller: independent, signatory: Headteacher}
  - {organisation: "ods:X9G77", name: Surgery, controller: independent, signatory: Partner}
purposes:
  - purpose: early_help
    powers: [Children Act 2004 s10]
    article_6: [public_task]
    article_9: [substantial_public_interest]
    schedule_1: paragraph 18, safeguarding of children
    subjects: Young people who are helped
    retention_days: 365
    shares:
      - from: ["ods:X9M10"]
        to: ["la:999", "urn:999001", "ods:X9G77"]
        categories: [identity, contact, family, mental_health, caf_needs, action_plan]
obligations: [no_onward]
onward: Only with agreement
transparency: In each privacy notice
security: Encrypted
"""


def a_service(id_: str, organisation: str, type_: str, *, is_trained: bool = True) -> Service:
    """Return a service of the partnership, which receives in a folder of its own."""
    return Service(
        id=id_,
        organisation=organisation,
        type=type_,
        name=f"service {id_}",
        identifiers=(f"{DOS}|{id_}",),
        endpoint=Endpoint(transport="folder", address=id_),
        area="999",
        training_until=date(2027, 12, 31) if is_trained else None,
        identity_verified=True,
    )


def registers() -> list[Document]:
    """Return the partnership: who takes part in it, and some of its people."""
    organisations = (
        "ods:X9A01",
        "la:999",
        "urn:999001",
        "charity:9900001",
        "ods:X9G77",
        "ods:X9M10",
    )
    services = (
        a_service(HEALTH_VISITING, "ods:X9A01", "community_health"),
        a_service(EARLY_HELP, "la:999", "la_early_help"),
        a_service(SCHOOL, "urn:999001", "school"),
        a_service(CHARITY, "charity:9900001", "voluntary"),
        a_service(GP, "ods:X9G77", "gp", is_trained=False),
        a_service(CAMHS, "ods:X9M10", "camhs"),
        a_service(SOCIAL_CARE, "la:999", "la_social_care"),
    )
    return [
        *(Organisation(id=one, name=f"organisation {one}") for one in organisations),
        *services,
        *signatories(services),
        *(Client(id=f"client-{one}", service=one, jwks={"keys": []}) for one in SERVICES),
        Practitioner(
            id=TEACHER, service=SCHOOL, role="practitioner", training_until=date(2027, 12, 31)
        ),
        *people(),
        Practitioner(
            id=HV_MANAGER,
            service=HEALTH_VISITING,
            role="practitioner",
            appointments=(Appointment.SERVICE_MANAGER, Appointment.TRAINING_COORDINATOR),
        ),
        Practitioner(id=HV_LEAD, service=HEALTH_VISITING, role="lead_professional"),
        Practitioner(id=HV_SAFEGUARDING, service=HEALTH_VISITING, role="safeguarding_lead"),
        *(
            Practitioner(id=one, service=EARLY_HELP, role="admin", appointments=(_OFFICER,))
            for one in OFFICERS
        ),
    ]


def people() -> Iterator[Practitioner]:
    """Yield those who record, answer and approve: one for each office, at the service it is at."""
    of = Appointment
    yield Practitioner(id=VISITOR, service=HEALTH_VISITING, role="clinician")
    yield Practitioner(id=LEAD, service=EARLY_HELP, role="lead_professional")
    yield Practitioner(id=WORKER, service=SOCIAL_CARE, role="social_worker")
    yield Practitioner(id=SAFEGUARDING, service=SOCIAL_CARE, role="safeguarding_lead")
    for id_, service, office in (
        (OFFICER, EARLY_HELP, of.INFORMATION_GOVERNANCE_OFFICER),
        (LAWYER, SOCIAL_CARE, of.LEGAL_OFFICER),
        (MANAGER, GP, of.SERVICE_MANAGER),
        (TRAINER, EARLY_HELP, of.TRAINING_COORDINATOR),
    ):
        yield Practitioner(id=id_, service=service, role="practitioner", appointments=(office,))


class Clock:
    """A clock that a test sets; each reading is a millisecond after the one before."""

    def __init__(self, time: datetime = START) -> None:
        self.time = time
        self._tick = timedelta(milliseconds=1)

    def now(self) -> datetime:
        self.time += self._tick
        return self.time

    def stop(self, at: datetime) -> None:
        """Show one and the same time from now on."""
        self.time, self._tick = at, timedelta(0)

    def advance(self, **by: float) -> None:
        self.time += timedelta(**by)


class Kind(StrEnum):
    """The databases that there are."""

    SQLITE = "sqlite"
    POSTGRESQL = "postgresql"


_ON_POSTGRESQL = "template_partnership"


@functools.cache
def _initial(kind: Kind) -> Path:
    """Return a home folder in which everything is registered, made once a process."""
    folder = Path(mkdtemp(prefix="caf-gateway-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    home = folder / "home"
    make(home)
    if kind is Kind.SQLITE:
        Keys.make(home / KEYS)
    else:
        shutil.copytree(_initial(Kind.SQLITE) / KEYS, home / KEYS)
        server().run(f"CREATE DATABASE {_ON_POSTGRESQL}")
        _set_database(home, server().url(_ON_POSTGRESQL))
    with open_gateway(Settings(home=home), Ports(now=Clock().now)) as gateway:
        gateway.recorder.documents(registers())
        of_camhs = documents.parse(_OF_CAMHS, Agreement, "wexcombe-camhs/1.yaml")
        activate_for_tests(gateway.office, *samples(), of_camhs)
    return home


def _set_database(home: Path, url: str) -> None:
    lines = (home / FILE).read_text().splitlines(keepends=True)
    others = [line for line in lines if not line.startswith("database_url")]
    (home / FILE).write_text("".join([f'database_url = "{url}"\n', *others]))


def the_log() -> VerifierKey:
    """Return the key with which the log of every such home is verified."""
    home = _initial(Kind.SQLITE)
    return Keys.load(home / KEYS).log.verifiers(Settings(home=home).origin)[0]


def a_home(folder: Path) -> Path:
    """Return a new home folder of the partnership's gateway, below *folder*."""
    return shutil.copytree(_initial(Kind.SQLITE), folder / "home")


@contextmanager
def a_home_on(
    kind: Kind, folder: Path, after: "Callable[[World], object] | None" = None
) -> Iterator[Path]:
    """Make a new home folder below *folder*, with a database of this *kind* until the block ends.

    Its settings say where the database is. All that *after* does was done in it: once a process,
    and copied.
    """
    source = _initial(kind) if after is None else _story(kind, after)
    home = shutil.copytree(source, folder / "home")
    if kind is Kind.SQLITE:
        yield home
        return
    with server().database(name_of(Settings(home=source).database_url)) as url:
        _set_database(home, url)
        yield home


def another_node(home: Path, folder: Path) -> Path:
    """Return the home folder, below *folder*, of another node on the database of *home*."""
    far = shutil.copytree(home, folder / "home", ignore=shutil.ignore_patterns("gateway.db*"))
    _set_database(far, Settings(home=home).database_url)
    return far


@dataclass(frozen=True, slots=True)
class World:
    """A gateway that runs, and what its callers do."""

    gateway: Gateway
    clock: Clock
    dispatcher: Dispatcher
    outside: Path

    def receive(
        self, content: bytes, sender: str = HEALTH_VISITING, media_type: str = FHIR
    ) -> Accepted | Rejected:
        inbound = Inbound(
            caller=caller(sender), content=content, media_type=media_type, request_id="request-1"
        )
        return asyncio.run(self.gateway.exchange.receive(inbound))

    def take(self, content: bytes, sender: str = HEALTH_VISITING) -> Accepted:
        """Receive a message that must be accepted."""
        answer = self.receive(content, sender)
        assert isinstance(answer, Accepted), answer
        return answer

    def ask(self, child_id: str, service: str = SCHOOL, **more: str) -> Disclosed:
        asked = Ask(
            caller=caller(service),
            child_id=child_id,
            purpose=more.pop("purpose", "early_help"),
            accept=EARLY_HELP_FORMAT,
            request_id="request-2",
            **more,
        )
        return asyncio.run(self.gateway.exchange.disclose(asked))

    def look_up(self, number: str, born_on: date, service: str = SCHOOL) -> Found:
        lookup = Lookup(
            caller=caller(service),
            identifiers=(("nhs-number", number),),
            born_on=born_on,
            request_id="request-3",
        )
        return asyncio.run(self.gateway.exchange.lookup(lookup))

    def dispatch(self) -> Counter[Fate]:
        """Deliver what is due, as a worker does when it starts."""
        self.dispatcher.recover()
        return self.dispatcher.run_once()

    def withdraw(self, child_id: str, service: str | None = None) -> None:
        """Have the one parent who made a statement withdraw it, as to *service* or altogether."""
        (grantor,) = {one.grantor for one in self.case(child_id).consents}
        take_back(self.gateway.office, child_id, grantor, service, by=OPERATOR)

    def case(self, child_id: str):
        return self.gateway.office.archive.case_file(child_id)

    def delivered(self, service: str) -> list[bytes]:
        """Return the payloads in a service's folder, but notices."""
        return [payload for payload in self._payloads(service) if not _is_notice(payload)]

    def notices(self, service: str) -> list[dict]:
        """Return the notices in a service's folder, as plain JSON."""
        return [json.loads(one) for one in self._payloads(service) if _is_notice(one)]

    def receipts(self, service: str) -> list[bytes]:
        """Return the receipts in a service's folder."""
        return [path.read_bytes() for path in self._files(service) if _is_receipt(path)]

    def _payloads(self, service: str) -> list[bytes]:
        return [path.read_bytes() for path in self._files(service) if not _is_receipt(path)]

    def _files(self, service: str) -> list[Path]:
        folder = self.outside / service
        return sorted(folder.iterdir()) if folder.is_dir() else []

    def leaves(self, since: int = 0) -> list[Leaf]:
        """Return the log's leaves from index *since* on."""
        log = self.gateway.office.committer.log
        return [Leaf.decode(leaf) for _, leaf in log.leaves(since, log.refresh().end)]

    def types(self, since: int = 0) -> list[EntryType]:
        return [leaf.type for leaf in self.leaves(since)]

    @property
    def size(self) -> int:
        """How many entries the log has."""
        return self.gateway.office.committer.log.refresh().end

    def rows(self, statement: str, **values: object) -> list[tuple]:
        """Return what is stored, past the gateway."""
        return stored(self.gateway.database, statement, **values)

    def by_hand(self, statement: str, **values: object) -> None:
        """Change the database as somebody does who has its password and none of our keys."""
        change(self.gateway.database, statement, **values)


@contextmanager
def a_world(
    folder: Path, ports: Ports | None = None, clock: Clock | None = None, **settings: object
) -> Iterator[World]:
    """Open the partnership's gateway in *folder*, where it was or anew; *ports* but its clock."""
    home = folder / "home"
    if not home.exists():
        a_home(folder)
    clock = clock or Clock()
    ports = replace(ports or Ports(), now=clock.now)
    with open_gateway(Settings(home=home, **settings), ports) as gateway:
        yield World(gateway, clock, gateway.dispatcher(), home / DELIVERIES)


@functools.cache
def _story(kind: Kind, after: Callable[[World], object]) -> Path:
    """Return a home folder in which *after* was done, made once a process."""
    folder = Path(mkdtemp(prefix="caf-gateway-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    home = shutil.copytree(_initial(kind), folder / "home")
    if kind is Kind.POSTGRESQL:
        _set_database(home, server().copy(_ON_POSTGRESQL))
    with a_world(folder) as world:
        after(world)
    return home


def caller(service: str) -> Caller:
    """Return the one client of a service."""
    return Caller(f"client-{service}", service)


def fates(answer: Accepted) -> dict[str, str]:
    """Return what became of a message of one child, by the destination's value."""
    return {one.destination.value: one.fate.value for one in answer.outcomes}


def outcome(answer: Accepted, service: str, child: int = 0) -> DestinationOutcome:
    """Return what became of a message for one service and child."""
    (one,) = (one for one in answer.outcomes if one.service_id == service and one.child == child)
    return one


def by_element(answer: Accepted, service: str, child: int = 0) -> dict[str, set[str]]:
    """Return the outcomes of each element for one service."""
    found: dict[str, set[str]] = {}
    for one in outcome(answer, service, child).elements:
        found.setdefault(one.element, set()).add(one.outcome)
    return found


def parsed(document: bytes) -> dict:
    """Return a delivered early-help document as plain JSON."""
    return json.loads(document)


def _is_notice(payload: bytes) -> bool:
    return payload.startswith(b'{"format":"notice/1"')


def _is_receipt(path: Path) -> bool:
    return path.name.endswith(".receipt.json")
