"""AuditEvents: valid FHIR, true to the profiles of BALP that they claim, and silent otherwise."""

import json
from datetime import UTC, datetime

import pytest
from fhir.resources.R4B.auditevent import AuditEvent

from audit.events import CATALOGUE, EntryType
from audit.parts import Part
from gateway.audit_events import codes
from gateway.audit_events.cast import Observer
from gateway.audit_events.projection import project
from gateway.audit_events.shapes import SHAPES
from gateway.fhir_documents import FHIR_XML, encode
from gateway.searching.search import FoundEntry

OBSERVER = Observer("gateway.example/log", "https://gateway.example")
AT = datetime(2026, 11, 20, 9, 0, 0, 123000, UTC)
DIGEST = "0" * 64
WORDS = "Zephyrine said that she is afraid"
WITHHELD = "family.housing"
SENT = "child.names"
FACTS = {"break_glass": False, "parent_consent": "given"}


def told(outcome, element):
    return {"element": element, "outcome": outcome, "rules": ["G2"]}


ACCOUNT = {
    "agreement": ["little-marsh/1"],
    "basis": [{"holder": "hv", "facts": FACTS}],
    "obligations": ["account"],
    "outcomes": [told("sent", SENT), told("withheld", WITHHELD)],
    "sender": "hv",
}
SAID = {
    "caller": "client-1",
    "request": "r-1",
    "query": ["child", "type disclosure"],
    "payload_sha256": DIGEST,
    "record_sha256": DIGEST,
    "justification": WORDS,
}


def an_entry(kind, *, child="c-17", gateway=None, detail=True, **members):
    """Return an entry of a *kind* with all that an AuditEvent may tell of it."""
    held = CATALOGUE[kind].parts[Part.GATEWAY]
    known = held.required | held.optional
    fields = {name: value for name, value in (ACCOUNT | SAID).items() if name in known}
    if "outcomes" not in known:
        fields.pop("agreement", None)
    parts = {Part.GATEWAY: fields | (gateway or {})}
    given = {"sender": "hv", "recipient": "school", "purpose": "early_help"} | members
    return FoundEntry(
        index=7, child=child, at=AT, type=kind, detail=parts if detail else None, **given
    )


def event_of(entry):
    """Return the AuditEvent of *entry* as JSON, once the reference model has taken it."""
    projected = json.loads(json.dumps(project(entry, OBSERVER)))
    AuditEvent.model_validate(projected)
    return projected


def agents(event, code):
    return [one for one in event["agent"] if one["type"]["coding"][0]["code"] == code]


def entities(event, code):
    return [one for one in event["entity"] if one["type"]["code"] == code]


def require_disclosure(event, *, observer_is):
    """Require what BALP's PrivacyDisclosure profiles do, beyond FHIR itself."""
    assert "modifierExtension" not in event
    assert event["outcome"]
    lifecycle = {"system": codes.LIFECYCLE, "code": "disclose"}
    assert lifecycle in [{key: one[key] for key in lifecycle} for one in event["subtype"]]
    (source,), (recipient,) = agents(event, "110153"), agents(event, "110152")
    for agent in (source, recipient):
        assert agent["who"]
        assert agent["network"]["address"]
    observer = {"source": source, "recipient": recipient}[observer_is]
    assert observer["who"] == event["source"]["observer"]
    assert len(agents(event, "159541003")) <= 1
    assert len(agents(event, "429577009")) <= 1
    (patient,) = entities(event, "1")
    assert patient["role"]["code"] == "1"
    assert patient["what"]["reference"].startswith("Patient/")
    assert len(event["entity"]) > 1


@pytest.mark.parametrize("kind", EntryType)
@pytest.mark.parametrize("detail", [True, False])
@pytest.mark.parametrize("parties", [{}, {"sender": "", "recipient": "", "purpose": ""}])
def test_each_type_of_entry_is_a_valid_audit_event(kind, detail, parties):
    entry = an_entry(kind, detail=detail, child="c-17" if detail else None, **parties)
    event = event_of(entry)
    assert event["id"] == "7"
    assert event["recorded"] == "2026-11-20T09:00:00.123Z"
    assert event["subtype"][-1] == {"system": codes.ENTRY_TYPE, "code": kind.value}
    assert sum(agent["requestor"] for agent in event["agent"]) <= 1


def test_each_type_of_entry_has_its_shape_and_no_other_has():
    assert set(SHAPES) == set(EntryType) == set(CATALOGUE)


def test_the_same_entry_gives_the_same_event_and_says_by_which_version():
    entry = an_entry(EntryType.DISCLOSURE)
    first, second = (json.dumps(project(entry, OBSERVER)) for _ in range(2))
    assert first == second
    assert event_of(entry)["meta"]["tag"] == [{"system": codes.PROJECTION, "code": codes.VERSION}]


def test_a_disclosure_is_one_as_its_source_records_it():
    event = event_of(an_entry(EntryType.DISCLOSURE))
    assert event["meta"]["profile"] == [codes.DISCLOSURE_BY_SOURCE]
    assert (event["type"]["code"], event["action"], event["outcome"]) == ("110106", "R", "0")
    require_disclosure(event, observer_is="source")
    (custodian,) = agents(event, "159541003")
    assert custodian["who"]["identifier"]["value"] == "hv"


def test_an_import_is_one_as_its_recipient_records_it():
    event = event_of(an_entry(EntryType.IMPORT))
    assert event["meta"]["profile"] == [codes.DISCLOSURE_TO_RECIPIENT]
    assert (event["type"]["code"], event["action"]) == ("110107", "C")
    require_disclosure(event, observer_is="recipient")


@pytest.mark.parametrize("kind", [EntryType.DISCLOSURE, EntryType.IMPORT])
def test_an_erased_entry_claims_no_profile_that_it_cannot_keep(kind):
    event = event_of(an_entry(kind, child=None, detail=False))
    assert "profile" not in event["meta"]
    assert entities(event, "1") == []


def test_an_answer_from_several_holders_has_one_custodian_and_further_holders():
    several = {"accounts": [ACCOUNT, ACCOUNT | {"sender": "gp"}], "outcomes": []}
    event = event_of(an_entry(EntryType.DISCLOSURE, gateway=several, sender=""))
    require_disclosure(event, observer_is="source")
    (further,) = agents(event, "further-holder")
    assert further["who"]["identifier"]["value"] == "gp"


def test_a_refusal_is_a_decision_by_role_that_fakes_no_consent():
    event = event_of(an_entry(EntryType.REFUSAL))
    assert event["type"]["code"] == "110113"
    assert event["action"] == "E"
    assert [one["code"] for one in event["subtype"]] == ["AuthZ-Role", "refusal"]
    assert (event["outcome"], event["outcomeDesc"]) == ("8", "nothing was released")
    assert "profile" not in event["meta"]
    assert "Consent" not in json.dumps(event)
    (authoriser,) = agents(event, "authserver")
    assert authoriser["who"] == event["source"]["observer"]
    (basis,) = entities(event, "legal-basis")
    assert basis["what"]["identifier"]["value"] == "little-marsh/1"


def test_no_council_is_called_a_healthcare_provider_and_no_system_a_user():
    event = event_of(an_entry(EntryType.REFUSAL))
    assert agents(event, "PROV") == []
    assert agents(event, "IRCP") == []
    (client,) = agents(event, "110150")
    assert client["requestor"] is True


def test_a_person_who_asked_is_the_user_and_the_requestor():
    event = event_of(an_entry(EntryType.DISCLOSURE, gateway={"user": "teacher-1"}))
    (user,) = agents(event, "IRCP")
    assert (user["requestor"], user["who"]["identifier"]["value"]) == (True, "teacher-1")
    assert "network" not in user


@pytest.mark.parametrize(
    ("kind", "gateway"),
    [
        (EntryType.BREAK_GLASS, {}),
        (EntryType.DISCLOSURE, {"basis": [{"holder": "hv", "facts": {"break_glass": True}}]}),
    ],
)
def test_what_was_done_under_break_glass_says_so(kind, gateway):
    event = event_of(an_entry(kind, gateway=gateway))
    reasons = [one["coding"][0]["code"] for one in event["purposeOfEvent"]]
    assert reasons == ["early_help", "BTG"]


def test_a_search_shows_what_was_looked_for():
    event = event_of(an_entry(EntryType.AUDIT_READ))
    (query,) = (one for one in event["entity"] if "query" in one)
    assert query["role"]["code"] == "24"
    assert "name" not in query


@pytest.mark.parametrize("kind", EntryType)
def test_no_word_of_anybody_and_nothing_withheld_is_in_an_event(kind):
    text = json.dumps(event_of(an_entry(kind)))
    assert WORDS not in text
    assert WITHHELD not in text


def test_what_was_released_is_named_by_element():
    event = event_of(an_entry(EntryType.DISCLOSURE))
    (document,) = (one for one in event["entity"] if "detail" in one)
    assert document["detail"] == [{"type": "element", "valueString": SENT}]


@pytest.mark.parametrize("kind", EntryType)
def test_an_event_is_the_same_as_xml(kind):
    event = event_of(an_entry(kind))
    document = encode(event, FHIR_XML)
    assert AuditEvent.model_validate_xml(document) == AuditEvent.model_validate(event)
