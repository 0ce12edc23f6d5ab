"""Agreements that another process brings into force, while this gateway serves."""

import re
from pathlib import Path

import pytest
from bars_messages import payload_of
from worlds import EARLY_HELP, SCHOOL, Clock, fates

from gateway.composition import open_gateway
from gateway.ports import Ports

REFERRAL = payload_of("health-visitor-to-early-help")


@pytest.fixture
def agreement(world) -> Path:
    return world.gateway.settings.agreements / "little-marsh-early-help" / "1.yaml"


def another_process_opens(world):
    with open_gateway(world.gateway.settings, Ports(now=Clock().now)):
        pass


def test_an_agreement_that_is_suspended_elsewhere_is_relied_on_no_more(world, agreement):
    text = agreement.read_text()
    agreement.write_text(re.sub(r"(?m)^status: active", "status: suspended", text))
    another_process_opens(world)

    answer = world.take(REFERRAL)

    assert fates(answer)[EARLY_HELP] == "nothing-released"
    assert fates(answer)[SCHOOL] == "nothing-released"
