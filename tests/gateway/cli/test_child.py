"""`caf-gateway child`: the end of help, legal holds, and the end of what is kept."""

import pytest

WHY = ("--authority", "UK GDPR art. 17(1)(b)", "--reason", "request of the family")


@pytest.fixture
def delivered(run):
    assert run("work", "--once").code == 0


@pytest.mark.usefixtures("delivered")
def test_an_erasure_says_what_went_and_who_keeps_what_they_were_told(run, child):
    ran = run("child", "erase", child, *WHY, "--by", "ig-1")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("erased; recorded as entry ")
    assert "these services were told of the child, and keep it: " in ran.out
    (entry,) = run("audit", "search", "--type", "erasure", "--json").json["entries"]
    assert entry["detail"]["gateway"]["user"] == "ig-1"
    assert run("audit", "verify").code == 0


def test_what_waits_is_recalled_and_counted(run, child):
    assert run("child", "erase", child, *WHY, "--json").json["recalled"] == 2


@pytest.mark.usefixtures("delivered")
def test_after_it_the_child_is_named_as_erased_and_nothing_else_is_said(run, child):
    entry = run("child", "erase", child, *WHY, "--json").json["entry"]
    for command in (("audit", "search", "--child", child), ("consent", "show", child)):
        ran = run(*command)
        sentence = f"this child was erased: see entry `{entry}` of the log"
        assert (ran.code, ran.err) == (2, f"caf-gateway: {sentence}\n")


@pytest.mark.usefixtures("delivered")
def test_a_hold_keeps_a_child_until_it_is_released(run, child):
    held = run("child", "hold", child, "--authority", "inquiry", "--by", "legal-1")
    assert (held.code, held.out[:5]) == (0, "held;")
    assert run("child", "hold", child, "--authority", "inquiry").code == 1
    refused = run("child", "erase", child, *WHY)
    assert (refused.code, refused.out) == (1, "")
    assert "there is a legal hold on this child: whoever ordered it releases it" in refused.err
    assert run("child", "release", child, "--authority", "inquiry").code == 0
    assert run("child", "release", child, "--authority", "inquiry").code == 1
    assert run("child", "erase", child, *WHY).code == 0


@pytest.mark.parametrize(
    "command",
    [
        ("erase", *WHY),
        ("hold", "--authority", "inquiry"),
        ("release", "--authority", "inquiry"),
        ("close",),
    ],
)
def test_a_child_that_there_is_not_is_wrong_use(run, command):
    name, *more = command
    ran = run("child", name, "nobody", *more)
    assert (ran.code, ran.err) == (2, "caf-gateway: there is no child with this id\n")


@pytest.mark.usefixtures("delivered")
def test_help_ends_once(run, child):
    assert run("child", "close", child).out.startswith("closed; recorded as entry ")
    assert run("child", "close", child).code == 2


@pytest.mark.usefixtures("delivered")
def test_a_record_of_another_child_is_filed_under_a_child_of_its_own(run, child):
    (imported,) = run("audit", "search", "--child", child, "--type", "import", "--json").json[
        "entries"
    ]
    record = imported["detail"]["gateway"]["record_sha256"]

    ran = run("child", "unlink", record, "--from", child, "--by", "dq-1", "--reason", "a slip")

    assert ran.code == 0
    assert "was told before, and is to be told: see `task list`" in ran.out
    assert {one["kind"] for one in run("task", "list", "--json").json["tasks"]} >= {"notice"}
    again = run("child", "unlink", record, "--from", child, "--by", "dq-1", "--reason", "a slip")
    assert (again.code, again.err) == (2, "caf-gateway: there is no such record of this child\n")
