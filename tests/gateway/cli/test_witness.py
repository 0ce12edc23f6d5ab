"""`caf-gateway witness`: a witness in a process of its own, asked over HTTP."""

import json
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256

import httpx2
import pytest
from processes import await_port, free_port, running

from audit.cosignature import add_cosignatures, open_cosigned
from audit.note import SigningKey, VerifierKey
from audit.witness import PATH, encode_request
from gateway.cli import main
from tests.audit.builders import KEY, ORIGIN, a_log

NAME = "witness.example/w1"


@pytest.fixture
def witness(tmp_path, capsys):
    """Return the folder of a witness that follows one log, and the witness's verifier key."""
    home = tmp_path / "witness"
    main_to_the_end("init", "--name", NAME, "--home", str(home))
    vkey = capsys.readouterr().out.strip()
    main_to_the_end("trust", KEY.verifier.vkey, "--home", str(home))
    assert capsys.readouterr().out == f"{KEY.verifier.vkey}\n"
    return home, VerifierKey.parse(vkey)


def main_to_the_end(*arguments: str):
    with pytest.raises(SystemExit) as ended:
        main(["witness", *arguments])
    assert not ended.value.code


def _serving(home, port):
    return running(home, "witness", "serve", "--home", str(home), "--port", str(port))


def _post(port, log, old):
    proof = log.edge.consistency_proof(old, log.edge.size, log.read_tile)
    request = encode_request(old, proof, log.note())
    return httpx2.post(f"http://127.0.0.1:{port}{PATH}", content=request)


def test_a_witness_serves_cosigns_and_remembers(witness):
    home, verifier = witness
    port = free_port()
    log = a_log(7)
    with _serving(home, port):
        await_port(port)
        answer = _post(port, log, 0)
        assert answer.status_code == 200
        note = add_cosignatures(log.note(), answer.content, [verifier])
        assert len(open_cosigned(note, (KEY.verifier, verifier)).cosignatures) == 1
        with httpx2.Client() as client:
            shown = client.get(
                f"http://127.0.0.1:{port}/{sha256(ORIGIN.encode()).hexdigest()}/checkpoint"
            )
        assert shown.content == note
        assert "server" not in shown.headers
    with _serving(home, port) as said:
        await_port(port)
        refused = _post(port, a_log(9), 0)
        assert (refused.status_code, refused.text) == (409, "7\n")
    told = [json.loads(line) for line in said.read_text().splitlines()]
    assert ("witness.refused", 409) in [(line["event"], line.get("status")) for line in told]


def test_of_many_that_ask_at_once_no_two_are_told_different_histories(witness):
    home, verifier = witness
    port = free_port()
    logs = [a_log(3).append(b"fork %d" % number) for number in range(8)]
    with _serving(home, port):
        await_port(port)
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda log: _post(port, log, 0), logs))
    cosigned = [log for log, answer in zip(logs, answers, strict=True) if answer.status_code == 200]
    assert len(cosigned) == 1
    assert sorted(answer.status_code for answer in answers) == [200] + 7 * [409]
    assert cosigned[0].note() in (home / "cosigned").read_bytes()
    assert verifier.name == NAME


def test_what_a_killed_witness_said_it_still_knows(witness):
    home, _ = witness
    port = free_port()
    command = [sys.executable, "-c", "from gateway.cli import main; main()", "witness", "serve"]
    with subprocess.Popen(
        [*command, "--home", str(home), "--port", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=dict(os.environ),
    ) as process:
        await_port(port)
        assert _post(port, a_log(7), 0).status_code == 200
        process.send_signal(signal.SIGKILL)
    with _serving(home, port):
        await_port(port)
        assert _post(port, a_log(6).append(b"forged"), 7).status_code == 409
        assert _post(port, a_log(8), 7).status_code == 200


def test_a_log_s_new_key_is_followed_beside_the_old_one(witness, capsys):
    home, _ = witness
    new = SigningKey.from_seed(ORIGIN, bytes(32))
    main_to_the_end("trust", new.verifier.vkey, "--home", str(home))

    assert capsys.readouterr().out.split() == [KEY.verifier.vkey, new.verifier.vkey]


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["serve"], id="no folder"),
        pytest.param(["serve", "--home", "none"], id="no witness there"),
        pytest.param(["trust", "nonsense", "--home", "none"], id="no vkey"),
        pytest.param(["init", "--home", "made", "--name", "a name"], id="no name"),
        pytest.param(["serve", "--home", "none", "--port", "0"], id="no port"),
    ],
)
def test_wrong_use_is_said_without_a_traceback(tmp_path, arguments, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CAF_GATEWAY_WITNESS_HOME", raising=False)
    with pytest.raises(SystemExit) as ended:
        main(["witness", *arguments])

    assert ended.value.code == 2
    assert "Traceback" not in capsys.readouterr().err


def test_a_witness_needs_no_database():
    asked = subprocess.run(
        [sys.executable, "-c", "import sys, gateway.cli.doing.witness; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )

    loaded = set(asked.stdout.split())
    assert "gateway.witness.app" in loaded
    assert not loaded & {"sqlalchemy", "psycopg", "alembic", "gateway.storage", "gateway.exchange"}
