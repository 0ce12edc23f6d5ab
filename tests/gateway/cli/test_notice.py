"""`caf-gateway notice`: what services were told, and what they did about it."""

import json

import pytest
from bars_messages import message, resources
from worlds import EARLY_HELP, SCHOOL, TEACHER, a_world


@pytest.fixture
def notice(home, clock, run):
    """Return the id of the notice that early help was sent."""
    run("work", "--once")
    plain = message()
    plain["id"] = "0b0d8a2e-93a5-4f5e-a1de-000000000001"
    (header,) = resources(plain, "MessageHeader")
    header["reason"]["coding"][0]["code"] = "update"
    header["destination"] = [one for one in header["destination"] if SCHOOL in json.dumps(one)]
    with a_world(home.parent, clock=clock) as world:
        world.take(json.dumps(plain).encode())
    run("work", "--once")
    (row,) = run("notice", "list", "--json").json
    assert (row["recipient"], row["delivery"]) == (EARLY_HELP, "delivered")
    return row["id"]


def test_a_person_records_what_a_service_said(run, notice):
    assert "corrected" in run("notice", "list").out
    ran = run("notice", "acknowledge", notice, "--by", TEACHER)
    assert (ran.code, "recorded as entry" in ran.out) == (0, True)
    assert run("notice", "list", "--json").json == []
    again = run("notice", "acknowledge", notice, "--by", TEACHER, "--json")
    assert again.json["is_repeat"] is True
    assert run("audit", "verify").code == 0


@pytest.mark.parametrize(
    ("id_", "by", "code", "sentence"),
    [(None, "nobody", 1, "not in the register"), ("no-such", TEACHER, 2, "no notice with this id")],
)
def test_an_answer_to_nothing_or_of_nobody_is_refused(run, notice, id_, by, code, sentence):  # noqa: PLR0913, PLR0917 - one row of the table
    ran = run("notice", "acknowledge", id_ or notice, "--by", by)
    assert (ran.code, sentence in ran.err) == (code, True)


def test_the_worker_reminds_of_what_is_not_answered(run, notice, clock):
    assert notice
    clock.advance(hours=25)
    assert run("work", "--once").code == 0
    (row,) = run("notice", "list", "--json").json
    assert row["id"] == notice
    assert row["kind"] == "corrected"
