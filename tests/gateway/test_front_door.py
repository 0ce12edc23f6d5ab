"""The real gateway behind the real door: tokens on the register, messages on the log."""

import json
from datetime import timedelta

import pytest
from bars_messages import REFERRAL, payload_of
from doors import a_door
from front_door import FHIR, LOOKUP, MESSAGE, RECORDS, WHO
from oauth import ClientSystem, Clock
from starlette.testclient import TestClient
from worlds import HEALTH_VISITING

from gateway import settings
from gateway.composition import open_gateway
from gateway.front_door import open_front_door
from gateway.keeping.succession import seal
from gateway.ports import Ports
from gateway.registers import Client, Organisation, Service
from gateway.security.keys import Keys


def _client(system: ClientSystem, *, revoked: bool = False) -> Client:
    key = {name: str(value) for name, value in system.key.as_dict(private=False).items()}
    scopes = tuple(sorted(system.scopes))
    return Client(
        id=system.id,
        service=system.service_id,
        jwks={"keys": [key]},
        scopes=scopes,
        revoked=revoked,
    )


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def system(clock):
    return ClientSystem(clock=clock)


@pytest.fixture
def gateway(tmp_path, system, clock):
    settings.make(tmp_path)
    Keys.make(tmp_path / "keys")
    with open_gateway(settings.load(tmp_path), Ports(now=clock.now)) as opened:
        opened.recorder.documents(
            [
                Organisation(id="ods:X9A01", name="Little Marsh Community Health"),
                Service(
                    id=system.service_id,
                    organisation="ods:X9A01",
                    type="community_health",
                    name="Health visiting",
                ),
                _client(system),
            ]
        )
        yield opened


@pytest.fixture
def http(gateway):
    with TestClient(open_front_door(gateway)) as client:
        yield client


def _form(system, http):
    endpoint = http.get("/.well-known/smart-configuration").json()["token_endpoint"]
    return system.form(client_assertion=system.assertion(aud=endpoint))


def _headers(system, http):
    answer = http.post("/oauth2/token", data=_form(system, http))
    assert answer.status_code == 200, answer.text
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def test_an_assertion_is_good_once_for_all_nodes(http, system, gateway):
    form = _form(system, http)
    assert http.post("/oauth2/token", data=form).status_code == 200
    with TestClient(open_front_door(gateway)) as another_node:
        assert another_node.post("/oauth2/token", data=form).json()["error"] == "invalid_client"


def test_a_client_revoked_in_the_register_is_out_within_a_second(http, system, gateway, clock):
    headers = _headers(system, http)
    assert http.post(LOOKUP, json=WHO, headers=headers).status_code == 200
    gateway.recorder.documents([_client(system, revoked=True)])
    clock.move(timedelta(seconds=1))
    assert http.post(LOOKUP, json=WHO, headers=headers).status_code == 401


def test_a_message_that_cannot_be_read_is_rejected_and_leaves_one_entry(http, system, gateway):
    headers = _headers(system, http)
    before = gateway.office.committer.log.refresh().size
    answer = http.post(MESSAGE, content=b"{not JSON", headers=headers | FHIR)
    assert answer.status_code == 400
    assert answer.json()["issue"][0]["code"] == "structure"
    assert int(answer.headers["CAF-Entry"]) == before
    assert answer.headers["CAF-Receipt"]
    assert gateway.office.committer.log.refresh().size == before + 1


def test_a_format_that_no_adapter_reads_is_refused(http, system):
    headers = _headers(system, http) | {"Content-Type": "application/x-fax"}
    answer = http.post(RECORDS, content=b"{}", headers=headers)
    assert answer.status_code == 415
    assert answer.json()["party"] == "SEND"


def test_the_checkpoint_covers_what_was_answered(http, system):
    headers = _headers(system, http)
    answer = http.post(MESSAGE, content=b"{}", headers=headers | FHIR)
    size = int(http.get("/log/checkpoint").text.splitlines()[1])
    assert size == int(answer.headers["CAF-Entry"]) + 1
    assert json.loads(answer.content)["resourceType"] == "OperationOutcome"


def test_no_cache_gives_a_tile_of_the_sealed_log_for_one_of_the_next(http, gateway):
    tile = "tile/0/000.p/1"
    before = http.get(f"/log/{tile}")
    seal(gateway.office, "caf-gateway.example/log/2", by="operator")

    after = http.get(f"/log/{tile}")

    assert after.content != before.content
    assert {one.headers["Cache-Control"] for one in (before, after)} == {"public, no-cache"}
    for number, same in ((1, before), (2, after)):
        kept = http.get(f"/log/{number}/{tile}")
        assert kept.content == same.content
        assert "immutable" in kept.headers["Cache-Control"]


def test_metrics_tell_what_was_committed_what_waits_and_what_was_delivered(tmp_path):
    with a_door(tmp_path) as door:
        headers = door.authorised(HEALTH_VISITING) | FHIR
        answer = door.http.post(MESSAGE, content=payload_of(REFERRAL), headers=headers)
        assert answer.status_code == 200, answer.text
        before = _metrics(door.http)
        door.world.clock.advance(seconds=90)
        assert _metrics(door.http)['caf_gateway_outbox_age_seconds{state="pending"}'] > 90
        door.world.dispatch()
        after = _metrics(door.http)

    units = "caf_gateway_commit_batch_units_sum"
    assert before['caf_gateway_outbox_depth{state="pending"}'] == 2
    assert after['caf_gateway_outbox_depth{state="pending"}'] == 0
    assert after['caf_gateway_deliveries_total{fate="delivered"}'] == 2
    assert after[units] - before[units] == 4  # each delivery: that it begins, and that it ended


def _metrics(http) -> dict[str, float]:
    lines = (line for line in http.get("/metrics").text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}
