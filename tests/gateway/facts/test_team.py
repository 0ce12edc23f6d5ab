"""The team around the child: who joins, who leads, who leaves, and what each sees of it."""

import pytest
from msgspec.structs import replace
from worlds import (
    CAMHS,
    EARLY_HELP,
    GP,
    LEAD,
    OFFICER,
    SAFEGUARDING,
    SCHOOL,
    SOCIAL_CARE,
    TEACHER,
    VISITOR,
)

from gateway.accrediting import grant_clearance
from gateway.errors import ConflictError, EntitlementError, RequestError, UnknownChildError
from gateway.facts.shields import raise_shield
from gateway.facts.showing import show, show_team
from gateway.facts.team import Member, add, leave
from gateway.recording import Recorder
from policies.vocabulary import Clearance


def on_team(world, child, service):
    office = world.gateway.office
    return office.archive.case_file(child).newest("on_team", service, office.ports.now())


def team(office, child, by=OFFICER):
    return [(one.service, one.matter, one.part) for one in show_team(office, child, by)]


def test_a_service_works_with_the_child_from_joining_until_it_leaves(world, office, child):
    assert on_team(world, child, CAMHS) is None
    add(office, child, Member(service=CAMHS), by=LEAD)
    assert on_team(world, child, CAMHS) is True

    leave(office, child, CAMHS, by=LEAD, reason="discharged")
    assert on_team(world, child, CAMHS) is False
    world.clock.advance(days=800)  # longer than any membership
    assert on_team(world, child, CAMHS) is False


def test_a_service_stays_while_one_of_its_people_does(world, office, child):
    add(office, child, Member(service=SOCIAL_CARE, practitioner=SAFEGUARDING), by=LEAD)
    add(office, child, Member(service=SOCIAL_CARE, practitioner="worker-1"), by=LEAD)

    leave(office, child, SOCIAL_CARE, practitioner="worker-1", by=LEAD)
    assert on_team(world, child, SOCIAL_CARE) is True
    leave(office, child, SOCIAL_CARE, by=LEAD)
    assert on_team(world, child, SOCIAL_CARE) is False


def test_there_is_one_lead_professional(office, child):
    add(
        office,
        child,
        Member(service=EARLY_HELP, practitioner=LEAD, part="lead professional"),
        by=LEAD,
    )
    add(
        office,
        child,
        Member(service=SCHOOL, practitioner=TEACHER, part="lead professional"),
        by=LEAD,
    )

    leading = [row for row in team(office, child) if row[2] == "lead professional"]
    assert leading == [(SCHOOL, TEACHER, "lead professional")]
    history = show(office, child, OFFICER, ["on_team"])
    assert [one.part for one in history if one.matter == LEAD] == ["member", "lead professional"]


def test_who_is_not_there_cannot_join_or_leave(office, child):
    with pytest.raises(RequestError, match="no service"):
        add(office, child, Member(service="nobody"), by=LEAD)
    with pytest.raises(RequestError, match="not registered at this service"):
        add(office, child, Member(service=SCHOOL, practitioner=VISITOR), by=LEAD)
    with pytest.raises(ConflictError, match="nobody such"):
        leave(office, child, CAMHS, by=LEAD)
    with pytest.raises(UnknownChildError):
        add(office, "0" * 32, Member(service=SCHOOL), by=LEAD)
    with pytest.raises(EntitlementError, match="lead_professional"):
        add(office, child, Member(service=CAMHS), by=TEACHER)


def test_the_team_of_a_shielded_child_is_for_those_who_are_cleared(office, child):
    everybody = {service for service, _, _ in team(office, child)}
    assert {SCHOOL, GP} <= everybody
    assert {service for service, _, _ in team(office, child, TEACHER)} == {SCHOOL}

    raise_shield(office, child, by=SAFEGUARDING, reason="moved to a refuge")

    assert team(office, child) == [row for row in team(office, child) if row[0] == EARLY_HELP]
    office.refresh()
    grant_clearance(office, OFFICER, Clearance.SHIELD, day(office), by=another(office))
    assert {service for service, _, _ in team(office, child)} == everybody


def day(office):
    return office.ports.now().date().replace(year=2027)


def another(office):
    """Return a second information governance officer, who clears the first."""
    known = office.rulebook.registers.practitioners[OFFICER]
    Recorder(office, "operator").documents([replace(known, id="ig-2")])
    return "ig-2"
