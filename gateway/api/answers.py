"""Answers: problems in the rendering of their address, receipts in headers."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

import msgspec
from starlette.responses import Response
from starlette.types import Scope

from adapters.contract import Finding
from audit.receipts import MAX_HEADER_BYTES, to_header
from gateway.api import accept, visit
from gateway.errors import AuthenticationError, RequestError, ScopeError
from gateway.fhir_documents import FHIR_JSON
from gateway.problem import Problem
from gateway.problems import PROBLEMS, problem_of

PROBLEM_JSON: Final = "application/problem+json"
FHIR_ROOT: Final = "/FHIR/"

ReceiptAddress = Callable[[int], str]
"""Gives the address at which the receipt of an entry can be fetched."""


def problem_response(
    problem: Problem,
    scope: Scope,
    *,
    where: str = "",
    findings: Sequence[Finding] = (),
    headers: dict[str, str] | None = None,
) -> Response:
    """Return *problem* as an OperationOutcome below /FHIR/, and as problem+json elsewhere.

    An OperationOutcome is XML where the caller likes that better, and JSON where it likes neither.
    """
    request_id = visit.of(scope).request_id
    if scope["path"].startswith(FHIR_ROOT):
        kind = accept.fhir(scope) or FHIR_JSON
        body = problem.to_operation_outcome(
            request_id, where=where, findings=findings, media_type=kind
        )
    else:
        kind = PROBLEM_JSON
        body = problem.to_problem_json(request_id, where=where, findings=findings)
    return Response(body, problem.status, headers, kind)


def json_response(value: object, status: int = 200) -> Response:
    """Return *value* (dataclasses and Structs too) as JSON."""
    return Response(msgspec.json.encode(value), status, media_type="application/json")


def error_response(error: Exception, scope: Scope) -> Response:
    """Return the answer to a request that failed with *error*."""
    problem = problem_of(error)
    where = error.where if isinstance(error, RequestError) else ""
    headers = None
    if isinstance(error, ScopeError):
        asked = f"The caller's agency asks the gateway's operator for the scope `{error.scope}`."
        problem = replace(problem, next_step=asked)
        challenge = f'Bearer error="insufficient_scope", scope="{error.scope}"'  # RFC 6750, 3
        headers = {"WWW-Authenticate": challenge}
    elif problem is PROBLEMS[AuthenticationError]:
        headers = {"WWW-Authenticate": "Bearer"}
    elif problem.status == 503:  # noqa: PLR2004 - service unavailable
        headers = {"Retry-After": "1"}
    return problem_response(problem, scope, where=where, headers=headers)


def receipt_headers(entry: int, receipt: bytes, address: ReceiptAddress) -> dict[str, str]:
    """Return the headers that say where in the log an answer stands, with its receipt.

    A receipt that is too long for a header is fetched from its address.

    >>> receipt_headers(7, b"proof", "/receipts/{}".format)
    {'CAF-Entry': '7', 'CAF-Receipt': 'cHJvb2Y'}
    >>> receipt_headers(7, bytes(4000), "/receipts/{}".format)
    {'CAF-Entry': '7', 'CAF-Receipt-Location': '/receipts/7'}
    """
    headers = {"CAF-Entry": str(entry)}
    encoded = to_header(receipt)
    if len(encoded) <= MAX_HEADER_BYTES:
        return headers | {"CAF-Receipt": encoded}
    return headers | {"CAF-Receipt-Location": address(entry)}
