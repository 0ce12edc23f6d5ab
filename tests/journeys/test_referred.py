"""Whom a message is addressed to: it works with the child once something comes of that."""

import json
from dataclasses import dataclass
from datetime import date

import pytest
from bars_messages import message, payload_of, resources
from worlds import (
    CHARITY,
    EARLY_HELP,
    GP,
    HV_MANAGER,
    NUMBER,
    POSYS_BIRTH,
    SCHOOL,
    SOCIAL_CARE,
    WORKER,
    World,
    outcome,
)

from gateway.errors import EntitlementError
from gateway.facts.competence import assessed, record_competence
from gateway.facts.team import Member, add
from gateway.worklists.answering import Answered
from gateway.worklists.handling import resolve
from policies.vocabulary import Purpose

REFERRAL = payload_of("health-visitor-to-early-help")
FOUND = assessed(competent="yes", reason="understood")


def team(world: World, child: str) -> set[str | None]:
    return {one.service for one in world.case(child).facts if one.name == "on_team"}


def finds(world: World, service: str) -> bool:
    return world.look_up(NUMBER, POSYS_BIRTH, service).child_id is not None


def sent_to(place: str, reason: str, number: int) -> bytes:
    """Return another message of the health visitor about the child, to one service."""
    plain = message()
    plain["id"] = f"0b0d8a2e-93a5-4f5e-a1de-{number:012d}"
    (header,) = resources(plain, "MessageHeader")
    header["reason"]["coding"][0]["code"] = reason
    header["destination"] = [one for one in header["destination"] if place in json.dumps(one)]
    return json.dumps(plain).encode()


@dataclass(frozen=True)
class Always:
    """A code table that reads every code as one value."""

    value: Purpose | None

    def of(self, _: str) -> Purpose | None:
        return self.value


def test_whom_nothing_was_released_to_is_not_in_the_team_and_finds_nobody(world):
    (child,) = world.take(REFERRAL).children

    assert team(world, child) == {EARLY_HELP, SCHOOL, GP}
    assert finds(world, SCHOOL)
    assert not finds(world, CHARITY)


def test_whoever_waits_for_a_person_finds_nobody_until_something_is_released(world):
    (child,) = world.take(REFERRAL).children
    (task,) = world.gateway.office.archive.open_tasks()
    assert GP in team(world, child)
    assert not finds(world, GP)

    trained = Answered(name="training", value="current", until=date(2028, 1, 1))
    assert resolve(world.gateway.office, task.row.id, HV_MANAGER, [trained]).is_released

    assert finds(world, GP)


def test_only_a_referral_has_whom_it_addresses_join_the_team(world):
    (child,) = world.take(sent_to(EARLY_HELP, "new", 1)).children

    update = world.take(sent_to(SCHOOL, "update", 2))

    assert team(world, child) == {EARLY_HELP}
    assert outcome(update, SCHOOL).fate == "with-a-person"
    assert not finds(world, SCHOOL)


@pytest.mark.parametrize("place", [EARLY_HELP, CHARITY])
def test_a_message_on_a_basis_that_the_case_does_not_bear_out_has_nobody_join(
    world, monkeypatch, place
):
    monkeypatch.setattr("gateway.intake._PURPOSES", Always(Purpose.S47))
    monkeypatch.setattr("gateway.intake._THRESHOLDS", Always(None))

    (child,) = world.take(sent_to(place, "new", 1)).children

    assert team(world, child) == set()
    assert not finds(world, place)


def test_a_service_that_was_only_addressed_assesses_nobodys_competence(world):
    plain = message()
    (header,) = resources(plain, "MessageHeader")
    for one in header["destination"]:
        one["endpoint"] = one["endpoint"].replace(CHARITY, SOCIAL_CARE)
    (child,) = world.take(json.dumps(plain).encode()).children
    office = world.gateway.office
    assert not finds(world, SOCIAL_CARE)
    with pytest.raises(EntitlementError, match="works_with_child"):
        record_competence(office, child, FOUND, by=WORKER)

    add(office, child, Member(service=SOCIAL_CARE), by="lead-1")

    record_competence(office, child, FOUND, by=WORKER)
