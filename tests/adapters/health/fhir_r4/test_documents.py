"""Documents in FHIR messages: taken out byte for byte, each for the child that it is about."""

import base64

from bars_messages import altered, message, resources

from adapters.contract import Outcome
from adapters.health.fhir_r4.documents import Located, documents_in
from mappings.fhir_r4.generated import Unread

PDF = b"%PDF-1.7 \x00\xff"
DATA = base64.b64encode(PDF).decode()
HERE = "urn:uuid:0dbf6a0c-5f6b-4f0f-8f3c-2a1b0c9d8e7f"


def add(plain, *some):
    plain["entry"] += [{"fullUrl": url, "resource": resource} for url, resource in some]


def a_reference(attachment, subject=None):
    reference = {"resourceType": "DocumentReference", "status": "current", "description": "scan"}
    if subject:
        reference["subject"] = {"reference": subject}
    return {**reference, "content": [{"attachment": attachment}]}


def attachments(received):
    assert received.outcome is not Outcome.REJECT
    return [list(reading.attachments) for reading in received.readings]


def test_a_document_comes_out_as_it_went_in_with_its_place():
    attachment = {"contentType": "application/pdf", "data": DATA, "title": "A letter"}
    ((found,),) = attachments(altered(lambda plain: add(plain, (HERE, a_reference(attachment)))))
    assert (found.content, found.media_type, found.title) == (PDF, "application/pdf", "A letter")
    place = len(message()["entry"])
    assert found.where == f"Bundle.entry[{place}].resource.content[0].attachment"


def test_a_binary_is_a_document_of_whom_what_points_at_it_is_about():
    def two(plain):
        children = [
            entry["fullUrl"]
            for entry in plain["entry"]
            if entry["resource"]["resourceType"] == "Patient"
        ]
        binary = {"resourceType": "Binary", "contentType": "application/pdf", "data": DATA}
        pointing = a_reference({"contentType": "application/pdf", "url": HERE}, children[1])
        add(plain, (HERE, binary), (HERE[:-1] + "0", pointing))

    found = altered(two, "siblings-in-one-message")
    assert [len(one) for one in attachments(found)] == [0, 1]
    assert "attachment-elsewhere" not in [one.code for one in found.findings]


def test_a_document_of_nobody_in_particular_is_held_for_each_child():
    binary = {"resourceType": "Binary", "contentType": "application/pdf", "data": DATA}
    found = altered(lambda plain: add(plain, (HERE, binary)), "siblings-in-one-message")
    assert all(len(one) == 1 for one in attachments(found))


def test_what_stands_elsewhere_is_told_and_never_fetched():
    attachment = {"contentType": "application/pdf", "url": "https://files.example/1.pdf"}
    found = altered(lambda plain: add(plain, (HERE, a_reference(attachment))))
    assert "attachment-elsewhere" in [one.code for one in found.findings]
    assert attachments(found) == [[]]
    assert all("files.example" not in one.message for one in found.findings)


def test_what_is_no_base64_is_told_and_costs_nothing_else():
    attachment = {"contentType": "application/pdf", "data": "canary!"}
    media = {"resourceType": "Media", "status": "completed", "content": attachment}
    found = altered(lambda plain: add(plain, (HERE, media)))
    assert "attachment-unreadable" in [one.code for one in found.findings]
    assert attachments(found) == [[]]


def test_a_message_without_documents_has_none():
    plain = message()
    assert resources(plain, "DocumentReference") == []
    assert attachments(altered(lambda _: None)) == [[]]


def test_a_broken_document_reference_costs_the_document_and_not_the_message():
    broken = a_reference({"contentType": "application/pdf", "data": "canary!"})
    found = altered(lambda plain: add(plain, (HERE, broken)))
    assert "attachment-unreadable" in [one.code for one in found.findings]
    assert attachments(found) == [[]]
    assert all("canary" not in one.message for one in found.findings)


def test_a_document_of_no_kind_is_held_as_bytes():
    found = altered(lambda plain: add(plain, (HERE, a_reference({"data": DATA}))))
    ((one,),) = attachments(found)
    assert (one.content, one.media_type) == (PDF, "application/octet-stream")


def test_what_is_measured_or_signed_is_no_document():
    sampled = {"origin": {"value": 1}, "period": 1, "dimensions": 1, "data": "1 2 3"}
    observation = {
        "resourceType": "Observation",
        "status": "final",
        "code": {"text": "heart rate"},
        "valueSampledData": sampled,
    }
    found = altered(lambda plain: add(plain, (HERE, observation)))
    assert attachments(found) == [[]]


def test_a_document_of_a_type_that_is_not_read_comes_out_of_xml_too():
    content = f'<content><contentType value="application/pdf"/><data value="{DATA}"/></content>'
    media = f'<Media xmlns="http://hl7.org/fhir"><status value="completed"/>{content}</Media>'
    unread = Unread(type="Media", content=media)

    (found,) = documents_in([Located("Bundle.entry[1].resource", "", unread)]).documents

    assert found.attachment.content == PDF
    assert found.attachment.where == "Bundle.entry[1].resource.content"
