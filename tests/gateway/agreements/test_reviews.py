"""Reviews: told 90, 30 and 7 days before, once each; what is over ends, and somebody is asked."""

from datetime import UTC, date, datetime, timedelta

import pytest
from msgspec.structs import replace
from signatories import activate_for_tests, samples
from worlds import Clock, a_world

from audit.parts import Part
from gateway.agreements.reviews import Reviews
from gateway.composition import open_gateway
from gateway.ports import Ports

REVIEW_ON = date(2027, 1, 5)
EVERYTHING_ENDS = datetime(2028, 1, 5, 9, tzinfo=UTC)


@pytest.fixture
def world(tmp_path):
    with a_world(tmp_path) as world:
        yield world


def look(world, at):
    """Have a worker look on a day; return the tasks that it asks about agreements."""
    known = {task.row.id for task in world.gateway.office.archive.open_tasks()}
    world.clock.time = at
    Reviews(world.gateway.office).look()
    tasks = world.gateway.office.archive.open_tasks()
    return [task for task in tasks if task.row.id not in known]


def days_before(days):
    return datetime(2027, 1, 5, 9, tzinfo=UTC) - timedelta(days=days)


@pytest.mark.parametrize(
    ("days", "due_before"),
    [
        pytest.param(90, 30, id="ninety days before, in time for the next alert"),
        pytest.param(30, 7, id="thirty days before"),
        pytest.param(7, 0, id="seven days before, in time for the review"),
    ],
)
def test_an_officer_is_asked_for_the_review(world, days, due_before):
    assert look(world, days_before(91)) == []
    asked = look(world, days_before(days))

    assert {task.row.owner_role for task in asked} == {"information_governance_officer"}
    assert {task.row.due_at.date() for task in asked} == {REVIEW_ON - timedelta(days=due_before)}
    assert sorted(task.subject.question.split()[1] for task in asked) == [
        "little-marsh-early-help/1",
        "wexcombe-camhs/1",
    ]


def test_each_alert_is_given_once_whichever_node_looks(world):
    assert len(look(world, days_before(30))) == 2
    assert look(world, days_before(29)) == []
    with open_gateway(world.gateway.settings, Ports(now=Clock(days_before(28)).now)) as other:
        assert other.reviews().look() == 0
    assert len(look(world, days_before(7))) == 2
    assert look(world, days_before(-400)) != []  # they ended meanwhile


def test_a_review_that_nobody_made_goes_on_to_the_next_role(world):
    (task, _) = look(world, days_before(7))
    overdue = world.gateway.office.archive.overdue_tasks(days_before(-1))

    assert task.row.id in {one.row.id for one in overdue}
    assert task.subject.escalation == ("designated_signatory", "caldicott_guardian")


def test_what_is_over_ends_once_and_the_log_says_why(world):
    before = world.size
    asked = look(world, EVERYTHING_ENDS)

    assert len(asked) == 2
    assert "has ended" in asked[0].subject.question
    details = world.gateway.office.details
    said = [details.opened(index).detail for index in range(before, world.size)]
    fields = [detail.open(Part.GATEWAY).fields() for detail in said]
    assert {(one["kind"], one["reason"]) for one in fields} == {("ended", "expired")}
    assert look(world, EVERYTHING_ENDS + timedelta(days=1)) == []
    registers = world.gateway.office.rulebook.registers
    assert {one.stage.value for one in registers.agreements.values()} == {"ended"}


def test_what_a_newer_version_takes_the_place_of_ends_from_its_day_and_asks_nobody(world):
    (sample,) = samples()
    later = replace(sample, version=2, effective_on=date(2026, 12, 1), review_on=date(2027, 12, 1))
    activate_for_tests(world.gateway.office, later)

    assert look(world, datetime(2026, 11, 30, 9, tzinfo=UTC)) != []  # both are due for review
    assert look(world, datetime(2026, 12, 1, 9, tzinfo=UTC)) == []
    registers = world.gateway.office.rulebook.registers
    assert registers.agreements["little-marsh-early-help/1"].stage == "ended"
    assert registers.agreements["little-marsh-early-help/2"].stage == "active"
