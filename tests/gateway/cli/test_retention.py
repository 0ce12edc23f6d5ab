"""`caf-gateway retention`: whose time is over, and the end of what is kept of them."""

import io
from datetime import UTC, datetime

import pytest

OVER = "2048-06-14"


@pytest.fixture
def ended(run, child):
    """Return a child whose help has ended."""
    run("work", "--once")
    run("child", "close", child)
    return child


def test_who_is_due_is_listed_with_rule_and_day(run, ended):
    report = run("retention", "due", "--as-of", OVER, "--json").json
    (one,) = report["due"]
    assert (one["child"], one["rule"], one["over_on"]) == (ended, "health", OVER)
    assert "health" in report["unconfirmed"]
    ran = run("retention", "due", "--as-of", OVER)
    assert "1 due by 2048-06-14" in ran.out
    assert "no owner has confirmed these rules: " in ran.out


def test_nobody_is_due_while_the_period_runs(run, ended):
    assert ended
    assert run("retention", "due", "--json").json["due"] == []
    assert run("retention", "run", "--yes").out == "nothing was erased\n"


def test_nobody_is_erased_before_their_time(run, ended):
    assert ended
    ran = run("retention", "run", "--as-of", OVER, "--yes")
    assert (ran.code, ran.out) == (2, "")
    assert "nobody is erased before their time" in ran.err


def test_a_run_erases_who_is_due_once_somebody_agrees(run, ended, clock, monkeypatch):
    clock.time = datetime(2048, 6, 14, 12, tzinfo=UTC)
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    assert "nothing was erased" in run("retention", "run").out
    ran = run("retention", "run", "--yes")
    assert (ran.code, ran.out) == (0, "1 erased, 0 refused\n")
    assert run("child", "erase", ended, "--authority", "a", "--reason", "r").code == 2
    (entry,) = run("audit", "search", "--type", "erasure", "--json").json["entries"]
    assert entry["detail"]["gateway"]["rule"] == "health"


def test_the_worker_erases_only_where_that_is_switched_on(ended, clock, opened, monkeypatch):
    from gateway.cli.doing.work import daily  # noqa: PLC0415 - after the clock was put in

    clock.time = datetime(2048, 6, 14, 12, tzinfo=UTC)
    for is_on, known in (("false", True), ("true", False)):
        monkeypatch.setenv("CAF_GATEWAY_RETENTION__RUN_IN_WORKER", is_on)
        with opened() as gateway:
            daily(gateway, clock.now().date())
            assert gateway.office.archive.store.children.is_known(ended) is known
