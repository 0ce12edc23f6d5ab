"""Problems: every way in which the gateway can fail a caller, in one table.

A caller sees a problem as `application/problem+json` (RFC 9457) or, on the FHIR endpoints, as
an OperationOutcome with the codes of NHS BaRS. Both are rendered from the same row, and neither
ever repeats what the caller sent or what an exception said. `docs/problems.md` is `page()`.
"""

from collections.abc import Iterable
from typing import Final

from adapters.contract import Finding, Severity
from adapters.errors import UnsupportedFormatError
from gateway import errors
from gateway.problem import Party, Problem
from policies.errors import VocabularyError

_TRY_AGAIN: Final = (
    "Send the same request with the same ids again, after a pause that grows; "
    "nothing of this one was kept."
)

INTERNAL: Final = Problem(
    "internal",
    500,
    "The gateway failed",
    "exception",
    "REC_SERVER_ERROR",
    "Tell the gateway's operator the request id: the cause is in its log under that id.",
    party=Party.RECEIVER,
)
REJECTED: Final = Problem(
    "rejected",
    422,
    "The message was read, and is not one that can be taken",
    "processing",
    "REC_UNPROCESSABLE_ENTITY",
    "The sender mends each place that is named, and sends the message under a new message id.",
)
UNREADABLE: Final = Problem(
    "unreadable",
    400,
    "The message cannot be read",
    "structure",
    "REC_BAD_REQUEST",
    "The sender mends the format at the place that is named, and sends the message again.",
)
DUPLICATE: Final = Problem(
    "duplicate",
    409,
    "The message was processed before",
    "duplicate",
    "REC_CONFLICT",
    "Nothing is to be done: the message arrived, and the receipt of its first arrival is given.",
)
NOT_READY: Final = Problem(
    "not-ready",
    503,
    "The gateway is not ready",
    "transient",
    "REC_UNAVAILABLE",
    "The operator runs `caf-gateway doctor`; callers try again later.",
    party=Party.RECEIVER,
)

_UNSUPPORTED: Final = Problem(
    "unsupported-media-type",
    415,
    "No format of this media type is read here",
    "not-supported",
    "REC_UNSUPPORTED_MEDIA_TYPE",
    "The sender declares the media type of an allowed format, and does not compress.",
)

PROBLEMS: Final[dict[type[Exception], Problem]] = {
    errors.GatewayError: INTERNAL,
    errors.RequestError: Problem(
        "malformed-request",
        400,
        "The request is not what this address takes",
        "invalid",
        "REC_BAD_REQUEST",
        "The caller mends the place that is named; the API's description says what belongs there.",
    ),
    VocabularyError: Problem(
        "unknown-word",
        400,
        "A word is not one of those that the gateway knows",
        "code-invalid",
        "REC_BAD_REQUEST",
        "The caller uses the words of the API's description: purposes, categories, answers.",
    ),
    errors.MissingHeaderError: Problem(
        "missing-header",
        400,
        "A header is missing or wrong",
        "required",
        "REC_BAD_REQUEST",
        "The caller sends the header that is named; request and correlation ids are UUIDs.",
    ),
    errors.AuthenticationError: Problem(
        "not-authenticated",
        401,
        "It is not known who asks",
        "security",
        "REC_UNAUTHORIZED",
        "The caller gets a new access token from the token endpoint and tries once more.",
    ),
    errors.AuthorisationError: Problem(
        "not-allowed",
        403,
        "This caller may not use this address",
        "forbidden",
        "REC_FORBIDDEN",
        "The caller's agency asks the gateway's operator for the scope that this address needs.",
    ),
    errors.EntitlementError: Problem(
        "not-entitled",
        403,
        "The person named may not do this",
        "forbidden",
        "REC_FORBIDDEN",
        "Somebody in the office that this needs does it: `policies/facts.yaml` names who that is.",
    ),
    errors.UnknownRouteError: Problem(
        "unknown-address",
        404,
        "There is nothing at this address",
        "not-found",
        "REC_NOT_FOUND",
        "The caller looks the address up in the API's description.",
    ),
    errors.UnknownChildError: Problem(
        "unknown-child",
        404,
        "There is no such child, or none whom the caller may know of",
        "not-found",
        "REC_NOT_FOUND",
        "The caller looks the child up; its service must be in the team around the child.",
    ),
    errors.UnknownServiceError: Problem(
        "unknown-service",
        404,
        "No registered service has this identifier",
        "not-found",
        "REC_NOT_FOUND",
        "The sender mends the destination, or asks the operator to register the service.",
    ),
    errors.UnknownDecisionError: Problem(
        "unknown-decision",
        404,
        "No entry of this index records a decision",
        "not-found",
        "REC_NOT_FOUND",
        "The caller searches the log for the entry of the decision; what was erased is gone.",
    ),
    errors.UnknownNoticeError: Problem(
        "unknown-notice",
        404,
        "The caller's service was given no such notice",
        "not-found",
        "REC_NOT_FOUND",
        "The caller looks the id up in the notice, and answers as the service that received it.",
    ),
    errors.UnknownTaskError: Problem(
        "unknown-task",
        404,
        "There is no such task among those of this person",
        "not-found",
        "REC_NOT_FOUND",
        "The caller lists the person's tasks again: it may have been handed over.",
    ),
    errors.MethodNotAllowedError: Problem(
        "method-not-allowed",
        405,
        "This address does not take this method",
        "not-supported",
        "REC_METHOD_NOT_ALLOWED",
        "The caller uses a method of the header `Allow`.",
    ),
    errors.NotAcceptableError: Problem(
        "not-acceptable",
        406,
        "None of the accepted formats can be given",
        "processing",
        "REC_NOT_ACCEPTABLE",
        "The caller names in `Accept` a format that the gateway writes.",
    ),
    errors.SlowRequestError: Problem(
        "too-slow",
        408,
        "The request was not complete in time",
        "timeout",
        "REC_TIMEOUT",
        "Send the same request with the same ids again: if it was done, the answer says so.",
    ),
    errors.DuplicateError: DUPLICATE,
    errors.ConflictError: Problem(
        "conflict",
        409,
        "What was to be changed has changed meanwhile",
        "conflict",
        "REC_CONFLICT",
        "The caller reads the present state, and decides anew.",
    ),
    errors.ActivationError: Problem(
        "law-not-activated",
        409,
        "The bundle of law cannot come into force",
        "business-rule",
        "REC_CONFLICT",
        "The information governance officer mends what the message names, and proposes it again.",
    ),
    errors.PayloadTooLargeError: Problem(
        "too-large",
        413,
        "The request is larger than the gateway takes",
        "too-long",
        "REC_BAD_REQUEST",
        "The sender splits the message, or asks the operator for the limit that is set.",
    ),
    errors.UnsupportedMediaTypeError: _UNSUPPORTED,
    UnsupportedFormatError: _UNSUPPORTED,
    errors.AgreementError: Problem(
        "agreement-refused",
        409,
        "The agreement cannot take this step as it stands",
        "business-rule",
        "REC_CONFLICT",
        "The caller reads how the agreement stands, and begins from there.",
    ),
    errors.UnknownAgreementError: Problem(
        "unknown-agreement",
        404,
        "No such version of an agreement is registered",
        "not-found",
        "REC_NOT_FOUND",
        "The caller lists the agreements, or registers this version first.",
    ),
    errors.UnsoundAgreementError: Problem(
        "unsound-agreement",
        422,
        "The agreement does not hold together, or names an organisation that is not registered",
        "processing",
        "REC_UNPROCESSABLE_ENTITY",
        "The parties mend what is named; `caf-gateway agreement check` says what is wrong with it.",
    ),
    errors.SignatureError: Problem(
        "agreement-not-signed",
        422,
        "A signature is wrong, or a party's is missing",
        "processing",
        "REC_UNPROCESSABLE_ENTITY",
        "The designated person of the party that is named signs this version.",
    ),
    errors.UnprovedError: Problem(
        "agreement-not-proved",
        409,
        "An invariant would not hold with this agreement",
        "business-rule",
        "REC_CONFLICT",
        "The parties mend the terms; `caf-gateway agreement activate` shows the counterexample.",
    ),
    errors.StampMovedError: Problem(
        "changed-meanwhile",
        503,
        "Consent, an agreement or the policy changed while this was decided",
        "transient",
        "REC_UNAVAILABLE",
        _TRY_AGAIN,
        party=Party.RECEIVER,
    ),
    errors.BusyError: Problem(
        "busy",
        503,
        "The gateway has too much to do",
        "throttled",
        "REC_UNAVAILABLE",
        _TRY_AGAIN,
        party=Party.RECEIVER,
    ),
    errors.WitnessesBehindError: Problem(
        "witnesses-behind",
        503,
        "The log's witnesses have not seen what this rests on",
        "transient",
        "REC_UNAVAILABLE",
        "Ask again after a pause that grows; nothing was released, and the operator is told.",
        party=Party.RECEIVER,
    ),
    errors.DurabilityError: Problem(
        "not-durable",
        503,
        "The gateway cannot promise to keep what it is given",
        "no-store",
        "REC_UNAVAILABLE",
        "The operator mends the database's settings; callers try again later.",
        party=Party.RECEIVER,
    ),
    errors.StorageError: Problem(
        "storage",
        503,
        "The gateway's database did not answer",
        "no-store",
        "REC_UNAVAILABLE",
        _TRY_AGAIN,
        party=Party.RECEIVER,
    ),
    errors.IntegrityError: Problem(
        "halted",
        503,
        "The gateway has halted: its log is not what it was",
        "no-store",
        "REC_UNAVAILABLE",
        "The operator runs `caf-gateway audit verify`, and opens the gateway again when it passes.",
        party=Party.RECEIVER,
    ),
    errors.DeliveryError: Problem(
        "not-delivered",
        502,
        "The recipient did not take the message",
        "transient",
        "PROXY_BAD_GATEWAY",
        "The gateway tries again by itself; its operator is told when it gives up.",
        party=Party.INTERMEDIARY,
    ),
}
"""A class without a row of its own has that of its nearest parent."""

UNREADABLE_CODES: Final = frozenset(
    {
        "document-type",
        "duplicate-name",
        "not-json",
        "not-utf-8",
        "not-xml",
        "too-deep",
        "too-many-attributes",
        "too-many-bytes",
        "too-many-elements",
    }
)
"""Codes of findings in bytes that are not in their format at all."""

STANDALONE: Final = (REJECTED, UNREADABLE, NOT_READY)
"""Problems that are no exception: decided on, and answered."""


def problem_of(error: Exception) -> Problem:
    """Return the row for *error*, or `INTERNAL` where there is none.

    >>> problem_of(errors.BusyError()).status
    503
    >>> problem_of(ZeroDivisionError()).slug
    'internal'
    """
    for kind in type(error).__mro__:
        if kind in PROBLEMS:
            return PROBLEMS[kind]
    return INTERNAL


def rejection_of(findings: Iterable[Finding]) -> Problem:
    """Return as what a message with these *findings* is rejected: as unreadable, or as read.

    >>> rejection_of([Finding("no-destination", Severity.ERROR, "", "")]).status
    422
    >>> rejection_of([Finding("not-json", Severity.ERROR, "1:1", "")]).status
    400
    """
    codes = {finding.code for finding in findings if finding.severity is Severity.ERROR}
    if "unsupported-media-type" in codes:
        return _UNSUPPORTED
    return UNREADABLE if codes & UNREADABLE_CODES else REJECTED


def page() -> str:
    """Return `docs/problems.md`: every problem, who must act, and how."""
    rows = {problem.slug: problem for problem in (*PROBLEMS.values(), *STANDALONE)}
    ordered = sorted(rows.values(), key=lambda problem: (problem.status, problem.slug))
    return "\n".join([_PAGE_HEAD, *map(_section, ordered)])


_PAGE_HEAD: Final = """\
# Problems

Every way in which the gateway can fail a caller, written from `gateway/problems.py`. The address
of a problem's `type` is its heading here. Neither rendering repeats what the caller sent; the
request id (`X-Request-Id`, and `instance` or the OperationOutcome's `id`) finds the cause in the
gateway's log. *Who must act*: `SEND` the caller, `REC` the gateway's operator, `PROXY` a party
beyond the gateway.

A message that is rejected, also one whose media type nothing here reads, leaves one entry by its
hash in the audit log, and nothing else is kept of it. What is refused before it is read (no token,
too large, compressed) leaves no entry.
"""


def _section(problem: Problem) -> str:
    return f"""\
## {problem.slug}

{problem.title}. {problem.next_step}

| status | who must act | issue type | BaRS code |
|---|---|---|---|
| {problem.status} | {problem.party.value} | `{problem.issue}` | `{problem.http_error}` |
"""
