"""Answers: problems in the rendering of their address, receipts in headers."""

import base64
from collections.abc import Sequence
from typing import Final

from starlette.responses import Response
from starlette.types import Scope

from adapters.contract import Finding
from gateway.api import visit
from gateway.errors import AuthenticationError, RequestError
from gateway.problems import PROBLEMS, Problem, problem_of

FHIR_JSON: Final = "application/fhir+json"
PROBLEM_JSON: Final = "application/problem+json"
FHIR_ROOT: Final = "/FHIR/"

MAX_RECEIPT_CHARACTERS: Final = 4096
"""The longest receipt that travels in a header; proxies refuse larger ones."""


def problem_response(
    problem: Problem,
    scope: Scope,
    *,
    where: str = "",
    findings: Sequence[Finding] = (),
    headers: dict[str, str] | None = None,
) -> Response:
    """Return *problem* as an OperationOutcome below /FHIR/, and as problem+json elsewhere."""
    fhir = scope["path"].startswith(FHIR_ROOT)
    render = problem.to_operation_outcome if fhir else problem.to_problem_json
    return Response(
        render(visit.of(scope).request_id, where=where, findings=findings),
        problem.status,
        headers,
        FHIR_JSON if fhir else PROBLEM_JSON,
    )


def error_response(error: Exception, scope: Scope) -> Response:
    """Return the answer to a request that failed with *error*."""
    problem = problem_of(error)
    where = error.where if isinstance(error, RequestError) else ""
    headers = None
    if problem is PROBLEMS[AuthenticationError]:
        headers = {"WWW-Authenticate": "Bearer"}
    elif problem.status == 503:  # noqa: PLR2004 - service unavailable
        headers = {"Retry-After": "1"}
    return problem_response(problem, scope, where=where, headers=headers)


def receipt_headers(entry: int, receipt: bytes) -> dict[str, str]:
    """Return the headers that say where in the log an answer stands, with its receipt.

    >>> receipt_headers(7, b"proof")
    {'CAF-Entry': '7', 'CAF-Receipt': 'cHJvb2Y'}
    >>> receipt_headers(7, bytes(4000))
    {'CAF-Entry': '7'}
    """
    headers = {"CAF-Entry": str(entry)}
    encoded = base64.urlsafe_b64encode(receipt).rstrip(b"=")
    if len(encoded) <= MAX_RECEIPT_CHARACTERS:
        headers["CAF-Receipt"] = encoded.decode("ascii")
    return headers
