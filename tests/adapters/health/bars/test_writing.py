"""BaRS as it is written: referrals, responses, cancellations; formats, versions, what binds."""

import json
from datetime import UTC, date, datetime

import pytest
from bars_messages import AT, REFERRAL, altered, payload_of, read, resources
from fhir.resources.R4B.bundle import Bundle

from adapters.contract import (
    Answer,
    Cancellation,
    Destination,
    Ending,
    Envelope,
    Event,
    Extent,
    Outcome,
    Reply,
    ReplyFormat,
)
from adapters.errors import UnsupportedFormatError
from adapters.health.bars import BaRSAdapter
from mappings.caf.assessment import Assessment
from mappings.caf.view import PART_OF_A_WHOLE, View

JSON, XML = "application/fhir+json", "application/fhir+xml"
DOS = "https://fhir.nhs.uk/Id/dos-service-id"
TO = Destination(DOS, "2000099902")
VIEW = View(content=Assessment(), purpose="early_help")
CHILD = read(payload_of(REFERRAL)).readings[0].assessment.child


def envelope(media_type=JSON, **facts):
    said = {"sender": "fernbrook", "message_id": "m-1", "destinations": (TO,)} | facts
    return Envelope(media_type=media_type, at=AT, **said)


def message_of(payload):
    received = read(payload.content, payload.media_type)
    assert received.outcome is Outcome.ACCEPT, received.findings
    return received.message


@pytest.mark.parametrize("media_type", [JSON, XML])
def test_a_referral_says_who_sends_it_to_whom_and_when(media_type):
    said = message_of(BaRSAdapter().write(VIEW, envelope(media_type, use_case="direct-care")))

    assert (said.id, said.referral, said.event) == ("m-1", "m-1", Event.NEW)
    assert said.sender == Destination("https://caf-gateway.example/Id/service", "fernbrook")
    assert said.destinations == (TO,)
    assert (said.sent_at, said.use_case) == (AT, "direct-care")


def test_what_binds_the_recipient_travels_in_a_modifier():
    bound = View(
        content=Assessment(),
        purpose="s47",
        marks=("do-not-inform-family", "no-onward"),
        expires_on=date(2027, 1, 31),
        usable_until=datetime(2026, 11, 21, 12, 30, tzinfo=UTC),
    )
    payload = BaRSAdapter().write(bound, envelope())

    said = message_of(payload)

    assert BaRSAdapter().carries_marks
    assert (said.purpose, said.marks) == (bound.purpose, bound.marks)
    assert (said.expires_on, said.usable_until) == (bound.expires_on, bound.usable_until)
    (header,) = resources(json.loads(payload.content), "MessageHeader")
    assert [one["url"].rpartition("/")[2] for one in header["modifierExtension"]] == ["caf-binding"]


def test_a_view_that_binds_nobody_has_no_modifier_and_the_one_notice():
    payload = BaRSAdapter().write(VIEW, envelope())

    assert b"modifierExtension" not in payload.content
    assert PART_OF_A_WHOLE.encode() in payload.content


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        (JSON, f"{JSON}; version=1.4.0"),
        (f"{XML};version=1.2.0", f"{XML}; version=1.2.0"),
        (f'{JSON}; charset=utf-8; version="1.1"', f"{JSON}; version=1.1"),
    ],
)
def test_the_version_that_is_asked_for_is_said(asked, given):
    assert BaRSAdapter().write(VIEW, envelope(asked)).media_type == given


@pytest.mark.parametrize("asked", [f"{JSON}; version=2.0", f"{JSON}; version=1.x", "text/plain"])
def test_what_is_not_written_is_refused(asked):
    with pytest.raises(UnsupportedFormatError):
        BaRSAdapter().write(VIEW, envelope(asked))


def test_an_answer_that_names_nobody_can_still_be_read():
    payload = BaRSAdapter().write(VIEW, Envelope(media_type=JSON, at=AT))

    assert message_of(payload).sender.value == "unnamed"


@pytest.mark.parametrize("media_type", [JSON, XML])
@pytest.mark.parametrize("extent", Extent)
@pytest.mark.parametrize("answer", Answer)
def test_a_response_says_what_is_answered_to_what(answer, extent, media_type):
    reply = Reply(
        in_response_to="m-0", answer=answer, note="A visit is due.", extent=extent, child=CHILD
    )

    said = message_of(BaRSAdapter().write_reply(reply, envelope(media_type)))

    assert said.event is Event.RESPONSE
    assert (said.in_response_to, said.referral) == ("m-0", "m-0")
    assert (said.answer, said.note, said.extent) == (answer, "A visit is due.", extent)


@pytest.mark.parametrize(
    ("extent", "demanded"),
    [
        (Extent.FULL, {"Consent": 1, "HealthcareService": 1, "Organization": 2}),
        (Extent.SHORT, {"Encounter": 2, "Organization": 2, "PractitionerRole": 1}),
        (Extent.INTERIM, {"Encounter": 2, "Organization": 2, "Practitioner": 1}),
    ],
)
def test_a_response_has_what_its_definition_demands(extent, demanded):
    reply = Reply(in_response_to="m-0", answer=Answer.ACCEPTED, extent=extent)
    plain = json.loads(BaRSAdapter().write_reply(reply, envelope()).content)

    assert {kind: len(resources(plain, kind)) for kind in demanded} == demanded
    Bundle.model_validate(plain)


@pytest.mark.parametrize("media_type", [JSON, XML])
@pytest.mark.parametrize("ending", Ending)
def test_a_cancellation_says_which_referral_ends_and_why(ending, media_type):
    cancelled = Cancellation(referral="m-0", ending=ending, child=CHILD)

    payload = BaRSAdapter().write_cancellation(cancelled, envelope(media_type))
    said = message_of(payload)

    assert (said.event, said.referral, said.ending) == (Event.CANCEL, "m-0", ending)
    if media_type == JSON:
        kinds = [
            entry["resource"]["resourceType"] for entry in json.loads(payload.content)["entry"]
        ]
        assert sorted(kinds) == [
            "MessageHeader",
            "Organization",
            "Organization",
            "Patient",
            "ServiceRequest",
        ]
        Bundle.model_validate_json(payload.content)


def test_the_adapter_replies():
    assert isinstance(BaRSAdapter(), ReplyFormat)


def test_an_answer_that_is_none_of_our_codes_is_a_finding_and_no_answer():
    def answer(plain):
        header = resources(plain, "MessageHeader")[0]
        header["eventCoding"]["code"] = "servicerequest-response"
        referral = resources(plain, "ServiceRequest")[0]
        url = "https://caf-gateway.example/fhir/StructureDefinition/caf-answer"
        parts = [{"url": "code", "valueCode": "perhaps"}]
        referral["extension"].append({"url": url, "extension": parts})

    received = altered(answer)

    assert received.message.answer is None
    assert [one.code for one in received.findings] == ["unknown-answer"]
