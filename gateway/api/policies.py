"""`/api/v1/decisions` and `/api/v1/policies`: what was decided and why, and which law decides.

The same steps as `caf-gateway policy explain | rehearse | activate` and `audit replay`.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from gateway.api import bodies, visit
from gateway.api.answers import json_response
from gateway.api.audit_events import reader_of
from gateway.api.contract import PolicyDesk
from gateway.api.description import Route
from gateway.api.guard import Guard, Handler
from gateway.api.officers import officer_of
from gateway.errors import ActivationError, UnknownDecisionError
from gateway.observability import Event, log
from gateway.requests import Caller
from policies.explain import Reader

MAX_BODY_BYTES: Final = 1024 * 1024
READ_LOG: Final = "system/AuditEvent.rs"
CHANGE: Final = "system/policies.u"

_INDEX: Final = re.compile(r"[0-9]{1,15}")
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")

_By = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/~-]{0,127}$")]
_Time = Annotated[datetime, msgspec.Meta(tz=True)]
_Value = bool | int | str | tuple[str, ...] | None
_Name = Annotated[str, msgspec.Meta(pattern=r"^[a-z_]{1,60}\.yaml$")]


class _Question(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    by: _By
    reader: Reader = Reader.OFFICER
    what_if: dict[str, _Value] = {}
    reason: Annotated[str, msgspec.Meta(max_length=1000)] = ""


class _Replay(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    by: _By
    reason: Annotated[str, msgspec.Meta(max_length=1000)] = ""


class _Bundle(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    by: _By
    files: dict[_Name, str]


class _Rehearsal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    by: _By
    files: dict[_Name, str]
    since: _Time


class _Approval(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    by: _By


@dataclass(frozen=True, slots=True)
class Policies:
    """Asks the *desk* about decisions and bundles of law."""

    desk: PolicyDesk

    async def explain(self, request: Request, caller: Caller) -> Response:
        """Say a decision in plain English for one reader, and what if facts were others."""
        body = bodies.decode(await _read(request), _Question)
        looker = reader_of(request, caller, user=body.by, reason=body.reason)
        found = await self.desk.explain(_index(request), body.reader, body.what_if, looker)
        return json_response({"decisions": found})

    async def replay(self, request: Request, caller: Caller) -> Response:
        """Decide again what an entry records, under the law of then; say what differs."""
        body = bodies.decode(await _read(request), _Replay)
        looker = reader_of(request, caller, user=body.by, reason=body.reason)
        return json_response(await self.desk.replay(_index(request), looker))

    async def rehearse(self, request: Request, caller: Caller) -> Response:
        """Decide what was recorded since a time again under a bundle of law; say what changes."""
        body = bodies.decode(await _read(request), _Rehearsal)
        officer = officer_of(request, caller, body.by)
        return json_response(await self.desk.rehearse(body.files, body.since, officer))

    async def propose(self, request: Request, caller: Caller) -> Response:
        """Propose a bundle of law: what it changes, and by which digest it is approved."""
        body = bodies.decode(await _read(request), _Bundle)
        proposed = await self.desk.propose(body.files, officer_of(request, caller, body.by))
        _note(request)
        return json_response(proposed, 201)

    async def approve(self, request: Request, caller: Caller) -> Response:
        """Approve what another officer proposed, by its digest: the bundle is in force."""
        body = bodies.decode(await _read(request), _Approval)
        digest = request.path_params["digest"]
        if not _DIGEST.fullmatch(digest):
            message = "no bundle with this digest was proposed"
            raise ActivationError(message)
        policy = await self.desk.approve(digest, officer_of(request, caller, body.by))
        _note(request)
        return json_response({"digest": policy.digest, "approvedBy": policy.approved_by})


def routes(desk: PolicyDesk, guard: Guard, patient: Guard) -> tuple[Route, ...]:
    """Return the routes of decisions and of the law; what proves or rehearses is *patient*."""
    of = Policies(desk)
    one = "/api/v1/decisions/{index}"
    root = "/api/v1/policies"
    takes = (bodies.JSON,)

    def change(path: str, handle: Handler) -> Route:
        return Route("POST", path, patient.needs(CHANGE, handle), takes=takes)

    return (
        Route("POST", f"{one}/explanation", guard.needs(READ_LOG, of.explain), takes=takes),
        Route("POST", f"{one}/replay", guard.needs(READ_LOG, of.replay), takes=takes),
        change(f"{root}/rehearsals", of.rehearse),
        change(f"{root}/proposals", of.propose),
        change(f"{root}/proposals/{{digest}}/approval", of.approve),
    )


def _index(request: Request) -> int:
    """Return the index in the address, or raise `UnknownDecisionError`."""
    text = request.path_params["index"]
    if not _INDEX.fullmatch(text):
        raise UnknownDecisionError
    return int(text)


async def _read(request: Request) -> bytes:
    return await bodies.read_json(request, MAX_BODY_BYTES)


def _note(request: Request) -> None:
    log(Event.POLICY_CHANGED, request_id=visit.of(request.scope).request_id)
