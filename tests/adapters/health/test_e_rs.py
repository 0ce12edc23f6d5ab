"""The e-RS adapter: referrals in STU3 and R4 are read, and known faults are repaired."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from importlib.resources import files

import pytest
from fhir.resources.STU3 import get_fhir_model_class
from shared_data import shared

from adapters.contract import Envelope, Outcome
from adapters.errors import UnsupportedFormatError
from adapters.health.e_rs import MEDIA_TYPE, ERSAdapter
from mappings.caf.assessment import Assessment
from mappings.caf.view import View
from mappings.fidelity import Fate

EXAMPLE = (files("adapters.health") / "examples" / "e-rs-referral.json").read_bytes()
ENVELOPE = Envelope(media_type=MEDIA_TYPE, at=datetime(2026, 2, 5, tzinfo=UTC), record="ab" * 32)
ADAPTER = ERSAdapter()
REPAIRED = {
    "PractitionerBundle.json": "Bundle.entry[0].resource.identifier",
    "BookingWithNamedClinician.json": "Appointment.participant[2].type",
    "CancelledReferralOutpatientService.json": (
        "Parameters.parameter[0].resource.contained[2].participant[2].type"
    ),
    "WithRelatedReferral.json": "ReferralRequest.contained[2].participant[2].type",
}


def _read(payload):
    return ADAPTER.read(payload, ENVELOPE)


def test_a_referral_says_whose_it_is_what_for_and_what_the_child_needs():
    received = _read(EXAMPLE)
    (reading,) = received.readings
    caf = reading.assessment

    assert caf.child.identifiers[0].value == "9990000018"
    assert [one.code for one in caf.information.led_to[0].codes] == ["PAEDIATRICS"]
    assert [one.code for one in caf.child.requirements[0].codes] == ["INTERPRETER"]
    assert {one.code for one in received.findings} == {"object-for-list", "old-identifier-system"}


def test_every_leaf_is_accounted_for():
    (reading,) = _read(EXAMPLE).readings
    kept = {leaf.place for leaf in reading.ledger.leaves if leaf.fate is Fate.KEPT}

    assert len(reading.ledger.leaves) == 24
    assert "ReferralRequest.subject.identifier.value" in kept
    assert "ReferralRequest.specialty.coding[0].code" in kept


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (b"{", "not-json"),
        (b'{"resourceType": "Wizard"}', "unknown-resource"),
        (b"[]", "unknown-resource"),
        (b"null", "unknown-resource"),
    ],
)
def test_what_is_none_of_the_service_is_refused(payload, code):
    received = _read(payload)

    assert received.outcome is Outcome.REJECT
    assert received.findings[0].code == code


def test_a_referral_of_nobody_is_a_finding():
    received = _read(b'{"resourceType": "ReferralRequest", "subject": []}')

    assert {one.code for one in received.findings} == {"no-child"}


def test_a_coded_reason_that_nobody_sorted_is_labelled_with_each_sensitive_kind():
    (said,) = _read(EXAMPLE).readings[0].assessment.information.led_to

    assert {one.value for one in said.labels} == {"mental_health", "sexual_health", "substance_use"}


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"status": "cancelled"}, "withdrawn-resource"),
        ({"status": "entered-in-error"}, "withdrawn-resource"),
        ({"resourceType": "ServiceRequest", "status": "revoked"}, "withdrawn-resource"),
        ({"resourceType": "ServiceRequest", "doNotPerform": True}, "withdrawn-resource"),
        ({"meta": {"security": [{"code": "V"}]}}, "restricted-record"),
    ],
)
def test_a_referral_that_does_not_hold_or_is_restricted_is_not_read(said, code):
    received = _read(json.dumps(json.loads(EXAMPLE) | said).encode())

    assert received.readings == ()
    assert code in {one.code for one in received.findings}


def test_referrals_are_not_written():
    with pytest.raises(UnsupportedFormatError):
        ADAPTER.write(View(content=Assessment(), purpose="early_help"), ENVELOPE)


def test_every_published_file_is_read_and_the_known_faults_are_repaired_with_a_finding():
    repaired = {}
    for path in sorted(shared("data/fhir-ers").rglob("*.json")):
        received = ADAPTER.read(path.read_bytes(), replace(ENVELOPE, record="cd" * 32))
        assert received.outcome is not Outcome.REJECT, path.name
        found = [one.where for one in received.findings if one.code == "object-for-list"]
        if found:
            (repaired[path.name],) = found
        for reading in received.readings:
            assert reading.ledger.leaves

    assert repaired == REPAIRED


def test_no_fault_of_that_kind_is_missed_that_the_reference_model_finds():
    for path in sorted(shared("data/fhir-ers/mocks/stu3").rglob("*.json")):
        plain = json.loads(path.read_bytes())
        try:
            get_fhir_model_class(plain["resourceType"]).model_validate(plain)
        except ValueError:
            assert path.name in REPAIRED


def _with_a_letter(data, **subject):
    letter = {
        "resourceType": "DocumentReference",
        "content": [{"attachment": {"contentType": "application/pdf", "data": data}}],
    }
    entries = [{"resource": json.loads(EXAMPLE)}, {"resource": letter | subject}]
    whole = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    return _read(json.dumps(whole).encode())


def test_a_letter_beside_a_referral_is_held_for_whom_it_is_about():
    own = json.loads(EXAMPLE)["subject"]
    another = {"identifier": own["identifier"] | {"value": "9990000026"}}

    held = [
        [one.content for one in reading.attachments]
        for subject in ({}, {"subject": own}, {"subject": another})
        for reading in _with_a_letter("AP8=", **subject).readings
    ]

    assert held == [[b"\x00\xff"], [b"\x00\xff"], []]


def test_a_broken_letter_costs_no_more_than_itself():
    received = _with_a_letter("canary!")

    assert "attachment-unreadable" in {one.code for one in received.findings}
    assert [one.attachments for one in received.readings] == [()]
