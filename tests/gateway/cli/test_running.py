"""The command line from outside: exit codes, one sentence for a failure, a quick start."""

import json
import os
import shutil
import subprocess
import sys
from time import perf_counter

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit.cosignature import CosigningKey
from gateway.cli import main


def run(*arguments: str, home=None, text: str = "") -> subprocess.CompletedProcess[str]:
    """Run `caf-gateway` as its users do, in a process of its own."""
    environment = dict(os.environ) | ({"CAF_GATEWAY_HOME": str(home)} if home else {})
    return subprocess.run(
        [sys.executable, "-c", "from gateway.cli import main; main()", *arguments],
        capture_output=True,
        text=True,
        input=text,
        env=environment,
        timeout=60,
        check=False,
    )


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made") / "home"
    made = run("init", home=folder)
    assert made.returncode == 0, made.stderr
    return folder


def test_init_makes_settings_and_keys_that_only_their_owner_reads(home):
    assert (home / "settings.toml").is_file()
    keys = list((home / "keys").iterdir())
    assert len(keys) == 6
    assert all(key.stat().st_mode & 0o077 == 0 for key in keys)


def test_a_second_init_is_refused_and_changes_nothing(home):
    before = {key: key.read_bytes() for key in (home / "keys").iterdir()}
    again = run("init", home=home)
    assert again.returncode == 2
    assert again.stderr.startswith("caf-gateway: ")
    assert before == {key: key.read_bytes() for key in (home / "keys").iterdir()}


def test_doctor_names_what_is_wrong_and_exits_with_one(tmp_path):
    report = run("doctor", "--json", home=tmp_path)
    complaints = json.loads(report.stdout)
    assert report.returncode == 1
    assert "caf-gateway init" in complaints["settings"]
    assert complaints["packages"] is None


def test_doctor_of_a_new_home_misses_the_database_alone(home):
    complaints = json.loads(run("doctor", "--json", home=home).stdout)
    wrong = {name: complaint for name, complaint in complaints.items() if complaint}
    assert wrong.keys() == {"database", "log"}
    assert "caf-gateway db upgrade" in wrong["log"]


def test_a_new_home_with_a_database_is_in_order(home):
    made = run("db", "upgrade", home=home)
    assert made.returncode == 0, made.stderr
    report = run("doctor", home=home)
    assert report.returncode == 0, report.stdout
    assert "WRONG" not in report.stdout
    assert f"ok     database: SQLite file `{home}/gateway.db`, durable" in report.stdout


def test_wrong_use_exits_with_two():
    assert run("no-such-command").returncode == 2
    assert run("policy", "test", "/no/such/file").returncode == 2


def test_help_is_quick():
    run("--help")
    begun = perf_counter()
    helped = run("--help")
    assert "init" in helped.stdout
    assert perf_counter() - begun < 2


def test_help_loads_neither_web_nor_database():
    loaded = "import gateway.cli, sys; print(*sys.modules)"
    asked = subprocess.run(
        [sys.executable, "-c", loaded], capture_output=True, text=True, check=True
    )
    modules = set(asked.stdout.split())
    assert not modules & {"fastapi", "sqlalchemy", "pydantic", "joserfc", "lxml", "yaml"}


@pytest.mark.parametrize(
    ("command", "code"),
    [
        pytest.param(("task", "list"), 2, id="task"),
        pytest.param(("work", "--once"), 2, id="work"),
        pytest.param(("audit", "export", "log"), 2, id="export"),
        pytest.param(("doctor",), 1, id="doctor"),
    ],
)
def test_what_is_no_database_is_said_in_one_sentence(tmp_path, monkeypatch, capsys, command, code):
    monkeypatch.setenv("CAF_GATEWAY_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit):
        main(["init"])
    (tmp_path / "home" / "gateway.db").write_bytes(b"no database at all" * 1000)
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        main(command)
    assert ended.value.code == code
    said = capsys.readouterr()
    assert "the database cannot be read or changed" in (said.err if code == 2 else said.out)


def test_doctor_names_a_pair_of_strangers(home, tmp_path):
    home = shutil.copytree(home, tmp_path / "home")
    assert run("db", "upgrade", home=home).returncode == 0
    key = CosigningKey("w1.example", Ed25519PrivateKey.generate()).verifier
    with (home / "settings.toml").open("a") as file:
        file.write(
            f'\n[[witnesses.witness]]\nvkey = "{key.vkey}"\nurl = "https://w1.example"\n'
            '[[witnesses.pairs]]\nfrom = "*"\nto = "nobody"\npolicy = "strict"\n'
        )
    complaints = json.loads(run("doctor", "--json", home=home).stdout)
    assert complaints["witnesses"] == "`witnesses.pairs` names `nobody`, which is not registered"
