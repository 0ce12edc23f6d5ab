"""A gateway that has sent a referral to early help and to a school, each test its own."""

import pytest
from bars_messages import payload_of
from worlds import EARLY_HELP, SCHOOL, TEACHER, Kind, a_home_on, a_world

from gateway.consenting.recording import record
from gateway.consenting.statements import Said


def send_the_referral(world):
    world.take(payload_of("health-visitor-to-early-help"))
    world.dispatch()


@pytest.fixture
def kind():
    """Return the kind of database, where a test does not ask for each in turn."""
    return Kind.SQLITE


@pytest.fixture
def world(tmp_path, kind):
    with a_home_on(kind, tmp_path, send_the_referral), a_world(tmp_path) as world:
        yield world


@pytest.fixture
def child(world):
    ((child,),) = world.rows("SELECT id FROM child")
    return child


@pytest.fixture
def parent(world, child):
    """Return how the one parent who made a statement is named."""
    (grantor,) = {one.grantor for one in world.case(child).consents}
    return grantor


@pytest.fixture
def say(world, child, parent):
    """Return what records that somebody, the parent unless named, says something."""

    def say(sharing="given", *, grantor=parent, by=TEACHER, **more):
        if sharing == "given":
            more = {"services": (EARLY_HELP, SCHOOL)} | more
        said = Said(grantor=grantor, sharing=sharing, **more)
        return record(world.gateway.office, child, said, by)

    return say
