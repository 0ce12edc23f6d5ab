"""The BaRS adapter: every message of the guide is read, every bad one is refused with its place."""

import json
import time
import tracemalloc

import pytest
from bars_messages import NAMES, REFERRAL, altered, message, payload_of, read, resources
from fhir.resources.R4B.bundle import Bundle
from shared_data import shared

from adapters.contract import Destination, Event, Outcome, SharingBasis

DOS = "https://fhir.nhs.uk/Id/dos-service-id"
CANARY = "Zebedee"


def guide_messages():
    for path in sorted(shared("data/fhir-bars").rglob("*.*")):
        payload = path.read_bytes() if path.suffix in {".json", ".xml"} else b""
        if b'<type value="message" />' in payload or b'"type": "message"' in payload:
            yield path, payload


def test_every_message_of_the_guide_is_read():
    outcomes = {
        path.name: read(payload, f"application/fhir+{path.suffix[1:]}")
        for path, payload in guide_messages()
        if path.name != "POST-success.json"
    }

    assert len(outcomes) >= 17
    rejected = {
        name: one.findings for name, one in outcomes.items() if one.outcome is Outcome.REJECT
    }
    assert rejected == {}
    assert all(one.message and one.message.destinations for one in outcomes.values())


def test_a_malformed_message_of_the_guide_is_refused_with_its_place():
    payload = shared("data/fhir-bars/examples1.4.0/process_message/POST-success.json").read_bytes()

    (finding,) = read(payload).findings

    assert finding.code == "missing-element"
    assert finding.where == "Bundle.entry[1].resource.participant[0].status"


@pytest.mark.parametrize("name", NAMES)
def test_our_own_messages_are_accepted_and_valid_for_the_reference_model(name):
    payload = payload_of(name)

    Bundle.model_validate(json.loads(payload))

    assert read(payload).outcome is Outcome.ACCEPT
    assert read(payload).findings == ()


def test_a_message_in_xml_says_what_the_same_in_json_says():
    from_json = read(payload_of(REFERRAL))
    from_xml = read(payload_of(REFERRAL, "xml"), "application/fhir+xml")

    assert from_xml.message == from_json.message
    assert texts(from_xml) == texts(from_json)


def texts(received):
    assessment = received.readings[0].assessment
    return [
        (statement.text, statement.kind, statement.level_of_need)
        for section in (assessment.development, assessment.carers, assessment.environment)
        for field in section.__struct_fields__
        for statement in getattr(section, field)
    ]


def test_a_message_says_who_sends_what_to_whom():
    said = read(payload_of(REFERRAL)).message

    assert said.event is Event.NEW
    assert said.sender == Destination(DOS, "2000099901")
    assert [one.value for one in said.destinations] == [
        "2000099902",
        "2000099903",
        "2000099904",
        "2000099905",
    ]
    assert said.use_case == "early-help-referral"
    assert (said.concern, said.basis) == ("concern", SharingBasis.CONSENT)
    assert said.practitioner == "Alma Whitlow"


def test_a_revoked_referral_under_update_is_a_cancellation():
    def cancel(plain):
        resources(plain, "MessageHeader")[0]["reason"]["coding"][0]["code"] = "update"
        resources(plain, "ServiceRequest")[0]["status"] = "revoked"

    assert altered(cancel).message.event is Event.CANCEL


def test_a_response_names_the_message_that_it_answers():
    def answer(plain):
        header = resources(plain, "MessageHeader")[0]
        header["eventCoding"]["code"] = "servicerequest-response"
        header["response"] = {"identifier": "first-message", "code": "ok"}

    said = altered(answer).message

    assert (said.event, said.in_response_to) == (Event.RESPONSE, "first-message")


def header_of(plain):
    return resources(plain, "MessageHeader")[0]


BROKEN = [
    pytest.param(
        lambda plain: plain["entry"].pop(0), "no-message-header", "Bundle.entry[0]", id="no header"
    ),
    pytest.param(
        lambda plain: plain.update(entry=[]), "no-message-header", "Bundle.entry[0]", id="nothing"
    ),
    pytest.param(
        lambda plain: plain.update(type="collection"), "not-a-message", "Bundle", id="no message"
    ),
    pytest.param(
        lambda plain: header_of(plain).pop("destination"),
        "no-destination",
        "Bundle.entry[0].resource.destination",
        id="no destination",
    ),
    pytest.param(
        lambda plain: header_of(plain)["eventCoding"].update(code=CANARY),
        "unknown-code",
        "Bundle.entry[0].resource.eventCoding",
        id="an event that BaRS does not know",
    ),
    pytest.param(
        lambda plain: header_of(plain).pop("reason"),
        "unknown-code",
        "Bundle.entry[0].resource.reason",
        id="no reason",
    ),
    pytest.param(
        lambda plain: header_of(plain)["focus"][0].update(reference=f"urn:uuid:{CANARY}"),
        "focus-not-found",
        "Bundle.entry[0].resource.focus[0]",
        id="a focus that is not there",
    ),
    pytest.param(
        lambda plain: plain["entry"].append(plain["entry"][1]),
        "duplicate-full-url",
        "Bundle.entry[21].fullUrl",
        id="a fullUrl twice",
    ),
    pytest.param(
        lambda plain: resources(plain, "Patient")[0].update(birthDate="2022-02-30"),
        "impossible-date",
        "Bundle.entry[2].resource.birthDate",
        id="30 February",
    ),
    pytest.param(
        lambda plain: resources(plain, "Patient")[0].update({CANARY: 1}),
        "unknown-element",
        "Bundle.entry[2].resource",
        id="an unknown element",
    ),
    pytest.param(
        lambda plain: resources(plain, "ServiceRequest")[0].update(status=CANARY),
        "unknown-code",
        "Bundle.entry[1].resource.status",
        id="an unknown status",
    ),
    pytest.param(lambda plain: plain.pop("id"), "missing-element", "Bundle.id", id="no message id"),
]


@pytest.mark.parametrize(("alter", "code", "where"), BROKEN)
def test_a_broken_message_is_rejected_with_its_place(alter, code, where):
    received = altered(alter)

    assert received.outcome is Outcome.REJECT
    assert [(one.code, one.where) for one in received.findings] == [(code, where)]
    assert CANARY not in str(received)
    assert received.readings == ()


HOSTILE = [
    pytest.param(b"Zebedee", "application/fhir+json", "not-json", id="not JSON"),
    pytest.param(b"Zebedee", "application/fhir+xml", "not-xml", id="not XML"),
    pytest.param(b"{}", "text/plain", "unsupported-media-type", id="another media type"),
    pytest.param(b"[" * 10_000, "application/fhir+json", "too-deep", id="10,000 deep, JSON"),
    pytest.param(b"<a>" * 10_000, "application/fhir+xml", "too-deep", id="10,000 deep, XML"),
    pytest.param(b" " * 20_000_000, "application/fhir+json", "too-many-bytes", id="20 MB, JSON"),
    pytest.param(b" " * 20_000_000, "application/fhir+xml", "too-many-bytes", id="20 MB, XML"),
    pytest.param(
        b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
        "application/fhir+xml",
        "document-type",
        id="an entity",
    ),
    pytest.param(b'{"a":"\\ud800"}', "application/fhir+json", "not-json", id="a lone surrogate"),
    pytest.param(b"\xef\xbb\xbf{}", "application/fhir+json", "not-utf-8", id="a byte order mark"),
    pytest.param(
        b'{"resourceType":"Patient","extension":' + b'[{"url":"x","extension":' * 5000,
        "application/fhir+json",
        "too-deep",
        id="a recursive element without end",
    ),
]


@pytest.mark.parametrize(("payload", "media_type", "code"), HOSTILE)
def test_a_hostile_payload_is_rejected_within_bounds(payload, media_type, code):
    started = time.perf_counter()
    tracemalloc.start()

    received = read(payload, media_type)

    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert received.outcome is Outcome.REJECT
    assert [one.code for one in received.findings] == [code]
    assert "Zebedee" not in str(received)
    assert time.perf_counter() - started < 1
    assert peak < 20 * 2**20


def test_a_name_given_twice_is_rejected():
    payload = payload_of(REFERRAL).replace(
        b'"type": "message"', b'"type": "message", "type": "message"'
    )

    assert [one.code for one in read(payload).findings] == ["duplicate-name"]


def test_a_reference_that_leads_nowhere_is_a_finding():
    def lose(plain):
        resources(plain, "ServiceRequest")[0]["encounter"]["reference"] = "urn:uuid:nobody"

    (finding,) = altered(lose).findings

    assert finding.code == "dangling-reference"
    assert finding.where == "Bundle.entry[1].resource.encounter.reference"


def test_an_invalid_nhs_number_is_a_finding_and_matches_nobody():
    def spoil(plain):
        resources(plain, "Patient")[0]["identifier"][0]["value"] = "9990000000"

    received = altered(spoil)

    assert received.outcome is Outcome.ACCEPT_WITH_FINDINGS
    assert [one.code for one in received.findings] == ["invalid-nhs-number"]
    number = received.readings[0].assessment.child.identifiers[0]
    assert (number.is_valid, number.is_verified) == (False, False)


def test_a_concern_that_is_no_code_is_unknown_and_a_finding():
    def invent(plain):
        resources(plain, "ServiceRequest")[0]["extension"][0]["valueCode"] = "tier-3"

    received = altered(invent)

    assert received.message.concern is None
    assert [one.code for one in received.findings] == ["unknown-concern"]


def test_a_message_is_read_without_a_child():
    def orphan(plain):
        plain["entry"] = [
            entry for entry in plain["entry"] if entry["resource"]["resourceType"] != "Patient"
        ]

    received = altered(orphan)

    assert received.readings == ()
    assert "no-child" in {one.code for one in received.findings}


def test_no_example_holds_a_number_of_a_real_person():
    for name in NAMES:
        for patient in resources(message(name), "Patient"):
            for identifier in patient.get("identifier", ()):
                if identifier["system"] == "https://fhir.nhs.uk/Id/nhs-number":
                    assert identifier["value"].startswith("999")
