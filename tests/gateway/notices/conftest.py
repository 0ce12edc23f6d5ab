"""A gateway that has sent a referral to early help and to a school, each test its own."""

import json

import pytest
from bars_messages import message, payload_of, resources
from worlds import SCHOOL, Kind, a_home_on, a_world

from audit.events import EntryType
from audit.parts import Part

REFERRAL = payload_of("health-visitor-to-early-help")


def send_the_referral(world):
    world.take(REFERRAL)
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
def corrected(world):
    """Return a world in which a newer version went to the school alone: early help has a notice."""
    plain = message()
    plain["id"] = "0b0d8a2e-93a5-4f5e-a1de-000000000001"
    (header,) = resources(plain, "MessageHeader")
    header["reason"]["coding"][0]["code"] = "update"
    header["destination"] = [one for one in header["destination"] if SCHOOL in json.dumps(one)]
    world.take(json.dumps(plain).encode())
    return world


@pytest.fixture
def said(world):
    """Return what the entries of a kind say, in one of their parts."""

    def said(kind: EntryType, part: Part = Part.GATEWAY):
        details = world.gateway.office.details
        indices = [index for index, type_ in enumerate(world.types()) if type_ is kind]
        return [details.detail(index).open(part).fields() for index in indices]

    return said
