"""`accreditation`, `clearance`, `practitioner accredit`: by whom, until when, what lapses soon."""

import pytest
from worlds import GP, LEAD, MANAGER, OFFICER, TEACHER, TRAINER


def test_an_accreditation_is_recorded_and_listed_before_it_lapses(run):
    until = ("--until", "2026-12-10", "--by", TRAINER)
    assert run("practitioner", "accredit", TEACHER, "common_assessment", *until).code == 0
    assert run("service", "accredit", GP, "information_sharing", *until).code == 0

    listed = run("accreditation", "lapsing", "--json")
    assert listed.code == 1
    assert {(one["holder"], one["what"]) for one in listed.json} == {
        (TEACHER, "common_assessment"),
        (GP, "information_sharing"),
    }
    assert TEACHER in run("accreditation", "lapsing").out
    assert run("accreditation", "lapsing", "--days", "5").code == 0
    assert run("service", "show", GP).json["training_until"] == "2026-12-10"
    assert run("audit", "verify").code == 0


def test_a_clearance_is_granted_to_a_day_and_withdrawn(run):
    cleared = ("clearance", "grant", LEAD, "shield", "--until", "2027-06-01", "--by", OFFICER)
    assert run(*cleared).code == 0
    assert run("practitioner", "show", LEAD).json["grants"] == [
        {"what": "shield", "until": "2027-06-01"}
    ]
    withdrawing = ("clearance", "withdraw", LEAD, "shield", "--by", OFFICER)
    assert run(*withdrawing).code == 0
    assert "not held" in run(*withdrawing).err
    changes = run("audit", "search", "--type", "agency-change", "--json").json["entries"]
    users = [one["detail"]["gateway"]["user"] for one in changes]
    assert users.count(OFFICER) == 2


@pytest.mark.parametrize(
    ("command", "by", "sentence"),
    [
        (("clearance", "grant", LEAD, "shield", "--until", "2027-06-01"), TRAINER, "one of: info"),
        (("clearance", "grant", OFFICER, "shield", "--until", "2027-06-01"), OFFICER, "themselves"),
        (("clearance", "grant", LEAD, "sheild", "--until", "2027-06-01"), OFFICER, "`shield`"),
        (("clearance", "grant", LEAD, "shield", "--until", "2020-06-01"), OFFICER, "is past"),
        (("clearance", "grant", "nobody", "shield", "--until", "2027-06-01"), OFFICER, "no practi"),
        (
            ("practitioner", "accredit", LEAD, "cooking", "--until", "2027-06-01"),
            TRAINER,
            "unknown",
        ),
        (
            ("practitioner", "accredit", MANAGER, "lead_professional", "--until", "2027-06-01"),
            MANAGER,
            "nobody accredits",
        ),
        (
            ("practitioner", "accredit", LEAD, "lead_professional", "--until", "2027"),
            TRAINER,
            "day",
        ),
    ],
)
def test_who_may_not_and_what_is_not_is_wrong_use(run, command, by, sentence):
    ran = run(*command, "--by", by)
    is_refused = sentence in {"one of: info", "themselves", "nobody accredits"}
    assert (ran.code, ran.out) == (1 if is_refused else 2, "")
    assert sentence in ran.err
