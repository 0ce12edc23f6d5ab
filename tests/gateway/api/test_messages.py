"""`$process-message`: the way of BaRS."""

import base64

import pytest
from front_door import CORRELATION_ID, FHIR, IDS, MESSAGE, REQUEST_ID
from lxml import etree
from oauth import ISSUER

from adapters.contract import Finding, Severity
from adapters.health.fhir_r4.xml_format import to_plain
from gateway.operation_outcome import outcome

_SCOPE = "system/ServiceRequest.c"
_BODY = b'{"resourceType":"Bundle"}'


def test_a_message_is_answered_with_what_became_of_it_for_each_destination(door):
    answer = door.http.post(MESSAGE, content=_BODY, headers=door.authorised(_SCOPE, **FHIR))
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/fhir+json"
    issues = answer.json()["issue"]
    assert [issue["severity"] for issue in issues] == ["information", "warning"]
    assert [issue["code"] for issue in issues] == ["informational", "not-found"]
    assert issues[1]["expression"] == ["Bundle.entry[0].resource.destination[1]"]


def test_an_answer_carries_the_receipt_the_entry_and_both_ids(door):
    answer = door.http.post(MESSAGE, content=_BODY, headers=door.authorised(_SCOPE, **FHIR))
    receipt = base64.urlsafe_b64decode(answer.headers["CAF-Receipt"] + "==")
    assert receipt.startswith(b"receipt of ")
    assert answer.headers["CAF-Entry"] == "7"
    assert answer.headers["X-Request-Id"] == REQUEST_ID
    assert answer.headers["X-Correlation-Id"] == CORRELATION_ID
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_exchange_gets_the_bytes_as_received_and_who_proved_to_have_sent_them(door):
    door.http.post(MESSAGE, content=_BODY, headers=door.authorised(_SCOPE, **FHIR))
    (inbound,) = door.exchange.received
    assert inbound.content == _BODY
    assert inbound.media_type == "application/fhir+json"
    assert inbound.caller.service_id == "health-visiting"
    assert (inbound.request_id, inbound.correlation_id) == (REQUEST_ID, CORRELATION_ID)


def test_a_repeat_is_a_conflict_of_the_kind_duplicate_with_the_first_receipt(door):
    headers = door.authorised(_SCOPE, **FHIR)
    first = door.http.post(MESSAGE, content=_BODY, headers=headers)
    again = door.http.post(MESSAGE, content=_BODY, headers=headers)
    (issue,) = again.json()["issue"]
    assert again.status_code == 409
    assert issue["code"] == "duplicate"
    assert issue["details"]["coding"][0] == {
        "system": "https://fhir.nhs.uk/Codesystem/http-error-codes",
        "code": "REC_CONFLICT",
    }
    assert again.headers["CAF-Receipt"] == first.headers["CAF-Receipt"]


@pytest.mark.parametrize(
    ("code", "status", "http_error"),
    [
        pytest.param("not-json", 400, "REC_BAD_REQUEST", id="unreadable bytes"),
        pytest.param("no-destination", 422, "REC_UNPROCESSABLE_ENTITY", id="a wrong message"),
    ],
)
def test_a_rejection_names_each_place_and_who_must_act(door, code, status, http_error):
    door.exchange.rejects = (
        Finding(code, Severity.ERROR, "Bundle.entry[0]", "the sender names a destination"),
        Finding("no-version", Severity.WARNING, "/meta", "the sender states a version"),
    )
    answer = door.http.post(MESSAGE, content=_BODY, headers=door.authorised(_SCOPE, **FHIR))
    error, warning = answer.json()["issue"]
    assert answer.status_code == status
    assert error["expression"] == ["Bundle.entry[0]"]
    assert error["details"]["coding"][0]["code"] == http_error
    assert "expression" not in warning
    assert answer.headers["CAF-Entry"] == "8"


@pytest.mark.parametrize("missing", ["X-Request-Id", "X-Correlation-Id"])
def test_both_ids_are_required(door, missing):
    headers = door.authorised(_SCOPE, **FHIR)
    del headers[missing]
    answer = door.http.post(MESSAGE, content=_BODY, headers=headers)
    (issue,) = answer.json()["issue"]
    assert answer.status_code == 400
    assert issue["details"]["coding"][0]["code"] == "REC_BAD_REQUEST"
    assert issue["diagnostics"].endswith(missing)
    assert door.exchange.received == []


@pytest.mark.parametrize(
    "content_type",
    ["application/fhir+xml", "application/fhir+xml; charset=UTF-8", "application/fhir+json"],
)
def test_both_formats_of_fhir_are_taken(door, content_type):
    headers = door.authorised(_SCOPE, **IDS, **{"Content-Type": content_type})
    assert door.http.post(MESSAGE, content=_BODY, headers=headers).status_code == 200


def test_a_receipt_too_long_for_a_header_is_fetched_from_its_address(door):
    door.exchange.receipt_bytes = 5000
    answer = door.http.post(MESSAGE, content=_BODY, headers=door.authorised(_SCOPE, **FHIR))
    assert "CAF-Receipt" not in answer.headers
    assert answer.headers["CAF-Receipt-Location"] == f"{ISSUER}/api/v1/receipts/7"


XML = "application/fhir+xml"


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        pytest.param("*/*", "application/fhir+json", id="anything"),
        pytest.param("application/fhir+xml", XML, id="XML"),
        pytest.param("application/fhir+xml; version=1.2.0", XML, id="XML of a version"),
        pytest.param("text/xml", XML, id="XML by its plain name"),
        pytest.param("application/fhir+json;q=0.5, application/fhir+xml", XML, id="XML rather"),
        pytest.param(
            "application/fhir+xml;q=0, */*", "application/fhir+json", id="anything but XML"
        ),
    ],
)
def test_the_answer_is_in_the_format_of_fhir_that_is_accepted(door, accept, media_type):
    headers = door.authorised(_SCOPE, **FHIR, Accept=accept)
    answer = door.http.post(MESSAGE, content=_BODY, headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (200, media_type)


def test_an_outcome_says_the_same_in_xml_as_in_json(door):
    headers = door.authorised(_SCOPE, **FHIR)
    in_json = door.http.post(MESSAGE, content=_BODY, headers=headers).json()
    door.exchange.received.clear()
    answer = door.http.post(MESSAGE, content=_BODY, headers=headers | {"Accept": XML})
    assert to_plain(etree.fromstring(answer.content)) == in_json


def test_a_failure_too_is_told_in_xml(door):
    headers = {"Accept": XML} | FHIR
    answer = door.http.post(MESSAGE, content=_BODY, headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (401, XML)
    assert to_plain(etree.fromstring(answer.content))["resourceType"] == "OperationOutcome"


def test_what_xml_cannot_hold_is_replaced():
    plain = to_plain(etree.fromstring(outcome("r", [{"diagnostics": "a\x00b\ud800"}], XML)))
    assert plain["issue"] == [{"diagnostics": "a\ufffdb\ufffd"}]


@pytest.mark.parametrize("accept", ["text/html", "application/fhir+json;q=0", "image/*", ";;,"])
def test_a_format_that_is_not_fhir_is_refused_before_anything_is_taken(door, accept):
    headers = door.authorised(_SCOPE, **FHIR, Accept=accept)
    answer = door.http.post(MESSAGE, content=_BODY, headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (406, "application/fhir+json")
    assert answer.json()["issue"][0]["details"]["coding"][0]["code"] == "REC_NOT_ACCEPTABLE"
    assert door.exchange.received == []
