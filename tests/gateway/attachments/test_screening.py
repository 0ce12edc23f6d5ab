"""Screening: what is not taken is a finding, and the record is taken all the same."""

import pytest
from pydantic import ValidationError

from adapters.contract import Attachment, Message, Outcome, Reading, Received
from gateway.attachments.screening import screened
from gateway.attachments.sections import Attachments
from mappings.caf.assessment import Assessment
from mappings.fidelity import Ledger

PDF = b"%PDF-1.7\n"


def received(*attachments):
    reading = Reading(Assessment(), Ledger(), attachments=attachments)
    return Received(Outcome.ACCEPT, (), Message(id="m"), (reading,))


def an_attachment(content=PDF, media_type="application/pdf"):
    return Attachment(content, media_type, "Bundle.entry[3].resource")


@pytest.mark.parametrize(
    ("attachment", "code"),
    [
        pytest.param(an_attachment(b""), "attachment-empty", id="nothing"),
        pytest.param(an_attachment(PDF * 200), "attachment-too-large", id="too large"),
        pytest.param(an_attachment(b"MZ\x90\x00"), "attachment-not-allowed", id="a program"),
        pytest.param(an_attachment(b"{\\rtf1"), "attachment-not-allowed", id="not of the allowed"),
        pytest.param(
            an_attachment(media_type="image/png"), "attachment-not-as-declared", id="declared amiss"
        ),
    ],
)
def test_what_is_not_taken_is_a_finding_that_says_who_must_do_what(attachment, code):
    allowed = Attachments(media_types=("application/pdf", "text/plain"), max_bytes=1000)
    found = screened(received(attachment), allowed)
    assert found.outcome is Outcome.ACCEPT_WITH_FINDINGS
    assert [(one.code, one.where) for one in found.findings] == [(code, attachment.where)]
    assert "the sender has to" in found.findings[0].message
    assert found.readings[0].attachments == ()
    assert found.readings[0].assessment == Assessment()


@pytest.mark.parametrize("declared", ["application/pdf", "application/octet-stream", ""])
def test_what_is_allowed_is_taken_without_a_finding(declared):
    whole = received(an_attachment(media_type=declared))
    assert screened(whole, Attachments()) is whole


def test_of_too_many_the_first_are_taken():
    whole = received(*[an_attachment()] * 4)
    found = screened(whole, Attachments(max_count=3))
    assert len(found.readings[0].attachments) == 3
    assert [one.code for one in found.findings] == ["too-many-attachments"]


@pytest.mark.parametrize(
    "amiss",
    [
        {"media_types": ("application/zip",)},
        {"scanner": "tcp:192.0.2.1:3310"},
        {"scanner": "clamd"},
        {"max_bytes": 0},
    ],
)
def test_settings_that_would_take_anything_or_ask_anybody_are_refused(amiss):
    with pytest.raises(ValidationError):
        Attachments(**amiss)


@pytest.mark.parametrize(
    "scanner", ["", "unix:/run/clamd.ctl", "tcp:127.0.0.1:3310", "tcp:[::1]:1"]
)
def test_a_scanner_is_on_this_machine(scanner):
    assert Attachments(scanner=scanner).scanner == scanner
