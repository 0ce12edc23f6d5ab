"""`caf-gateway break-glass`: emergencies, and whether they were ones."""

import asyncio
from datetime import date

import pytest
from logs import all_logs
from worlds import CAMHS, EARLY_HELP_FORMAT, caller

from gateway.casefile import RecordedFact
from gateway.registers import Practitioner
from gateway.requests import Ask

OFFICER = "ig-officer-1"


@pytest.fixture
def broken(run, opened, child):
    """Return the one broken glass that waits for review."""
    with opened() as gateway:
        doctor = Practitioner(
            id="p-doctor", service=CAMHS, role="clinician", training_until=date(2027, 12, 31)
        )
        gateway.recorder.documents([doctor])
        risk = RecordedFact(name="risk", value="immediate", at=gateway.office.ports.now())
        gateway.recorder.facts(child, [risk])
        ask = Ask(
            caller=caller(CAMHS),
            child_id=child,
            purpose="early_help",
            accept=EARLY_HELP_FORMAT,
            request_id="request-1",
            practitioner="p-doctor",
            justification="in danger",
            break_glass=True,
        )
        with all_logs() as stream:
            asyncio.run(gateway.exchange.disclose(ask))
    assert "glass.broken" in stream.getvalue()
    assert "p-doctor" not in stream.getvalue()
    (waiting,) = run("break-glass", "list", "--by", OFFICER, "--json").json["reviews"]
    return waiting


def _review(run, broken, outcome, by=OFFICER):
    return run(
        *("break-glass", "review", broken["id"]),
        *("--by", by, "--outcome", outcome, "--reason", "looked into"),
    )


def test_an_officer_sees_who_broke_it_and_why(run, broken):
    assert (broken["brokenBy"], broken["justification"]) == ("p-doctor", "in danger")
    listed = run("break-glass", "list", "--by", OFFICER).out
    assert f"p-doctor ({CAMHS}): broken 1, misused 0" in listed


def test_a_review_is_recorded_and_counted(run, broken):
    ran = _review(run, broken, "misuse")
    assert (ran.code, "reviewed as misuse" in ran.out) == (0, True)
    after = run("break-glass", "list", "--by", OFFICER, "--all", "--json").json
    assert after["reviews"][0]["outcome"] == "misuse"
    assert after["people"][0]["misused"] == 1
    assert run("audit", "verify").code == 0


@pytest.mark.parametrize(
    ("outcome", "by", "code", "sentence"),
    [
        ("fine", OFFICER, 2, "a review finds justified, not-justified or misuse"),
        ("justified", "p-doctor", 2, "there is no task with this id"),
        ("justified", "nobody", 1, "not in the register of practitioners"),
    ],
)
def test_what_is_no_review_is_refused(  # noqa: PLR0913, PLR0917 - one row of the table
    run, broken, outcome, by, code, sentence
):
    ran = _review(run, broken, outcome, by)
    assert (ran.code, ran.out) == (code, "")
    assert sentence in ran.err
