"""The application: every route in one table, each behind the guard."""

from typing import Final

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from gateway.api.answers import error_response
from gateway.api.authorization import Authorization
from gateway.api.children import Children
from gateway.api.contract import Exchange, LogReader, Readiness
from gateway.api.door import Door
from gateway.api.guard import Endpoint, Guard
from gateway.api.health import Health
from gateway.api.log import Log
from gateway.api.messages import Messages
from gateway.api.records import Records
from gateway.errors import (
    AuthenticationError,
    AuthorisationError,
    GatewayError,
    MalformedRequestError,
    MethodNotAllowedError,
    RequestError,
    UnknownRouteError,
)
from gateway.observability import Event, Metrics, log
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
