"""`POST /api/v1/audit/search`: the log, searched as the command line searches it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from audit.events import EntryType
from gateway.api import bodies
from gateway.api.audit_events import note, reader_of
from gateway.api.contract import AuditDesk
from gateway.errors import MalformedRequestError, UnsupportedMediaTypeError
from gateway.requests import Caller
from gateway.searching.criteria import Criteria
from gateway.searching.found import to_document
from gateway.searching.search import Search

MAX_BODY_BYTES: Final = 16 * 1024
MAX_COUNT: Final = 1000

_Id = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/~-]{0,127}$")]
_Time = Annotated[datetime, msgspec.Meta(tz=True)]
_Number = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
_Text = Annotated[str, msgspec.Meta(max_length=1000)]


class _Body(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    child: _Id | None = None
    service: _Id | None = None
    organisation: _Id | None = None
    user: _Id | None = None
    request: _Id | None = None
    purpose: _Id | None = None
    types: Annotated[tuple[EntryType, ...], msgspec.Meta(min_length=1, max_length=50)] | None = None
    since: _Time | None = None
    until: _Time | None = None
    by: _Id
    reason: _Text = ""
    complete: bool = False
    skip: _Number = 0
    count: Annotated[int, msgspec.Meta(ge=0, le=MAX_COUNT)] = 100
    size: _Number | None = None


@dataclass(frozen=True, slots=True)
class AuditSearch:
    """Gives what the *desk* finds, as JSON."""

    desk: AuditDesk

    async def search(self, request: Request, caller: Caller) -> Response:
        """Search the log; `by` is the person who looks. `size` and `skip` page through one search.

        `complete` has the list about a `child` proved complete.
        """
        if bodies.media_type(request) != "application/json":
            raise UnsupportedMediaTypeError(where="Content-Type")
        body = bodies.decode(await bodies.read(request, MAX_BODY_BYTES), _Body)
        if body.complete and body.child is None:
            raise MalformedRequestError(where="/child")
        wanted = Search(
            reader=reader_of(request, caller, user=body.by, reason=body.reason),
            criteria=self._criteria(body),
            complete=body.complete,
            skip=body.skip,
            most=body.count,
            size=body.size,
        )
        answer = await self.desk.search(wanted)
        note(wanted.reader, answer)
        return Response(
            msgspec.json.encode(to_document(answer)), 200, media_type="application/json"
        )

    def _criteria(self, body: _Body) -> Criteria:
        return Criteria(
            child=body.child,
            services=self._services(body),
            user=body.user,
            request=body.request,
            purpose=body.purpose,
            types=None if body.types is None else frozenset(body.types),
            since=body.since,
            until=body.until,
        )

    def _services(self, body: _Body) -> frozenset[str] | None:
        named = None if body.service is None else frozenset({body.service})
        if body.organisation is None:
            return named
        run = self.desk.services_of(body.organisation)
        return run if named is None else run & named
