"""Reviewing a broken glass: by a second person, counted where it was misuse."""

from datetime import date, timedelta

import pytest
from bars_messages import payload_of
from books import require_balanced
from msgspec.structs import replace
from worlds import CAMHS, EARLY_HELP, a_world, parsed

from audit.events import EntryType
from audit.parts import Part
from gateway.casefile import RecordedFact
from gateway.errors import ConflictError, EntitlementError, RequestError, UnknownTaskError
from gateway.obligations.reviewing import Outcome, misuse, review, reviews
from gateway.registers import Practitioner
from gateway.tasks import Kind
from gateway.worklists.handling import hand_over
from policies.vocabulary import Appointment

DOCTOR, OFFICER = "p-doctor", "ig-officer-1"
WHY = "found unconscious at home"


@pytest.fixture
def world(tmp_path):
    with a_world(tmp_path) as world:
        doctor = Practitioner(
            id=DOCTOR, service=CAMHS, role="clinician", training_until=date(2027, 12, 31)
        )
        world.gateway.recorder.documents([doctor])
        yield world


@pytest.fixture
def child(world):
    (child,) = world.take(payload_of("health-visitor-to-early-help")).children
    risk = RecordedFact(name="risk", value="immediate", at=world.clock.now())
    world.gateway.recorder.facts(child, [risk])
    return child


def break_glass(world, child, by=DOCTOR):
    return world.ask(child, CAMHS, practitioner=by, break_glass=True, justification=WHY)


def reviewed(world, outcome, by=OFFICER):
    (waiting,) = reviews(world.gateway.office, by)
    return review(world.gateway.office, waiting.id, by, outcome, "looked into")


def test_an_officer_sees_who_broke_it_why_and_by_when_it_is_reviewed(world, child):
    break_glass(world, child)

    (waiting,) = reviews(world.gateway.office, OFFICER)

    assert (waiting.broken_by, waiting.service, waiting.justification) == (DOCTOR, CAMHS, WHY)
    assert waiting.due_at - waiting.broken_at == pytest.approx(
        timedelta(hours=24), abs=timedelta(seconds=1)
    )
    assert world.types()[waiting.entry] is EntryType.BREAK_GLASS
    assert not waiting.was_refused


def test_a_review_is_recorded_with_its_outcome(world, child):
    break_glass(world, child)
    broken = reviews(world.gateway.office, OFFICER)[0].entry

    entry = reviewed(world, Outcome.JUSTIFIED)

    said = world.gateway.office.details.detail(entry).open(Part.GATEWAY).fields()
    assert (said["decision"], said["decided_by"], said["entry"]) == ("justified", OFFICER, broken)
    assert reviews(world.gateway.office, OFFICER) == ()
    (done,) = reviews(world.gateway.office, OFFICER, only_open=False)
    assert (done.outcome, done.reviewed_by) == (Outcome.JUSTIFIED, OFFICER)
    require_balanced(world)


def test_nobody_reviews_what_they_broke_themselves(world, child):
    known = world.gateway.office.rulebook.registers.practitioners[DOCTOR]
    officer = Appointment.INFORMATION_GOVERNANCE_OFFICER
    world.gateway.recorder.documents([replace(known, appointments=(officer,))])
    break_glass(world, child)
    (waiting,) = reviews(world.gateway.office, OFFICER)

    assert reviews(world.gateway.office, DOCTOR) == ()
    with pytest.raises(UnknownTaskError):
        review(world.gateway.office, waiting.id, DOCTOR, Outcome.JUSTIFIED, "it was right")


@pytest.mark.parametrize("by", ["teacher-1", "hv-manager"])
def test_a_review_is_nobody_elses(world, child, by):
    break_glass(world, child)
    (waiting,) = reviews(world.gateway.office, OFFICER)

    assert reviews(world.gateway.office, by) == ()
    with pytest.raises(UnknownTaskError):
        review(world.gateway.office, waiting.id, by, Outcome.JUSTIFIED, "it was right")


def test_a_review_has_a_reason_and_is_made_once(world, child):
    break_glass(world, child)
    office = world.gateway.office
    (waiting,) = reviews(office, OFFICER)
    with pytest.raises(RequestError):
        review(office, waiting.id, OFFICER, Outcome.JUSTIFIED, " ")

    reviewed(world, Outcome.NOT_JUSTIFIED)
    with pytest.raises(ConflictError):
        review(office, waiting.id, OFFICER, Outcome.JUSTIFIED, "after all")


@pytest.mark.usefixtures("child")
def test_a_question_is_no_broken_glass(world):
    task = next(
        one for one in world.gateway.office.archive.open_tasks() if one.row.kind == Kind.REFERRED
    )
    world.clock.stop(task.row.due_at + timedelta(days=9))
    with pytest.raises(UnknownTaskError):
        review(world.gateway.office, task.row.id, OFFICER, Outcome.MISUSE, "no")


def test_misuse_is_counted_and_once_repeated_somebody_is_asked_about_it(world, child):
    office = world.gateway.office
    for outcome in (Outcome.MISUSE, Outcome.NOT_JUSTIFIED, Outcome.MISUSE):
        assert not [one for one in office.archive.open_tasks() if one.row.kind == Kind.MISUSE]
        break_glass(world, child)
        reviewed(world, outcome)

    (row,) = misuse(office, OFFICER)
    assert (row.person, row.service, row.broken, row.misused) == (DOCTOR, CAMHS, 3, 2)
    (asked,) = (one for one in office.archive.open_tasks() if one.row.kind == Kind.MISUSE)
    assert (asked.row.owner_role, asked.row.child_id) == ("information_governance_officer", None)
    assert asked.subject.user == DOCTOR


def test_whatever_there_is_it_is_alerted_reviewed_and_time_boxed_alike(world, child):
    """Nobody can tell by breaking the glass that something is held, or shielded."""
    for one in (child, "0" * 32):
        world.clock.stop(world.clock.now())
        before = world.size
        given = parsed(break_glass(world, one).content)
        kinds = [(leaf.type, leaf.recipient, leaf.purpose) for leaf in world.leaves(before)]
        assert kinds[1:] == [(EntryType.BREAK_GLASS, CAMHS, "early_help")]
        assert given["usable_until"] == (world.clock.time + timedelta(hours=4)).isoformat().replace(
            "+00:00", "Z"
        )
        said = world.gateway.office.details.detail(before + 1).open(Part.GATEWAY).fields()
        assert said["expires"] == (world.clock.time + timedelta(hours=4)).isoformat()

    waiting = reviews(world.gateway.office, OFFICER)
    assert {one.child for one in waiting} == {child, None}
    assert b'caf_gateway_broken_glasses{review="waiting"} 2.0' in world.gateway.metrics.page()


def test_who_may_not_break_the_glass_is_reviewed_for_misuse(world, child):
    clerk = Practitioner(id="p-clerk", service=CAMHS, role="admin")
    world.gateway.recorder.documents([clerk])

    break_glass(world, child, "p-clerk")

    (waiting,) = reviews(world.gateway.office, OFFICER)
    assert waiting.was_refused


def test_a_view_is_opened_for_one_person_once(world, child):
    """Who asks again without invoking it gets what they got before: nothing stays open."""
    world.clock.stop(world.clock.now())
    before = world.ask(child, CAMHS, practitioner=DOCTOR).content
    opened = break_glass(world, child).content

    assert len(opened) > len(before)
    assert world.ask(child, CAMHS, practitioner=DOCTOR).content == before
    assert world.ask(child, EARLY_HELP).content != opened


@pytest.mark.parametrize("fact", [("court_order", "prohibit"), ("court_scope", "all")])
def test_what_is_absolute_is_not_lifted(world, child, fact):
    world.clock.stop(world.clock.now())
    order = [
        RecordedFact(name=name, value=value, at=world.clock.now())
        for name, value in (("court_order", "prohibit"), fact)
    ]
    if fact[0] == "court_order":
        order.append(RecordedFact(name="court_scope", value="all", at=world.clock.now()))
    world.gateway.recorder.facts(child, order)

    assert break_glass(world, child).content == break_glass(world, "0" * 32).content


def test_a_review_that_is_late_is_told_of(world, child):
    break_glass(world, child)
    (waiting,) = reviews(world.gateway.office, OFFICER)
    world.clock.stop(waiting.due_at)

    (late,) = reviews(world.gateway.office, OFFICER)

    assert late.is_overdue
    assert b'caf_gateway_broken_glasses{review="overdue"} 1.0' in world.gateway.metrics.page()


def test_a_review_is_not_handed_to_whoever_broke_the_glass(world, child):
    known = world.gateway.office.rulebook.registers.practitioners[DOCTOR]
    officer = Appointment.INFORMATION_GOVERNANCE_OFFICER
    world.gateway.recorder.documents([replace(known, appointments=(officer,))])
    break_glass(world, child)
    (waiting,) = reviews(world.gateway.office, OFFICER)

    with pytest.raises(EntitlementError, match="about what they did"):
        hand_over(world.gateway.office, waiting.id, OFFICER, DOCTOR, "knows the case")
