"""`caf-gateway fact record`: facts on which decisions rest."""

import pytest
from worlds import SCHOOL


def _record(run, child, fact, *more):
    return run("fact", "record", child, fact, "--by", "lead-1", *more)


def test_a_fact_about_the_child_is_recorded_with_its_entry(run, child, opened):
    ran = _record(run, child, "risk=in_need", "--until", "2026-12-31")
    assert (ran.code, ran.err) == (0, "")
    with opened() as gateway:
        fact = gateway.office.archive.case_file(child).facts[-1]
    assert (fact.name, fact.value, fact.by) == ("risk", "in_need", "lead-1")
    assert fact.until.isoformat() == "2026-12-31T00:00:00+00:00"
    (entry,) = run("audit", "search", "--child", child, "--type", "fact-recorded", "--json").json[
        "entries"
    ]
    assert entry["detail"]["gateway"]["fact"] == "risk"


def test_a_fact_about_the_child_and_a_service_names_the_service(run, child):
    assert _record(run, child, "on_team=true", "--service", SCHOOL).code == 0


@pytest.mark.parametrize(
    ("fact", "more", "sentence"),
    [
        ("risk", (), "a fact is written `name=value`"),
        ("risk=quite", (), "`risk` must be one of"),
        ("mood=bad", (), "unknown fact"),
        ("age=4", (), "`age` is not recorded by hand"),
        ("on_team=true", (), "a fact about the child and one service"),
        ("risk=none", ("--service", SCHOOL), "a fact about the child alone"),
        ("on_team=true", ("--service", "nobody"), "there is no service with this id"),
        ("risk=none", ("--until", "soon"), "a day is written as"),
    ],
)
def test_what_is_no_fact_is_wrong_use(run, child, fact, more, sentence):
    ran = _record(run, child, fact, *more)
    assert (ran.code, ran.out) == (2, "")
    assert sentence in ran.err


def test_who_records_must_be_said(run, child):
    ran = run("fact", "record", child, "risk=none")
    assert ran.code == 2
    assert "Traceback" not in ran.err
