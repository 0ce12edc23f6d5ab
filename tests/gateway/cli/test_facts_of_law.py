"""`team`, `enquiry`, `shield`, `order`, `judgement`, `competence`: each by its own office."""

import pytest
from worlds import (
    CAMHS,
    HEALTH_VISITING,
    LAWYER,
    LEAD,
    OFFICER,
    SAFEGUARDING,
    SCHOOL,
    TEACHER,
    VISITOR,
    WORKER,
)

WHY = ("--reason", "as discussed")
JUDGED = ("--holder", HEALTH_VISITING, "--relevant", "yes", "--detriment", "no", *WHY)
ACTS = {
    "team add": (("--service", CAMHS, "--role", "therapist"), LEAD),
    "enquiry open": (WHY, WORKER),
    "shield raise": (WHY, SAFEGUARDING),
    "order record": (("FD1", "--effect", "prohibit", "--scope", "address"), LAWYER),
    "judgement record": (JUDGED, VISITOR),
    "competence record": (("--competent", "yes", "--recipient", SCHOOL, *WHY), TEACHER),
}
UNDONE = {
    "team leave": (("--service", CAMHS), LEAD),
    "enquiry close": (WHY, WORKER),
    "shield lift": (WHY, SAFEGUARDING),
    "order discharge": (("FD1",), LAWYER),
}


def act(run, child, name, options, by, *more):
    return run(*name.split(), child, *options, "--by", by, *more)


def test_each_is_recorded_by_its_office_and_undone_and_the_log_holds(run, child):
    for name, (options, by) in (ACTS | UNDONE).items():
        ran = act(run, child, name, options, by, "--json")
        assert (ran.code, ran.err) == (0, ""), name
        assert ran.json["entry"] > 0
    assert run("audit", "verify").code == 0
    shown = run("fact", "show", child, "--by", OFFICER, "--history", "--json").json
    assert {"on_team", "s47_open", "court_order", "judgement", "competent"} <= {
        one["name"] for one in shown
    }
    assert "shielded" not in {one["name"] for one in shown}  # the officer is not cleared for it


@pytest.mark.parametrize("name", ACTS)
def test_who_may_not_is_told_who_may(run, child, name):
    options, _ = ACTS[name]
    ran = act(run, child, name, options, LAWYER if name == "enquiry open" else WORKER)
    assert (ran.code, ran.out) == (1, "")
    assert "is recorded by one of" in ran.err


@pytest.mark.parametrize(
    ("name", "options", "by", "code", "sentence"),
    [
        ("team add", ("--service", "nobody"), LEAD, 2, "no service with this id"),
        ("team leave", ("--service", CAMHS), LEAD, 1, "nobody such is in the team"),
        ("enquiry open", ("--reason", " "), WORKER, 2, "written reason"),
        ("enquiry close", WHY, WORKER, 1, "no enquiry is open"),
        ("order record", ("FD1", "--effect", "forbid"), LAWYER, 2, "prohibits, discloses or is"),
        ("order discharge", ("FD1",), LAWYER, 1, "no order of this reference"),
        ("competence record", ("--competent", "maybe", *WHY), TEACHER, 2, "yes, no or unknown"),
        (
            "judgement record",
            (*JUDGED, "--without-consent", "emergency"),
            VISITOR,
            2,
            "one of: cannot",
        ),
    ],
)
def test_what_cannot_be_recorded_is_refused(  # noqa: PLR0913, PLR0917 - one row of the table
    run, child, name, options, by, code, sentence
):
    ran = act(run, child, name, options, by)
    assert (ran.code, ran.out) == (code, "")
    assert sentence in ran.err
    assert act(run, "nobody", name, options, by).code == 2


def test_the_team_is_shown_as_far_as_its_reader_may_see_it(run, child):
    act(run, child, "team add", ("--service", SCHOOL, "--practitioner", TEACHER, "--lead"), LEAD)

    rows = run("team", "show", child, "--by", OFFICER, "--json").json
    (lead,) = (row for row in rows if row.get("part") == "lead professional")
    assert (lead["service"], lead["matter"], lead["by"]) == (SCHOOL, TEACHER, LEAD)
    own = run("team", "show", child, "--by", TEACHER, "--json").json
    assert {row["service"] for row in own} == {SCHOOL}
    assert TEACHER in run("team", "show", child, "--by", OFFICER).out
