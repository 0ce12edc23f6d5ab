"""A witness over HTTP, without a socket: addresses, statuses, limits."""

import asyncio
from hashlib import sha256

import pytest
from starlette.testclient import TestClient

from audit.witness import MAX_REQUEST_BYTES, encode_request
from gateway.witness.app import open_app
from gateway.witness.home import WitnessHome
from tests.audit.builders import KEY, NOON, ORIGIN, a_log

LOG = a_log(7)
ADD = "/add-checkpoint"
SHOWN = f"/{sha256(ORIGIN.encode()).hexdigest()}/checkpoint"


@pytest.fixture
def home(tmp_path):
    made = WitnessHome(tmp_path / "witness")
    made.make("witness.example/w1")
    made.trust([KEY.verifier.vkey])
    return made


@pytest.fixture
def app(home):
    with home.open(lambda: NOON) as witness:
        yield open_app(witness, home.keep_conflict, read_seconds=0.2)


@pytest.fixture
def client(app):
    return TestClient(app, raise_server_exceptions=False)


def _request(log=LOG, old=0):
    proof = log.edge.consistency_proof(old, log.edge.size, log.read_tile)
    return encode_request(old, proof, log.note())


def test_a_cosignature_is_answered_and_the_checkpoint_shown(client):
    answer = client.post(ADD, content=_request())
    shown = client.get(SHOWN)

    assert (answer.status_code, shown.status_code) == (200, 200)
    assert answer.text.startswith("— witness.example/w1 ")
    assert shown.content == LOG.note() + answer.content
    assert shown.headers["content-type"] == "text/plain; charset=utf-8"
    assert shown.headers["cache-control"] == "no-cache"


def test_a_conflict_names_the_size_that_was_cosigned_last(client):
    client.post(ADD, content=_request())
    answer = client.post(ADD, content=_request())

    assert (answer.status_code, answer.text) == (409, "7\n")
    assert answer.headers["content-type"].partition(";")[0] == "text/x.tlog.size"


def test_a_fork_is_refused_and_what_convicts_the_log_kept(client, home):
    client.post(ADD, content=_request())
    forged = encode_request(7, [], a_log(6).append(b"forged").note())
    answer = client.post(ADD, content=forged)

    assert answer.status_code == 409
    assert (home.path / "conflict").read_bytes() == forged


@pytest.mark.parametrize(
    ("method", "path", "content", "status"),
    [
        pytest.param("POST", ADD, b"nonsense", 400, id="nonsense"),
        pytest.param("POST", ADD, encode_request(9, [], LOG.note()), 400, id="a larger old size"),
        pytest.param("POST", ADD, encode_request(0, [bytes(32)], LOG.note()), 422, id="a proof"),
        pytest.param("POST", ADD, b"x" * (MAX_REQUEST_BYTES + 1), 413, id="too much"),
        pytest.param("GET", ADD, b"", 405, id="a wrong method"),
        pytest.param("GET", "/" + "0" * 64 + "/checkpoint", b"", 404, id="an unknown log"),
        pytest.param("GET", SHOWN, b"", 404, id="a log that was not cosigned yet"),
        pytest.param("GET", "/", b"", 404, id="no such address"),
    ],
)
def test_it_is_refused_in_one_line(client, method, path, content, status):
    answer = client.request(method, path, content=content)

    assert answer.status_code == status
    assert len(answer.text.splitlines()) == 1
    assert len(answer.text) < 200


def test_a_compressed_body_is_refused(client):
    answer = client.post(ADD, content=b"x", headers={"Content-Encoding": "gzip"})

    assert answer.status_code == 415


def test_a_disk_that_fails_is_said_and_nothing_cosigned(client, home):
    (home.path / "cosigned.new").mkdir()

    assert client.post(ADD, content=_request()).status_code == 503
    (home.path / "cosigned.new").rmdir()
    assert client.post(ADD, content=_request()).status_code == 200


def _post(app, *messages):
    """Return the status of the answer to a POST of which *messages* arrive, and then no more."""
    scope = {
        "type": "http",
        "method": "POST",
        "path": ADD,
        "raw_path": ADD.encode(),
        "query_string": b"",
        "headers": [],
    }
    left, sent = list(messages), []

    async def receive():
        return left.pop(0) if left else await asyncio.Event().wait()

    async def send(message):
        await asyncio.sleep(0)
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    return sent[0]["status"]


def test_a_body_that_does_not_arrive_is_not_waited_for(app):
    assert _post(app, {"type": "http.request", "body": b"old", "more_body": True}) == 408


def test_nobody_is_at_fault_where_the_client_goes_away(app):
    assert _post(app, {"type": "http.disconnect"}) == 400
