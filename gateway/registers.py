"""The registers: organisations, services, clients and practitioners, as one immutable snapshot.

    organisation -> service -> client | practitioner

Senders, recipients and facts are about *services*; an organisation has several (one council runs
early help, social care, housing). A register document is never edited: a change is a new version
with its own log entry, and a snapshot says which version of the whole it is.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import Final

import msgspec
from msgspec import Struct

from adapters.contract import Destination
from gateway.errors import RegisterError
from policies.agreements import Agreement as Content
from policies.vocabulary import Appointment

OPERATOR: Final = "operator"
"""Who acts where no person is named: whoever runs the gateway's commands."""


class Document(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One document of a register, by *id*."""

    id: str


class Organisation(Document, frozen=True, kw_only=True):
    """A body, by `scheme:value`: an ODS code, LA number, URN or charity number."""

    name: str
    area: str | None = None


class Endpoint(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Where a service receives: *transport* is folder or https, *address* a path or URL."""

    transport: str
    address: str


class Grant(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What somebody was granted: *what* is an accreditation or clearance, *until* its last day."""

    what: str
    until: date


class Service(Document, frozen=True, kw_only=True, cache_hash=True):
    """One service of an organisation: what sends, receives, and is decided about.

    *type* is an agency type of the policy vocabulary; *identifiers* are `system|value` pairs
    that messages address it by; *area* the local-authority number it works in. *role*,
    *clearances*, *training_until* and *grants* are those of its endpoint's registered receiving
    role: none recorded means practitioner, no clearance, training unknown (design section 3).
    *verified_until* is the last day on which a person's word holds that this is who it says it is,
    and that it receives there: what goes out of the area waits for that.
    """

    organisation: str
    type: str
    name: str
    identifiers: tuple[str, ...] = ()
    formats: tuple[str, ...] = ("early-help",)
    endpoint: Endpoint | None = None
    area: str | None = None
    role: str = "practitioner"
    clearances: tuple[str, ...] = ()
    training_until: date | None = None
    grants: tuple[Grant, ...] = ()
    commissioned: bool = False
    identity_verified: bool = False
    verified_until: date | None = None

    @property
    def destinations(self) -> tuple[Destination, ...]:
        """What messages address it by."""
        parts = (identifier.partition("|") for identifier in self.identifiers)
        return tuple(Destination(system, value) for system, _, value in parts)

    @property
    def own_names(self) -> frozenset[str]:
        """What names this service and no other: its id; identifiers with and without system."""
        return _names(self)

    @property
    def names(self) -> frozenset[str]:
        """What a consent statement may call this service by: its own names, or its type."""
        return _names_and_type(self)


# Whoever is sent anything is asked for its names at every decision.
@lru_cache(maxsize=4_096)
def _names(service: Service) -> frozenset[str]:
    values = (destination.value for destination in service.destinations)
    return frozenset((service.id, *service.identifiers, *values))


@lru_cache(maxsize=4_096)
def _names_and_type(service: Service) -> frozenset[str]:
    return _names(service) | {service.type}


class Client(Document, frozen=True, kw_only=True):
    """One system's credential: public keys only (*jwks*), and the scopes it may ask for."""

    service: str
    jwks: dict[str, list[dict[str, str]]]
    scopes: tuple[str, ...] = ()
    revoked: bool = False


class Practitioner(Document, frozen=True, kw_only=True, cache_hash=True):
    """A person in a role at one service; a person with two employers is two practitioners.

    *training_until* is the last day of the person's information-sharing training, *clearances* are
    what they were registered with, *grants* what was granted for a time since
    (`gateway.accreditation`); *appointments* are the offices that they hold
    (`policies.vocabulary.Appointment`). *signing_key* is the Ed25519 key, in base64, with which a
    designated signatory signs agreements for the organisation. *left* where they work there no
    longer: nobody is them any more, and what they said stays theirs.
    """

    service: str
    role: str
    training_until: date | None = None
    clearances: tuple[str, ...] = ()
    grants: tuple[Grant, ...] = ()
    appointments: tuple[Appointment, ...] = ()
    signing_key: str | None = None
    left: bool = False


class InForce(Document, frozen=True, kw_only=True):
    """What came into force, by its digest: a bundle of policies, an adapter."""

    digest: str
    version: str = ""


class Standing(StrEnum):
    """How an adapter stands, as the log says it."""

    IN_FORCE = "in force"
    ENDED = "ended"


class Stage(StrEnum):
    """How far a version of an agreement has come; it is relied on from `active` on."""

    REGISTERED = "registered"
    SIGNED = "signed"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    ENDED = "ended"


class Signature(Struct, frozen=True, forbid_unknown_fields=True):
    """What the designated person of a *party* signed: Ed25519, in base64."""

    party: str
    signature: str


class Proposal(Struct, frozen=True, kw_only=True):
    """That a person wants a version activated, having seen what changes by it: *digest* names that.

    What changes was found for the day *on*, under the *law* of that digest, in place of the version
    with the digest *instead_of*, if one stands. Another person approves it, and no other change.
    """

    by: str
    digest: str
    on: date
    law: str
    instead_of: str = ""


class Agreement(Document, frozen=True, kw_only=True, cache_hash=True):
    """One version of an information-sharing agreement, by `<id>/<version>`, and how far it came.

    What is agreed never changes; a signature, a proposal, a suspension or an alert is a new
    version of this document. *resumption* names the officer who wants a suspended one resumed,
    *alerts* are the days before its review that somebody was told of. One that ended stays in the
    register.
    """

    content: Content
    stage: Stage
    signatures: tuple[Signature, ...] = ()
    proposal: Proposal | None = None
    approved_by: tuple[str, ...] = ()
    resumption: str = ""
    alerts: tuple[int, ...] = ()


class Policy(InForce, frozen=True, kw_only=True):
    """The bundle of law that is in force here, by its files, and the digest of the *tables*.

    *files* hold all that it says, by name, so that whatever was decided under it can be decided
    again; *approved_by* are the two persons who had it activated, nobody for what a new gateway
    starts with.
    """

    files: Mapping[str, str] = {}
    tables: str = ""
    approved_by: tuple[str, ...] = ()


class ProposedLaw(Document, frozen=True, kw_only=True):
    """A bundle of law, by the digest that is its id, which *by* wants to have activated.

    It was proposed in place of the one whose digest is *instead_of*, for the day *on*: what it
    changes was shown for these.
    """

    files: Mapping[str, str]
    by: str
    instead_of: str
    on: date


class AllowedAdapter(InForce, frozen=True, kw_only=True):
    """An adapter that reads and writes here: which code it is, and whether it still may."""

    standing: Standing = Standing.IN_FORCE


KINDS: Mapping[str, type[Document]] = {
    "organisation": Organisation,
    "service": Service,
    "client": Client,
    "practitioner": Practitioner,
    "agreement": Agreement,
    "policy": Policy,
    "proposed-law": ProposedLaw,
    "adapter": AllowedAdapter,
}


def kind_of(document: Document) -> str:
    """Return the register that *document* belongs in."""
    return next(kind for kind, form in KINDS.items() if isinstance(document, form))


def parse(kind: str, fields: object) -> Document:
    """Return the register document in *fields*, or raise `RegisterError` that names the place.

    >>> parse("organisation", {"id": "ods:X9A01", "name": "Little Marsh Community Health"}).id
    'ods:X9A01'
    >>> parse("organisation", {"id": "ods:X9A01"})
    Traceback (most recent call last):
        ...
    gateway.errors.RegisterError: organisation: object missing required field `name`
    """
    if kind not in KINDS:
        message = f"not a register: `{kind}`; there are {', '.join(KINDS)}"
        raise RegisterError(message)
    try:
        return msgspec.convert(fields, KINDS[kind], strict=False)
    except msgspec.ValidationError as error:
        message = f"{kind}: {error}"
        raise RegisterError(
            message[0].lower() + message[1:].replace("Object", "object", 1)
        ) from None


@dataclass(frozen=True, slots=True)
class Registers:
    """All registers as of one *version*; lookups by id and by the identifier in a message."""

    version: int = 0
    organisations: Mapping[str, Organisation] = field(default_factory=dict)
    services: Mapping[str, Service] = field(default_factory=dict)
    clients: Mapping[str, Client] = field(default_factory=dict)
    practitioners: Mapping[str, Practitioner] = field(default_factory=dict)
    agreements: Mapping[str, Agreement] = field(default_factory=dict)
    in_force: Mapping[tuple[str, str], InForce] = field(default_factory=dict)
    proposed_laws: Mapping[str, ProposedLaw] = field(default_factory=dict)
    _addresses: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, documents: Iterable[Document], version: int = 0) -> "Registers":
        """Return the snapshot of *documents*; raise `RegisterError` where one names another amiss.

        >>> council = Organisation(id="la:999", name="Little Marsh Council")
        >>> help = Service(id="s2", organisation="la:999", type="la_early_help", name="Early help")
        >>> Registers.of([council, help]).services["s2"].name
        'Early help'
        >>> Registers.of([help])
        Traceback (most recent call last):
            ...
        gateway.errors.RegisterError: service `s2` names an organisation that is not registered
        """
        held = tuple(documents)
        registers = cls(
            version,
            {one.id: one for one in held if isinstance(one, Organisation)},
            {one.id: one for one in held if isinstance(one, Service)},
            {one.id: one for one in held if isinstance(one, Client)},
            {one.id: one for one in held if isinstance(one, Practitioner)},
            {one.id: one for one in held if isinstance(one, Agreement)},
            {(kind_of(one), one.id): one for one in held if isinstance(one, InForce)},
            {one.id: one for one in held if isinstance(one, ProposedLaw)},
            {
                address: one.id
                for one in held
                if isinstance(one, Service)
                for address in one.identifiers
            },
        )
        registers._check()
        return registers

    def _check(self) -> None:
        """Raise `RegisterError` where one document names another that is not there."""
        for service in self.services.values():
            if service.organisation not in self.organisations:
                message = f"service `{service.id}` names an organisation that is not registered"
                raise RegisterError(message)
            for address in service.identifiers:
                if self._addresses[address] != service.id:
                    message = f"two services have the identifier `{address}`"
                    raise RegisterError(message)
        members: Iterable[Client | Practitioner] = (
            *self.clients.values(),
            *self.practitioners.values(),
        )
        for member in members:
            if member.service not in self.services:
                message = f"`{member.id}` names a service that is not registered"
                raise RegisterError(message)

    def __contains__(self, who: object) -> bool:
        """Whether *who* is the id of one who acts here: practitioner, service, client, operator."""
        known = (self.practitioners, self.services, self.clients)
        return who == OPERATOR or any(who in held for held in known)

    def addressed(self, destination: Destination) -> Service | None:
        """Return the service that *destination* names, if it is registered."""
        service = self._addresses.get(f"{destination.system}|{destination.value}")
        return None if service is None else self.services[service]

    def find(self, kind: str, document_id: str) -> Document | None:
        """Return the document of a register, as it stands."""
        held: Mapping[str, Mapping[str, Document]] = {
            "organisation": self.organisations,
            "service": self.services,
            "client": self.clients,
            "practitioner": self.practitioners,
            "agreement": self.agreements,
            "proposed-law": self.proposed_laws,
        }
        if kind in held:
            return held[kind].get(document_id)
        return self.in_force.get((kind, document_id))
