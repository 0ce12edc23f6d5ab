"""Escalation: what nobody does in its time is told of, once to each role of its chain."""

import json
from datetime import timedelta

import pytest
from bars_messages import REFERRAL, payload_of
from logs import all_logs
from msgspec.structs import replace
from worlds import a_world

from gateway.storage.unit import Unit


@pytest.fixture
def world(tmp_path):
    with a_world(tmp_path) as world:
        world.take(payload_of(REFERRAL))
        yield world


def told_of(stream):
    """Return what was told: each task with the role that was told, in order."""
    events = map(json.loads, stream.getvalue().splitlines())
    return [(one["task"], one["role"]) for one in events if one["event"] == "task.overdue"]


def test_each_role_is_told_once_when_its_turn_has_come(world):
    (task,) = world.gateway.office.archive.open_tasks()
    span = task.row.escalate_at - task.row.created_at
    escalation = world.gateway.escalation()
    rounds = []
    with all_logs() as stream:
        for at in (
            task.row.due_at - timedelta(minutes=1),
            task.row.due_at,
            task.row.due_at + timedelta(minutes=1),
            task.row.due_at + span,
            task.row.due_at + 9 * span,
        ):
            world.clock.stop(at)
            escalation.tell()
            rounds.append(told_of(stream))

    owner, (manager, officer) = task.row.owner_role, task.subject.escalation
    assert (owner, manager) == ("training_coordinator", "service_manager")
    assert rounds[0] == []
    assert rounds[1] == rounds[2] == [(task.row.id, owner), (task.row.id, manager)]
    assert rounds[3] == rounds[4] == [*rounds[2], (task.row.id, officer)]


def test_who_was_told_is_stored_so_that_nobody_is_told_twice_by_whoever_starts_next(world):
    (task,) = world.gateway.office.archive.open_tasks()
    world.clock.stop(task.row.due_at)
    with all_logs() as stream:
        for _ in range(2):
            world.gateway.escalation().tell()

    roles = [task.row.owner_role, "service_manager"]
    assert told_of(stream) == [(task.row.id, role) for role in roles]
    (late,) = world.gateway.office.archive.open_tasks()
    assert late.subject.progress.told == len(roles)


def test_of_what_is_urgent_everybody_is_told_as_soon_as_it_is_late(world):
    office = world.gateway.office
    (task,) = office.archive.open_tasks()
    unit = Unit()
    office.filing.note(unit, task.row, replace(task.subject, is_urgent=True))
    office.committer.commit(unit)
    world.clock.stop(task.row.due_at)
    with all_logs() as stream:
        world.gateway.escalation().tell()

    roles = [task.row.owner_role, *task.subject.escalation]
    assert told_of(stream) == [(task.row.id, role) for role in roles]


def test_what_was_done_is_told_of_no_more(world):
    (task,) = world.gateway.office.archive.open_tasks()
    world.clock.stop(task.row.due_at)
    world.gateway.reconsidering.resolve(task, "manager", [], "the family has moved away")

    with all_logs() as stream:
        world.gateway.escalation().tell()

    assert told_of(stream) == []


def test_overdue_tasks_are_counted_by_the_role_that_owns_them(world):
    (task,) = world.gateway.office.archive.open_tasks()
    gauge = f'caf_gateway_tasks_overdue{{owner_role="{task.row.owner_role}"}}'.encode()
    assert gauge not in world.gateway.metrics.page()

    world.clock.stop(task.row.due_at)

    assert gauge + b" 1.0" in world.gateway.metrics.page()
