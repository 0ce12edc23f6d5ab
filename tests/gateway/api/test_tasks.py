"""`POST /api/v1/tasks/...` and `/api/v1/break-glass/...`, before a whole gateway."""

from datetime import date

import pytest
from bars_messages import payload_of
from books import require_balanced
from doors import a_door
from front_door import IDS
from worlds import (
    CAMHS,
    EARLY_HELP,
    EARLY_HELP_FORMAT,
    GP,
    HEALTH_VISITING,
    HV_LEAD,
    HV_MANAGER,
    SCHOOL,
    TEACHER,
)

from gateway.casefile import RecordedFact
from gateway.registers import Practitioner

OFFICER = "ig-officer-1"
TRAINED = {"facts": [{"name": "training", "value": "current", "until": "2027-05-01"}]}


@pytest.fixture
def door(tmp_path):
    with a_door(tmp_path) as door:
        door.world.take(payload_of("health-visitor-to-early-help"))
        yield door


@pytest.fixture
def task(door):
    """Return the id of the one question: whether the surgery's training is current."""
    (task,) = door.world.gateway.office.archive.open_tasks()
    return task.row.id


@pytest.fixture
def post(door):
    def post(path, by, service=HEALTH_VISITING, **more):
        headers = door.authorised(service) | IDS
        return door.http.post(f"/api/v1/{path}", json={"by": by} | more, headers=headers)

    return post


def test_a_persons_tasks_are_listed_with_what_they_are_about(post, task):
    answer = post("tasks/search", HV_MANAGER)

    assert answer.status_code == 200
    (found,) = answer.json()["tasks"]
    assert (found["waiting"]["id"], found["recipient"]) == (task, GP)
    assert answer.json()["counts"] == [
        {"role": "training_coordinator", "open": 1, "overdue": 0, "unclaimed": 1}
    ]


@pytest.mark.parametrize(
    ("by", "service"), [(TEACHER, SCHOOL), ("manager", GP), (OFFICER, EARLY_HELP)]
)
def test_nobody_else_is_told_that_anything_waits(post, task, by, service):
    assert post("tasks/search", by, service).json() == {"counts": [], "tasks": []}
    for act in ("read", "claim", "resolve", "hand-over"):
        more = {"to": by} if act == "hand-over" else {}
        more |= {"reason": "none"} if act in {"resolve", "hand-over"} else {}
        theirs = post(f"tasks/{task}/{act}", by, service, **more)
        nobodys = post(f"tasks/{'0' * 32}/{act}", by, service, **more)
        assert theirs.status_code == nobodys.status_code == 404
        assert theirs.json() == nobodys.json()


def test_a_system_acts_for_its_own_people_alone(post, task):
    answer = post(f"tasks/{task}/read", HV_MANAGER, SCHOOL)

    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/not-entitled")


def test_a_task_is_claimed_read_and_resolved(door, post, task):
    assert post(f"tasks/{task}/claim", HV_MANAGER).json()["entry"] == door.world.size - 1
    shown = post(f"tasks/{task}/read", HV_MANAGER).json()
    assert (shown["waiting"]["claimedBy"], shown["missing"]) == (HV_MANAGER, ["training"])

    answer = post(f"tasks/{task}/resolve", HV_MANAGER, reason="it was shown", **TRAINED)

    assert (answer.status_code, answer.json()["isReleased"]) == (200, True)
    again = post(f"tasks/{task}/resolve", HV_MANAGER, reason="again")
    assert (again.status_code, again.json()["type"]) == (409, "/problems/conflict")
    require_balanced(door.world)


def test_what_one_has_taken_on_another_does_not_resolve_until_it_is_handed_over(door, post, task):
    other = Practitioner(
        id="hv-manager-2",
        service=HEALTH_VISITING,
        role="practitioner",
        appointments=("training_coordinator",),
    )
    door.world.gateway.recorder.documents([other])
    post(f"tasks/{task}/claim", HV_MANAGER)
    assert post(f"tasks/{task}/claim", other.id).status_code == 409

    handed = post(f"tasks/{task}/hand-over", HV_MANAGER, to=other.id, reason="on leave")

    assert handed.status_code == 200
    assert post(f"tasks/{task}/resolve", HV_MANAGER, reason="mine").status_code == 409
    assert post(f"tasks/{task}/resolve", other.id, reason="not shared").status_code == 200


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({"facts": [{"name": "mood", "value": "fair"}]}, id="no fact"),
        pytest.param({"facts": [{"name": "risk", "value": "perhaps"}]}, id="no value"),
        pytest.param({}, id="neither fact nor reason"),
        pytest.param({"facts": "training"}, id="a text for a list"),
        pytest.param({"shoe": 3}, id="an unknown member"),
        pytest.param({"reason": "x" * 4001}, id="too long a reason"),
    ],
)
def test_what_answers_nothing_is_refused_and_the_task_stays_open(door, post, task, more):
    answer = post(f"tasks/{task}/resolve", HV_MANAGER, **more)

    assert answer.status_code == 400
    (waiting,) = door.world.gateway.office.archive.open_tasks()
    assert waiting.row.id == task


@pytest.mark.parametrize(
    ("name", "value"),
    [("court_order", "disclose"), ("shielded", "false"), ("judgement", "made"), ("risk", "none")],
)
def test_a_fact_that_the_task_does_not_ask_for_is_refused(post, task, name, value):
    answer = post(f"tasks/{task}/resolve", HV_MANAGER, facts=[{"name": name, "value": value}])

    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/malformed-request")


def test_a_fact_that_is_not_theirs_to_record_is_refused(post, task):
    handed = post(f"tasks/{task}/hand-over", HV_MANAGER, to=HV_LEAD, reason="on leave")
    assert handed.status_code == 200

    assert post(f"tasks/{task}/resolve", HV_LEAD, **TRAINED).status_code == 403


def test_without_the_scope_nobody_handles_tasks(door, task):
    for path in ("tasks/search", f"tasks/{task}/read", "break-glass/search"):
        assert door.http.post(f"/api/v1/{path}", json={"by": HV_LEAD}).status_code == 401


def test_a_broken_glass_is_listed_and_reviewed(door, post):
    world = door.world
    (child,) = {one.row.child_id for one in world.gateway.office.archive.open_tasks()}
    doctor = Practitioner(
        id="p-doctor", service=CAMHS, role="clinician", training_until=date(2027, 12, 31)
    )
    world.gateway.recorder.documents([doctor])
    risk = RecordedFact(name="risk", value="immediate", at=world.clock.now())
    world.gateway.recorder.facts(child, [risk])
    ask = {
        "purpose": "early_help",
        "practitioner": "p-doctor",
        "breakGlass": True,
        "justification": "in danger",
    }
    headers = door.authorised(CAMHS) | IDS | {"Accept": EARLY_HELP_FORMAT}
    opened = door.http.post(f"/api/v1/children/{child}/disclosures", json=ask, headers=headers)
    assert "usable_until" in opened.json()

    listed = post("break-glass/search", OFFICER, EARLY_HELP).json()
    (waiting,) = listed["reviews"]
    assert listed["people"] == [{"person": "p-doctor", "service": CAMHS, "broken": 1, "misused": 0}]
    path = f"break-glass/{waiting['id']}/review"
    assert post(path, "p-doctor", CAMHS, outcome="justified", reason="it was").status_code == 404
    assert post(path, OFFICER, EARLY_HELP, outcome="fine", reason="it was").status_code == 400
    done = post(path, OFFICER, EARLY_HELP, outcome="misuse", reason="no danger was seen")

    assert done.status_code == 200
    after = post("break-glass/search", OFFICER, EARLY_HELP).json()
    assert (after["reviews"], after["people"][0]["misused"]) == ([], 1)
    require_balanced(world)


def test_a_decision_is_refused_where_a_fact_is_the_answer_and_the_task_stays_open(door, post, task):
    answer = post(f"tasks/{task}/resolve", HV_MANAGER, decide="withhold", reason="not now")

    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/malformed-request")
    (waiting,) = door.world.gateway.office.archive.open_tasks()
    assert waiting.row.id == task


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({"decide": "perhaps", "reason": "so"}, id="no such choice"),
        pytest.param({"decide": "share"}, id="no reason"),
        pytest.param({"until": "2027-01-01", "reason": "so"}, id="a day without a decision"),
        pytest.param({"decide": "share", "until": "soon", "reason": "so"}, id="no day"),
    ],
)
def test_what_is_no_decision_is_refused(post, task, more):
    assert post(f"tasks/{task}/resolve", HV_MANAGER, **more).status_code == 400


def test_a_question_is_decided_and_the_decision_withdrawn(door, post):
    world = door.world
    ((child,),) = world.rows("SELECT id FROM child")
    guardian = Practitioner(
        id="hv-lead-2",
        service=HEALTH_VISITING,
        role="safeguarding_lead",
    )
    world.gateway.recorder.documents([guardian])
    at = world.clock.now()
    world.gateway.recorder.facts(
        child,
        [
            RecordedFact(name="risk", value="significant_harm", at=at, by=guardian.id),
            RecordedFact(name="detriment", value="yes", service=HEALTH_VISITING, at=at),
        ],
    )
    world.ask(child, SCHOOL)
    (harm,) = (
        one.row.id
        for one in world.gateway.office.archive.open_tasks()
        if one.subject.rules == ("E1",)
    )

    answer = post(f"tasks/{harm}/resolve", guardian.id, decide="share", reason="it weighs more")
    withdrawn = post(f"tasks/{harm}/withdraw", guardian.id, reason="it does not after all")
    again = post(f"tasks/{harm}/withdraw", guardian.id, reason="again")

    assert (answer.status_code, answer.json()["asksAgain"]) == (200, True)
    assert withdrawn.json()["entry"] == world.size - 1
    assert (again.status_code, again.json()["type"]) == (409, "/problems/conflict")
    require_balanced(world)


def test_a_withdrawal_is_of_what_one_may_decide_and_was_decided(post, task):
    nobodys = post(f"tasks/{'0' * 32}/withdraw", HV_MANAGER, reason="no")
    not_decided = post(f"tasks/{task}/withdraw", HV_MANAGER, reason="no")

    assert nobodys.status_code == not_decided.status_code == 404
    assert post(f"tasks/{task}/withdraw", HV_MANAGER).status_code == 400
