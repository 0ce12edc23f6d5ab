"""Witnesses, and the worker that waits for them, as their operators run them: as processes."""

import json
from contextlib import ExitStack

import pytest
from bars_messages import payload_of
from processes import await_port, free_port, run, running
from witnesses import name_in_settings
from worlds import EARLY_HELP, SCHOOL, a_home, a_world, the_log

from audit.note import VerifierKey
from audit.quorum import Quorum
from audit.receipts import check_receipt
from gateway.settings import Settings
from gateway.witness.home import WitnessHome

REFERRAL = payload_of("health-visitor-to-early-help")


@pytest.fixture
def witnesses(tmp_path):
    """Two witnesses that know the log: their folders, ports, and what names them in settings."""
    made = []
    for number in (1, 2):
        home, port = tmp_path / f"w{number}", free_port()
        vkey = WitnessHome(home).make(f"w{number}.example").vkey
        WitnessHome(home).trust([the_log().vkey])
        made.append((home, port, {"vkey": vkey, "url": f"http://127.0.0.1:{port}"}))
    return made


def test_a_worker_delivers_what_the_witnesses_have_seen_and_nothing_else(tmp_path, witnesses):
    home = a_home(tmp_path)
    with a_world(tmp_path) as world:
        world.take(REFERRAL)
    name_in_settings(home, [named for _, _, named in witnesses], policy="strict", quorum=2)

    held = json.loads(run(home, "work", "--once", "--json"))
    assert held.keys() == {"held"}

    with ExitStack() as stack:
        for witness, port, _ in witnesses:
            served = ("--home", str(witness), "--port", str(port))
            stack.enter_context(running(witness, "witness", "serve", *served))
            await_port(port)
        assert json.loads(run(home, "work", "--once", "--json"))["delivered"] == 2

    keys = tuple(VerifierKey.parse(named["vkey"]) for _, _, named in witnesses)
    for service in (SCHOOL, EARLY_HELP):
        (receipt,) = (home / "deliveries" / service).glob("*.receipt.json")
        check_receipt(receipt.read_bytes(), [the_log()], Quorum(keys, 2))
    assert Settings(home=home).witnesses.policy == "strict"
