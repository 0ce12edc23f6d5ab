"""One visit at the door: the two ids of a request (BaRS), which every answer echoes."""

import re
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from starlette.types import Scope

from gateway.errors import MissingHeaderError
from gateway.ports import Ports

_KEY: Final = "caf_gateway.visit"
_UUID: Final = re.compile(rb"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")


@dataclass(frozen=True, slots=True)
class Visit:
    """The ids of a request: those that its sender gave, else a request id of our own.

    Whatever is not a UUID is not echoed: an id ends up in logs.
    """

    request_id: str
    correlation_id: str
    missing: str

    def to_headers(self) -> list[tuple[bytes, bytes]]:
        """Return the headers of the answer that echo the ids."""
        headers = [(b"x-request-id", self.request_id.encode())]
        if self.correlation_id:
            headers.append((b"x-correlation-id", self.correlation_id.encode()))
        return headers

    def require_ids(self) -> None:
        """Raise `MissingHeaderError` unless the sender gave both ids."""
        if self.missing:
            message = f"header `{self.missing}` is missing or not a UUID"
            raise MissingHeaderError(message, where=self.missing)


def begin(scope: Scope, ports: Ports) -> Visit:
    """Begin the visit of the request in *scope*."""
    given = {
        name: value.decode("ascii")
        for name, value in scope["headers"]
        if name in {b"x-request-id", b"x-correlation-id"} and _UUID.fullmatch(value)
    }
    request_id, correlation_id = given.get(b"x-request-id"), given.get(b"x-correlation-id", "")
    missing = "X-Correlation-Id" if request_id else "X-Request-Id"
    visit = Visit(
        request_id or str(UUID(bytes=ports.random(16), version=4)),
        correlation_id,
        "" if request_id and correlation_id else missing,
    )
    scope[_KEY] = visit
    return visit


def of(scope: Scope) -> Visit:
    """Return the visit that `begin` began."""
    visit: Visit = scope[_KEY]
    return visit
