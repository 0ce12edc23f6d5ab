"""The early-help adapter: what is read, what is refused and where, what is written."""

import copy
import json
from dataclasses import replace
from datetime import UTC, datetime
from importlib.resources import files

import jsonschema
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import assessments

from adapters.contract import (
    Destination,
    Envelope,
    Event,
    Outcome,
    Severity,
    SharingBasis,
)
from adapters.social_care.early_help import MEDIA_TYPE, EarlyHelpAdapter
from adapters.social_care.early_help_reading import SERVICE_SYSTEM
from adapters.social_care.early_help_schema import PUBLISHED, render
from adapters.social_care.early_help_xml import EarlyHelpXMLAdapter
from mappings.caf.elements import CATALOGUE
from mappings.caf.view import View, items_of, project
from mappings.fidelity import Fate

EXAMPLES = files("adapters.social_care") / "examples"
NAMES = sorted(one.name for one in EXAMPLES.iterdir() if one.name.endswith(".json"))
SCHOOL = json.loads((EXAMPLES / "school.json").read_text(encoding="utf-8"))
WHOLE = json.loads((EXAMPLES / "every_part.json").read_text(encoding="utf-8"))
ENVELOPE = Envelope(media_type=MEDIA_TYPE, at=datetime(2026, 6, 1, 8, 15, tzinfo=UTC))
ADAPTER = EarlyHelpAdapter()
ORACLE = jsonschema.Draft202012Validator(json.loads(render()))


def _read(document, envelope=ENVELOPE):
    return ADAPTER.read(json.dumps(document).encode(), envelope)


def _changed(document, pointer, value):
    changed = copy.deepcopy(document)
    *way, last = (int(step) if step.isdecimal() else step for step in pointer.split("/")[1:])
    within = changed
    for step in way:
        within = within[step]
    within[last] = value
    return changed


@pytest.mark.parametrize("name", NAMES)
def test_an_example_is_accepted_by_the_adapter_and_by_the_schema(name):
    content = (EXAMPLES / name).read_bytes()
    received = ADAPTER.read(content, ENVELOPE)
    assert (received.outcome, received.findings) == (Outcome.ACCEPT, ())
    ORACLE.validate(json.loads(content))


def test_one_example_has_every_element_of_the_caf():
    (reading,) = _read(WHOLE).readings
    assert {element.path for element, _ in items_of(reading.assessment)} == {
        element.path for element in CATALOGUE
    }
    assert reading.ledger.count()[Fate.UNMAPPED] == 0


@pytest.mark.parametrize(
    "adapter", [EarlyHelpAdapter(), EarlyHelpXMLAdapter()], ids=lambda one: one.name
)
def test_where_an_item_came_from_is_never_written(adapter):
    envelope = replace(ENVELOPE, record="ab" * 32)
    (reading,) = ADAPTER.read(json.dumps(WHOLE).encode(), envelope).readings
    assert all(item.source for _, item in items_of(reading.assessment))
    payload = adapter.write(View(content=reading.assessment, purpose="p"), envelope)
    assert envelope.record.encode() not in payload.content
    assert adapter.read(payload.content, envelope).findings == ()


def test_an_example_written_again_is_the_same_document():
    received = _read(WHOLE)
    assert received.message is not None
    view = View(
        content=received.readings[0].assessment,
        purpose=received.message.purpose,
        marks=received.message.marks,
    )
    written = json.loads(ADAPTER.write(view, ENVELOPE).content)
    assert {**written, "message": WHOLE["message"]} == WHOLE


@given(assessments())
def test_every_view_is_written_as_the_schema_says_and_read_back_the_same(assessment):
    content = project(assessment, lambda *_: True).content
    payload = ADAPTER.write(View(content=content, purpose="early_help"), ENVELOPE)
    received = ADAPTER.read(payload.content, ENVELOPE)
    assert received.readings[0].assessment == content
    assert {one.code for one in received.findings} <= {"invalid-identifier"}
    assert ORACLE.is_valid(json.loads(payload.content))


def test_the_published_schema_is_the_one_that_is_rendered():
    assert PUBLISHED.read_text(encoding="utf-8") == render()
    jsonschema.Draft202012Validator.check_schema(json.loads(render()))


STATEMENT = "/strengths_and_needs/development_of_the_child_or_young_person/behavioural/0"


@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        pytest.param("/format", "early-help/2", id="another version"),
        pytest.param("/marks", "no-onward", id="a text for a list"),
        pytest.param("/assessment/phase", "sleeping", id="a phase that there is not"),
        pytest.param(f"{STATEMENT}/level_of_need", 5, id="a level of need beyond four"),
        pytest.param(f"{STATEMENT}/level_of_need", "2", id="a number as text"),
        pytest.param(f"{STATEMENT}/scale", 11, id="a scale beyond ten"),
        pytest.param(f"{STATEMENT}/kind", "worry", id="a kind that there is not"),
        pytest.param("/consent_statements/0/sharing", "implied", id="consent that nobody gave"),
        pytest.param("/consent_statements/0/may_store", True, id="yes as true"),
        pytest.param("/pre_assessment_checklists/0/answers/0", ["safe"], id="no answer"),
        pytest.param("/message/concern", "tier-2", id="a tier for a threshold"),
        pytest.param("/delivery_plan/closure/0/reason", None, id="a closure without reason"),
        pytest.param("/identifying_details/names", {}, id="an object for a list"),
    ],
)
def test_a_value_that_is_not_the_members_is_refused_at_its_place_by_both(pointer, value):
    document = _changed(WHOLE, pointer, value)
    received = _read(document)
    (finding,) = received.findings
    assert (received.outcome, finding.where) == (Outcome.REJECT, pointer)
    assert received.readings == ()
    assert received.message is None
    assert not ORACLE.is_valid(document)


def _leaves(value, place=""):
    if isinstance(value, dict):
        return [leaf for name in value for leaf in _leaves(value[name], f"{place}/{name}")]
    if isinstance(value, list):
        return [leaf for at, one in enumerate(value) for leaf in _leaves(one, f"{place}/{at}")]
    return [place]


@given(st.sampled_from(_leaves(WHOLE)))
def test_an_object_in_place_of_any_leaf_is_refused_there_by_both(pointer):
    document = _changed(WHOLE, pointer, {"x": 1})
    received = _read(document)
    assert received.outcome is Outcome.REJECT
    assert received.findings[0].where == pointer
    assert not ORACLE.is_valid(document)


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        pytest.param(b"", "not-json", id="nothing"),
        pytest.param(b"<caf/>", "not-json", id="not JSON"),
        pytest.param(b'{"format": NaN}', "not-json", id="not a number"),
        pytest.param(b"[]", "invalid-value", id="a list"),
        pytest.param(b"{}", "invalid-value", id="no format"),
        pytest.param(b"\xef\xbb\xbf{}", "not-utf-8", id="a byte order mark"),
        pytest.param(
            b'{"format":"early-help/1","format":"early-help/1"}', "duplicate-name", id="twice"
        ),
        pytest.param(b"[" * 10_000, "too-deep", id="nested too deep"),
        pytest.param(b" " * (5 * 2**20 + 1), "too-many-bytes", id="too large"),
    ],
)
def test_what_is_no_document_is_refused_with_a_reason(payload, code):
    received = ADAPTER.read(payload, ENVELOPE)
    assert received.outcome is Outcome.REJECT
    assert [(one.code, one.severity) for one in received.findings] == [(code, Severity.ERROR)]


@pytest.mark.parametrize("born_on", ["2026-02-30", "yesterday", "2026-13-01"])
def test_a_date_that_no_calendar_has_is_refused(born_on):
    pointer = "/identifying_details/date_of_birth_or_expected_delivery/0/born_on"
    received = _read(_changed(SCHOOL, pointer, born_on))
    assert [one.where for one in received.findings] == [pointer]


def test_no_finding_repeats_what_the_document_holds():
    canary = "canary-7f3a"
    for pointer in _leaves(WHOLE):
        for finding in _read(_changed(WHOLE, pointer, canary)).findings:
            assert canary not in f"{finding.message} {finding.where} {finding.code}"


def test_an_unknown_member_is_reported_and_goes_nowhere():
    document = _changed(SCHOOL, "/identifying_details/names/0/nick", "Lulu")
    received = _read(document)
    (finding,) = received.findings
    assert received.outcome is Outcome.ACCEPT_WITH_FINDINGS
    assert (finding.code, finding.where) == (
        "unknown-member",
        "/identifying_details/names/0/nick",
    )
    assert b"Lulu" not in msgspec.json.encode(received.readings[0].assessment)


def test_a_document_of_nothing_but_unknown_members_is_reported_within_bounds():
    document = {"format": "early-help/1", **{f"x{number}": 1 for number in range(5000)}}
    assert len(_read(document).findings) == 100


def test_an_invalid_nhs_number_is_a_finding_and_no_match():
    pointer = "/identifying_details/identifiers/0/value"
    received = _read(_changed(SCHOOL, pointer, "9990000116"))
    assert [(one.code, one.where) for one in received.findings] == [("invalid-identifier", pointer)]
    assert not received.readings[0].assessment.child.identifiers[0].is_valid


def test_a_code_that_its_closed_system_does_not_have_is_a_finding():
    pointer = "/assessment_information/triggers/0/codes/0/code"
    received = _read(_changed(SCHOOL, pointer, "gossip"))
    assert [(one.code, one.where) for one in received.findings] == [("unknown-code", pointer)]
    issue = (
        "/strengths_and_needs/development_of_the_child_or_young_person/participation/0/codes/0/code"
    )
    assert _read(_changed(SCHOOL, issue, "a-partnerships-own")).findings == ()


def test_two_items_of_one_id_are_refused():
    document = copy.deepcopy(SCHOOL)
    names = document["identifying_details"]["names"]
    names.append(names[0])
    received = _read(document)
    assert [(one.code, one.where) for one in received.findings] == [
        ("duplicate-id", "/identifying_details/names/1/id")
    ]


def test_the_message_is_what_the_document_says_of_itself():
    message = _read(SCHOOL).message
    assert message is not None
    assert message.event is Event.NEW
    assert message.sender == Destination(SERVICE_SYSTEM, "hazel-grove-primary")
    assert message.destinations == (Destination(SERVICE_SYSTEM, "council-early-help"),)
    assert (message.basis, message.concern) == (SharingBasis.CONSENT, "concern")
    assert _read(SCHOOL).readings[0].sender_child_id == "HG-2019-001"


def test_what_the_document_does_not_say_the_envelope_says():
    to = (Destination(SERVICE_SYSTEM, "council-early-help"),)
    beside = Envelope(
        media_type=MEDIA_TYPE, at=ENVELOPE.at, message_id="m1", destinations=to, use_case="u"
    )
    message = _read({"format": "early-help/1"}, beside).message
    assert message is not None
    assert (message.id, message.destinations, message.use_case) == ("m1", to, "u")


def test_a_document_without_any_id_is_known_by_its_bytes():
    beside = Envelope(media_type=MEDIA_TYPE, at=ENVELOPE.at, record="ab" * 32)
    message = _read({"format": "early-help/1"}, beside).message
    assert message is not None
    assert message.id == "ab" * 32


def test_a_written_document_says_from_whom_to_whom_and_when():
    to = (Destination(SERVICE_SYSTEM, "school"),)
    beside = Envelope(
        media_type=MEDIA_TYPE, at=ENVELOPE.at, sender="council", message_id="m", destinations=to
    )
    content = project(_read(SCHOOL).readings[0].assessment, lambda *_: True).content
    payload = ADAPTER.write(View(content=content, purpose="early_help"), beside)
    assert payload.media_type == MEDIA_TYPE
    assert json.loads(payload.content)["message"] == {
        "id": "m",
        "sent_at": "2026-06-01T08:15:00Z",
        "sender": {"system": SERVICE_SYSTEM, "value": "council"},
        "destinations": [{"system": SERVICE_SYSTEM, "value": "school"}],
    }


def test_every_event_and_basis_of_the_format_is_one_of_the_contract():
    for event in Event:
        assert _read(_changed(SCHOOL, "/message/event", event.value)).message.event is event
    for basis in SharingBasis:
        assert _read(_changed(SCHOOL, "/message/basis", basis.value)).message.basis is basis
