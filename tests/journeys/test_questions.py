"""What a person is asked stays a question until it is answered, or not pursued for a reason."""

import json
from datetime import date

import pytest
from bars_messages import message, payload_of, resources
from msgspec.structs import replace as changed
from worlds import GP, HEALTH_VISITING, HV_MANAGER

from gateway.casefile import recorded_fact
from gateway.errors import BusyError, StampMovedError
from gateway.recording import Recorder
from gateway.worklists.answering import Answered
from gateway.worklists.handling import resolve

REFERRAL = payload_of("health-visitor-to-early-help")
MAY_STORE = "https://caf-gateway.example/fhir/StructureDefinition/caf-may-store"


def open_questions(world):
    return [one.subject.question for one in world.gateway.office.archive.open_tasks()]


def test_an_answer_that_answers_nothing_leaves_the_question_with_a_person(world):
    world.take(REFERRAL)
    (task,) = world.gateway.office.archive.open_tasks()

    world.gateway.reconsidering.resolve(task, "manager", [])

    assert open_questions(world) == [task.subject.question]


def test_a_question_is_closed_for_a_reason(world):
    world.take(REFERRAL)
    (task,) = world.gateway.office.archive.open_tasks()

    world.gateway.reconsidering.resolve(task, "manager", [], "the family has moved away")

    assert open_questions(world) == []


def without_storing() -> bytes:
    """Return the referral of a mother who says that nothing is to be stored."""
    plain = message()
    (consent,) = resources(plain, "Consent")
    (storing,) = (one for one in consent["extension"] if one["url"] == MAY_STORE)
    storing["valueCode"] = "no"
    return json.dumps(plain).encode()


def train_the_surgery(world, task):
    """Answer the question about the surgery, as its service manager does."""
    trained = Answered(name="training", value="current", until=date(2028, 1, 1))
    return resolve(world.gateway.office, task.row.id, HV_MANAGER, [trained])


def the_surgerys(world):
    (task,) = world.gateway.office.archive.open_tasks()
    assert task.subject.recipient == GP
    return task


def test_what_may_not_be_stored_waits_in_its_question_and_no_longer(world):
    world.take(without_storing())
    world.dispatch()
    task = the_surgerys(world)

    released = train_the_surgery(world, task)
    world.clock.advance(hours=1)
    world.dispatch()

    assert released.is_released
    (document,) = world.delivered(GP)
    assert b"water table" in document
    resolved = world.gateway.office.archive.task(task.row.id)
    assert resolved.subject == changed(task.subject, content=None)
    assert world.rows("SELECT count(*) FROM assessment") == [(0,)]
    assert world.rows("SELECT max(length(sealed_content)) FROM outbox") == [(0,)]


def test_what_may_not_be_stored_waits_on_in_the_question_that_is_left(world):
    world.take(without_storing())

    world.gateway.reconsidering.resolve(the_surgerys(world), "manager", [])

    assert the_surgerys(world).subject.content is not None


def test_a_question_that_came_up_when_somebody_asked_sends_them_nothing(world):
    plain = message()
    (header,) = resources(plain, "MessageHeader")
    header["destination"] = header["destination"][:1]
    (child,) = world.take(json.dumps(plain).encode()).children
    office = world.gateway.office
    on_team = recorded_fact("on_team", "true", service=GP, by="m", at=world.clock.now())
    Recorder(office, "manager").facts(child, [on_team])
    before = world.ask(child, GP).content
    (task,) = (one for one in office.archive.open_tasks() if one.subject.recipient == GP)
    world.dispatch()

    assert train_the_surgery(world, task).asks_again

    world.clock.advance(hours=1)
    assert not world.dispatch()
    assert not world.delivered(GP)
    assert task.row.id not in {one.row.id for one in office.archive.open_tasks()}
    assert len(world.ask(child, GP).content) > len(before)


@pytest.mark.parametrize("moves", [1, 2])
def test_an_answer_is_given_again_where_the_file_moved_meanwhile(world, monkeypatch, moves):
    (child,) = world.take(REFERRAL).children
    task, committer = the_surgerys(world), world.gateway.office.committer
    commit, left = committer.commit, [moves]

    def meanwhile(unit):
        if left[0]:
            left[0] -= 1
            fact = recorded_fact("competent", "yes", service=None, by="m", at=world.clock.now())
            commit(Recorder(world.gateway.office, "manager").unit_of(child, [fact]))
        return commit(unit)

    monkeypatch.setattr(committer, "commit", meanwhile)
    risk = recorded_fact("risk", "in_need", service=None, by="m", at=world.clock.now())
    world.gateway.reconsidering.resolve(task, "manager", [risk])

    held = [one.name for one in world.case(child).facts]
    assert held.count("risk") == 2  # the health visitor's, and this one once
    assert world.case(child).newest("risk", HEALTH_VISITING, world.clock.now()) == "in_need"


def test_an_answer_is_not_tried_for_ever(world, monkeypatch):
    world.take(REFERRAL)
    task, committer = the_surgerys(world), world.gateway.office.committer

    def never(_):
        raise StampMovedError(("child",))

    monkeypatch.setattr(committer, "commit", never)
    with pytest.raises(BusyError):
        world.gateway.reconsidering.resolve(task, "manager", [], "none")
