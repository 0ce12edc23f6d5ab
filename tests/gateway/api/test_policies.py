"""`/api/v1/decisions` and `/api/v1/policies`, before a whole gateway."""

import pytest
from bars_messages import payload_of
from doors import a_door
from worlds import EARLY_HELP, LEAD, SCHOOL, TEACHER, VISITOR

from audit.events import EntryType
from audit.parts import Part
from gateway.registers import Practitioner
from gateway.stored_log import open_stored_log
from gateway.verifying.verification import verify
from policies import rules
from policies.vocabulary import Appointment

ONE, OTHER = "ig-1", "ig-2"
SHIPPED = dict(rules.shipped().text)


@pytest.fixture
def door(tmp_path):
    """Return a door to a gateway that took a referral, with two officers at early help."""
    with a_door(tmp_path) as door:
        office = (Appointment.INFORMATION_GOVERNANCE_OFFICER,)
        door.world.gateway.recorder.documents(
            Practitioner(id=one, service=EARLY_HELP, role="practitioner", appointments=office)
            for one in (ONE, OTHER)
        )
        door.world.take(payload_of("health-visitor-to-early-help"))
        yield door


@pytest.fixture
def index(door):
    leaves = door.world.leaves()
    return next(
        at
        for at, leaf in enumerate(leaves)
        if leaf.type is EntryType.DISCLOSURE and leaf.recipient == EARLY_HELP
    )


def post(door, path, service=EARLY_HELP, **body):
    return door.http.post(f"/api/v1/{path}", json=body, headers=door.authorised(service))


def changed(**files):
    return {**SHIPPED, **{f"{name}.yaml": text for name, text in files.items()}}


def referring():
    """Return the files of a law by which needs go to a person, whatever they rest on."""
    rule = """\
  - id: X1
    source: A local protocol
    when: category is caf_needs
    outcome: refer
    reads: a local protocol asks for a second look
"""
    return changed(permits=SHIPPED["permits.yaml"].replace("rules:\n", f"rules:\n{rule}"))


def breaking():
    """Return the files of a law by which a shield is no shield."""
    shield = "shielded and not clearance has shield"
    return changed(overlays=SHIPPED["overlays.yaml"].replace(shield, "shielded and adopted"))


def test_a_decision_is_explained_and_that_it_was_read_is_recorded(door, index):
    answer = post(door, f"decisions/{index}/explanation", by=ONE, reason="a question")

    assert answer.status_code == 200
    (told,) = answer.json()["decisions"]
    assert told["explanation"]["reader"] == "officer"
    assert door.world.types()[-1] is EntryType.AUDIT_READ
    entry = door.world.gateway.office.details.opened(door.world.size - 1)
    assert entry.detail.open(Part.GATEWAY).fields()["justification"] == "a question"


def test_a_decision_is_explained_with_what_if(door, index):
    answer = post(
        door,
        f"decisions/{index}/explanation",
        by=ONE,
        reader="officer",
        whatIf={"training": "lapsed", "shielded": True, "justification": None},
    )

    (told,) = answer.json()["decisions"]
    assert {turn["after"]["rules"][0] for turn in told["what_if"]["turns"]} >= {"E4"}


def test_a_decision_replays(door, index):
    answer = post(door, f"decisions/{index}/replay", by=ONE, reason="a doubt")

    assert answer.status_code == 200
    assert door.world.types()[-1] is EntryType.AUDIT_READ
    assert (answer.json()["decisions"], answer.json()["differences"]) == (1, [])


@pytest.mark.parametrize("act", ["replay", "explanation"])
@pytest.mark.parametrize("by", ["nobody-at-all", VISITOR, LEAD])
def test_a_decision_is_explained_and_replayed_to_an_officer_of_the_callers_alone(
    door, index, act, by
):
    size = door.world.size

    answer = post(door, f"decisions/{index}/{act}", by=by)

    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/not-entitled")
    assert door.world.size == size


def test_a_practitioner_of_the_callers_is_told_what_practitioners_are(door, index):
    told = post(door, f"decisions/{index}/explanation", by=LEAD, reader="practitioner")
    strange = post(door, f"decisions/{index}/explanation", by=VISITOR, reader="practitioner")

    assert (told.status_code, strange.status_code) == (200, 403)


def test_a_bundle_is_rehearsed_proposed_and_activated_by_two_officers(door):
    since = "2026-11-01T00:00:00Z"
    rehearsed = post(door, "policies/rehearsals", by=ONE, files=referring(), since=since)
    assert {one["change"] for one in rehearsed.json()["shifts"]} == {"newly referred"}

    proposed = post(door, "policies/proposals", by=ONE, files=referring())
    assert proposed.status_code == 201
    digest = proposed.json()["digest"]
    alone = post(door, f"policies/proposals/{digest}/approval", by=ONE)
    assert alone.status_code == 403
    approved = post(door, f"policies/proposals/{digest}/approval", by=OTHER)
    assert approved.json() == {"digest": digest, "approvedBy": [ONE, OTHER]}

    office = door.world.gateway.office
    assert office.rulebook.bundle.digest == digest
    fields = office.details.opened(door.world.size - 1).detail.open(Part.GATEWAY).fields()
    assert fields["caller"] == f"client-{EARLY_HELP}"
    with open_stored_log(door.world.gateway.settings) as stored:
        assert verify(stored).faults == ()


def test_a_bundle_that_breaks_what_must_always_hold_is_refused_by_its_name(door):
    answer = post(door, "policies/proposals", by=ONE, files=breaking())

    assert answer.status_code == 409
    assert "shield" in answer.json()["errors"][0]["where"]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        pytest.param("decisions/0/explanation", {"by": ONE}, 404, id="no decision"),
        pytest.param("decisions/99999/explanation", {"by": ONE}, 404, id="no entry"),
        pytest.param("decisions/x/explanation", {"by": ONE}, 404, id="no index"),
        pytest.param("decisions/0/explanation", {"by": ONE, "reader": "aunt"}, 400, id="no reader"),
        pytest.param("decisions/0/explanation", {}, 400, id="nobody who reads"),
        pytest.param(
            "policies/proposals", {"by": TEACHER, "files": SHIPPED}, 403, id="of another service"
        ),
        pytest.param("policies/proposals", {"by": ONE, "files": SHIPPED}, 409, id="in force"),
        pytest.param("policies/proposals", {"by": ONE, "files": {}}, 400, id="no files"),
        pytest.param(
            "policies/proposals", {"by": ONE, "files": {"../a.yaml": ""}}, 400, id="no name"
        ),
        pytest.param(f"policies/proposals/{'0' * 64}/approval", {"by": ONE}, 409, id="no proposal"),
        pytest.param("policies/proposals/abc/approval", {"by": ONE}, 409, id="no digest"),
        pytest.param(
            "policies/rehearsals", {"by": ONE, "files": SHIPPED, "since": "now"}, 400, id="no time"
        ),
    ],
)
def test_what_cannot_be_done_is_refused(door, path, body, status):
    answer = post(door, path, **body)

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_fact_that_there_is_not_is_refused(door, index):
    answer = post(door, f"decisions/{index}/explanation", by=ONE, whatIf={"shield": True})

    assert answer.status_code == 400
    assert answer.json()["errors"] == [{"where": "/whatIf"}]


def test_a_fault_in_a_file_of_law_is_named_with_its_line(door):
    gates = SHIPPED["gates.yaml"].replace("when: case is closed", "when: case is close")
    line = gates[: gates.index("case is close")].count("\n") - 1

    answer = post(door, "policies/proposals", by=ONE, files=changed(gates=gates))

    assert answer.status_code == 400
    (where,) = answer.json()["errors"]
    assert where["where"].startswith("/files/gates.yaml:")
    assert abs(int(where["where"].rpartition(":")[2]) - line) <= 3


def test_the_law_is_no_business_of_a_system_without_the_scope(door):
    system, endpoint = door.systems[SCHOOL], door.world.gateway.settings.token_endpoint
    system.clock.at = door.world.clock.now()
    form = system.form(scope="system/records.c", client_assertion=system.assertion(aud=endpoint))
    token = door.http.post("/oauth2/token", data=form).json()["access_token"]

    answer = door.http.post(
        "/api/v1/policies/proposals",
        json={"by": ONE, "files": SHIPPED},
        headers={"Authorization": f"Bearer {token}"},
    )

    assert answer.status_code == 403
