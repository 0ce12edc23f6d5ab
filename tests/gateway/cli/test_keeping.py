"""`caf-gateway audit seal`, `restored`, `rotate-key`, `keys`; `caf-gateway keys rotate`."""

import pytest
from backups import back_up, put_back
from worlds import Kind

NEXT = "caf-gateway.example/log/2"


@pytest.mark.parametrize("kind", Kind)
def test_a_log_is_sealed_and_the_next_goes_on(run):
    (key, *_) = run("audit", "keys", "--for", NEXT).out.split()
    sealed = run("audit", "seal", "--next", NEXT, "--reason", "a new year")

    assert sealed.code == 0
    assert sealed.out.startswith("the log caf-gateway.example/log has ended with ")
    assert f"{NEXT} goes on with entry " in sealed.out
    verified = run("audit", "verify", "--json")
    assert (verified.code, verified.json["origin"]) == (0, NEXT)
    assert run("audit", "keys").out.splitlines()[-1].split()[0] == key
    again = run("audit", "seal", "--next", NEXT)
    assert (again.code, again.err) == (
        2,
        "caf-gateway: a log of this gateway is or was called that: choose another name\n",
    )


def test_all_logs_are_counted_where_they_are_verified_and_what_was_lost_is_named(run):
    before = run("audit", "verify", "--json").json["entries"]
    run("audit", "seal", "--next", NEXT)
    done = run(
        *("audit", "restored", "--next", f"{NEXT}/b", "--lost", 7),
        *("--reason", "a disk failed", "--json"),
    ).json["succession"]
    lost = f"{done['first_entry'] - 7}-{done['first_entry'] - 1}"

    found = run("audit", "verify", "--json").json

    assert (found["logs"], found["lost"], found["faults"]) == (3, [lost], [])
    assert found["entries"] == done["first_entry"] - 7 + found["size"] > before + found["size"]
    assert run("audit", "verify").out.startswith(
        f"the log holds: {found['entries']} entries in 3 logs, but for entries {lost}, lost with "
        f"a database; the newest, {NEXT}/b: {found['size']} entries, root "
    )


def test_a_receipt_of_a_sealed_log_is_checked_by_the_keys_of_its_export(run, tmp_path):
    entry = run("audit", "search", "--type", "disclosure", "--json").json["entries"][0]["index"]
    run("audit", "seal", "--next", NEXT)
    run("audit", "export", str(tmp_path / "log"))
    receipt = tmp_path / "receipt.json"
    receipt.write_text(run("audit", "prove", str(entry)).out)

    checked = run("audit", "check-receipt", str(receipt), "--vkeys", str(tmp_path / "log/1/vkeys"))

    assert checked.code == 0
    assert "of log caf-gateway.example/log\n" in checked.out


def test_a_key_of_the_log_is_replaced_and_the_old_one_leads_to_the_new(run, tmp_path):
    old = run("audit", "keys").out.split()[0]

    begun = run("audit", "rotate-key", "begin", "--json").json
    assert (begun["previous_key"], begun["kind"]) == (old, "log-signing-begun")
    assert run("audit", "rotate-key", "begin").out.startswith(
        f"two keys sign the log from entry {begun['entry']} on; the new one is\n{begun['key']}\n"
    )
    assert run("audit", "rotate-key", "finish").out.endswith("signs alone\n")

    listed = [line.split() for line in run("audit", "keys").out.splitlines()]
    assert [line[0] for line in listed] == [old, begun["key"]]
    assert listed[1][1:] == [str(begun["entry"]), "-"]
    receipt, vkeys = tmp_path / "receipt.json", tmp_path / "vkeys"
    proved = run("audit", "prove", str(begun["entry"]), "--part", "gateway", "--early")
    receipt.write_text(proved.out)
    vkeys.write_text(f"{old}\n")
    checked = run("audit", "check-receipt", str(receipt), "--vkeys", str(vkeys))
    assert checked.code == 0
    assert f"says key: {begun['key']}" in checked.out
    assert run("audit", "rotate-key", "finish").code == 2


def test_the_key_encryption_key_is_replaced(run, home):
    key = (home / "keys" / "key-encryption.key").read_text()

    assert run("keys", "rotate").out.endswith("keys of children were wrapped anew\n")

    assert (home / "keys" / "key-encryption.key").read_text() != key
    assert run("keys", "rotate", "--json").json["is_gone"] is True
    assert run("audit", "verify").code == 0


@pytest.mark.parametrize("kind", Kind)
def test_a_restored_database_is_gone_on_with_once_it_is_said(run, home, tmp_path):
    backup = back_up(home, tmp_path / "backup")
    run("audit", "search", "--type", "import")  # an entry that is lost
    put_back(home, backup)

    refused = run("work", "--once")
    assert refused.code == 2
    assert "where you restored a backup, say so with `caf-gateway audit restored`" in refused.err
    said = ("audit", "restored", "--next", NEXT, "--reason", "a disk failed")
    assert run(*said).out.count(" 1 more were lost; ") == 1
    assert run("work", "--once").code == 0
    assert run("audit", "verify").code == 0
