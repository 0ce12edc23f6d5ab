"""`caf-gateway audit check-receipt`: years later, without us."""

import json
import subprocess
import sys
import tracemalloc
from time import perf_counter

import pytest

from audit.canonical import encode
from audit.cosignature import CosigningKey
from audit.note import SigningKey
from audit.receipts import to_header
from tests.audit.builders import cosigned

CHECK = [sys.executable, "-c", "from gateway.cli import main; main()", "audit", "check-receipt"]


@pytest.fixture
def receipt(run, tmp_path):
    """Return the receipt that went to a recipient, as a file."""
    index = run("audit", "search", "--type", "disclosure", "--json").json["entries"][0]["index"]
    file = tmp_path / "receipt.json"
    file.write_text(run("audit", "prove", index).out)
    return file


@pytest.fixture
def vkeys(run, tmp_path):
    run("audit", "export", tmp_path / "log")
    return tmp_path / "log" / "vkeys"


def _check(run, receipt, vkeys, *more):
    return run("audit", "check-receipt", receipt, "--vkeys", vkeys, *more)


def test_a_good_receipt_holds_and_says_what_it_proves(run, receipt, vkeys):
    ran = _check(run, receipt, vkeys, "--json")
    assert (ran.code, ran.json["holds"], ran.json["type"]) == (0, True, "disclosure")
    assert ran.json["says"]["recipient"] == ran.json["to"]
    assert "withheld" not in ran.out
    assert _check(run, receipt, vkeys).out.startswith("the receipt holds: entry ")


def test_a_receipt_is_checked_as_the_header_that_it_came_in(run, receipt, vkeys):
    receipt.write_text(to_header(receipt.read_bytes().strip()))
    assert _check(run, receipt, vkeys).code == 0


def test_a_flipped_receipt_does_not_hold(run, receipt, vkeys):
    good = json.loads(receipt.read_text())
    changed = good | {"leaf": good["leaf"].replace('"to":"2', '"to":"3')}
    receipt.write_text(json.dumps(changed, separators=(",", ":"), sort_keys=True))
    ran = _check(run, receipt, vkeys, "--json")
    assert (ran.code, ran.json["holds"]) == (1, False)


def test_no_flipped_byte_of_a_receipt_is_let_through(run, receipt, vkeys):
    good = receipt.read_bytes().strip()
    for place in range(0, len(good), 37):
        receipt.write_bytes(good[:place] + bytes([good[place] ^ 1]) + good[place + 1 :])
        assert _check(run, receipt, vkeys).code == 1, place


def test_a_receipt_of_another_log_does_not_hold(run, receipt, vkeys):
    name = vkeys.read_text().split("+")[0]
    vkeys.write_text(SigningKey.from_seed(name, bytes(32)).verifier.vkey + "\n")
    ran = _check(run, receipt, vkeys)
    assert ran.code == 1
    assert ran.out.startswith("the receipt does not hold: ")


def test_a_receipt_is_for_one_payload(run, receipt, vkeys, home):
    run("work", "--once")
    proved = _check(run, receipt, vkeys, "--json").json["says"]
    folder = home / "deliveries" / proved["recipient"]
    payload = next(file for file in folder.iterdir() if "receipt" not in file.name)
    assert _check(run, receipt, vkeys, "--payload", payload).code == 0
    assert _check(run, receipt, vkeys, "--payload", receipt).code == 1


@pytest.mark.parametrize("keys", ["", "no key\n"])
def test_keys_that_are_none_are_wrong_use(run, receipt, vkeys, keys):
    vkeys.write_text(keys)
    ran = _check(run, receipt, vkeys)
    assert (ran.code, ran.out) == (2, "")


def _witnessed(receipt, *witnesses):
    """Have the checkpoint in the file *receipt* cosigned."""
    members = json.loads(receipt.read_text())
    head, blank, note = members["proof"].partition("\n\n")
    members["proof"] = head + blank + cosigned(note.encode(), *witnesses).decode()
    receipt.write_bytes(encode(members))


def test_a_receipt_says_which_of_the_given_witnesses_saw_the_log_and_when(run, receipt, vkeys):
    one, two = (CosigningKey.from_seed(name, name.encode() * 32) for name in "ab")
    _witnessed(receipt, one, two)
    with vkeys.open("a") as file:
        file.write(f"{one.verifier.vkey}\n")
    ran = _check(run, receipt, vkeys, "--quorum", 1, "--json")
    assert ran.code == 0
    assert ran.json["witnesses"] == [{"witness": "a", "at": "2026-01-01T12:00:00+00:00"}]
    assert "witnessed by a at 2026-01-01T12:00:00+00:00" in _check(run, receipt, vkeys).out


def test_a_receipt_that_too_few_witnesses_saw_does_not_hold(run, receipt, vkeys):
    with vkeys.open("a") as file:
        file.write(f"{CosigningKey.from_seed('a', bytes(32)).verifier.vkey}\n")
    ran = _check(run, receipt, vkeys, "--quorum", 1)
    assert (ran.code, ran.out) == (
        1,
        "the receipt does not hold: fewer than `1` witnesses cosigned the checkpoint\n",
    )


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7\n\xff", b"caf-gateway.example/log\n5\n"])
def test_a_file_of_another_kind_is_said_to_hold_no_receipt(run, receipt, vkeys, content):
    receipt.write_bytes(content)
    ran = _check(run, receipt, vkeys)
    assert (ran.code, ran.out) == (
        1,
        "the receipt does not hold: the file holds no receipt, neither as JSON nor as a header\n",
    )


@pytest.mark.parametrize("unreadable", ["receipt", "vkeys", "payload"])
def test_the_file_that_cannot_be_read_is_named(run, receipt, vkeys, tmp_path, unreadable):
    files = {"receipt": receipt, "vkeys": vkeys, "payload": receipt}
    files[unreadable] = tmp_path / "none"
    ran = _check(run, files["receipt"], files["vkeys"], "--payload", files["payload"])
    assert (ran.code, ran.err) == (2, f"caf-gateway: `{tmp_path / 'none'}` cannot be read\n")


def test_keys_that_are_not_text_are_named(run, receipt, vkeys):
    vkeys.write_bytes(b"\xff")
    ran = _check(run, receipt, vkeys)
    assert (ran.code, ran.err) == (2, f"caf-gateway: `{vkeys}` is not text\n")


def test_a_payload_is_never_held_in_memory_whole(run, receipt, vkeys, tmp_path):
    payload = tmp_path / "payload"
    with payload.open("wb") as file:
        file.truncate(64 * 2**20)
    tracemalloc.start()
    try:
        assert _check(run, receipt, vkeys, "--payload", payload).code == 1
        assert tracemalloc.get_traced_memory()[1] < 16 * 2**20
    finally:
        tracemalloc.stop()


def test_a_quorum_of_more_witnesses_than_are_known_is_wrong_use(run, receipt, vkeys):
    assert _check(run, receipt, vkeys, "--quorum", 1).code == 2
    assert _check(run, receipt, vkeys, "--quorum", "many").code == 2


def test_a_missing_file_or_option_is_wrong_use(run, receipt, tmp_path):
    assert _check(run, receipt, tmp_path / "none").code == 2
    assert run("audit", "check-receipt", receipt).code == 2


def test_it_is_quick_and_loads_nothing_but_the_log_s_own_code(receipt, vkeys):
    arguments = [receipt, "--vkeys", vkeys]
    begun = perf_counter()
    subprocess.run([*CHECK, *arguments], check=True, capture_output=True)
    assert perf_counter() - begun < 1  # measured: 0.1 s; a busy machine is not a fault
    loaded = subprocess.run(
        [
            sys.executable,
            "-c",
            f"import atexit, sys; atexit.register(lambda: print(*sys.modules)); {CHECK[2]}",
            *("audit", "check-receipt"),
            *arguments,
        ],
        check=True,
        capture_output=True,
        text=True,
    )
    modules = {name.partition(".")[0] for name in loaded.stdout.split()}
    assert "cryptography" in modules
    assert not modules & {"typer", "rich", "msgspec", "orjson", "sqlalchemy", "pydantic", "yaml"}
