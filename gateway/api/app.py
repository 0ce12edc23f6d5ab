"""The application: every route in one table, each behind the guard."""

from dataclasses import dataclass
from typing import Final

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from gateway.api import (
    agreements,
    attachments,
    consents,
    facts,
    fhir_consents,
    notices,
    policies,
    practitioners,
    tasks,
    visit,
)
from gateway.api.answers import error_response
from gateway.api.audit_events import FORM, AuditEvents
from gateway.api.audit_parameters import KNOWN
from gateway.api.audit_search import AuditSearch
from gateway.api.authorization import Authorization
from gateway.api.children import Children
from gateway.api.contract import (
    AgreementDesk,
    AttachmentDesk,
    AuditDesk,
    ConsentDesk,
    Exchange,
    FactsDesk,
    FidelityReader,
    LogReader,
    NoticeDesk,
    PolicyDesk,
    Readiness,
    ReceiptReader,
    TaskDesk,
)
from gateway.api.description import TEXT, Route, describe
from gateway.api.door import Door
from gateway.api.fidelity import Fidelity
from gateway.api.guard import Guard
from gateway.api.health import Health
from gateway.api.log import Log
from gateway.api.messages import MEDIA_TYPES as FHIR_TYPES
from gateway.api.messages import Messages
from gateway.api.receipts import Receipts
from gateway.api.records import Records
from gateway.audit_events.bundle import Bundler
from gateway.errors import (
    GatewayError,
    MalformedRequestError,
    MethodNotAllowedError,
    RequestError,
    UnknownRouteError,
)
from gateway.observability import Event, Metrics, log, place_of
from gateway.ports import Ports
from gateway.problems import problem_of
from gateway.security.assertions import AssertionCheck
from gateway.security.authorization import AuthorizationEndpoint
from gateway.security.tokens import Tokens
from gateway.settings import Settings
from policies.errors import VocabularyError

PUBLIC: Final = frozenset(
    {
        "/livez",
        "/readyz",
        "/metrics",
        "/oauth2/token",
        "/.well-known/jwks.json",
        "/.well-known/smart-configuration",
        "/log/checkpoint",
        "/log/tile/{level}/{index:path}",
        "/log/{shard:int}/checkpoint",
        "/log/{shard:int}/tile/{level}/{index:path}",
    }
)
"""The routes that ask for no token: a test holds the route table against this list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What the front door is made of: all that stands behind it, already wired.

    *formats* are the media types of the allowed adapters.
    """

    exchange: Exchange
    tokens: Tokens
    log: LogReader
    audit: AuditDesk
    readiness: Readiness
    receipts: ReceiptReader
    fidelity: FidelityReader
    notices: NoticeDesk
    attachments: AttachmentDesk
    consents: ConsentDesk
    facts: FactsDesk
    agreements: AgreementDesk
    policies: PolicyDesk
    tasks: TaskDesk
    settings: Settings
    metrics: Metrics
    ports: Ports
    formats: tuple[str, ...]


def create_app(parts: Parts) -> FastAPI:
    """Return the front door over *parts*."""
    app = FastAPI(
        title="CAF gateway",
        version="1",
        openapi_url="/api/v1/openapi.json",
        docs_url=None,  # both pages would load their scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,  # a redirect would repeat the address that was asked for
        # Its logs and spans hold exception texts and addresses.
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )
    app.add_middleware(
        Door,
        header_bytes=parts.settings.limits.header_bytes,
        metrics=parts.metrics,
        ports=parts.ports,
    )
    app.add_exception_handler(GatewayError, _answer_error)
    app.add_exception_handler(VocabularyError, _answer_error)
    app.add_exception_handler(HTTPException, _answer_routing_error)
    for route in _routes(parts):
        app.add_api_route(
            route.path,
            route.endpoint,
            methods=[route.method],
            response_model=None,
            response_class=Response,
            openapi_extra=route.operation(),
        )
    describe(app, parts.settings.token_endpoint)
    return app


def _routes(parts: Parts) -> tuple[Route, ...]:
    """Return the route table: whatever is not public names the scope that it asks for."""
    guard = Guard(parts.tokens, parts.settings.limits.request_seconds)
    patient = Guard(parts.tokens, agreements.PATIENCE_SECONDS)
    return (
        *_exchange_routes(parts, guard),
        *_audit_routes(parts, guard),
        *_log_routes(parts, guard),
        *_own_routes(parts, guard),
        *notices.routes(parts.notices, guard),
        *attachments.routes(parts.attachments, guard),
        *consents.routes(parts.consents, guard),
        *fhir_consents.routes(parts.consents, guard),
        *agreements.routes(parts.agreements, guard, patient),
        *policies.routes(parts.policies, guard, patient),
        *facts.routes(parts.facts, guard),
        *practitioners.routes(parts.facts, guard),
        *tasks.routes(parts.tasks, guard),
    )


def _exchange_routes(parts: Parts, guard: Guard) -> tuple[Route, ...]:
    limit, address = parts.settings.limits.body_bytes, parts.settings.receipt_address
    messages = Messages(parts.exchange, limit, address)
    records = Records(parts.exchange, limit, address)
    children = Children(parts.exchange, address)
    receipts = Receipts(parts.receipts)
    return (
        Route(
            "POST",
            "/FHIR/R4/$process-message",
            guard.needs("system/ServiceRequest.c", messages.process_message),
            takes=FHIR_TYPES,
            gives=FHIR_TYPES,
        ),
        Route(
            "POST",
            "/api/v1/records",
            guard.needs("system/records.c", records.receive_record),
            takes=parts.formats,
        ),
        Route(
            "POST",
            "/api/v1/children/lookup",
            guard.needs("system/children.r", children.look_up),
            takes=("application/json",),
        ),
        Route(
            "POST",
            "/api/v1/children/{child_id}/disclosures",
            guard.needs("system/children.r", children.disclose),
            takes=("application/json",),
            gives=parts.formats,
        ),
        Route(
            "GET",
            "/api/v1/receipts/{entry}",
            guard.needs("system/receipts.r", receipts.fetch),
        ),
        Route(
            "GET",
            "/api/v1/records/{entry}/fidelity",
            guard.needs("system/receipts.r", Fidelity(parts.fidelity).fetch),
        ),
    )


def _audit_routes(parts: Parts, guard: Guard) -> tuple[Route, ...]:
    scope = "system/AuditEvent.rs"
    events = AuditEvents(parts.audit, Bundler.of(parts.settings))
    root = "/FHIR/R4/AuditEvent"
    return (
        Route("GET", root, guard.needs(scope, events.search), gives=FHIR_TYPES, query=tuple(KNOWN)),
        Route(
            "POST",
            f"{root}/_search",
            guard.needs(scope, events.search_by_form),
            takes=(FORM,),
            gives=FHIR_TYPES,
        ),
        Route("GET", f"{root}/{{index}}", guard.needs(scope, events.read), gives=FHIR_TYPES),
        Route(
            "POST",
            "/api/v1/audit/search",
            guard.needs(scope, AuditSearch(parts.audit).search),
            takes=("application/json",),
        ),
    )


def _log_routes(parts: Parts, guard: Guard) -> tuple[Route, ...]:
    pages = Log(parts.log)
    tile = ("application/octet-stream",)
    return tuple(
        route
        for log in ("/log", "/log/{shard:int}")
        for route in (
            Route(
                "GET",
                f"{log}/tile/entries/{{index:path}}",
                guard.needs("system/log.read", pages.entries),
                gives=tile,
            ),
            Route(
                "GET", f"{log}/tile/{{level}}/{{index:path}}", guard.public(pages.tile), gives=tile
            ),
            Route("GET", f"{log}/checkpoint", guard.public(pages.checkpoint), gives=TEXT),
        )
    )


def _own_routes(parts: Parts, guard: Guard) -> tuple[Route, ...]:
    health = Health(parts.readiness, parts.metrics)
    authorization = Authorization(_token_endpoint(parts), parts.tokens, parts.settings)
    return (
        Route(
            "POST",
            "/oauth2/token",
            guard.public(authorization.token),
            takes=("application/x-www-form-urlencoded",),
        ),
        Route(
            "GET",
            "/.well-known/jwks.json",
            guard.public(authorization.jwks),
            gives=("application/jwk-set+json",),
        ),
        Route(
            "GET",
            "/.well-known/smart-configuration",
            guard.public(authorization.smart_configuration),
        ),
        Route("GET", "/livez", guard.public(health.live), gives=TEXT),
        Route("GET", "/readyz", guard.public(health.ready), gives=TEXT),
        Route("GET", "/metrics", guard.public(health.show_metrics), gives=TEXT),
    )


def _token_endpoint(parts: Parts) -> AuthorizationEndpoint:
    audiences = frozenset({parts.settings.issuer, parts.settings.token_endpoint})
    check = AssertionCheck(parts.tokens.register, audiences, parts.ports.now)
    return AuthorizationEndpoint(parts.tokens, check)


async def _answer_error(request: Request, error: Exception) -> Response:
    problem = problem_of(error)
    failed = problem.status >= 500  # noqa: PLR2004 - ours, not the caller's
    log(
        Event.REQUEST_FAILED if failed else Event.REQUEST_REFUSED,
        request_id=visit.of(request.scope).request_id,
        problem=problem.slug,
        status=problem.status,
        cause=type(error).__name__,
        place=place_of(error.__traceback__),
    )
    return error_response(error, request.scope)


async def _answer_routing_error(request: Request, error: Exception) -> Response:
    """Answer what Starlette itself refuses: no such address, no such method."""
    status = error.status_code if isinstance(error, HTTPException) else 400
    kinds: dict[int, type[RequestError]] = {404: UnknownRouteError, 405: MethodNotAllowedError}
    answer = await _answer_error(request, kinds.get(status, MalformedRequestError)())
    if isinstance(error, HTTPException) and error.headers and "Allow" in error.headers:
        answer.headers["Allow"] = error.headers["Allow"]
    return answer
