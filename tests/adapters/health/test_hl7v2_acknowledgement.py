"""The answer to an HL7 v2 message: accepted or refused, and where the fault lies."""

from datetime import UTC, datetime
from importlib.resources import files

import pytest
from hl7apy.parser import parse_message
from hl7apy.validation import Validator

from adapters.contract import Envelope
from adapters.health.hl7v2 import MEDIA_TYPE, HL7v2Adapter, acknowledge

EXAMPLES = files("adapters.health.hl7v2") / "examples"
REFERRAL, RECORD, DIRTY, CANCEL, BATCH = (
    (EXAMPLES / f"{name}.hl7").read_bytes()
    for name in ("referral", "record", "dirty", "cancel", "batch")
)
AT = datetime(2026, 7, 20, 9, tzinfo=UTC)
ENVELOPE = Envelope(media_type=MEDIA_TYPE, at=AT, record="ab" * 32)


def _answer(payload):
    received = HL7v2Adapter().read(payload, ENVELOPE)
    return acknowledge(payload, received, at=AT, message_id="ANS-1").decode()


def _segments(payload):
    return {line[:3]: line.split("|") for line in _answer(payload).split("\r")}


@pytest.mark.parametrize(
    ("payload", "kind", "code"),
    [
        (REFERRAL, "RRI^I12^RRI_I12", "AA"),
        (CANCEL, "RRI^I14^RRI_I12", "AA"),
        (DIRTY, "RRI^I12^RRI_I12", "AA"),
        (RECORD, "ACK^A31^ACK", "AA"),
        (BATCH, "ACK^A28^ACK", "AA"),
        (REFERRAL.replace(b"REF^I12", b"ADT^A40"), "ACK^A40^ACK", "AR"),
        (REFERRAL.replace(b"PID|1", b"ZPI|1"), "ACK^I12^ACK", "AE"),
        (REFERRAL + b"\x00\xff", "ACK^A28^ACK", "AR"),
        (b"no message at all", "ACK^A28^ACK", "AR"),
        (b"", "ACK^A28^ACK", "AR"),
    ],
)
def test_an_answer_is_of_the_message_s_kind_and_accepted_by_hl7apy(payload, kind, code, tmp_path):
    segments = _segments(payload)

    assert (segments["MSH"][8], segments["MSA"][1]) == (kind, code)
    answer = parse_message(_answer(payload))
    assert Validator.validate(answer, report_file=str(tmp_path / "report"))


def test_an_answer_goes_back_to_who_asked_and_names_the_message():
    segments = _segments(REFERRAL)

    assert segments["MSH"][2:6] == ["EARLYHELP", "A81001", "PAS", "RX8"]
    assert segments["MSA"][2] == "RX8-000412"
    assert segments["RF1"][6] == "R-2026-17^RX8"


def test_a_refusal_says_where_the_fault_lies():
    error = _segments(REFERRAL.replace(b"REF^I12", b"ADT^A40"))["ERR"][1]

    assert error == "MSH^1^9^200&Unsupported message type&HL70357&unsupported-message"


def test_what_was_repaired_is_told_in_notes_and_is_no_error():
    lines = [one for one in _answer(DIRTY).split("\r") if one.startswith("NTE")]

    assert "ERR" not in _segments(DIRTY)
    assert any("identifier-type PID-3[1].5: " in one for one in lines)
