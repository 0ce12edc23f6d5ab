"""The guard: no route is reached but through one of these two.

`needs` lets in whoever has a token with the scope, `public` whoever comes. Each marks its
endpoint, so that a test can walk the route table and find one that went round the guard.
"""

import asyncio
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from gateway.errors import AuthenticationError, ScopeError, SlowRequestError
from gateway.requests import Caller
from gateway.security.tokens import Tokens, bearer

Endpoint = Callable[[Request], Awaitable[Response]]
Handler = Callable[[Request, Caller], Awaitable[Response]]

SCOPE_MARK = "required_scope"


class Guard:
    """Checks the caller's token and scope, and keeps the time limit, before and around a route."""

    def __init__(self, tokens: Tokens, seconds: float) -> None:
        self._tokens = tokens
        self._seconds = seconds

    def needs(self, scope: str, handle: Handler) -> Endpoint:
        """Return *handle* as an endpoint for callers whose token has *scope*."""

        async def endpoint(request: Request) -> Response:
            caller = self._caller(request)
            if scope not in caller.scopes:
                raise ScopeError(scope)
            return await self._in_time(handle(request, caller))

        return _marked(endpoint, handle, scope)

    def public(self, handle: Endpoint) -> Endpoint:
        """Return *handle* as an endpoint for everybody."""

        async def endpoint(request: Request) -> Response:
            return await self._in_time(handle(request))

        return _marked(endpoint, handle, None)

    def _caller(self, request: Request) -> Caller:
        credentials = request.headers.getlist("authorization")
        if len(credentials) != 1:
            raise AuthenticationError
        return self._tokens.caller(bearer(credentials[0]))

    async def _in_time(self, answer: Awaitable[Response]) -> Response:
        try:
            async with asyncio.timeout(self._seconds):
                return await answer
        except TimeoutError:
            raise SlowRequestError from None


def _marked(endpoint: Endpoint, handle: Callable[..., object], scope: str | None) -> Endpoint:
    # Not `functools.wraps`: FastAPI would read the handler's parameters as the route's.
    endpoint.__name__ = getattr(handle, "__name__", "endpoint")
    endpoint.__doc__ = handle.__doc__
    setattr(endpoint, SCOPE_MARK, scope)
    return endpoint
