"""Answers to notices, and reminders while there is none."""

from datetime import timedelta

import pytest
from books import require_balanced
from worlds import EARLY_HELP, SCHOOL, Kind

from audit.events import EntryType
from audit.parts import Part
from gateway.errors import ConflictError, RequestError, UnknownNoticeError
from gateway.notices.acknowledging import Answer, Done, acknowledge
from gateway.reconsidering import task_of


@pytest.fixture
def notice(corrected):
    """Return the notice that early help was sent."""
    corrected.dispatch()
    ((id_,),) = corrected.rows("SELECT id FROM outbox WHERE id = message_id")
    return id_


def waiting(world):
    return world.gateway.office.archive.waiting("notice")


def answered(world, notice, **more):
    answer = Answer(message_id=notice, **({"recipient": EARLY_HELP} | more))
    return acknowledge(world.gateway.office, answer)


def reminders(world):
    return [one for one in world.notices(EARLY_HELP) if "reminderOf" in one]


@pytest.mark.parametrize("kind", Kind)
def test_an_answer_is_recorded_and_closes_what_waits_for_it(world, notice, said):
    answer = answered(world, notice)

    assert world.types()[answer.entry] is EntryType.ACKNOWLEDGED
    assert waiting(world) == ()
    (fields,) = said(EntryType.ACKNOWLEDGED)
    assert (fields["outcome"], fields["recipient"]) == ("done", EARLY_HELP)
    assert said(EntryType.ACKNOWLEDGED, Part.SENDER)[0]["outcome"] == "done"
    require_balanced(world)


def test_a_repeat_gets_the_first_answer(world, notice):
    first = answered(world, notice)
    again = answered(world, notice)
    assert (again.entry, again.is_repeat) == (first.entry, True)


@pytest.mark.parametrize("recipient", [SCHOOL, "nobody"])
def test_another_service_has_no_such_notice(world, notice, recipient):
    with pytest.raises(UnknownNoticeError):
        answered(world, notice, recipient=recipient)
    assert len(waiting(world)) == 1


def test_a_disclosure_is_no_notice(world, notice):
    (disclosure,) = (
        row
        for row in world.gateway.office.archive.store.outbox.of_child(child_of(world))
        if row.recipient == EARLY_HELP and row.id != notice
    )
    for name in (disclosure.id, disclosure.message_id):
        with pytest.raises(UnknownNoticeError):
            answered(world, name)


def child_of(world):
    return world.rows("SELECT id FROM child")[0][0]


def test_what_is_kept_is_kept_for_a_reason(world, notice, said):
    with pytest.raises(RequestError, match="say which"):
        answered(world, notice, done=Done.KEPT, reason=" ")
    answered(world, notice, done=Done.KEPT, reason="the duty of s47", by="dq-1")
    (fields,) = said(EntryType.ACKNOWLEDGED)
    assert fields["justification"] == "the duty of s47"
    assert fields["decided_by"] == "dq-1"
    assert "justification" not in said(EntryType.ACKNOWLEDGED, Part.SENDER)[0]


def test_what_a_person_has_closed_is_answered_no_more(world, notice):
    (task,) = waiting(world)
    found = task_of(world.gateway.office, task.row.id)
    world.gateway.reconsidering.resolve(found, "dq-1", [], "they told me")
    with pytest.raises(ConflictError):
        answered(world, notice)


def test_silence_is_chased_half_way_and_at_the_end_and_no_more(world, notice):
    chasing = world.gateway.chasing()
    assert chasing.remind() == 0
    world.clock.advance(hours=25)
    assert (chasing.remind(), chasing.remind()) == (1, 0)
    world.clock.advance(hours=24)
    assert (chasing.remind(), chasing.remind()) == (1, 0)
    world.clock.advance(days=30)
    assert chasing.remind() == 0
    world.dispatch()
    assert {one["reminderOf"] for one in reminders(world)} == {notice}
    assert len(reminders(world)) == 2
    require_balanced(world)


def test_a_reminder_is_answered_as_the_notice_that_it_repeats(world, notice):
    world.clock.advance(hours=25)
    world.gateway.chasing().remind()
    world.dispatch()
    (reminder,) = reminders(world)
    first = answered(world, reminder["id"])
    assert waiting(world) == ()
    assert answered(world, notice).entry == first.entry


def test_nobody_is_reminded_of_what_has_not_arrived(corrected):
    corrected.clock.advance(days=1, hours=1)
    assert corrected.gateway.chasing().remind() == 0


def test_a_late_worker_reminds_once(world, notice):
    assert notice
    world.clock.advance(days=9)
    assert world.gateway.chasing().remind() == 1


def test_the_task_escalates_when_it_is_late(world, notice):
    assert notice
    (task,) = waiting(world)
    assert task.subject.escalation == ("service_manager", "information_governance_officer")
    assert task.row.due_at == task.row.escalate_at
    assert task.row.due_at - task.row.created_at >= timedelta(days=1)
