"""`caf-gateway consent`: what a family agreed to, and how it takes it back."""

import pytest
from worlds import CHARITY, EARLY_HELP, HEALTH_VISITING, SCHOOL, TEACHER


@pytest.fixture
def parent(run, child):
    """Return the one parent whose statement came with the referral."""
    (standing,) = run("consent", "show", child, "--json").json
    return standing["grantor"]


def _record(run, child, grantor, *more):
    return run("consent", "record", child, "--grantor", grantor, "--by", TEACHER, *more)


def _newest(run, child, grantor):
    shown = run("consent", "show", child, "--json").json
    return next(one["newest"] for one in shown if one["grantor"] == grantor)


def test_a_statement_is_recorded_beside_the_ones_before(run, child, parent):
    said = ("--sharing", "given", "--service", EARLY_HELP, "--except", SCHOOL)
    narrowed = ("--refuse", "mental_health", "--purpose", "early_help", "--expires", "2027-01-31")
    ran = _record(run, child, parent, *said, *narrowed, "--how", "signed", "--json")
    assert (ran.code, ran.json["counts"]) == (0, True)
    newest = _newest(run, child, parent)
    assert newest["services"] == [EARLY_HELP]
    assert newest["except_services"] == [SCHOOL]
    assert newest["refused_categories"] == ["mental_health"]
    assert (newest["how"], newest["expires_on"]) == ("signed", "2027-01-31")
    (standing,) = run("consent", "show", child, "--json").json
    assert len(standing["history"]) == 2
    assert "not mental_health" in run("consent", "show", child).out


def test_a_statement_about_sharing_leaves_what_was_said_of_keeping(run, child, parent):
    before = _newest(run, child, parent).get("may_store")
    _record(run, child, parent, "--sharing", "refused")
    assert _newest(run, child, parent).get("may_store") == before


def test_a_parent_without_known_responsibility_does_not_count_and_is_told_so(run, child):
    ran = _record(run, child, "parent:Someone Else", "--sharing", "refused")
    assert ran.code == 0
    assert "does not count yet" in ran.out
    given = ("--sharing", "refused", "--responsibility", "yes", "--json")
    assert _record(run, child, "parent:someone  else", *given).json["counts"] is True


def test_the_child_has_a_statement_of_their_own(run, child):
    assert _record(run, child, "child", "--sharing", "refused").code == 0
    shown = run("consent", "show", child, "--json").json
    assert {one["kind"] for one in shown} == {"child", "parent"}


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        (("--sharing", "given"), "name a service"),
        (("--sharing", "perhaps"), "sharing is given or refused"),
        (("--sharing", "withdrawn"), "withdraw it"),
        (("--sharing", "given", "--service", "nobody"), "not registered"),
        (("--sharing", "refused", "--refuse", "secrets"), "unknown category"),
        (("--sharing", "refused", "--purpose", "gossip"), "unknown purpose"),
        (("--sharing", "refused", "--expires", "soon"), "a day is written as"),
        (("--sharing", "refused", "--how", "shouted"), "spoken, paper or signed"),
    ],
)
def test_a_statement_that_says_nothing_certain_is_wrong_use(run, child, said, sentence):
    ran = _record(run, child, "child", *said)
    assert (ran.code, ran.out) == (2, "")
    assert sentence in ran.err


def test_a_withdrawal_names_what_was_already_delivered(run, child, parent):
    assert run("work", "--once").code == 0
    withdraw = ("consent", "withdraw", child, "--grantor", parent, "--by", TEACHER)
    report = run(*withdraw, "--json").json
    assert {one["recipient"] for one in report["already"]} >= {EARLY_HELP}
    assert {one["state"] for one in report["already"]} == {"delivered"}
    assert _newest(run, child, parent)["sharing"] == "withdrawn"


def test_a_withdrawal_recalls_what_had_not_been_sent(run, child, parent):
    withdraw = ("consent", "withdraw", child, "--grantor", parent, "--by", TEACHER)
    ran = run(*withdraw)
    assert "nothing had been sent" in ran.out
    fates = run("work", "--once", "--json").json
    assert fates["recalled"] > 0  # what is delivered are notices of that to the sender


def test_a_withdrawal_from_one_service_names_that_service_alone(run, child, parent):
    run("work", "--once")
    withdraw = ("consent", "withdraw", child, "--grantor", parent, "--by", TEACHER)
    report = run(*withdraw, "--service", SCHOOL, "--json").json
    assert {one["recipient"] for one in report["already"]} <= {SCHOOL}
    newest = _newest(run, child, parent)
    assert newest["sharing"] == "given"
    assert SCHOOL in newest["except_services"]


def test_who_made_no_statement_has_none_to_withdraw(run, child):
    ran = run("consent", "withdraw", child, "--grantor", "child", "--by", TEACHER)
    assert ran.code == 2
    assert "made no consent statement" in ran.err


@pytest.mark.parametrize("grantor", ["aunt", "parent:", "parent: "])
def test_a_grantor_is_the_child_or_a_named_parent(run, child, grantor):
    ran = _record(run, child, grantor, "--sharing", "refused")
    assert (ran.code, ran.err) == (
        2,
        "caf-gateway: a grantor is `child`, `parent:` and a name, or `unnamed:` and a service\n",
    )


def test_a_child_whom_nobody_knows_is_wrong_use(run):
    ran = run("consent", "show", "no-such-child")
    assert (ran.code, ran.err) == (2, "caf-gateway: there is no child with this id\n")


def test_a_service_whom_nobody_knows_is_wrong_use(run, child, parent):
    options = ("--grantor", parent, "--by", TEACHER, "--service", "nobody")
    assert run("consent", "withdraw", child, *options).code == 2


def test_no_name_is_in_the_entry_of_a_consent(run, child):
    options = ("--sharing", "refused", "--except", CHARITY)
    _record(run, child, "parent:Quillon Canary", *options)
    entries = run("audit", "search", "--child", child, "--type", "consent-change", "--json").out
    assert "canary" not in entries.casefold()


def test_a_preview_tells_a_family_who_would_see_what_and_records_nothing(run, child):
    asked = ("consent", "preview", child, "--grantor", "parent:A", "--holder", HEALTH_VISITING)
    said = ("--service", "school", "--refuse-to", "school=caf_needs,environment")
    ran = run(*asked, "--to", SCHOOL, *said, "--competent", "no")
    assert ran.code == 0
    assert "What you need and what goes well: Service 2000099903 will not see this." in ran.out
    assert "You can change your mind" in ran.out
    (standing,) = run("consent", "show", child, "--json").json
    assert len(standing["history"]) == 1


def test_a_preview_of_nobody_is_wrong_use(run, child):
    asked = ("consent", "preview", child, "--grantor", "child", "--holder", HEALTH_VISITING)
    ran = run(*asked, "--to", "nobody", "--service", "school")
    assert (ran.code, "no service" in ran.err) == (2, True)


def test_a_statement_goes_out_as_a_fhir_consent_and_comes_back(run, child, tmp_path):
    said = ("--sharing", "given", "--service", "school", "--refuse-to", "police=family")
    _record(run, child, "child", *said)
    lines = run("consent", "export", child).out.splitlines()
    (own,) = (line for line in lines if '"display"' not in line)
    file = tmp_path / "consent.json"
    file.write_text(own)

    ran = run("consent", "import", file, "--by", TEACHER)
    assert (ran.code, "recorded as entry" in ran.out) == (0, True)
    newest = _newest(run, child, "child")
    assert newest["exclusions"] == [{"services": ["police"], "categories": ["family"]}]

    file.write_text(own.replace('"family"', '"secrets"'))
    doubtful = run("consent", "import", file, "--by", TEACHER)
    assert (doubtful.code, "unmatched-code" in doubtful.out) == (1, True)
    assert "not believed" in run("consent", "show", child).out
    file.write_text("{}")
    assert run("consent", "import", file, "--by", TEACHER, "--json").code == 1
    assert run("consent", "import", tmp_path / "none", "--by", TEACHER).code == 2
