"""`caf-gateway agreement`: which agreements there are, and whether one is well formed."""

from worlds import SAMPLES

NAME = "little-marsh-early-help"
SAMPLE = SAMPLES / NAME / "1.yaml"


def _sample(run):
    listed = run("agreement", "list", "--json").json
    return next(row for row in listed if row["id"] == NAME)


def test_agreements_are_listed_with_how_they_stand_today(run):
    row = _sample(run)
    assert (row["version"], row["state"]) == (1, "active")
    assert row["review_on"] == "2027-01-05"
    assert "little-marsh-early-help" in run("agreement", "list").out


def test_an_overdue_review_and_an_ended_agreement_are_said(run, clock):
    clock.advance(days=60)
    assert _sample(run)["review"] == "2027-01-05, overdue"
    clock.advance(days=500)
    assert _sample(run)["state"] == "expired"


def test_a_well_formed_agreement_is_good(run):
    assert run("agreement", "check", SAMPLE).code == 0


def test_an_agreement_with_a_fault_is_found_wanting_with_its_line(run, tmp_path):
    file = tmp_path / "little-marsh-early-help" / "1.yaml"
    file.parent.mkdir()
    file.write_text(SAMPLE.read_text().replace("until: 2028-01-05", "until: 2025-01-05"))
    ran = run("agreement", "check", file)
    assert ran.code == 1
    assert ran.out == f"{file}:8: it ends before it begins\n"


def test_a_file_that_is_not_there_is_wrong_use(run):
    assert run("agreement", "check", "/no/such/file.yaml").code == 2
