"""`/api/v1/children/{id}/...` and `/api/v1/practitioners/...`, before a whole gateway."""

import pytest
from bars_messages import payload_of
from doors import Door, a_door
from worlds import (
    CAMHS,
    EARLY_HELP,
    HEALTH_VISITING,
    LAWYER,
    LEAD,
    OFFICER,
    SAFEGUARDING,
    SCHOOL,
    SOCIAL_CARE,
    TEACHER,
    TRAINER,
    VISITOR,
    WORKER,
)

from gateway.facts.team import Member, add
from gateway.stored_log import open_stored_log
from gateway.verifying.verification import verify

REFERRAL = payload_of("health-visitor-to-early-help")
NOBODY = "0" * 32


@pytest.fixture
def door(tmp_path):
    with a_door(tmp_path) as door:
        yield door


@pytest.fixture
def child(door):
    """Return the child of the referral, with whom social care works too."""
    (child,) = door.world.take(REFERRAL).children
    add(door.world.gateway.office, child, Member(service=SOCIAL_CARE), by=LEAD)
    return child


def post(door: Door, child: str, place: str, caller: str, /, **body: object):
    address = f"/api/v1/children/{child}/{place}"
    return door.http.post(address, json=body, headers=door.authorised(caller))


def get(door: Door, child: str, place: str, service: str, by: str):
    address = f"/api/v1/children/{child}/{place}"
    return door.http.get(address, params={"by": by}, headers=door.authorised(service))


ACTS = [
    ("facts", HEALTH_VISITING, {"by": VISITOR, "name": "risk", "value": "in_need"}),
    ("team", EARLY_HELP, {"by": LEAD, "service": CAMHS, "role": "therapist"}),
    ("team/leaving", EARLY_HELP, {"by": LEAD, "service": CAMHS}),
    ("enquiries", SOCIAL_CARE, {"by": WORKER, "state": "open", "reason": "discussed"}),
    ("shield", SOCIAL_CARE, {"by": SAFEGUARDING, "state": "raised", "reason": "refuge"}),
    (
        "orders",
        SOCIAL_CARE,
        {"by": LAWYER, "reference": "FD1", "effect": "prohibit", "scope": ["address"]},
    ),
    (
        "judgements",
        HEALTH_VISITING,
        {
            "by": VISITOR,
            "holder": HEALTH_VISITING,
            "relevant": True,
            "detriment": "no",
            "reason": "seen",
            "withoutConsent": "cannot_consent",
        },
    ),
    ("competence", SCHOOL, {"by": TEACHER, "competent": "yes", "reason": "understood"}),
]


def test_everything_is_recorded_with_its_entry_and_the_log_holds(door, child):
    entries = [post(door, child, *act[:2], **act[2]).json()["entry"] for act in ACTS]

    assert entries == sorted(set(entries))
    undone = [
        ("facts/withdrawal", HEALTH_VISITING, {"by": VISITOR, "name": "risk", "reason": "old"}),
        ("enquiries", SOCIAL_CARE, {"by": WORKER, "state": "closed", "reason": "no harm"}),
        ("shield", SOCIAL_CARE, {"by": SAFEGUARDING, "state": "lifted", "reason": "safe"}),
        ("orders", SOCIAL_CARE, {"by": LAWYER, "reference": "FD1", "effect": "discharged"}),
    ]
    for place, service, body in undone:
        assert post(door, child, place, service, **body).status_code == 201, place
    with open_stored_log(door.world.gateway.settings) as stored:
        assert verify(stored).faults == ()


@pytest.mark.parametrize("act", ACTS, ids=[act[0] for act in ACTS])
def test_who_may_not_is_refused_and_a_stranger_is_answered_as_about_nobody(door, child, act):
    place, service, body = act
    size = door.world.size

    wrong = post(door, child, place, SCHOOL, **body | {"by": "nobody"})
    assert (wrong.status_code, wrong.json()["type"]) == (403, "/problems/not-entitled")
    strange = post(door, child, place, CAMHS, **body)
    nobody = post(door, NOBODY, place, service, **body)
    alike = [answer.json() | {"instance": ""} for answer in (strange, nobody)]
    assert alike[0] == alike[1]
    assert alike[0]["type"] == "/problems/unknown-child"
    assert door.world.size == size


@pytest.mark.parametrize("act", ACTS, ids=[act[0] for act in ACTS])
def test_no_system_acts_for_the_people_of_another_organisation(door, child, act):
    place, service, body = act
    size = door.world.size
    others = [one for one in (SCHOOL, HEALTH_VISITING) if one != service]

    for caller in others:
        refused = post(door, child, place, caller, **body)
        nobody = post(door, child, place, caller, **body | {"by": "nobody"})
        assert refused.status_code == 403, caller
        assert refused.json() | {"instance": ""} == nobody.json() | {"instance": ""}
    assert door.world.size == size


def test_an_office_is_held_in_an_organisation_and_its_systems_act_for_it(door, child):
    order = {"by": LAWYER, "reference": "FD1", "effect": "unverified"}

    assert post(door, child, "orders", EARLY_HELP, **order).status_code == 201
    assert post(door, child, "orders", SCHOOL, **order).status_code == 403
    # A role is no office: early help's system does not act for social care's worker.
    opened = {"by": WORKER, "state": "open", "reason": "discussed"}
    assert post(door, child, "enquiries", EARLY_HELP, **opened).status_code == 403


def test_a_school_s_system_grants_the_school_no_clearance_by_naming_an_officer(door):
    def cleared(caller):
        return door.http.post(
            f"/api/v1/practitioners/{SCHOOL}/clearances",
            json={"by": OFFICER, "clearance": "shield", "until": "2027-01-01"},
            headers=door.authorised(caller),
        ).status_code

    assert cleared(SCHOOL) == 403
    assert door.world.gateway.office.rulebook.registers.services[SCHOOL].grants == ()
    assert cleared(EARLY_HELP) == 204


@pytest.mark.parametrize(
    ("place", "body", "where"),
    [
        ("facts", {"by": VISITOR, "name": "risk", "value": "quite"}, "/value"),
        ("facts", {"by": VISITOR, "name": "risk"}, "/"),
        ("facts", {"by": VISITOR, "name": "shielded", "value": "true"}, "/name"),
        ("facts", {"by": VISITOR, "name": "risk", "value": "none", "until": "soon"}, "/until"),
        ("shield", {"by": SAFEGUARDING, "state": "up", "reason": "r"}, "/state"),
        ("enquiries", {"by": WORKER, "state": "open", "reason": ""}, "/reason"),
        ("orders", {"by": LAWYER, "reference": "1", "effect": "forbid"}, "/effect"),
        ("judgements", {"by": VISITOR, "holder": "h", "relevant": "yes"}, "/relevant"),
        ("competence", {"by": VISITOR, "competent": "perhaps", "reason": "r"}, "/competent"),
    ],
)  # fmt: skip
def test_what_is_malformed_is_refused_with_its_place(door, child, place, body, where):
    answer = post(door, child, place, HEALTH_VISITING, **body)
    assert answer.status_code == 400
    assert answer.json()["errors"] == [{"where": where}]


def test_a_body_is_json(door, child):
    answer = door.http.post(
        f"/api/v1/children/{child}/facts",
        content=b"by=me",
        headers=door.authorised(HEALTH_VISITING) | {"Content-Type": "text/plain"},
    )
    assert answer.status_code == 415


def test_an_officer_reads_what_is_recorded_and_others_what_is_theirs(door, child):
    post(door, child, "facts", HEALTH_VISITING, by=VISITOR, name="risk", value="in_need")

    found = get(door, child, "facts", EARLY_HELP, OFFICER).json()
    seen = {one["name"]: one for one in reversed(found)}
    assert (seen["risk"]["value"], seen["risk"]["by"]) == ("in_need", VISITOR)
    assert get(door, child, "facts", SCHOOL, TEACHER).json() == []
    assert get(door, child, "facts", SCHOOL, OFFICER).status_code == 403  # no colleague
    assert get(door, child, "facts", CAMHS, OFFICER).status_code == 404
    services = {one["service"] for one in get(door, child, "team", EARLY_HELP, OFFICER).json()}
    assert {SCHOOL, SOCIAL_CARE} <= services
    assert get(door, child, "team", EARLY_HELP, "").status_code == 400


def test_a_shield_makes_no_difference_to_who_is_not_cleared(tmp_path):
    seen = []
    for name in ("shielded", "not"):
        with a_door(tmp_path / name) as door:
            (child,) = door.world.take(REFERRAL).children
            office = door.world.gateway.office
            if name == "shielded":
                add(office, child, Member(service=SOCIAL_CARE), by=LEAD)
                raising = {"by": SAFEGUARDING, "state": "raised", "reason": "refuge"}
                assert post(door, child, "shield", SOCIAL_CARE, **raising).status_code == 201
            at = {"at": "", "until": "", "entry": 0}
            seen.append(
                [
                    [one | at for one in get(door, child, place, service, by).json()]
                    for place in ("facts", "team")
                    for service, by in ((SCHOOL, TEACHER), (HEALTH_VISITING, VISITOR))
                ]
            )
    assert seen[0] == seen[1]


def person(door: Door, holder: str, place: str, service: str, **body: object):
    address = f"/api/v1/practitioners/{holder}/{place}"
    return door.http.post(address, json=body, headers=door.authorised(service))


def test_people_are_accredited_and_cleared_by_those_whose_office_it_is(door):
    known = door.world.gateway.office.rulebook
    training = {"by": TRAINER, "kind": "lead_professional", "until": "2026-12-01"}
    assert person(door, TEACHER, "accreditations", EARLY_HELP, **training).status_code == 204
    clearing = {"by": OFFICER, "clearance": "shield", "until": "2027-12-01"}
    assert person(door, TEACHER, "clearances", EARLY_HELP, **clearing).status_code == 204
    assert known is not door.world.gateway.office.rulebook
    grants = door.world.gateway.office.rulebook.registers.practitioners[TEACHER].grants
    assert {grant.what for grant in grants} == {"lead_professional", "shield"}

    lapsing = door.http.get(
        "/api/v1/practitioners/lapsing",
        params={"by": OFFICER},
        headers=door.authorised(EARLY_HELP),
    ).json()
    assert [(one["holder"], one["what"]) for one in lapsing] == [(TEACHER, "lead_professional")]

    withdrawn = person(door, TEACHER, "clearances", EARLY_HELP, by=OFFICER, clearance="shield")
    again = person(door, TEACHER, "clearances", EARLY_HELP, by=OFFICER, clearance="shield")
    assert (withdrawn.status_code, again.status_code) == (204, 409)


CLEARING = {"by": OFFICER, "clearance": "shield", "until": "2027-01-01"}


@pytest.mark.parametrize(
    ("holder", "place", "body", "status"),
    [
        (TEACHER, "clearances", {"by": TRAINER, "clearance": "shield"}, 403),
        (OFFICER, "clearances", CLEARING, 403),
        (TEACHER, "clearances", {"by": OFFICER, "clearance": "all"}, 400),
        (TEACHER, "accreditations", {"by": TRAINER, "kind": "lead_professional"}, 400),
        ("nobody", "clearances", CLEARING, 400),
        (TEACHER, "clearances", {**CLEARING, "until": "2020-01-01"}, 400),
    ],
)  # fmt: skip
def test_who_may_not_accredit_or_clear_is_refused(door, holder, place, body, status):
    assert person(door, holder, place, EARLY_HELP, **body).status_code == status
