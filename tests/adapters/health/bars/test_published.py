"""Every published file of BaRS: read, or refused with the place of its fault."""

import json

import pytest
from bars_messages import REFERRAL, altered, payload_of, read, resources
from fhir.resources.R4B import get_fhir_model_class
from pydantic import ValidationError
from shared_data import shared

from adapters.contract import Outcome, Severity
from adapters.errors import AdapterError
from adapters.health.fhir_r4.reading import read_resource
from mappings.caf.view import items_of

# What is wrong in the published JSON and is no confusion of lists and values.
MALFORMED = {
    "Endpoint/success_Endpoint_template.json": ("unknown-element", "Endpoint.connectionType"),
    "Endpoint/success_bundle.json": (
        "unknown-element",
        "Bundle.entry[0].resource.identifier[0]",
    ),
    "Endpoint/success_bundle_template.json": (
        "unknown-element",
        "Bundle.entry[0].resource.connectionType",
    ),
    "document_reference/POST-body.json": ("missing-element", "DocumentReference.content"),
    "document_reference/id/PUT-body.json": ("bad-format", "DocumentReference.id"),
    "process_message/POST-success.json": (
        "missing-element",
        "Bundle.entry[1].resource.participant[0].status",
    ),
    "message_definition/MessageDefinition_ServiceRequest-request_CaseTransfer.json": (
        "wrong-type",
        "Bundle.entry[0].resource.useContext[0].code",
    ),
    "service_request/PUT-body.json": ("unknown-element", "ServiceRequest"),
    "service_request/id/GET-success.json": ("unknown-element", "ServiceRequest"),
}


def published(suffix):
    return sorted(shared("data/fhir-bars").rglob(f"*.{suffix}"))


def test_every_published_xml_is_read():
    for path in published("xml"):
        read_resource(path.read_bytes(), "application/fhir+xml", is_lenient=True)


def test_every_published_json_that_is_valid_is_read_and_every_other_is_refused_or_repaired():
    refused = {}
    for path in published("json"):
        payload = path.read_bytes()
        try:
            found = read_resource(payload, "application/fhir+json", is_lenient=True)
        except AdapterError as error:
            name = path.relative_to(shared("data/fhir-bars/examples1.4.0")).as_posix()
            refused[name] = (error.code, error.where)
            assert not is_valid(payload), path.name
        else:
            is_repaired = "list-or-value" in {one.code for one in found.findings}
            assert is_valid(payload) is not is_repaired, path.name

    assert refused == MALFORMED


def is_valid(payload):
    plain = json.loads(payload)
    try:
        get_fhir_model_class(plain["resourceType"]).model_validate(plain)
    except ValidationError:
        return False
    return True


def confuse(plain):
    referral = resources(plain, "ServiceRequest")[0]
    referral["basedOn"] = referral["basedOn"][0]
    service = resources(plain, "HealthcareService")[0]
    service["providedBy"] = [service["providedBy"]]


def test_a_value_for_a_list_and_a_list_for_a_value_are_repaired_with_a_finding():
    received = altered(confuse)

    assert received.outcome is Outcome.ACCEPT_WITH_FINDINGS
    assert [(one.code, one.severity, one.where) for one in received.findings] == [
        ("list-or-value", Severity.WARNING, "Bundle.entry[1].resource.basedOn"),
        ("list-or-value", Severity.WARNING, "Bundle.entry[6].resource.providedBy"),
    ]
    whole = read(payload_of(REFERRAL)).readings[0].assessment
    assert len(list(items_of(received.readings[0].assessment))) == len(list(items_of(whole)))


@pytest.mark.parametrize(
    "value",
    [
        pytest.param([], id="no value at all"),
        pytest.param([{"display": "a"}, {"display": "b"}], id="two values for one"),
        pytest.param(["a"], id="a list of texts"),
    ],
)
def test_nothing_is_guessed_where_it_is_not_clear_what_was_meant(value):
    def spoil(plain):
        resources(plain, "HealthcareService")[0]["providedBy"] = value

    received = altered(spoil)

    assert received.outcome is Outcome.REJECT
    assert [(one.code, one.where) for one in received.findings] == [
        ("wrong-type", "Bundle.entry[6].resource.providedBy")
    ]
