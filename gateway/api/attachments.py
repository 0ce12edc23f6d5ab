"""`GET /api/v1/attachments`: the documents that the caller's service sent, and what became of them.

What a document says, and what it is called, is in no answer.
"""

from dataclasses import dataclass
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from gateway.api.contract import AttachmentDesk
from gateway.api.description import Route
from gateway.api.guard import Guard
from gateway.requests import Caller

SCOPE: Final = "system/attachments.r"


@dataclass(frozen=True, slots=True)
class Attachments:
    """Lists what the *desk* knows."""

    desk: AttachmentDesk

    async def listed(self, _request: Request, caller: Caller) -> Response:
        """Return each attachment that the caller's service sent, oldest first."""
        found = await self.desk.sent_by(caller.service_id)
        content = msgspec.json.encode({"attachments": found})
        return Response(content, 200, media_type="application/json")


def routes(desk: AttachmentDesk, guard: Guard) -> tuple[Route, ...]:
    """Return the routes of attachments."""
    endpoint = guard.needs(SCOPE, Attachments(desk).listed)
    return (Route("GET", "/api/v1/attachments", endpoint),)
