"""`caf-gateway fact`: facts on which decisions rest, recorded by those who may."""

import pytest
from worlds import LAWYER, LEAD, OFFICER, SAFEGUARDING, SCHOOL, TEACHER, VISITOR


def _record(run, child, fact, *more, by=VISITOR):
    return run("fact", "record", child, fact, "--by", by, *more)


def _shown(run, child, by=OFFICER, *more):
    return {
        row["name"]: row for row in run("fact", "show", child, "--by", by, "--json", *more).json
    }


def test_a_fact_about_the_child_is_recorded_with_its_entry(run, child, opened):
    why = ("--source", "home visit", "--reason", "seen by me")
    ran = _record(run, child, "risk=in_need", "--until", "2026-12-31", *why)
    assert (ran.code, ran.err) == (0, "")
    with opened() as gateway:
        fact = gateway.office.archive.case_file(child).facts[-1]
    assert (fact.name, fact.value, fact.by) == ("risk", "in_need", VISITOR)
    assert fact.until.isoformat() == "2026-12-31T00:00:00+00:00"
    (entry,) = run("audit", "search", "--child", child, "--type", "fact-recorded", "--json").json[
        "entries"
    ]
    said = entry["detail"]["gateway"]
    assert (said["fact"], said["user"], said["authority"]) == ("risk", VISITOR, "home visit")
    assert (said["justification"], said["expires"]) == ("seen by me", "2026-12-31T00:00:00+00:00")
    assert run("audit", "verify").code == 0


def test_a_fact_about_the_child_and_a_service_names_the_service(run, child):
    assert _record(run, child, "on_team=true", "--service", SCHOOL, by=LEAD).code == 0


@pytest.mark.parametrize(
    ("fact", "more", "sentence"),
    [
        ("risk", (), "a fact is written `name=value`"),
        ("risk=quite", (), "`risk` must be one of"),
        ("mood=bad", (), "unknown fact"),
        ("age=4", (), "`age` is not recorded by hand"),
        ("on_team=true", (), "a fact about the child and one service"),
        ("risk=none", ("--service", SCHOOL), "a fact about the child alone"),
        ("on_team=true", ("--service", "nobody"), "no service `nobody` is registered here"),
        ("risk=none", ("--until", "soon"), "a day is written as"),
        ("risk=none", ("--until", "2020-01-01"), "it would have ended before it is recorded"),
        ("shielded=true", (), "in a register of its own: shields"),
        ("judgement=made", ("--service", SCHOOL), "in a register of its own: judgements"),
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


@pytest.mark.parametrize(
    ("fact", "by", "sentence"),
    [
        pytest.param("risk=none", "nobody", "not in the register", id="nobody"),
        pytest.param("risk=none", LAWYER, "works_with_child, safeguarding_lead", id="a stranger"),
        pytest.param("adopted=true", SAFEGUARDING, "one of: adoption_agency", id="another office"),
        pytest.param("opted_out=true", TEACHER, "one of: at_health_service", id="another sector"),
    ],
)
def test_who_may_not_record_a_fact_is_told_who_may(run, child, fact, by, sentence):
    ran = _record(run, child, fact, by=by)
    assert (ran.code, ran.out) == (1, "")
    assert sentence in ran.err
    types = ("audit", "search", "--child", child, "--type", "fact-recorded", "--json")
    assert not run(*types).json["entries"]


def test_an_unknown_child_has_no_facts(run):
    assert "no child with this id" in _record(run, "nobody", "risk=none").err
    assert "no child with this id" in run("fact", "show", "nobody", "--by", OFFICER).err


def test_facts_are_shown_with_who_when_and_what_stood_before(run, child):
    _record(run, child, "notify_safe=no", by=SAFEGUARDING)
    _record(run, child, "notify_safe=yes", "--source", "assessment", by=VISITOR)

    now = _shown(run, child)["notify_safe"]
    assert (now["value"], now["by"], now["source"]) == ("yes", VISITOR, "assessment")
    history = run("fact", "show", child, "--by", OFFICER, "--history", "--json").json
    values = [(one["value"], one["stands"]) for one in history if one["name"] == "notify_safe"]
    assert values == [("yes", True), ("no", False)]
    assert "notify_safe" in run("fact", "show", child, "--by", OFFICER).out


def test_what_is_withdrawn_is_as_if_nobody_had_recorded_it(run, child, opened):
    _record(run, child, "parent_is_risk=true", by=SAFEGUARDING)
    taken = ("fact", "withdraw", child, "parent_is_risk", "--reason", "another child's")
    assert "recorded as entry" in run(*taken, "--by", SAFEGUARDING).out

    with opened() as gateway:
        office = gateway.office
        case = office.archive.case_file(child)
        assert case.newest("parent_is_risk", None, office.ports.now()) is None
    assert "nothing of the kind" in run(*taken, "--by", SAFEGUARDING).err
    history = _shown(run, child, OFFICER, "--history")
    assert history["parent_is_risk"]


def test_who_may_not_record_a_fact_may_not_withdraw_it(run, child):
    _record(run, child, "parent_is_risk=true", by=SAFEGUARDING)
    taken = ("fact", "withdraw", child, "parent_is_risk", "--reason", "no", "--by", LAWYER)
    assert "one of: social_worker, safeguarding_lead" in run(*taken).err


def test_a_person_sees_the_facts_of_their_own_office_alone(run, child):
    _record(run, child, "third_party_consent=true", by=VISITOR)
    assert "third_party_consent" in _shown(run, child, OFFICER)
    assert "third_party_consent" not in _shown(run, child, TEACHER)
