"""`caf-gateway task`: what waits for a person, and what their answer releases."""

from datetime import datetime

import pytest
from worlds import GP, MANAGER


@pytest.fixture
def task(run):
    """Return the one question of the referral: whether the surgery's training is current."""
    (task,) = run("task", "list", "--json").json
    return task


def _resolve(run, task, *more):
    return run("task", "resolve", task["id"], "--by", MANAGER, *more)


def test_a_waiting_question_says_who_what_and_by_when(run, task):
    assert (task["kind"], task["owner"], task["recipient"]) == ("referred", "service_manager", GP)
    assert task["missing"] == ["training"]
    assert (task["is_overdue"], task["told"]) == (False, [])
    assert task["id"] in run("task", "list").out


def test_a_late_question_is_told_to_one_role_after_another(run, task, clock):
    assert run("task", "list", "--overdue", "--json").json == []
    clock.time = datetime.fromisoformat(task["due_at"])
    (late,) = run("task", "list", "--overdue", "--json").json
    assert (late["is_overdue"], late["told"]) == (True, ["service_manager"])
    clock.advance(days=7)
    (later,) = run("task", "list", "--role", "information_governance_officer", "--json").json
    assert later["id"] == task["id"]


def test_a_role_sees_its_own_tasks(run, task):
    assert run("task", "list", "--role", task["owner"], "--json").json != []
    assert run("task", "list", "--role", "caldicott_guardian", "--json").json == []


def test_an_answer_is_recorded_and_says_what_is_released_now(run, task):
    ran = _resolve(run, task, "--fact", "training=current", "--until", "2027-05-01", "--json")
    assert ran.code == 0
    assert (ran.json["recipient"], ran.json["is_released"]) == (GP, True)
    assert "sent" in {row["outcome"] for row in ran.json["elements"]}
    assert run("task", "list", "--json").json == []
    assert run("service", "show", GP).json["training_until"] == "2027-05-01"


def test_an_answer_is_reported_in_words(run, task):
    ran = _resolve(run, task, "--fact", "training=current", "--until", "2027-05-01")
    assert ran.out.startswith(f"task {task['id']} is resolved\nservice {GP}, by element: ")


def test_a_task_is_closed_with_a_reason_alone(run, task):
    ran = _resolve(run, task, "--reason", "the surgery does not take part")
    assert f"nothing is released to service {GP}" in ran.out
    (entry,) = run("audit", "search", "--type", "task-resolved", "--json").json["entries"]
    assert entry["detail"]["gateway"]["decided_by"] == MANAGER
    assert entry["detail"]["gateway"]["justification"] == "the surgery does not take part"


def test_a_task_is_resolved_once(run, task):
    _resolve(run, task, "--reason", "done")
    again = _resolve(run, task, "--reason", "done")
    assert (again.code, again.err) == (2, "caf-gateway: this task has been resolved already\n")


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
    assert run("task", "list", "--json").json != []


def test_a_task_that_there_is_not_is_wrong_use(run):
    ran = run("task", "resolve", "no-such-task", "--by", "ig-1", "--reason", "none")
    assert (ran.code, ran.err) == (2, "caf-gateway: there is no task with this id\n")
