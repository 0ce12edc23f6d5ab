"""What every BaRS message has: a Bundle whose first entry is its MessageHeader, and two services.

Of services nothing is known here but their identifiers, which is all that a register needs. Each
resource says when it was written, as the national examples have it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from mappings.bars.names import (
    BASE,
    CODE_SYSTEM,
    MESSAGE_DEFINITION,
    MESSAGE_EVENTS,
    MESSAGE_REASONS,
    PROFILE,
    REFERRAL,
    SERVICE_CATEGORIES,
)
from mappings.bars.writing.draft import Draft
from mappings.fhir_r4 import generated as fhir
from mappings.fhir_r4.generated import Bundle

Event = Literal["servicerequest-request", "servicerequest-response"]
Reason = Literal["new", "update", "delete"]
Status = Literal["active", "on-hold", "revoked", "completed", "entered-in-error"]

_SOFTWARE: Final = "caf-gateway"
_ENCOUNTER: Final = fhir.Coding(
    system="http://terminology.hl7.org/CodeSystem/v3-ActCode", code="AMB", display="ambulatory"
)

Part = tuple[str, Struct]
"""A resource, after the full URL of its entry."""


class Party(NamedTuple):
    """A service as a message names it: the *system* (URI) of its identifier, and the *value*."""

    system: str
    value: str

    @property
    def endpoint(self) -> str:
        """The service as an endpoint of BaRS: `directory|id`."""
        return f"{self.system}|{self.value}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """What a message says of itself: its *id*, when it is made, who sends it to whom.

    *use_case* is a code of our code system of that name; *referral* is the id of the message that
    made the referral.
    """

    id: str
    at: datetime
    sender: Party
    recipient: Party
    referral: str
    use_case: str | None = None


def bundle(draft: Draft, heading: Heading, parts: Iterable[Part]) -> Bundle:
    """Return *parts*, the MessageHeader first, as a message."""
    written = heading.at.isoformat()
    entries = (
        fhir.BundleEntry(fullUrl=url, resource=_dated(resource, written)) for url, resource in parts
    )
    return Bundle(
        id=draft.id,
        meta=fhir.Meta(lastUpdated=written, profile=(f"{PROFILE}BARSBundleMessage",)),
        type="message",
        timestamp=written,
        entry=tuple(entries),
    )


def _dated(resource: Struct, written: str) -> Any:  # noqa: ANN401 - one of the resources of FHIR
    return replace(resource, meta=fhir.Meta(lastUpdated=written))


def header(
    draft: Draft, heading: Heading, event: Event, reason: Reason, definition: str
) -> fhir.MessageHeader:
    """Return the MessageHeader of a message whose national definition is *definition*."""
    return fhir.MessageHeader(
        eventCoding=fhir.Coding(system=MESSAGE_EVENTS, code=event),
        destination=(
            fhir.MessageHeaderDestination(
                endpoint=heading.recipient.endpoint, receiver=draft.reference("receiver")
            ),
        ),
        sender=draft.reference("sender"),
        source=fhir.MessageHeaderSource(software=_SOFTWARE, endpoint=heading.sender.endpoint),
        reason=fhir.CodeableConcept(coding=(fhir.Coding(system=MESSAGE_REASONS, code=reason),)),
        focus=(draft.reference("referral"),),
        definition=f"{MESSAGE_DEFINITION}{definition}",
    )


def referral(draft: Draft, heading: Heading, status: Status, category: str) -> fhir.ServiceRequest:
    """Return the ServiceRequest that all messages about one referral have in common."""
    codings = [fhir.Coding(system=SERVICE_CATEGORIES, code=category)]
    if heading.use_case:
        codings.append(fhir.Coding(system=f"{CODE_SYSTEM}use-case", code=heading.use_case))
    return fhir.ServiceRequest(
        identifier=(fhir.Identifier(system=REFERRAL, value=heading.referral),),
        status=status,
        intent="plan",
        category=(fhir.CodeableConcept(coding=tuple(codings)),),
        subject=draft.reference("patient"),
        authoredOn=heading.at.isoformat(),
    )


def organisations(draft: Draft, heading: Heading) -> Iterator[Part]:
    """Yield who sends and who receives."""
    for name, party in (("sender", heading.sender), ("receiver", heading.recipient)):
        yield draft.url(name), fhir.Organization(identifier=(_identifier(party),))


def receiving_service(draft: Draft, heading: Heading) -> Part:
    """Return the service that a message is addressed to."""
    service = fhir.HealthcareService(
        identifier=(_identifier(heading.recipient),), providedBy=draft.reference("receiver")
    )
    return draft.url("service"), service


def practitioners(
    draft: Draft, name: str | None = None, occupation: fhir.Coding | None = None
) -> Iterator[Part]:
    """Yield who asks, in their role: without a name, unless the view shows who assessed."""
    names = (fhir.HumanName(text=name),) if name else None
    yield draft.url("practitioner"), fhir.Practitioner(name=names)
    role = fhir.PractitionerRole(
        practitioner=draft.reference("practitioner"),
        organization=draft.reference("sender"),
        code=(fhir.CodeableConcept(coding=(occupation,)),) if occupation else None,
    )
    yield draft.url("role"), role


def encounter(draft: Draft, status: Literal["planned", "unknown"] = "unknown") -> fhir.Encounter:
    """Return the encounter that a message of BaRS cannot be without; it tells nothing."""
    return fhir.Encounter(status=status, class_=_ENCOUNTER, subject=draft.reference("patient"))


def _identifier(party: Party) -> fhir.Identifier:
    return fhir.Identifier(system=party.system or BASE, value=party.value)
