"""The application: every route in one table, each behind the guard."""

from dataclasses import dataclass
from typing import Final

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from gateway.api import visit
from gateway.api.answers import error_response
from gateway.api.authorization import Authorization
from gateway.api.children import Children
from gateway.api.contract import Exchange, LogReader, Readiness
from gateway.api.door import Door
from gateway.api.guard import Endpoint, Guard, Handler
from gateway.api.health import Health
from gateway.api.log import Log
from gateway.api.messages import Messages
from gateway.api.records import Records
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

PUBLIC: Final = frozenset(
    {
        "/livez",
        "/readyz",
        "/metrics",
        "/oauth2/token",
        "/.well-known/jwks.json",
        "/.well-known/smart-configuration",
        "/log/checkpoint",
        "/log/tile/{level:int}/{index:path}",
    }
)
"""The routes that ask for no token: a test holds the route table against this list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What the front door is made of: all that stands behind it, already wired."""

    exchange: Exchange
    tokens: Tokens
    log: LogReader
    readiness: Readiness
    settings: Settings
    metrics: Metrics
    ports: Ports


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
    app.add_exception_handler(HTTPException, _answer_routing_error)
    for method, path, endpoint, scope in _routes(parts):
        secured = {"security": [{"oauth2": [scope]}]} if scope else None
        app.add_api_route(
            path, endpoint, methods=[method], response_model=None, openapi_extra=secured
        )
    return app


def _routes(parts: Parts) -> list[tuple[str, str, Endpoint, str | None]]:
    """Return the route table: method, path, endpoint, and the scope that it asks for."""
    guard = Guard(parts.tokens, parts.settings.limits.request_seconds)
    limit = parts.settings.limits.body_bytes
    children = Children(parts.exchange)
    log_pages = Log(parts.log)
    health = Health(parts.readiness, parts.metrics)
    authorization = Authorization(_token_endpoint(parts), parts.tokens, parts.settings)

    guarded: list[tuple[str, str, Handler, str]] = [
        (
            "POST",
            "/FHIR/R4/$process-message",
            Messages(parts.exchange, limit).process_message,
            "system/ServiceRequest.c",
        ),
        (
            "POST",
            "/api/v1/records",
            Records(parts.exchange, limit).receive_record,
            "system/records.c",
        ),
        ("POST", "/api/v1/children/lookup", children.look_up, "system/children.r"),
        ("POST", "/api/v1/children/{child_id}/disclosures", children.disclose, "system/children.r"),
        ("GET", "/log/tile/entries/{index:path}", log_pages.entries, "system/log.read"),
    ]
    public: list[tuple[str, str, Endpoint]] = [
        ("GET", "/log/checkpoint", log_pages.checkpoint),
        ("GET", "/log/tile/{level:int}/{index:path}", log_pages.tile),
        ("POST", "/oauth2/token", authorization.token),
        ("GET", "/.well-known/jwks.json", authorization.jwks),
        ("GET", "/.well-known/smart-configuration", authorization.smart_configuration),
        ("GET", "/livez", health.live),
        ("GET", "/readyz", health.ready),
        ("GET", "/metrics", health.show_metrics),
    ]
    return [
        (method, path, guard.needs(scope, handle), scope) for method, path, handle, scope in guarded
    ] + [(method, path, guard.public(handle), None) for method, path, handle in public]


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
