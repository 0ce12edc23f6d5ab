"""The outermost layer: what holds for every request, whatever is asked and whatever goes wrong."""

from time import perf_counter
from typing import Final

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.api import visit
from gateway.api.answers import error_response
from gateway.errors import PayloadTooLargeError
from gateway.observability import Event, Metrics, log, place_of
from gateway.ports import Ports

_METHODS: Final = frozenset({"GET", "POST", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE"})
_ALWAYS: Final = ((b"x-content-type-options", b"nosniff"),)
_NOT_KEPT: Final = (b"cache-control", b"no-store")


class Door:
    """Gives each request its ids, bounds its headers, counts it, and lets no exception out.

    A failure is logged by class and place, never by its message, and answered with a 500 that
    says the request id alone.
    """

    def __init__(self, app: ASGIApp, *, header_bytes: int, metrics: Metrics, ports: Ports) -> None:
        self._app = app
        self._header_bytes = header_bytes
        self._metrics = metrics
        self._ports = ports

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request (ASGI)."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = perf_counter()
        answer = _Answer(send, visit.begin(scope, self._ports))
        try:
            await self._serve(scope, receive, answer)
        except ClientDisconnect:
            log(Event.REQUEST_ABANDONED, request_id=answer.visit.request_id)
        except Exception as error:  # noqa: BLE001 - the last line of all: the caller gets an answer
            await self._fail(error, scope, receive, answer)
        method = scope["method"] if scope["method"] in _METHODS else "OTHER"
        elapsed = perf_counter() - started
        self._metrics.answered(_template(scope), method, answer.status, elapsed)

    async def _serve(self, scope: Scope, receive: Receive, answer: "_Answer") -> None:
        size = sum(len(name) + len(value) for name, value in scope["headers"])
        size += len(scope.get("raw_path") or b"") + len(scope["query_string"])
        if size > self._header_bytes:
            refusal = error_response(PayloadTooLargeError(where="headers"), scope)
            await refusal(scope, receive, answer.send)
        else:
            await self._app(scope, receive, answer.send)

    async def _fail(
        self, error: Exception, scope: Scope, receive: Receive, answer: "_Answer"
    ) -> None:
        log(
            Event.REQUEST_FAILED,
            request_id=answer.visit.request_id,
            route=_template(scope),
            cause=type(error).__name__,
            place=place_of(error.__traceback__),
        )
        if not answer.status:
            await error_response(error, scope)(scope, receive, answer.send)


class _Answer:
    """What is sent back: its status once it has begun, and the headers that all answers have."""

    def __init__(self, send: Send, own_visit: visit.Visit) -> None:
        self._send = send
        self.visit = own_visit
        self.status = 0

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = [*message.get("headers", ()), *self.visit.to_headers(), *_ALWAYS]
            if not any(name == _NOT_KEPT[0] for name, _ in headers):
                headers.append(_NOT_KEPT)
            message = {**message, "headers": headers}
        await self._send(message)


def _template(scope: Scope) -> str:
    """Return the route's template: the address itself holds ids, and whatever a stranger typed."""
    path: str = getattr(scope.get("route"), "path", "none")
    return path
