"""`caf-gateway attachment`: which documents there are, and having them scanned."""

import asyncio
import base64
import json

import pytest
from bars_messages import message
from clamd import EICAR, clamd
from worlds import HEALTH_VISITING, OFFICER, TEACHER, Inbound, caller


@pytest.fixture
def attached(opened, child):
    """Return the child whose file holds a document more, which is infected."""
    plain = message()
    plain["id"] = "0b0d8a2e-93a5-4f5e-a1de-0000000000aa"
    data = base64.b64encode(b"A letter. " + EICAR).decode()
    document = {"resourceType": "Binary", "contentType": "text/plain", "data": data}
    plain["entry"].append({"fullUrl": "urn:uuid:6b0f", "resource": document})
    inbound = Inbound(
        caller=caller(HEALTH_VISITING),
        content=json.dumps(plain).encode(),
        media_type="application/fhir+json",
        request_id="request-1",
    )
    with opened() as gateway:
        asyncio.run(gateway.exchange.receive(inbound))
    return child


def test_without_a_scanner_it_is_held_and_doctor_says_so(run, attached):
    assert run("attachment", "scan", "--json").json == {
        "clean": 0,
        "infected": 0,
        "not_scanned": 1,
    }
    (row,) = run("attachment", "list", attached, "--by", OFFICER, "--json").json
    assert (row["state"], row["attempts"]) == ("held", 1)
    assert "held as not scanned" in run("doctor").out


def test_with_one_it_is_locked_away(run, attached, tmp_path, monkeypatch):
    with clamd(tmp_path) as address:
        monkeypatch.setenv("CAF_GATEWAY_ATTACHMENTS__SCANNER", address)
        assert run("attachment", "scan").out == "0 clean, 1 infected, 0 not scanned\n"
        assert "the scanner answers" in run("doctor").out
    assert run("doctor").code == 1
    listed = run("attachment", "list", attached, "--by", OFFICER)
    assert "quarantined" in listed.out


def test_only_an_officer_sees_which_there_are(run, attached):
    refused = run("attachment", "list", attached, "--by", TEACHER)
    assert (refused.code, "officer" in refused.err) == (1, True)
