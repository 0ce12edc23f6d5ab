"""`caf-gateway audit`: verifying, exporting, proving and searching the log."""

import asyncio
import csv
import io
import shutil
import sqlite3
import subprocess
import sys

import pytest
from worlds import EARLY_HELP, EARLY_HELP_FORMAT, HEALTH_VISITING, SCHOOL, caller

from audit.note import VerifierKey
from audit.verify import verify_folder
from gateway.requests import Ask
from gateway.searching import found
from gateway.searching.criteria import Criteria
from gateway.searching.search import Reader, Search, search
from tests.audit.builders import a_log

VERIFY = ("audit", "verify", "--json")


def _by_hand(home, statement, *values):
    with sqlite3.connect(home / "gateway.db") as connection:
        # Whoever can write to the file can also drop what guards it.
        connection.execute("PRAGMA ignore_check_constraints = ON")
        query = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        for (trigger,) in connection.execute(query).fetchall():
            connection.execute(f"DROP TRIGGER {trigger}")
        changed = connection.execute(statement, values).rowcount
    connection.close()
    return changed


def _index(run, kind):
    return run("audit", "search", "--type", kind, "--json").json["entries"][0]["index"]


def _flipped(home, table, column, key, value):
    """Flip the last bit of one stored value."""
    with sqlite3.connect(home / "gateway.db") as connection:
        query = f"SELECT {column} FROM {table} WHERE {key} = ?"  # noqa: S608 - a test's own names
        (data,) = connection.execute(query, (value,)).fetchone()
    connection.close()
    changed = data[:-1] + bytes([data[-1] ^ 1])
    statement = f"UPDATE {table} SET {column} = ? WHERE {key} = ?"  # noqa: S608 - the same
    assert _by_hand(home, statement, changed, value) == 1


def test_a_log_that_nobody_touched_holds(run):
    ran = run(*VERIFY)
    assert (ran.code, ran.json["faults"]) == (0, [])
    assert ran.json["size"] > 20
    assert run("audit", "verify").out.startswith("the log caf-gateway.example/log holds: ")


def test_verifying_writes_nothing(run):
    assert run(*VERIFY).json["size"] == run(*VERIFY).json["size"]


def test_one_changed_bit_of_an_entry_is_found_and_named(run, home):
    index = _index(run, "import")
    _flipped(home, "audit_leaf", "entry", "seq", index)
    ran = run(*VERIFY)
    assert ran.code == 1
    assert f"entry {index}" in [fault["where"] for fault in ran.json["faults"]]
    assert f"WRONG  entry {index}: " in run("audit", "verify").out


def test_one_changed_bit_of_a_detail_is_found_and_named(run, home):
    index = _index(run, "disclosure")
    _flipped(home, "audit_detail", "sealed", "seq", index)
    ran = run(*VERIFY)
    assert ran.code == 1
    assert f"entry {index}" in [fault["where"] for fault in ran.json["faults"]]


def test_an_entry_that_was_taken_away_is_found(run, home):
    index = _index(run, "disclosure")
    assert _by_hand(home, "DELETE FROM audit_leaf WHERE seq = ?", index) == 1
    assert run(*VERIFY).code == 1


def test_an_exchanged_head_is_found(run, home):
    _flipped(home, "audit_head", "head", "shard", 1)
    ran = run(*VERIFY)
    assert ran.code == 1
    assert ran.json["faults"][0]["where"] == "head of the log"


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE outbox SET recipient = '2000099904'",
        "UPDATE outbox SET leaf = 0",
        "UPDATE outbox SET sealed = x'00'",
        "UPDATE outbox SET message_id = 'another'",
        "UPDATE outbox SET state = 'whatever'",
        "UPDATE outbox SET child_id = 'another'",
        "UPDATE outbox SET leaf = 999999",
    ],
)
def test_a_row_of_the_outbox_that_its_entry_does_not_permit_is_found(run, home, change):
    rows = _by_hand(home, change)
    found = run(*VERIFY)
    assert found.code == 1
    named = [fault["where"] for fault in found.json["faults"]]
    assert sum(where.startswith("outbox row ") for where in named) == rows >= 1
    # What can no longer be found as the row of its entry, its entry misses.
    assert all(where.startswith(("outbox row ", "entry ")) for where in named)


def test_rows_that_were_delivered_are_compared_with_their_entries_too(run, home):
    run("work", "--once")
    assert run(*VERIFY).code == 0
    rows = _by_hand(home, "UPDATE outbox SET payload_sha256 = x'00' WHERE state = 'delivered'")
    assert len(run(*VERIFY).json["faults"]) == rows >= 1


def test_what_is_no_database_is_found_wanting(run, home):
    (home / "gateway.db").write_bytes(b"SQLite format 3\0" + bytes(4096))
    for leftover in home.glob("gateway.db-*"):
        leftover.unlink()
    ran = run(*VERIFY)
    assert (ran.code, ran.err) == (1, "")
    assert ran.json["faults"][0]["where"] == "database"


def test_a_gateway_without_a_database_is_wrong_use(run, home):
    (home / "gateway.db").unlink()
    ran = run("audit", "verify")
    assert ran.code == 2
    assert "caf-gateway db upgrade" in ran.err


def test_an_export_is_verified_by_strangers_and_brought_up_to_date(run, tmp_path):
    folder = tmp_path / "log"
    first = run("audit", "export", folder, "--json").json
    assert (first["size_before"], first["size"] > 20) == (0, True)
    run("organisation", "add", "urn:999009", "--name", "A school")
    again = run("audit", "export", folder, "--json").json
    assert (again["size_before"], again["size"]) == (first["size"], first["size"] + 1)
    keys = [VerifierKey.parse(line) for line in (folder / "vkeys").read_text().splitlines()]
    report = verify_folder(folder, keys)
    assert report.holds
    assert report.checkpoint.size == again["size"]


def test_a_log_that_did_not_only_grow_is_not_exported(run, home, tmp_path):
    shorter = (home / "gateway.db").read_bytes()
    run("organisation", "add", "urn:999009", "--name", "A school")
    assert run("audit", "export", tmp_path / "log").code == 0
    for leftover in home.glob("gateway.db*"):
        leftover.unlink()
    (home / "gateway.db").write_bytes(shorter)
    ran = run("audit", "export", tmp_path / "log")
    assert (ran.code, ran.out) == (
        1,
        "not exported: the log is smaller than when it was last exported\n",
    )


def test_an_entry_is_proved_to_the_holder_of_each_part(run):
    index = _index(run, "disclosure")
    for part in ("recipient", "sender", "gateway"):
        receipt = run("audit", "prove", index, "--part", part).json
        assert receipt["opening"]["part"] == part


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("999999",), "no such entry in the log"),
        (("9" * 24,), "Invalid value"),
        (("9223372036854775806",), "no such entry in the log"),
        (("0",), "has no part for the recipient"),
        (("0", "--part", "everybody"), "a part is recipient, sender or gateway"),
    ],
)
def test_what_cannot_be_proved_is_wrong_use(run, arguments, sentence):
    ran = run("audit", "prove", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert sentence in ran.err


def test_a_child_s_entries_say_who_was_told(run, child):
    found = run("audit", "search", "--child", child, "--type", "disclosure", "--json").json[
        "entries"
    ]
    assert {EARLY_HELP, SCHOOL} <= {entry["recipient"] for entry in found}
    assert all(entry["detail"]["recipient"]["payload_sha256"] for entry in found)


def test_entries_of_a_service_are_those_from_it_and_to_it(run):
    found = run("audit", "search", "--service", SCHOOL, "--json").json["entries"]
    assert found
    assert all(SCHOOL in {entry["sender"], entry["recipient"]} for entry in found)


def test_a_search_is_itself_an_entry_without_what_was_looked_for(run, child):
    search = ("audit", "search", "--child", child, "--by", "ig-1", "--reason", "subject access")
    results = len(run(*search, "--json").json["entries"])
    (entry,) = run("audit", "search", "--type", "audit-read", "--json").json["entries"]
    said = entry["detail"]["gateway"]
    assert (said["user"], said["results"], said["query"]) == ("ig-1", results, ["child"])
    assert said["justification"] == "subject access"


def test_a_search_is_shown_as_a_table(run, child):
    shown = run("audit", "search", "--child", child).out
    assert "disclosure" in shown
    assert "sent" in shown


def test_what_was_answered_to_who_asked_is_shown_like_what_was_sent(opened, child):
    asked = Ask(
        caller=caller(SCHOOL),
        child_id=child,
        purpose="early_help",
        accept=EARLY_HELP_FORMAT,
        request_id="request-2",
    )
    with opened() as gateway:
        entry = asyncio.run(gateway.exchange.disclose(asked)).entry
        wanted = Search(reader=Reader(user="ig-1"), criteria=Criteria(child=child))
        answer = search(gateway.office, wanted)
    (row,) = (found.cells(one, "") for one in answer.entries if one.index == entry)
    assert "sent" in row[-1]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "a search names what it is for"),
        (("--type", "disclosures"), "no such type of entry, did you mean `disclosure`"),
        (("--child", "nobody"), "there is no child with this id"),
        (("--service", "nobody"), "no service `nobody` is registered here"),
        (("--organisation", "nobody"), "there is no organisation with this id"),
        (("--since", "yesterday"), "a day is written as 2026-11-30"),
        (("--until", "2026-11-30T09:00"), "a time is written as 2026-11-30T09:00:00+00:00"),
        (("--format", "accounting"), "an accounting is of all disclosures of one child"),
    ],
)
def test_a_search_for_nothing_is_wrong_use(run, arguments, sentence):
    ran = run("audit", "search", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert sentence in ran.err


def test_the_entry_point_exits_as_documented(home):
    _by_hand(home, "UPDATE outbox SET leaf = 0")
    command = [sys.executable, "-c", "from gateway.cli import main; main()", "audit", "verify"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert "WRONG  outbox row " in ended.stdout
    assert ended.stderr == ""


def _lines(text):
    return list(csv.DictReader(io.StringIO(text)))


ACCOUNTING = ("audit", "search", "--format", "accounting", "--reason", "subject access", "--child")


def test_an_accounting_says_who_was_told_what_when_and_why(run, child):
    run("work", "--once")
    school = next(
        line for line in _lines(run(*ACCOUNTING, child).out) if SCHOOL in line["recipient"]
    )
    assert (school["purpose"], school["agreement"]) == ("early_help", "little-marsh-early-help/1")
    assert HEALTH_VISITING in school["custodian"]
    assert "Emotional and social development (in part)" in school["what"]
    assert school["delivery"].startswith("delivered ")
    receipt = run(*school["receipt"].removeprefix("caf-gateway ").split())
    assert receipt.json["opening"]["part"] == "recipient"


def test_what_was_withheld_is_in_the_officer_s_accounting_alone(run, child):
    run("work", "--once")
    for line in _lines(run(*ACCOUNTING, child).out):
        assert "withheld" not in line
        assert "Progress and achievement in learning" not in line["what"]
    officer = run("audit", "search", "--format", "accounting-officer", "--child", child).out
    assert all("Progress and achievement" in line["withheld"] for line in _lines(officer))


@pytest.mark.parametrize("form", ["table", "json", "csv", "fhir", "accounting"])
def test_what_is_proved_is_said_in_every_form(run, child, form):
    ran = run("audit", "search", "--child", child, "--format", form)
    assert ran.code == 0
    assert "complete up to entry" in ran.out + ran.err
    fast = run("audit", "search", "--child", child, "--format", form, "--fast")
    assert "not proved complete" in fast.out + fast.err


def test_an_index_that_lacks_an_entry_is_found_wanting(run, home, child):
    index = run("audit", "search", "--child", child, "--json").json["entries"][1]["index"]
    assert _by_hand(home, "DELETE FROM audit_detail WHERE seq = ?", index) == 1
    ran = run("audit", "search", "--child", child)
    assert ran.code == 1
    assert f"WRONG  entry {index}: the entry is about the child" in ran.err


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("--organisation", "urn:999001"), {"disclosure"}),
        (("--service", SCHOOL, "--purpose", "early_help"), {"disclosure"}),
        (("--request", "request-1"), {"import", "disclosure", "refusal"}),
        (("--since", "2026-11-20", "--until", "2026-11-20"), set()),
        (("--since", "2026-11-20T08:00:00+00:00", "--type", "import"), {"import"}),
    ],
)
def test_criteria_narrow_a_search(run, arguments, expected):
    found = run("audit", "search", *arguments, "--json").json["entries"]
    assert {one["type"] for one in found} - {"audit-read"} == expected


def test_older_evidence_is_held_against_the_stored_log(run, home, tmp_path):
    receipt = tmp_path / "receipt"
    receipt.write_text(run("audit", "prove", str(_index(run, "disclosure"))).out)
    (tmp_path / "foreign").write_bytes(a_log(7).note())

    assert run(*VERIFY, "--older", receipt).code == 0
    found = run(*VERIFY, "--older", receipt, "--older", tmp_path / "foreign")

    assert found.code == 1
    (fault,) = found.json["faults"]
    assert fault["where"] == "an older checkpoint"
    assert fault["act"].startswith("operator: ")
    assert run(*VERIFY, "--older", tmp_path / "nowhere").code == 2
    del home


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"\xff\xfe\x00", id="binary"),
        pytest.param(b"no checkpoint of anybody\n", id="text"),
        pytest.param(b'{"leaf":"', id="a receipt cut off"),
        pytest.param(b"c2sp.org/tlog-proof@v1\nindex 4\n", id="a proof cut off"),
        pytest.param(b"caf-gateway.example/log\n5\n" + b"A" * 70_000, id="too long"),
    ],
)
def test_a_file_that_is_no_evidence_is_wrong_use_and_no_alarm(run, tmp_path, content):
    (tmp_path / "older").write_bytes(content)

    ran = run("audit", "verify", "--older", tmp_path / "older")

    assert (ran.code, ran.out) == (2, "")
    assert ran.err.endswith("/older` is no checkpoint, receipt or proof\n")


def test_a_memory_that_is_no_checkpoint_is_a_fault_of_the_file_and_not_of_the_log(run, home):
    (home / "log").mkdir(exist_ok=True)
    (home / "log" / "checkpoint").write_bytes(b"")

    ran = run(*VERIFY)

    (fault,) = ran.json["faults"]
    assert (ran.code, fault["where"]) == (1, f"file `{home / 'log' / 'checkpoint'}`")
    assert "put the newest checkpoint" in fault["act"]
    assert run("work", "--once").code == 2

    run("audit", "export", home / "exported")
    shutil.copy(home / "exported" / "checkpoint", home / "log" / "checkpoint")
    assert run(*VERIFY).code == 0
    assert run("work", "--once").code == 0


def test_a_fault_that_was_found_is_forgotten_when_all_holds_again(run, home):
    (home / "log").mkdir(exist_ok=True)
    (home / "log" / "fault").write_text("entry 3: it is another\n")
    refused = run("work", "--once")
    assert refused.code == 2
    assert "entry 3" in refused.err
    assert "entry 3" in run("doctor").out

    assert run(*VERIFY).code == 0

    assert run("work", "--once").code == 0


def test_every_decision_replays_as_it_was_recorded(run):
    ran = run("audit", "replay", "--all", "--json")

    assert ran.code == 0
    assert ran.json["decisions"] > 0
    assert ran.json["differing"] == []
    assert run("audit", "replay", "--all").out.rstrip().endswith("0 entries differ")


def test_one_entry_replays_and_says_under_which_law(run):
    ran = run("audit", "replay", str(_index(run, "disclosure")))

    assert ran.code == 0
    assert "as recorded, under law" in ran.out


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param((), id="nothing to replay"),
        pytest.param(("0",), id="an entry that records no decision"),
        pytest.param(("999999",), id="an entry that there is not"),
        pytest.param(("1", "--all"), id="one and all"),
        pytest.param(("--since", "yesterday"), id="no day"),
    ],
)
def test_what_cannot_be_replayed_is_wrong_use(run, arguments):
    assert run("audit", "replay", *arguments).code == 2
