"""`POST /api/v1/notices/{message_id}/acknowledgement`: a service says what it did about a notice.

A service that was given no such notice is answered as if there were none.
"""

import re
from dataclasses import dataclass
from typing import Annotated, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from gateway import entries
from gateway.api import bodies, visit
from gateway.api.contract import NoticeDesk
from gateway.api.description import Route
from gateway.api.guard import Guard
from gateway.errors import UnknownNoticeError
from gateway.notices.acknowledging import Answer, Done
from gateway.observability import Event, log
from gateway.requests import Caller

MAX_BODY_BYTES: Final = 16 * 1024
SCOPE: Final = "system/notices.u"

_MESSAGE_ID: Final = re.compile(r"[A-Za-z0-9-]{1,64}")


class _Body(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    outcome: Done = Done.DONE
    reason: Annotated[str, msgspec.Meta(max_length=4000)] = ""
    by: Annotated[str, msgspec.Meta(max_length=100)] = ""


@dataclass(frozen=True, slots=True)
class Notices:
    """Takes the answers to notices, for the *desk*."""

    desk: NoticeDesk

    async def acknowledge(self, request: Request, caller: Caller) -> Response:
        """Record what the caller's service did: 201 with the entry; if repeated, 200 with it."""
        message_id = request.path_params["message_id"]
        if not _MESSAGE_ID.fullmatch(message_id):
            raise UnknownNoticeError
        body = bodies.decode(await bodies.read(request, MAX_BODY_BYTES) or b"{}", _Body)
        request_id = visit.of(request.scope).request_id
        answer = await self.desk.acknowledge(
            Answer(
                message_id=message_id,
                recipient=caller.service_id,
                done=body.outcome,
                reason=body.reason,
                by=body.by,
                act=entries.act_of(caller, request_id, body.by),
            )
        )
        log(Event.NOTICE_ANSWERED, request_id=request_id, entry=answer.entry)
        content = msgspec.json.encode({"entry": answer.entry})
        status = 200 if answer.is_repeat else 201
        return Response(content, status, media_type="application/json")


def routes(desk: NoticeDesk, guard: Guard) -> tuple[Route, ...]:
    """Return the routes of notices."""
    return (
        Route(
            "POST",
            "/api/v1/notices/{message_id}/acknowledgement",
            guard.needs(SCOPE, Notices(desk).acknowledge),
            takes=("application/json",),
        ),
    )
