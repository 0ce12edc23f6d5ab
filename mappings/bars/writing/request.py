"""A referral: a BaRS request message with all of a view that BaRS can carry.

The resources are those of the national message definition: one ServiceRequest, Patient,
Encounter and CarePlan, two Organizations, a Practitioner in a role, at least one Consent, a
HealthcareService. Which of them are there never depends on what was withheld.
"""

from collections.abc import Iterator

from msgspec.structs import replace

from mappings.bars.names import extension
from mappings.bars.writing.answers import response
from mappings.bars.writing.child import patient
from mappings.bars.writing.consent import consents
from mappings.bars.writing.draft import Draft, draft_of
from mappings.bars.writing.extensions import coding, text
from mappings.bars.writing.message import (
    Heading,
    Part,
    bundle,
    encounter,
    header,
    organisations,
    practitioners,
    receiving_service,
    referral,
)
from mappings.bars.writing.people import family
from mappings.bars.writing.plan import care_plan, flags, reasons, threshold
from mappings.caf.view import View
from mappings.fhir_r4 import generated as fhir
from mappings.fhir_r4.generated import Bundle

DEFINITION = "servicerequest-request-referral"


def request(view: View, heading: Heading) -> Bundle:
    """Return a referral with *view*.

    >>> from datetime import UTC, datetime
    >>> from mappings.bars.writing.message import Party
    >>> from mappings.caf.assessment import Assessment
    >>> heading = Heading(
    ...     id="m1",
    ...     at=datetime(2026, 11, 20, tzinfo=UTC),
    ...     sender=Party("urn:x", "a"),
    ...     recipient=Party("urn:x", "b"),
    ...     referral="m1",
    ... )
    >>> made = request(View(content=Assessment(), purpose="early_help"), heading)
    >>> [type(entry.resource).__name__ for entry in made.entry][:3]
    ['MessageHeader', 'ServiceRequest', 'Patient']
    """
    return composed(draft_of(view.content, heading.id, heading.sender.value), heading, view)


def composed(draft: Draft, heading: Heading, view: View) -> Bundle:
    """Return a referral with *view*, whose parts are called as *draft* has it."""
    return bundle(draft, heading, _parts(draft, heading, view))


def _parts(draft: Draft, heading: Heading, view: View) -> Iterator[Part]:
    content = view.content
    concerns = content.information.concern
    yield draft.url("header"), _header(draft, heading, view)
    yield draft.url("referral"), _referral(draft, heading, view)
    yield draft.url("patient"), patient(draft, content.child)
    yield from family(draft, content.people)
    yield from organisations(draft, heading)
    yield receiving_service(draft, heading)
    yield from _assessor(draft, view)
    yield draft.url("encounter"), encounter(draft)
    yield draft.url("plan"), care_plan(draft, content.plan.actions)
    for number, flag in enumerate(flags(draft, concerns)):
        yield draft.url(f"flag-{number}"), flag
    for number, consent in enumerate(consents(draft, content.consent.statements)):
        yield draft.url(f"consent-{number}"), consent
    yield draft.url("answers"), response(draft, content)


def _header(draft: Draft, heading: Heading, view: View) -> fhir.MessageHeader:
    """Return the header; what binds the recipient is a modifier, which nobody may pass over."""
    plain = header(draft, heading, "servicerequest-request", "new", DEFINITION)
    said = fhir.Extension(url=extension("view"), extension=tuple(_said(view)))
    binding = fhir.Extension(url=extension("binding"), extension=tuple(_binding(view)))
    return replace(
        plain,
        extension=(said,),
        modifierExtension=(binding,) if view.is_bound else None,
    )


def _said(view: View) -> Iterator[fhir.Extension]:
    if view.purpose:
        yield fhir.Extension(url="purpose", valueString=view.purpose)
    yield fhir.Extension(url="notice", valueString=view.notice)


def _binding(view: View) -> Iterator[fhir.Extension]:
    for mark in view.marks:
        yield fhir.Extension(url="mark", valueString=mark)
    if view.expires_on is not None:
        yield fhir.Extension(url="expires-on", valueDate=view.expires_on.isoformat())
    if view.usable_until is not None:
        yield fhir.Extension(url="usable-until", valueDateTime=view.usable_until.isoformat())


def _referral(draft: Draft, heading: Heading, view: View) -> fhir.ServiceRequest:
    content = view.content
    concern = threshold(draft, content.information.concern)
    code = None if concern is None else concern.codes[0].code
    said = fhir.Extension(url=extension("concern"), valueCode=code)
    return replace(
        referral(draft, heading, "active", "referral"),
        extension=None if code is None else (said,),
        basedOn=(draft.reference("plan"),),
        encounter=draft.reference("encounter"),
        requester=draft.reference("role"),
        performer=(draft.reference("service"),),
        reasonCode=tuple(reasons(draft, content.information.led_to)) or None,
    )


def _assessor(draft: Draft, view: View) -> Iterator[Part]:
    """Yield who asks: the first whom the view shows to have assessed, else nobody by name."""
    found = next(iter(view.content.information.assessor), None)
    if found is None:
        return practitioners(draft)
    return practitioners(draft, text(found.name), coding(found.occupation))
