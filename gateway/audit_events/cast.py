"""Who took part in what an entry records: the agents of its AuditEvent.

The log knows parties by the ids of their services; what stands as their network address is a URI
that says so, never an address that was made up. Health's words are not stretched: a council is not
called a healthcare provider, and where no person acted there is no user.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from audit.parts import Part
from gateway.audit_events import codes
from gateway.audit_events.codes import JSON, concept, identified
from gateway.searching.accounts import accounts_of
from gateway.searching.search import FoundEntry


@dataclass(frozen=True, slots=True)
class Observer:
    """The gateway that records: the name of its log, and its *address*, a URL."""

    origin: str
    address: str

    def who(self) -> JSON:
        """Return a reference to the gateway."""
        return identified("Device", codes.LOG_ID, self.origin)

    def network(self) -> JSON:
        """Return where the gateway is on the network."""
        return {"address": self.address, "type": codes.URI}


Cast = Callable[[FoundEntry, Observer], Iterator[JSON]]


def released(entry: FoundEntry, observer: Observer) -> Iterator[JSON]:
    """Yield the agents of a disclosure (BALP PrivacyDisclosure.Source).

    The gateway is the source; who held what was told is the custodian. There is one custodian:
    where several held it, each but the first is a further holder.
    """
    yield _source(observer.who(), observer.network())
    yield _recipient(_service(entry.recipient), _network_of(entry.recipient))
    holders = dict.fromkeys(one.holder for one in accounts_of(entry) if one.holder)
    for place, holder in enumerate(holders or ([entry.sender] if entry.sender else [])):
        kind = _CUSTODIAN if place == 0 else _HOLDER
        yield _agent(kind, _service(holder))
    yield from _people(entry)


def received(entry: FoundEntry, observer: Observer) -> Iterator[JSON]:
    """Yield the agents of an import (BALP PrivacyDisclosure.Recipient): the gateway received."""
    yield _source(_service(entry.sender), _network_of(entry.sender))
    yield _recipient(observer.who(), observer.network())
    yield from _people(entry)


def decided(entry: FoundEntry, observer: Observer) -> Iterator[JSON]:
    """Yield the agents of a decision: who decided it, for whom, and who asked."""
    yield _agent(_AUTHORISER, observer.who())
    yield from _parties(entry)
    yield from _people(entry)


def acted(entry: FoundEntry, observer: Observer) -> Iterator[JSON]:
    """Yield the agents of any other act: the gateway, the services concerned, and who acted."""
    yield _agent(_GATEWAY, observer.who())
    yield from _parties(entry)
    yield from _people(entry)


_SOURCE = concept(codes.DICOM, "110153", "Source Role ID")
_DESTINATION = concept(codes.DICOM, "110152", "Destination Role ID")
_APPLICATION = concept(codes.DICOM, "110150", "Application")
_CUSTODIAN = concept(codes.SNOMED, "159541003", "Record keeping/library clerk")
_PERSON = concept(codes.PARTICIPATION, "IRCP", "information recipient")
_AUTHORISER = concept(codes.SECURITY_ROLE, "authserver", "authorization server")
_GATEWAY = concept(codes.PART_IN_IT, "gateway")
_SENDER = concept(codes.PART_IN_IT, "from")
_RECIPIENT = concept(codes.PART_IN_IT, "to")
_HOLDER = concept(codes.PART_IN_IT, "further-holder")
_ACTOR = concept(codes.PART_IN_IT, "actor")


def _parties(entry: FoundEntry) -> Iterator[JSON]:
    for kind, service in ((_SENDER, entry.sender), (_RECIPIENT, entry.recipient)):
        if service:
            yield _agent(kind, _service(service))


def _people(entry: FoundEntry) -> Iterator[JSON]:
    """Yield the person who asked or decided, and the system that called for them."""
    said = entry.part(Part.GATEWAY)
    person = str(said.get("user") or said.get("decided_by") or "")
    if person:
        kind = _PERSON if "request" in said else _ACTOR
        who = identified("Practitioner", codes.PRACTITIONER_ID, person)
        yield _agent(kind, who, requestor=True)
    if client := str(said.get("caller", "")):
        who = identified("Device", codes.CLIENT_ID, client)
        yield _agent(_APPLICATION, who, requestor=not person)


def _service(service: str) -> JSON:
    if not service:
        return {"display": "not known"}
    return identified("Organization", codes.SERVICE_ID, service)


def _network_of(service: str) -> JSON:
    address = f"{codes.SERVICE_ID}/{service}" if service else codes.SERVICE_ID
    return {"address": address, "type": codes.URI}


def _source(who: JSON, network: JSON) -> JSON:
    return _agent(_SOURCE, who) | {"network": network}


def _recipient(who: JSON, network: JSON) -> JSON:
    return _agent(_DESTINATION, who) | {"network": network}


def _agent(kind: JSON, who: JSON, *, requestor: bool = False) -> JSON:
    return {"type": kind, "who": who, "requestor": requestor}
