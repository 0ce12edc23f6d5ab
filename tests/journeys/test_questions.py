"""What a person is asked stays a question until it is answered, or not pursued for a reason."""

from bars_messages import payload_of

REFERRAL = payload_of("health-visitor-to-early-help")


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
