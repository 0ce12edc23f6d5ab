"""The one error table: whole, both renderings from the same row, and the page written from it."""

import json
from pathlib import Path

import pytest

from adapters.contract import Finding, Severity
from gateway import errors, problems
from gateway.problem import HTTP_ERROR_CODES, Party, Problem
from gateway.problems import PROBLEMS, STANDALONE, page, problem_of

_ROWS = {problem.slug: problem for problem in (*PROBLEMS.values(), *STANDALONE)}
_REQUEST = "9562466f-c982-4bd5-bb0e-255e9f5e6689"
_PAGE = Path(__file__).parents[2] / "docs" / "problems.md"

# Never seen by a caller: they stop the gateway, or its worker, before anybody is answered.
_WITHIN = {
    "ErasureRefusedError",
    "TimeStampError",
    "SettingsError",
    "RegisterError",
    "SealError",
    "ScannerError",
}


def _leaves(kind: type[Exception]) -> list[type[Exception]]:
    below = kind.__subclasses__()
    return [leaf for each in below for leaf in _leaves(each)] if below else [kind]


def _row(kind: type[Exception]) -> Problem:
    return problem_of(kind.__new__(kind))


def test_every_error_that_a_caller_can_meet_has_a_row():
    leaves = {leaf for leaf in _leaves(errors.GatewayError) if leaf.__module__ == errors.__name__}
    internal = {leaf.__name__ for leaf in leaves if _row(leaf) is problems.INTERNAL}
    assert internal == _WITHIN


def test_slugs_are_unique():
    problems_once = {*PROBLEMS.values(), *STANDALONE}
    assert len(problems_once) == len({problem.slug for problem in problems_once})


@pytest.mark.parametrize("problem", _ROWS.values(), ids=list(_ROWS))
def test_both_renderings_tell_the_same_kind_status_and_next_step(problem):
    own = json.loads(problem.to_problem_json(_REQUEST, where="/purpose"))
    (issue,) = json.loads(problem.to_operation_outcome(_REQUEST, where="/purpose"))["issue"]
    assert own["type"] == f"/problems/{problem.slug}"
    assert own["status"] == problem.status
    assert own["detail"] == issue["details"]["text"] == problem.next_step
    assert own["instance"] == f"urn:uuid:{_REQUEST}"
    assert issue["code"] == problem.issue
    assert issue["details"]["coding"][0]["system"] == HTTP_ERROR_CODES
    assert "/purpose" in issue["diagnostics"]


@pytest.mark.parametrize("problem", _ROWS.values(), ids=list(_ROWS))
def test_who_must_act_follows_from_the_status(problem: Problem):
    by_the_sender = problem.status < 500
    assert (problem.party is Party.SENDER) == by_the_sender


def test_an_error_without_a_row_has_that_of_its_nearest_parent():
    class NearlyConflictError(errors.ConflictError):
        pass

    assert problem_of(NearlyConflictError()).slug == "conflict"
    assert problem_of(errors.SettingsError()).slug == "internal"


def test_nothing_of_the_exception_is_rendered():
    problem = problem_of(errors.StorageError("canary"))
    assert b"canary" not in problem.to_problem_json(_REQUEST)
    assert b"canary" not in problem.to_operation_outcome(_REQUEST)


def test_a_finding_that_does_not_reject_has_no_error_code():
    findings = [
        Finding("late", Severity.WARNING, "Bundle.meta", "the sender states a version"),
        Finding("none", Severity.ERROR, "", "the sender names a destination"),
    ]
    warning, error = json.loads(problems.REJECTED.to_operation_outcome("x", findings=findings))[
        "issue"
    ]
    assert "coding" not in warning["details"]
    assert warning["expression"] == ["Bundle.meta"]
    assert error["details"]["coding"][0]["code"] == "REC_UNPROCESSABLE_ENTITY"


def test_the_page_is_the_table():
    assert _PAGE.read_text("utf-8") == page()
