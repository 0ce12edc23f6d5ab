"""The HL7 v2 adapter: what is read of each form, what is refused and where, what is written."""

from dataclasses import replace
from datetime import UTC, datetime
from importlib.resources import files

import pytest
from hl7apy.exceptions import HL7apyException
from hl7apy.parser import parse_message
from hl7apy.validation import Validator
from hypothesis import given, settings
from hypothesis import strategies as st
from shared_data import shared
from strategies import assessments

from adapters.contract import Destination, Envelope, Event, Outcome, Severity
from adapters.health.hl7v2 import MEDIA_TYPE, HL7v2Adapter, control_id
from adapters.health.hl7v2.transmission import MAX_BYTES, MAX_MESSAGES
from mappings.caf.assessment import Assessment
from mappings.caf.categories import Category
from mappings.caf.identifiers import Scheme
from mappings.caf.view import PART_OF_A_WHOLE, View
from mappings.fidelity import Fate

EXAMPLES = files("adapters.health.hl7v2") / "examples"
REFERRAL, RECORD, DIRTY, CANCEL, BATCH = (
    (EXAMPLES / f"{name}.hl7").read_bytes()
    for name in ("referral", "record", "dirty", "cancel", "batch")
)
ENVELOPE = Envelope(
    media_type=MEDIA_TYPE,
    at=datetime(2026, 7, 20, 9, tzinfo=UTC),
    record="ab" * 32,
    sender="RX8",
    message_id="out-17",
    destinations=(Destination(Scheme.ODS.system, "A81001"),),
)
ADAPTER = HL7v2Adapter()
UNSORTED = (Category.MENTAL_HEALTH, Category.SEXUAL_HEALTH, Category.SUBSTANCE_USE)


def _read(payload):
    return ADAPTER.read(payload, ENVELOPE)


def _written(assessment):
    return ADAPTER.write(View(content=assessment, purpose="early_help"), ENVELOPE).content


def _codes(payload, severity=None):
    return {
        (one.code, one.where)
        for one in _read(payload).findings
        if severity is None or one.severity is severity
    }


def _is_valid(content, tmp_path):
    try:
        return Validator.validate(
            parse_message(content.decode()), report_file=str(tmp_path / "report")
        )
    except HL7apyException:
        return False


def _refused(payload):
    received = _read(payload)
    (finding,) = received.findings
    assert (received.outcome, received.readings) == (Outcome.REJECT, ())
    return finding.code, finding.where


def test_a_whole_referral_is_accepted_with_its_message():
    received = _read(REFERRAL)

    assert received.outcome is Outcome.ACCEPT
    assert received.message.event is Event.NEW
    assert received.message.sender == Destination(Scheme.ODS.system, "RX8")
    assert received.message.destinations == (Destination(Scheme.ODS.system, "A81001"),)
    assert received.message.sent_at == datetime(2026, 1, 5, 9, 15, tzinfo=UTC)
    assert received.message.practitioner == "Dr Rowan Example"


def test_a_referral_says_who_the_child_is_and_what_led_to_it():
    (reading,) = _read(REFERRAL).readings
    caf = reading.assessment

    assert caf.child.identifiers[0].scheme == "nhs-number"
    assert reading.sender_child_id == "hl7v2/RX8/MR/4471"
    assert {one.text for one in caf.information.led_to} >= {"Sleeps badly since the family moved"}
    assert [one.relationship.code for one in caf.people.carers if one.relationship] == ["MTH"]
    assert [one.name for one in caf.people.siblings] == ["Sam Testchild"]
    assert caf.development.behavioural[0].summary == "Needs help with settling at night"


def test_a_diagnosis_is_labelled_with_what_it_is_about():
    (reading,) = _read(REFERRAL).readings
    by_code = {
        one.codes[0].code: one.labels
        for one in reading.assessment.development.general_health
        if one.codes
    }

    assert by_code["J45.9"] == ()
    assert by_code["F93.0"] == (Category.MENTAL_HEALTH,)
    assert Category.SEXUAL_HEALTH in by_code["29463-7"]  # of a system that nobody classed


def _labels_at(payload, place):
    (reading,) = _read(payload).readings
    caf = reading.assessment
    said = (*caf.information.led_to, *caf.development.general_health, *caf.development.behavioural)
    (found,) = (one for one in said if one.source and one.source.place == place)
    return found.labels


@pytest.mark.parametrize(
    ("said", "labels"),
    [
        (b"mental_health~sen", (Category.MENTAL_HEALTH, Category.SEN)),
        (b"mentl_health", tuple(Category)),
        (b"mental_health^sen", tuple(Category)),
        (b"mental_health&sen", tuple(Category)),
        (b"mental_health~mentl_health", tuple(Category)),
        (b"~", tuple(Category)),
        (b'""', ()),
    ],
)
def test_a_label_that_cannot_be_read_is_every_category(said, labels):
    payload = REFERRAL.replace(b"F||mental_health", b"F||" + said)

    assert _labels_at(payload, "OBX[2]") == labels


def test_a_label_of_an_observation_of_a_system_stands_beside_what_its_code_is_about():
    payload = REFERRAL.replace(b"|||||F\rOBX|2", b"|||||F||sen~adoption\rOBX|2")

    assert {Category.SEN, Category.ADOPTION, Category.MENTAL_HEALTH} < set(
        _labels_at(payload, "OBX[1]")
    )


def test_a_reason_is_labelled_as_a_diagnosis_of_the_same_code_is():
    coded = REFERRAL.replace(b"Z63.0^Strain at home^I10", b"F32.1^Low^I10")

    assert _labels_at(coded, "RF1-10[2]") == (Category.MENTAL_HEALTH,)
    assert _labels_at(coded.replace(b"Low^I10", b"Low^SCT"), "RF1-10[2]") == UNSORTED


def test_what_another_coding_says_is_labelled_too():
    payload = REFERRAL.replace(b"Asthma^I10|", b"Asthma^I10^T74.1^^I10|")
    payload = payload.replace(b"home^I10", b"home^I10^F10^^I10")

    assert _labels_at(payload, "DG1[1]") == (Category.DOMESTIC_ABUSE,)
    assert Category.SUBSTANCE_USE in _labels_at(payload, "RF1-10[2]")


def test_a_note_and_a_reason_in_words_are_labelled_as_reasons_and_diagnoses_are():
    labels = (Category.DOMESTIC_ABUSE, Category.MENTAL_HEALTH)

    assert _labels_at(REFERRAL, "NTE[1]") == _labels_at(REFERRAL, "RF1-10[1]") == labels
    assert _labels_at(REFERRAL, "RF1-10[2]") == (Category.DOMESTIC_ABUSE,)
    harmless = REFERRAL.replace(b"F93.0", b"J45.0").replace(b"Z63.0", b"J45.9")
    assert _labels_at(harmless, "NTE[1]") == ()


@pytest.mark.parametrize("status", [b"W", b"D", b"X", b"N", b"w", b"W^x", b"F~W"])
def test_an_observation_that_does_not_stand_is_not_read(status):
    payload = REFERRAL.replace(b"|F||mental_health", b"|" + status + b"||mental_health")
    (reading,) = _read(payload).readings
    fates = {one.fate for one in reading.ledger.leaves if one.place.startswith("OBX[2]")}

    assert ("withdrawn", "OBX[2]-11") in _codes(payload, Severity.WARNING)
    assert reading.assessment.development.behavioural == ()
    assert fates == {Fate.UNMAPPED}
    assert reading.assessment.carers.basic_care[0].source.place == "OBX[3]"


@pytest.mark.parametrize("mark", [b"Y", b"y", b"Y^", b"~Y"])
@pytest.mark.parametrize("payload", [REFERRAL, RECORD])
def test_a_restricted_record_tells_nobody_where_the_child_is(payload, mark):
    pd1 = b"PD1|||Testford Surgery^^A81002|G7654321^Sample" + b"|" * 8 + mark + b"\r"
    lines = [line for line in payload.split(b"\r") if line[:3] != b"PD1"]
    marked = b"\r".join(lines).replace(b"\rNK1|1", b"\r" + pd1 + b"NK1|1")
    caf = _read(marked).readings[0].assessment
    relatives = (*caf.people.carers, *caf.people.siblings, *caf.people.household)

    assert ("restricted-record", "PD1-12") in _codes(marked, Severity.WARNING)
    assert (caf.child.addresses, caf.child.contacts) == ((), ())
    assert not any(one.address or one.phone for one in relatives)
    assert not any("surgery" in (one.name or "").lower() for one in caf.people.services)
    assert caf.child.names


@pytest.mark.parametrize("mark", [b"N", b"", b'""'])
def test_a_record_that_is_not_restricted_has_its_whereabouts(mark):
    payload = RECORD.replace(b"^Avery^^^Dr", b"^Avery^^^Dr" + b"|" * 8 + mark)

    assert "restricted-record" not in {code for code, _ in _codes(payload)}
    assert _read(payload).readings[0].assessment.child.addresses


def test_a_note_after_an_observation_is_no_summary_unless_it_says_so():
    payload = REFERRAL.replace(b"|SUMMARY", b"")
    (reading,) = _read(payload).readings

    assert reading.assessment.development.behavioural[0].summary is None
    assert Fate.UNMAPPED in {
        one.fate for one in reading.ledger.leaves if one.place.startswith("OBX[2]-NTE")
    }


def test_a_dirty_message_is_read_and_every_repair_is_a_finding_at_its_place():
    assert _read(DIRTY).outcome is Outcome.ACCEPT_WITH_FINDINGS
    assert _codes(DIRTY, Severity.WARNING) == {
        ("undeclared-encoding", "MSH-18"),
        ("other-line-ends", "1:1"),
        ("unexpected-segment", "EVN"),
        ("missing-segment", "PRD"),
        ("read-elsewhere", "RF1-6.3"),
        ("identifier-type", "PID-3[1].5"),
        ("invalid-identifier", "PID-3[1]"),
    }
    assert _codes(DIRTY, Severity.INFORMATION) == {
        ("no-structure", "MSH-9.3"),
        ("trailing-separators", "1:1"),
        ("not-read", "ZU1"),
    }


def test_a_dirty_message_loses_nothing_that_the_caf_has_a_place_for():
    (reading,) = _read(DIRTY).readings
    child = reading.assessment.child

    assert [one.is_valid for one in child.identifiers if one.scheme == "nhs-number"] == [False]
    assert [(one.kind.value, one.value) for one in child.contacts] == [
        ("email", "zoe@example.org"),
        ("mobile", "07700900120"),
        ("phone", "02079460120"),
    ]
    assert child.names[0].given == ("Zoë",)


def test_separators_of_the_message_s_own_are_kept_to():
    received = _read(CANCEL)

    assert received.message.event is Event.CANCEL
    assert received.readings[0].assessment.child.names[0].given == ("Robin@Lee",)


def test_a_character_set_that_is_declared_is_read():
    assert _read(RECORD).readings[0].assessment.child.names[0].given == ("Zoë",)


def test_each_message_of_a_batch_is_a_child_of_its_own():
    received = _read(BATCH)

    assert (received.outcome, received.message.id) == (Outcome.ACCEPT, "RX8-B7")
    places = [one.assessment.child.names[0].source.place for one in received.readings]
    assert places == ["message[1]/PID-5[1]", "message[2]/PID-5[1]"]


def test_a_name_of_an_adopted_child_is_labelled_as_one():
    payload = REFERRAL.replace(b"^L~Test^Rob^^^^^N", b"^C~Test^Rob^^^^^B")
    (reading,) = _read(payload).readings

    assert [one.labels for one in reading.assessment.child.names] == [
        (Category.ADOPTION,),
        (Category.ADOPTION,),
    ]


def test_a_child_who_has_died_is_told_of():
    payload = RECORD.replace(b"020 7946 0110^PRN^PH", b"020 7946 0110^PRN^PH" + b"|" * 17 + b"Y")

    assert ("child-deceased", "PID-29") in _codes(payload, Severity.WARNING)


@pytest.mark.parametrize(
    ("payload", "refusal"),
    [
        (b"", ("not-hl7v2", "1:1")),
        (b"PID|1\r", ("not-hl7v2", "1:1")),
        (b"MSH\r", ("unreadable-separators", "1:1")),
        (REFERRAL.replace(b"Needs help", b"Needs\x00help"), ("control-character", "18:13")),
        (b"\x0b" + REFERRAL + b"\x1c\r", ("not-hl7v2", "1:1")),
        (REFERRAL + b"\x1c\r", ("control-character", "22:1")),
        (REFERRAL.replace(b"|P|2.4", b"|T|2.4"), ("not-production", "MSH-11")),
        (BATCH.replace(b"|P|2.4", b"|D|2.4"), ("not-production", "message[1]/MSH-11")),
        (REFERRAL[:-1], ("no-end", "21:53")),
        (REFERRAL[: REFERRAL.index(b"after he is")], ("no-end", "17:89")),
        (BATCH[: BATCH.index(b"4218")], ("no-end", "8:14")),
        (BATCH[: BATCH.index(b"PV1")], ("no-batch-end", "5:1")),
        (b"FHS|^~\\&|\r" + BATCH, ("no-batch-end", "12:1")),
        (b"MSH|aaaa|\r", ("unreadable-separators", "1:1")),
        (b"BHS|^~\\&|\rBTS|0\r", ("no-message", "1:1")),
        (REFERRAL.replace(b"REF^I12", b"ADT^A40"), ("unsupported-message", "MSH-9")),
        (REFERRAL.replace(b"|2.4|", b"|3.0|"), ("unsupported-version", "MSH-12")),
        (REFERRAL.replace(b"UNICODE UTF-8", b"ISO IR87"), ("unsupported-encoding", "MSH-18")),
        (REFERRAL.replace(b"Robin^Lee", b"Robin^\xff"), ("not-in-encoding", "7:1")),
        (REFERRAL.replace(b"PID|1", b"ZPI|1"), ("no-patient", "PID")),
        (RECORD + RECORD.split(b"\r")[2] + b"\r", ("several-patients", "PID[2]")),
        (DIRTY.replace(b"10 Some", b"10\nSome"), ("malformed-segment", "5:1")),
        (BATCH.replace(b"ADT^A28", b"REF^I12", 1), ("mixed-batch", "BHS")),
        (BATCH.replace(b"PID|1||9990004218", b"ZZ1|1||1"), ("no-patient", "message[2]/PID")),
        (REFERRAL + b"NTE|1||" + b"x" * MAX_BYTES, ("too-many-bytes", "")),
        (REFERRAL + b"NTE|1||" + b"~" * 2000 + b"\r", ("too-many-parts", "22:1")),
        (REFERRAL + b"NTE|1||^~^~\r" * 60_000, ("too-many-parts", "1:1")),
        (REFERRAL + b"NTE\r" * 10_000, ("too-many-segments", "10001:1")),
        (RECORD * (MAX_MESSAGES + 1), ("too-many-messages", "6001:1")),
    ],
)
def test_what_is_not_read_is_refused_with_its_place(payload, refusal):
    assert _refused(payload) == refusal


def test_a_text_of_nothing_but_escapes_is_read_in_time():
    text = b"NTE|1||" + b"\\T\\" * 100_000 + b"\r"
    notes = _read(REFERRAL + text).readings[0].assessment.information.led_to

    assert notes[-1].text == "&" * 100_000


def test_a_finding_says_nothing_of_what_the_message_holds():
    texts = [text.decode() for text in DIRTY.replace(b"^", b"|").split(b"|") if len(text) > 4]
    for finding in _read(DIRTY).findings:
        assert not any(text in finding.message for text in texts)


def test_a_referral_that_is_written_is_accepted_by_hl7apy_and_says_that_it_is_part_of_a_whole(
    tmp_path,
):
    for payload in (REFERRAL, RECORD, DIRTY):
        written = _written(_read(payload).readings[0].assessment)
        assert _is_valid(written, tmp_path)
        assert PART_OF_A_WHOLE.encode() in written


def test_a_referral_of_nothing_is_accepted_by_hl7apy(tmp_path):
    assert _is_valid(_written(Assessment()), tmp_path)


def test_hl7apy_still_finds_what_is_wrong(tmp_path):
    written = _written(Assessment())
    lines = written.split(b"\r")

    assert not _is_valid(b"\r".join(line for line in lines if line[:3] != b"PRD"), tmp_path)


@settings(max_examples=12, deadline=None)
@given(assessments())
def test_any_caf_is_written_so_that_hl7apy_accepts_it(tmp_path_factory, assessment):
    written = _written(assessment)

    assert _is_valid(written, tmp_path_factory.mktemp("hl7apy"))
    assert _read(written).outcome is not Outcome.REJECT


def test_a_note_to_the_whole_does_not_become_one_of_the_last_observation():
    long = b"NTE|1||" + b"The family has asked for a visit. " * 9
    payload = REFERRAL.replace(b"NTE|1||The family has asked for a visit after school", long)
    written = _written(_read(payload).readings[0].assessment)
    (again,) = _read(written).readings

    assert long[7:60].decode() in [
        (one.text or "")[:53] for one in again.assessment.information.led_to
    ]


def test_a_message_id_that_is_too_long_is_always_the_same_one():
    long = "7f3a0000-0000-4000-8000-000000000001"
    envelope = replace(ENVELOPE, message_id=long)
    view = View(content=Assessment(), purpose="early_help")
    written = ADAPTER.write(view, envelope).content

    assert f"|{control_id(long)}|P|2.4".encode() in written


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_no_alteration_of_a_message_raises(data):
    payload = bytearray(data.draw(st.sampled_from([REFERRAL, RECORD, DIRTY, CANCEL, BATCH])))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(payload) - 1))
        piece = data.draw(
            st.sampled_from([b"|", b"^", b"~", b"&", b"\\", b"\r", b'""', b"\xff", b""])
        )
        payload[at : at + data.draw(st.integers(0, 9))] = piece
    for reading in _read(bytes(payload)).readings:
        assert reading.ledger.leaves


def test_every_message_of_others_is_read_or_refused_with_a_place():
    outcomes = {}
    for folder in ("hl7v2-uk", "hl7v2/validator/v2"):
        for file in sorted(shared(f"data/{folder}").iterdir()):
            received = _read(file.read_bytes())
            outcomes[file.name] = received.outcome
            assert all(one.code and one.message for one in received.findings)
            assert all(one.ledger.leaves for one in received.readings)

    with_findings = {
        name for name, outcome in outcomes.items() if outcome is Outcome.ACCEPT_WITH_FINDINGS
    }
    assert with_findings == {
        "ADT_A28.hl7",
        "REF_I12.hl7",
        "REF_I12_blah_hapi_missing_segment.hl7",
    }
    assert outcomes["ADT_A40.hl7"] is Outcome.REJECT
