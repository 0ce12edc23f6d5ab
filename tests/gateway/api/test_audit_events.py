"""`/FHIR/R4/AuditEvent` and `/api/v1/audit/search`: who may search, what for, and what they get."""

import asyncio
from datetime import timedelta

import pytest
from bars_messages import payload_of
from doors import a_door
from fhir.resources.R4B.bundle import Bundle
from front_door import IDS
from worlds import EARLY_HELP_FORMAT, HEALTH_VISITING, SCHOOL, START, TEACHER, caller

from audit.events import EntryType
from gateway.api import audit_parameters
from gateway.requests import Ask
from gateway.searching.criteria import Criteria
from gateway.security.clients import SCOPES

EVENTS = "/FHIR/R4/AuditEvent"
SEARCH = f"{EVENTS}/_search"
JSON_SEARCH = "/api/v1/audit/search"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
OFFICER = "system/AuditEvent.rs"
OF_SCHOOL = f"agent:identifier=https://caf-gateway.example/fhir/Id/service|{SCHOOL}"
PROBLEMS = {"application/fhir+json", "application/problem+json"}


def assert_is_problem(answer, status):
    assert (answer.status_code, answer.headers["content-type"] in PROBLEMS) == (status, True)


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    """Return the real door of a gateway that took a referral and answered a teacher."""
    with a_door(tmp_path_factory.mktemp("audit")) as door:
        (child,) = door.world.take(payload_of("health-visitor-to-early-help")).children
        door.world.clock.advance(days=1)
        ask = Ask(
            caller=caller(SCHOOL),
            child_id=child,
            purpose="early_help",
            accept=EARLY_HELP_FORMAT,
            request_id="request-of-the-teacher",
            practitioner=TEACHER,
        )
        asyncio.run(door.world.gateway.exchange.disclose(ask))
        yield door, child


@pytest.fixture
def get(opened):
    """Return what searches, and requires a valid Bundle."""
    door, _ = opened

    def get(query):
        headers = door.authorised(HEALTH_VISITING)
        answer = door.http.get(f"{EVENTS}?{query}" if query else EVENTS, headers=headers)
        assert answer.status_code == 200, answer.text
        Bundle.model_validate(answer.json())
        return answer.json()

    return get


def kinds(bundle):
    """Return the types of the entries in *bundle*, without the searches themselves."""
    found = [
        one["resource"]["subtype"][-1]["code"]
        for one in bundle["entry"]
        if one["search"]["mode"] == "match"
    ]
    return [one for one in found if one != "audit-read"]


DAY_AFTER = (START + timedelta(days=1)).date().isoformat()


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["import", "disclosure", "disclosure", "refusal", "refusal", "disclosure"]),
        ("type=110106", ["disclosure"] * 3),
        ("type=http://dicom.nema.org/resources/ontology/DCM|110113", ["refusal"] * 2),
        ("type=110106,110107", ["import"] + ["disclosure"] * 3),
        ("subtype=refusal", ["refusal"] * 2),
        ("type=110106&subtype=refusal", []),
        (f"agent=Practitioner/{TEACHER}", ["disclosure"]),
        (f"agent=Organization/{SCHOOL}", ["disclosure"] * 2),
        (
            f"agent:identifier=https://caf-gateway.example/fhir/Id/service|{SCHOOL}",
            ["disclosure"] * 2,
        ),
        ("entity:identifier=request-of-the-teacher", ["disclosure"]),
        (f"date=ge{DAY_AFTER}", ["disclosure"]),
        (f"date={DAY_AFTER}", ["disclosure"]),
        (f"date=lt{DAY_AFTER}", ["import", "disclosure", "disclosure", "refusal", "refusal"]),
        (f"date=gt{DAY_AFTER}", []),
        (f"date=ge2026&date=le{DAY_AFTER}&type=110107", ["import"]),
    ],
)
def test_parameters_narrow_the_search(get, opened, query, expected):
    _, child = opened
    assert kinds(get(f"patient={child}&_count=200&{query}".rstrip("&"))) == expected
    assert kinds(get(f"entity=Patient/{child}&_count=200&{query}".rstrip("&"))) == expected


def test_a_search_by_form_finds_the_same_and_its_address_names_nobody(opened, get):
    door, child = opened
    headers = door.authorised(HEALTH_VISITING) | FORM
    text = f"patient={child}&type=110106"
    answer = door.http.post(SEARCH, content=text, headers=headers)
    assert answer.status_code == 200
    assert kinds(answer.json()) == kinds(get(text))
    refused = door.http.post(f"{SEARCH}?patient={child}", content="", headers=headers)
    assert_is_problem(refused, 400)


def test_pages_follow_one_another_and_hold_together(get, opened):
    door, child = opened
    first = get(f"patient={child}&_count=2")
    found, page = [], first
    while True:
        found += [one["resource"]["id"] for one in page["entry"] if "fullUrl" in one]
        links = {one["relation"]: one["url"] for one in page["link"]}
        assert page["total"] == first["total"]
        if "next" not in links:
            break
        address = links["next"].removeprefix(door.world.gateway.settings.issuer)
        page = door.http.get(address, headers=door.authorised(HEALTH_VISITING)).json()
    assert len(found) == first["total"] == len(set(found))


def test_a_bundle_says_what_is_proved_of_it(get, opened):
    _, child = opened
    outcome = get(f"patient={child}")["entry"][-1]
    assert outcome["search"] == {"mode": "outcome"}
    assert "not proved complete" in outcome["resource"]["issue"][0]["details"]["text"]


def test_one_entry_is_read_by_its_number_also_as_xml(opened):
    door, _ = opened
    headers = door.authorised(HEALTH_VISITING)
    answer = door.http.get(f"{EVENTS}/0", headers=headers)
    assert answer.json()["subtype"][-1]["code"] == "log-start"
    xml = door.http.get(f"{EVENTS}/0", headers=headers | {"Accept": "application/fhir+xml"})
    assert xml.content.startswith(b"<?xml")
    assert b"<AuditEvent " in xml.content


@pytest.mark.parametrize("index", ["999999", "x", "007", "-1", "9" * 30])
def test_an_entry_that_is_not_there_is_not_found(opened, index):
    door, _ = opened
    answer = door.http.get(f"{EVENTS}/{index}", headers=door.authorised(HEALTH_VISITING))
    assert_is_problem(answer, 404)


def test_each_reading_is_an_entry_that_says_which_system_read(opened, get):
    door, child = opened
    before = door.world.size
    get(f"patient={child}&type=110106")
    door.http.get(f"{EVENTS}/0", headers=door.authorised(HEALTH_VISITING) | IDS)
    details = door.world.gateway.office.details
    searched, read = (details.opened(index) for index in (before, before + 1))
    assert {searched.leaf.type, read.leaf.type} == {EntryType.AUDIT_READ}
    assert searched.leaf.recipient == HEALTH_VISITING
    assert searched.child == child
    said = read.detail.open("gateway").fields()
    assert said["query"] == ["entry 0"]
    assert (said["caller"], said["request"]) == (f"client-{HEALTH_VISITING}", IDS["X-Request-Id"])


@pytest.mark.parametrize(
    ("method", "path", "content", "kind"),
    [
        ("GET", EVENTS, b"", ""),
        ("GET", f"{EVENTS}/0", b"", ""),
        ("POST", SEARCH, b"patient=c-17", FORM["Content-Type"]),
        ("POST", JSON_SEARCH, b'{"by": "ig-1"}', "application/json"),
    ],
)
def test_whoever_is_no_officer_s_system_may_not_search(door, method, path, content, kind):
    others = sorted(set(SCOPES) - {OFFICER})
    for headers, status in ((door.authorised(*others), 403), ({}, 401)):
        answer = door.http.request(
            method, path, content=content, headers=headers | {"Content-Type": kind}
        )
        assert_is_problem(answer, status)
    assert door.desk.searched == door.desk.read == []


@pytest.mark.parametrize(
    "query",
    [
        "name=x",
        "patient:exact=c-17",
        "patient=",
        "patient=c-17&patient=c-18",
        "patient=c-17&entity=Patient/c-18",
        "patient=Group/1",
        "entity=c-17",
        "agent=2000099901",
        "agent=Organization/1,Organization/2",
        "agent:identifier=https://example.org|1",
        "date=yesterday",
        "date=ne2026",
        "date=2026-13",
        "date=9999",
        "date=2026-11-30T09:00",
        "type=110999",
        "type=http://example.org|110106",
        "_count=many",
        "_page=1",
        "_sort=date",
        "patient",
        "patient=%ff",
        "&".join(["date=ge2026"] * 40),
    ],
)
def test_what_is_not_known_is_refused_and_never_passed_over(door, query):
    answer = door.http.get(f"{EVENTS}?{query}", headers=door.authorised(OFFICER))
    assert_is_problem(answer, 400)
    assert door.desk.searched == []


def test_a_parameter_that_is_not_known_is_told_those_that_are(door):
    answer = door.http.get(f"{EVENTS}?name=Zephyrine", headers=door.authorised(OFFICER))
    said = answer.json()["issue"][0]["diagnostics"]
    assert all(name in said for name in audit_parameters.KNOWN)
    assert "Zephyrine" not in answer.text


def test_a_contradiction_finds_nothing_and_widens_nothing(door):
    text = "agent=Organization/a&agent:identifier=https://caf-gateway.example/fhir/Id/service|b"
    door.http.get(f"{EVENTS}?{text}", headers=door.authorised(OFFICER))
    (wanted,) = door.desk.searched
    assert wanted.criteria == Criteria(services=frozenset())


def test_the_log_is_searched_as_on_the_command_line(opened):
    door, child = opened
    body = {"child": child, "by": "ig-1", "reason": "subject access", "complete": True, "count": 2}
    headers = door.authorised(HEALTH_VISITING)
    answer = door.http.post(JSON_SEARCH, json=body, headers=headers).json()
    assert answer["complete"] is True
    assert answer["statement"].startswith("complete up to entry ")
    assert (len(answer["entries"]), answer["discrepancies"]) == (2, [])
    rest = body | {"skip": 2, "count": 1000, "size": answer["size"]}
    whole = door.http.post(JSON_SEARCH, json=rest, headers=headers).json()
    assert whole["total"] == answer["total"] == 2 + len(whole["entries"])


@pytest.mark.parametrize(
    "criteria", [{"organisation": "urn:999001"}, {"service": SCHOOL}, {"user": TEACHER}]
)
def test_an_agency_or_a_person_can_be_searched_for(opened, criteria):
    door, _ = opened
    body = criteria | {"by": "ig-1", "types": ["disclosure"]}
    answer = door.http.post(JSON_SEARCH, json=body, headers=door.authorised(HEALTH_VISITING))
    assert {one["recipient"] for one in answer.json()["entries"]} == {SCHOOL}


def test_a_child_whom_nobody_knows_has_no_entries_and_nothing_is_proved(opened):
    door, _ = opened
    body = {"child": "nobody", "by": "ig-1", "complete": True}
    answer = door.http.post(JSON_SEARCH, json=body, headers=door.authorised(HEALTH_VISITING))
    assert (answer.status_code, answer.json()["total"]) == (200, 0)
    assert answer.json()["complete"] is False
    assert "no key of this child" in answer.json()["statement"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"by": ""},
        {"by": "ig-1", "name": "x"},
        {"by": "ig-1", "types": []},
        {"by": "ig-1", "types": ["disclosures"]},
        {"by": "ig-1", "since": "2026-11-20T09:00:00"},
        {"by": "ig-1", "complete": True},
        {"by": "ig-1", "count": 1001},
        {"by": "ig-1", "purpose": '","tag"'},
    ],
)
def test_a_search_that_is_not_of_its_form_is_refused(door, body):
    answer = door.http.post(JSON_SEARCH, json=body, headers=door.authorised(OFFICER))
    assert_is_problem(answer, 400)
    assert door.desk.searched == []
