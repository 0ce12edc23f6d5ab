"""`/api/v1/children/{child_id}/consents`: what a family agreed to, recorded, withdrawn and shown.

The person for whom a system acts is named in the body, as `by`: somebody of its own service.
"""

import re
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from gateway.api import bodies, visit
from gateway.api.contract import ConsentDesk
from gateway.api.description import Route
from gateway.api.guard import Guard
from gateway.consenting.desk import Visitor
from gateway.consenting.preview import Proposal
from gateway.consenting.statements import Said
from gateway.errors import UnknownChildError, UnsupportedMediaTypeError
from gateway.observability import Event, log
from gateway.requests import Caller

MAX_BODY_BYTES: Final = 64 * 1024
READ: Final = "system/consents.r"
CREATE: Final = "system/consents.c"
UPDATE: Final = "system/consents.u"

_CHILD_ID: Final = re.compile(r"[A-Za-z0-9-]{1,64}")

_Word = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
_Words = Annotated[tuple[_Word, ...], msgspec.Meta(max_length=100)]


class _Body(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """A body that the route takes."""


class _Excluded(_Body, frozen=True):
    service: _Word
    categories: Annotated[_Words, msgspec.Meta(min_length=1)]


class _Statement(_Body, frozen=True, kw_only=True):
    grantor: _Word
    sharing: _Word = "given"
    services: _Words = ()
    excepted: _Words = ()
    refused: _Words = ()
    refused_to: Annotated[tuple[_Excluded, ...], msgspec.Meta(max_length=100)] = ()
    scope: _Words | None = None
    purposes: _Words = ()
    begins: date | None = None
    expires: date | None = None
    how: _Word = "spoken"
    responsibility: _Word | None = None

    @property
    def said(self) -> Said:
        """The statement in the words of the gateway."""
        return Said(
            grantor=self.grantor,
            sharing=self.sharing,
            services=self.services,
            excepted=self.excepted,
            refused=self.refused,
            excluded=tuple((one.service, one.categories) for one in self.refused_to),
            scope=self.scope,
            purposes=self.purposes,
            begins=self.begins,
            expires=self.expires,
            how=self.how,
            responsibility=self.responsibility,
        )


class _Recorded(_Statement, frozen=True, kw_only=True):
    by: _Word


class _Withdrawal(_Body, frozen=True, kw_only=True):
    grantor: _Word
    by: _Word
    service: _Word | None = None


class _Proposed(_Body, frozen=True, kw_only=True):
    statement: _Statement
    recipients: Annotated[_Words, msgspec.Meta(min_length=1)]
    purpose: _Word = "early_help"
    competent: _Word = "unknown"


@dataclass(frozen=True, slots=True)
class Consents:
    """Takes and shows consent at the *desk*."""

    desk: ConsentDesk

    async def show(self, request: Request, caller: Caller) -> Response:
        """Return what each grantor said: in full what the caller's service recorded itself."""
        found = await self.desk.show(_child(request), visitor(request, caller))
        return _answer({"consents": found}, 200)

    async def record(self, request: Request, caller: Caller) -> Response:
        """Record one grantor's statement: 201 with its entry, and whether it counts."""
        body = bodies.decode(await _read(request), _Recorded)
        who = visitor(request, caller, body.by)
        recorded = await self.desk.record(_child(request), body.said, who)
        log(Event.CONSENT_RECORDED, request_id=who.request, entry=recorded.entry)
        return _answer(recorded, 201)

    async def withdraw(self, request: Request, caller: Caller) -> Response:
        """Record a withdrawal: 201 with its entry, and what was on its way by then."""
        body = bodies.decode(await _read(request), _Withdrawal)
        who = visitor(request, caller, body.by)
        done = await self.desk.withdraw(_child(request), body.grantor, body.service, who)
        log(Event.CONSENT_RECORDED, request_id=who.request, entry=done.entry)
        return _answer(done, 201)

    async def preview(self, request: Request, caller: Caller) -> Response:
        """Return who would see what if a family said so; nothing of it is recorded."""
        body = bodies.decode(await _read(request), _Proposed)
        proposal = Proposal(
            said=body.statement.said,
            holder=caller.service_id,
            services=body.recipients,
            purpose=body.purpose,
            competent=body.competent,
        )
        found = await self.desk.preview(_child(request), proposal, visitor(request, caller))
        return _answer(found, 200)


def routes(desk: ConsentDesk, guard: Guard) -> tuple[Route, ...]:
    """Return the routes of consent."""
    consents, root = Consents(desk), "/api/v1/children/{child_id}/consents"
    json = ("application/json",)
    return (
        Route("GET", root, guard.needs(READ, consents.show)),
        Route("POST", root, guard.needs(CREATE, consents.record), takes=json),
        Route("POST", f"{root}/withdrawal", guard.needs(UPDATE, consents.withdraw), takes=json),
        Route("POST", f"{root}/preview", guard.needs(READ, consents.preview), takes=json),
    )


def visitor(request: Request, caller: Caller, by: str = "") -> Visitor:
    """Return who comes to the desk with *request*."""
    return Visitor(caller, visit.of(request.scope).request_id, by)


def _child(request: Request) -> str:
    child_id: str = request.path_params["child_id"]
    if not _CHILD_ID.fullmatch(child_id):
        raise UnknownChildError
    return child_id


async def _read(request: Request) -> bytes:
    if bodies.media_type(request) != "application/json":
        raise UnsupportedMediaTypeError(where="Content-Type")
    return await bodies.read(request, MAX_BODY_BYTES)


def _answer(value: object, status: int) -> Response:
    return Response(msgspec.json.encode(value), status, media_type="application/json")
