"""What a message says with our extensions: what binds its recipient, and what is answered.

MessageHeader.extension view               purpose, notice
MessageHeader.modifierExtension binding    mark (repeats), expires-on, usable-until
ServiceRequest.identifier of `referral`    the message that made the referral
ServiceRequest.extension answer            code (of `referral-answer`), note
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Final, TypedDict

from adapters.contract import Answer, Ending, Event, Extent, Finding, Severity
from mappings.bars.caf import moment
from mappings.bars.names import MESSAGE_DEFINITION, REFERRAL, extension
from mappings.bars.people import day, told
from mappings.fhir_r4.generated import Extension, MessageHeader, ServiceRequest

BINDING: Final = extension("binding")

_ANSWERS: Final = {one.value: one for one in Answer}
_EXTENTS: Final = {
    "servicerequest-response-referral": Extent.FULL,
    "servicerequest-response-validation-full": Extent.FULL,
    "servicerequest-response-referral-short": Extent.SHORT,
    # So it stands in published examples.
    "servicerequest-request-response-short": Extent.SHORT,
    "servicerequest-response-validation-interim": Extent.INTERIM,
}


class Binding(TypedDict):
    """For what a view was made, and what binds whoever received it."""

    purpose: str | None
    marks: tuple[str, ...]
    expires_on: date | None
    usable_until: datetime | None


class Followed(TypedDict):
    """What a message says about a referral that is already there."""

    referral: str | None
    in_response_to: str | None
    answer: Answer | None
    note: str | None
    extent: Extent | None
    ending: Ending | None


def binding(header: MessageHeader) -> Binding:
    """Return what *header* says of the view that the message holds."""
    said = _parts(told(header.extension, "view"))
    purpose = said.get("purpose")
    bound = [one for one in header.modifierExtension or () if one.url == BINDING]
    parts = [part for one in bound for part in one.extension or ()]
    marks = tuple(part.valueString for part in parts if part.url == "mark" and part.valueString)
    ends = [day(part.valueDate) for part in parts if part.url == "expires-on"]
    until = [moment(part.valueDateTime) for part in parts if part.url == "usable-until"]
    return Binding(
        purpose=purpose.valueString if purpose else None,
        marks=marks,
        expires_on=min((one for one in ends if one is not None), default=None),
        usable_until=min((one for one in until if one is not None), default=None),
    )


def followed(header: MessageHeader, referral: ServiceRequest | None, event: Event) -> Followed:
    """Return what the message says of a referral that came before it."""
    parts = _parts(told(referral.extension, "answer") if referral else None)
    code, note = parts.get("code"), parts.get("note")
    definition = (header.definition or "").removeprefix(MESSAGE_DEFINITION)
    is_response = event is Event.RESPONSE
    return Followed(
        referral=_referral(referral),
        in_response_to=header.response.identifier if header.response else None,
        answer=_ANSWERS.get((code.valueCode if code else None) or "") if is_response else None,
        note=note.valueString if note and is_response else None,
        extent=_EXTENTS.get(definition) if is_response else None,
        ending=_ending(header, referral) if event is Event.CANCEL else None,
    )


def _referral(referral: ServiceRequest | None) -> str | None:
    identifiers = (referral.identifier or ()) if referral else ()
    return next((one.value for one in identifiers if one.system == REFERRAL), None)


def _ending(header: MessageHeader, referral: ServiceRequest | None) -> Ending:
    """Return why it ends: what is to be deleted was entered in error."""
    reasons = {one.code for one in (header.reason.coding or ())} if header.reason else set()
    is_error = referral is not None and referral.status == "entered-in-error"
    return Ending.ENTERED_IN_ERROR if is_error or "delete" in reasons else Ending.WITHDRAWN


def _parts(one: Extension | None) -> Mapping[str, Extension]:
    return {part.url: part for part in (one.extension or ())} if one else {}


def unknown_answers(referral: ServiceRequest | None, place: str) -> Iterator[Finding]:
    """Yield a finding for an answer that is none of our codes: what is answered is not known."""
    said = told(referral.extension, "answer") if referral else None
    code = _parts(said).get("code")
    if said is not None and (code is None or code.valueCode not in _ANSWERS):
        message = "the sender must answer with a code of `referral-answer`: a person will ask"
        where = f"{place}.extension('{said.url}')"
        yield Finding("unknown-answer", Severity.WARNING, where, message)
