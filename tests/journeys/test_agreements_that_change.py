"""Agreements that another process brings into force, while this gateway serves."""

import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from bars_messages import payload_of
from worlds import EARLY_HELP, SCHOOL, START, Clock, fates

from audit.events import EntryType
from audit.parts import Part
from gateway.composition import open_gateway
from gateway.ports import Ports

REFERRAL = payload_of("health-visitor-to-early-help")


@pytest.fixture
def agreement(world) -> Path:
    return world.gateway.settings.agreements / "little-marsh-early-help" / "1.yaml"


def another_process_opens(world, at=START):
    with open_gateway(world.gateway.settings, Ports(now=Clock(at).now)):
        pass


def recorded(world, since):
    """Return what entries since index *since* say of agreements: which, and how it stands."""
    details = world.gateway.office.details
    found = [details.opened(index) for index in range(since, world.size)]
    said = [
        one.detail.open(Part.GATEWAY).fields()
        for one in found
        if one.leaf.type is EntryType.AGREEMENT_CHANGE
    ]
    return [(one["agreement"], one["kind"]) for one in said]


def test_an_agreement_that_is_suspended_elsewhere_is_relied_on_no_more(world, agreement):
    text = agreement.read_text()
    agreement.write_text(re.sub(r"(?m)^status: active", "status: suspended", text))
    another_process_opens(world)

    answer = world.take(REFERRAL)

    assert fates(answer)[EARLY_HELP] == "nothing-released"
    assert fates(answer)[SCHOOL] == "nothing-released"


def test_an_agreement_that_is_suspended_is_recorded_as_suspended(world, agreement):
    since = world.size
    text = agreement.read_text()
    agreement.write_text(re.sub(r"(?m)^status: active", "status: suspended", text))

    another_process_opens(world)

    assert recorded(world, since) == [("little-marsh-early-help/1", "suspended")]


def test_an_agreement_whose_file_is_gone_ends_once(world, agreement):
    since = world.size
    shutil.rmtree(agreement.parent)

    another_process_opens(world)
    another_process_opens(world)

    assert recorded(world, since) == [("little-marsh-early-help/1", "ended")]
    answer = world.take(REFERRAL)
    assert fates(answer)[EARLY_HELP] == "nothing-released"


@pytest.mark.parametrize(
    ("at", "ended"),
    [
        pytest.param(datetime(2028, 1, 4, 23, 59, tzinfo=UTC), set(), id="on its last day"),
        pytest.param(
            datetime(2028, 1, 5, tzinfo=UTC),
            {("little-marsh-early-help/1", "ended"), ("wexcombe-camhs/1", "ended")},
            id="on the day after it",
        ),
    ],
)
def test_an_agreement_ends_with_its_term(world, at, ended):
    since = world.size

    another_process_opens(world, at)

    assert set(recorded(world, since)) == ended


def test_a_version_that_begins_later_is_in_force_from_its_day(world, agreement):
    since = world.size
    later = re.sub(r"(?m)^version: 1", "version: 2", agreement.read_text())
    later = re.sub(r"(?m)^effective_on: .*", "effective_on: 2026-12-01", later)
    (agreement.parent / "2.yaml").write_text(later)

    another_process_opens(world)
    assert recorded(world, since) == []

    another_process_opens(world, datetime(2026, 12, 1, tzinfo=UTC))
    assert recorded(world, since) == [("little-marsh-early-help/2", "in force")]


def test_an_agreement_that_comes_back_is_in_force_again(world, agreement):
    since = world.size
    text = agreement.read_text()
    agreement.unlink()
    another_process_opens(world)
    agreement.write_text(text)

    another_process_opens(world)

    assert [kind for _, kind in recorded(world, since)] == ["ended", "in force"]
