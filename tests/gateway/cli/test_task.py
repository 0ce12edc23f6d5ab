"""`caf-gateway task`: what waits for a person, to whom it belongs, and what they answer."""

from datetime import datetime

import pytest
from worlds import GP, HEALTH_VISITING, HV_LEAD, HV_MANAGER, TEACHER

OFFICER = "ig-officer-1"


@pytest.fixture
def task(run):
    """Return the one question of the referral: whether the surgery's training is current."""
    (task,) = run("task", "list", "--json").json["tasks"]
    return task


def _open(run, *more):
    return run("task", "list", *more, "--json").json["tasks"]


def _resolve(run, task, *more, by=HV_MANAGER):
    return run("task", "resolve", task["id"], "--by", by, *more)


def test_a_waiting_question_says_whose_it_is_and_by_when_and_nothing_of_a_child(run, task):
    assert (task["kind"], task["owner"]) == ("referred", "training_coordinator")
    assert (task["isOverdue"], task["told"], task["claimedBy"]) == (False, [], None)
    listed = run("task", "list")
    assert task["id"] in listed.out
    assert "training_coordinator: 1 open, 0 late, 1 nobody's yet" in listed.out
    assert GP not in listed.out
    assert "information sharing" not in listed.out


def test_whom_it_belongs_to_sees_what_it_is_about(run, task):
    shown = run("task", "show", task["id"], "--by", HV_MANAGER, "--json").json
    assert (shown["recipient"], shown["holder"], shown["missing"]) == (
        GP,
        HEALTH_VISITING,
        ["training"],
    )
    assert "training for information sharing" in run("task", "list", "--by", HV_MANAGER).out


@pytest.mark.parametrize("by", [HV_LEAD, TEACHER, OFFICER])
def test_nobody_else_sees_it(run, task, by):
    shown = run("task", "show", task["id"], "--by", by)
    assert (shown.code, shown.err) == (
        2,
        "caf-gateway: there is no task with this id among those of this person\n",
    )
    assert run("task", "list", "--by", by, "--json").json["matters"] == []


def test_a_late_question_is_told_to_one_role_after_another_and_is_theirs_as_well(run, task, clock):
    assert _open(run, "--overdue") == []
    clock.time = datetime.fromisoformat(task["dueAt"])
    (late,) = _open(run, "--overdue")
    assert (late["isOverdue"], late["told"]) == (True, ["service_manager"])
    clock.advance(days=7)
    (later,) = _open(run, "--role", "information_governance_officer")
    assert later["id"] == task["id"]
    assert run("task", "show", task["id"], "--by", OFFICER).code == 0


def test_a_role_sees_its_own_tasks(run, task):
    assert _open(run, "--role", task["owner"]) != []
    assert _open(run, "--role", "caldicott_guardian") == []


def test_a_task_is_taken_on_handed_over_and_resolved_by_whoever_has_it(run, task):
    assert run("task", "claim", task["id"], "--by", HV_MANAGER).code == 0
    assert _open(run)[0]["claimedBy"] == HV_MANAGER
    handed = (
        "task",
        "hand-over",
        task["id"],
        "--by",
        HV_MANAGER,
        "--to",
        HV_LEAD,
        "--reason",
        "leave",
    )
    assert "has task" in run(*handed).out

    refused = _resolve(run, task, "--reason", "done")
    assert (refused.code, "another person has taken this task on" in refused.err) == (1, True)
    assert _resolve(run, task, "--reason", "done", by=HV_LEAD).code == 0
    entries = run("audit", "search", "--type", "task-assigned", "--json").json["entries"]
    assert [one["detail"]["gateway"]["assignee"] for one in entries] == [HV_MANAGER, HV_LEAD]
    assert run("audit", "verify").code == 0


def test_a_task_is_not_handed_to_somebody_who_works_elsewhere(run, task):
    ran = run("task", "hand-over", task["id"], "--by", HV_MANAGER, "--to", TEACHER)
    assert (ran.code, "they work elsewhere" in ran.err) == (1, True)


def test_a_task_is_handed_to_an_office(run, task):
    office = "information_governance_officer"
    assert run("task", "hand-over", task["id"], "--by", HV_MANAGER, "--to", office).code == 0
    assert _open(run)[0]["owner"] == office
    assert run("task", "show", task["id"], "--by", OFFICER).code == 0
    assert run("task", "show", task["id"], "--by", HV_MANAGER).code == 2


def test_an_answer_is_recorded_and_says_what_is_released_now(run, task):
    ran = _resolve(run, task, "--fact", "training=current", "--until", "2027-05-01", "--json")
    assert ran.code == 0
    assert (ran.json["recipient"], ran.json["isReleased"]) == (GP, True)
    assert "sent" in {row["outcome"] for row in ran.json["elements"]}
    assert _open(run) == []
    assert run("service", "show", GP).json["training_until"] == "2027-05-01"


def test_an_answer_is_reported_in_words(run, task):
    ran = _resolve(run, task, "--fact", "training=current", "--until", "2027-05-01")
    assert ran.out.startswith(f"task {task['id']} is resolved\nservice {GP}, by element: ")


def test_a_task_is_closed_with_a_reason_alone(run, task):
    ran = _resolve(run, task, "--reason", "the surgery does not take part")
    assert f"nothing is released to service {GP}" in ran.out
    (entry,) = run("audit", "search", "--type", "task-resolved", "--json").json["entries"]
    assert entry["detail"]["gateway"]["decided_by"] == HV_MANAGER
    assert entry["detail"]["gateway"]["justification"] == "the surgery does not take part"


def test_a_task_is_resolved_once(run, task):
    _resolve(run, task, "--reason", "done")
    again = _resolve(run, task, "--reason", "done")
    assert (again.code, again.err) == (1, "caf-gateway: this task has been resolved already\n")


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ((), "a task is resolved by a fact, or with a reason"),
        (("--fact", "training"), "a fact is written `name=value`"),
        (("--fact", "approval=perhaps"), "`approval` must be"),
        (("--fact", "agreement=active"), "`agreement` is not recorded by hand"),
        (("--fact", "training=current", "--until", "soon"), "a day is written as"),
        (("--fact", "training=current"), "training is recorded with the day until which it holds"),
        (("--fact", "training=lapsed", "--until", "2027-05-01"), "training is recorded with"),
    ],
)
def test_what_answers_nothing_is_wrong_use_and_the_task_stays_open(run, task, more, sentence):
    ran = _resolve(run, task, *more)
    assert (ran.code, ran.out) == (2, "")
    assert sentence in ran.err
    assert _open(run) != []


def test_doctor_names_the_offices_that_nobody_holds_and_finds_nothing_wrong(run):
    ran = run("doctor", "--json")
    assert (ran.code, ran.json["offices"]) == (0, None)
    (said,) = [
        line for line in run("doctor").out.splitlines() if line.startswith("ok     offices:")
    ]
    assert "police_originator (anywhere)" in said
    assert "legal_officer (" in said
    assert "training_coordinator" not in said


def test_a_task_that_there_is_not_is_wrong_use(run):
    ran = run("task", "resolve", "no-such-task", "--by", HV_MANAGER, "--reason", "none")
    assert (ran.code, "there is no task with this id" in ran.err) == (2, True)


def test_who_is_not_registered_has_no_tasks(run, task):
    ran = _resolve(run, task, "--reason", "none", by="nobody")
    assert (ran.code, "not in the register of practitioners" in ran.err) == (1, True)


def test_a_decision_is_share_or_withhold_and_refused_where_a_fact_answers(run, task):
    unknown = _resolve(run, task, "--decide", "perhaps", "--reason", "so")
    assert (unknown.code, "to share or to withhold" in unknown.err) == (2, True)
    refused = _resolve(run, task, "--decide", "share", "--reason", "so")
    assert "record it" in refused.err
    assert len(_open(run)) == 1


def test_what_was_not_decided_is_not_withdrawn(run, task):
    ran = run("task", "withdraw", task["id"], "--by", HV_MANAGER, "--reason", "none")
    assert "no task with this id among those of this person" in ran.err
