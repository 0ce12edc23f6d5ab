"""Consent over HTTP, as JSON and as FHIR, before a whole gateway."""

import json
from datetime import date

import msgspec
import pytest
from bars_messages import payload_of
from doors import a_door
from fhir.resources.R4B.bundle import Bundle
from worlds import CAMHS, EARLY_HELP, HEALTH_VISITING, SCHOOL, TEACHER

from audit.events import EntryType
from gateway.consents import facts_for
from gateway.registers import Practitioner
from gateway.stored_log import open_stored_log
from gateway.tasks import Kind
from gateway.verifying.verification import verify

REFERRAL = payload_of("health-visitor-to-early-help")
FHIR = "application/fhir+json"


@pytest.fixture
def door(tmp_path):
    with a_door(tmp_path) as door:
        door.world.take(REFERRAL)
        door.world.dispatch()
        visitor = Practitioner(id="hv-1", service=HEALTH_VISITING, role="practitioner")
        door.world.gateway.recorder.documents([visitor])
        yield door


@pytest.fixture
def child(door):
    ((child,),) = door.world.rows("SELECT id FROM child")
    return child


def post(door, path, body, service=SCHOOL, **headers):
    return door.http.post(path, json=body, headers=door.authorised(service) | headers)


def say(door, child, service=SCHOOL, **more):
    body = {"grantor": "child", "services": [EARLY_HELP, SCHOOL], "by": TEACHER} | more
    return post(door, f"/api/v1/children/{child}/consents", body, service)


def facts(door, child, service=SCHOOL):
    recipient = door.world.gateway.office.service(service)
    return facts_for(door.world.case(child).consents, recipient, "early_help", date(2026, 11, 20))


def is_whole(door):
    with open_stored_log(door.world.gateway.settings) as stored:
        return verify(stored).faults == ()


def test_a_statement_is_recorded_and_counts(door, child):
    answer = say(
        door,
        child,
        refused=["sen"],
        refusedTo=[{"service": "school", "categories": ["health"]}],
        expires="2027-06-30",
    )
    assert (answer.status_code, answer.json()["counts"]) == (201, True)
    entry = answer.json()["entry"]
    assert door.world.types()[entry] is EntryType.CONSENT_CHANGE
    assert {"sen", "mental_health"} <= facts(door, child).refused
    assert is_whole(door)


def test_a_withdrawal_names_what_had_been_sent_and_tells_the_recipients(door, child):
    (grantor,) = {one.grantor for one in door.world.case(child).consents}
    path = f"/api/v1/children/{child}/consents/withdrawal"
    answer = post(door, path, {"grantor": grantor, "by": TEACHER})
    assert answer.status_code == 201
    assert {one["recipient"] for one in answer.json()["already"]} == {EARLY_HELP, SCHOOL}
    door.world.dispatch()
    assert len(door.world.notices(SCHOOL)) == 1
    assert is_whole(door)


def test_each_service_sees_in_full_what_it_recorded_and_of_the_rest_what_concerns_it(door, child):
    say(door, child, refused=["sen"], excepted=["police"])
    path = f"/api/v1/children/{child}/consents"
    of_school = door.http.get(path, headers=door.authorised(SCHOOL)).json()["consents"]
    of_early_help = door.http.get(path, headers=door.authorised(EARLY_HELP)).json()["consents"]

    (own,) = (one for one in of_school if one["is_of_child"])
    assert own["statement"]["refused_categories"] == ["sen"]
    (others,) = (one for one in of_early_help if one["is_of_child"])
    assert "refused_categories" not in others["statement"]
    assert "except_services" not in others["statement"]
    assert others["statement"]["services"] == [EARLY_HELP]
    (parent,) = (one for one in of_school if not one["is_of_child"])
    assert parent.get("grantor_name", "") == ""
    assert door.world.types()[-1] is EntryType.AUDIT_READ


def test_a_preview_is_shown_and_nothing_recorded(door, child):
    body = {
        "statement": {"grantor": "parent:A", "services": ["school"], "responsibility": "yes"},
        "recipients": [SCHOOL, EARLY_HELP],
        "competent": "no",
    }
    size = door.world.size
    path = f"/api/v1/children/{child}/consents/preview"
    answer = post(door, path, body, HEALTH_VISITING)
    assert answer.status_code == 200
    school, early_help = answer.json()["services"]
    assert {line["sees"] for line in early_help["lines"]} == {"nothing"}
    assert "whole" in {line["sees"] for line in school["lines"]}
    assert door.world.size == size


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"by": "nobody"}, 403),
        ({"by": "hv-1"}, 403),
        ({"sharing": "perhaps"}, 400),
        ({"services": []}, 400),
        ({"services": ["nobody"]}, 400),
        ({"refused": ["secrets"]}, 400),
        ({"grantor": "aunt"}, 400),
        ({"expires": "soon"}, 400),
        ({"surprise": 1}, 400),
    ],
)
def test_what_is_not_so_is_refused_and_leaves_nothing(door, child, more, status):
    size = door.world.size
    answer = say(door, child, **more)
    assert answer.status_code == status
    assert door.world.size == size


def test_a_service_that_does_not_work_with_the_child_is_told_that_there_is_none(door, child):
    for path, body in (
        ("", {"grantor": "child", "services": ["school"], "by": "x"}),
        ("/withdrawal", {"grantor": "child", "by": "x"}),
        ("/preview", {"statement": {"grantor": "child", "services": ["gp"]}, "recipients": ["x"]}),
    ):
        answers = [
            post(door, f"/api/v1/children/{one}/consents{path}", body, CAMHS)
            for one in (child, "0" * 32, "%20")
        ]
        assert {one.status_code for one in answers} == {404}
        assert len({one.json()["title"] for one in answers}) == 1


class TestFHIR:
    def search(self, door, child, service=SCHOOL):
        return door.http.get(
            f"/FHIR/R4/Consent?patient=Patient/{child}", headers=door.authorised(service)
        )

    def send(self, door, resource, service=SCHOOL, by=TEACHER, kind=FHIR):
        headers = door.authorised(service) | {"Content-Type": kind, "CAF-Practitioner": by}
        return door.http.post("/FHIR/R4/Consent", content=json.dumps(resource), headers=headers)

    def own(self, door, child):
        """Return the child's own Consent, which the school recorded."""
        say(door, child, refusedTo=[{"service": "school", "categories": ["mental_health"]}])
        entries = self.search(door, child).json()["entry"]
        (found,) = (
            one["resource"]
            for one in entries
            if one["resource"]["performer"][0].get("reference") == f"Patient/{child}"
        )
        return found

    def test_one_consent_of_each_grantor_is_found(self, door, child):
        self.own(door, child)
        answer = self.search(door, child)
        assert answer.status_code == 200
        bundle = Bundle.model_validate_json(answer.content)
        assert bundle.total == 2
        assert len({one.resource.id for one in bundle.entry}) == 2

    def test_the_same_is_found_by_a_form_and_as_xml(self, door, child):
        headers = door.authorised(SCHOOL) | {"Accept": "application/fhir+xml"}
        answer = door.http.post(
            "/FHIR/R4/Consent/_search", data={"patient": f"Patient/{child}"}, headers=headers
        )
        assert answer.status_code == 200
        assert b"<Consent" in answer.content

    def test_what_was_given_out_can_be_taken_in(self, door, child):
        resource = self.own(door, child)
        resource["dateTime"] = "2026-11-20"
        before = facts(door, child)
        answer = self.send(door, resource)
        assert answer.status_code == 201, answer.text
        assert len(answer.json()["issue"]) == 1
        assert facts(door, child) == before
        assert is_whole(door)

    def test_a_withdrawal_is_the_next_version(self, door, child):
        first = self.own(door, child)
        path = f"/api/v1/children/{child}/consents/withdrawal"
        post(door, path, {"grantor": "child", "by": TEACHER})
        entries = self.search(door, child).json()["entry"]
        (last,) = (one["resource"] for one in entries if one["resource"]["id"] == first["id"])
        assert (first["status"], last["status"]) == ("active", "inactive")
        assert int(last["meta"]["versionId"]) == int(first["meta"]["versionId"]) + 1

    @pytest.mark.parametrize(
        "change",
        [
            {"modifierExtension": [{"url": "urn:x", "valueBoolean": True}]},
            {"provision": {"type": "permit", "purpose": [{"system": "urn:x", "code": "y"}]}},
            {"policyRule": {"text": "our own"}},
        ],
        ids=range(3),
    )
    def test_what_is_not_known_is_not_believed_and_a_person_is_asked(self, door, child, change):
        resource = self.own(door, child)
        answer = self.send(door, resource | change)
        assert answer.status_code == 201
        assert len(answer.json()["issue"]) > 1
        assert facts(door, child).child_consent is None
        assert len(door.world.gateway.office.archive.waiting(Kind.CONSENT_DOUBT)) == 1

    def test_an_exception_for_a_service_that_nobody_knows_is_doubtful(self, door, child):
        resource = self.own(door, child)
        (exception,) = resource["provision"]["provision"]
        exception["actor"][0]["reference"] = {"identifier": {"system": "urn:x", "value": "9"}}
        answer = self.send(door, resource)
        assert "unmatched-actor" in answer.text

    @pytest.mark.parametrize(
        ("change", "status"),
        [
            ({"status": "draft"}, 422),
            ({"status": "perhaps"}, 422),
            ({"performer": []}, 422),
            ({"resourceType": "Patient"}, 422),
        ],
    )
    def test_what_is_no_statement_is_refused(self, door, child, change, status):
        resource, size = self.own(door, child), door.world.size
        assert self.send(door, resource | change).status_code == status
        assert door.world.size == size + 0

    def test_nobody_and_nowhere_are_refused(self, door, child):
        resource = self.own(door, child)
        assert self.send(door, resource, by="nobody").status_code == 403
        assert self.send(door, resource, service=CAMHS).status_code == 404
        assert self.send(door, resource, kind="text/plain").status_code == 415
        assert self.search(door, child, CAMHS).status_code == 404
        bad = door.http.get("/FHIR/R4/Consent?subject=x", headers=door.authorised(SCHOOL))
        assert bad.status_code == 400

    def test_what_is_given_is_read_by_the_library_too(self, door, child):
        resource = self.own(door, child)
        from fhir.resources.R4B.consent import Consent  # noqa: PLC0415 - used here alone

        Consent.model_validate_json(msgspec.json.encode(resource))
