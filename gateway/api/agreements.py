"""`/api/v1/agreements`: the register of agreements, read and changed by systems for their officers.

The same steps as `caf-gateway agreement`: a version is registered with its signatures, proposed by
one officer, approved by another, suspended and resumed. Private keys have no business here.
"""

import re
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Annotated, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from gateway.api import bodies, visit
from gateway.api.answers import json_response
from gateway.api.contract import AgreementDesk
from gateway.api.description import Route
from gateway.api.guard import Guard, Handler
from gateway.api.officers import officer_of
from gateway.errors import UnknownAgreementError
from gateway.observability import Event, log
from gateway.registers import Agreement, Signature
from gateway.requests import Caller
from policies.agreements import Agreement as Content

MAX_BODY_BYTES: Final = 256 * 1024
READ: Final = "system/agreements.rs"
CREATE: Final = "system/agreements.c"
CHANGE: Final = "system/agreements.u"
PATIENCE_SECONDS: Final = 60.0
"""A version is proved, compared, and rehearsed on the decisions of weeks."""

ROOT: Final = "/api/v1/agreements"

_ID: Final = re.compile(r"[a-z0-9-]{1,100}")
_VERSION: Final = re.compile(r"[1-9][0-9]{0,8}")

_By = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
_Digest = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}$")]
_Reason = Annotated[str, msgspec.Meta(min_length=1, max_length=4000)]
_Signatures = Annotated[tuple[Signature, ...], msgspec.Meta(max_length=100)]


class _Registration(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    agreement: Content
    by: _By
    signatures: _Signatures = ()


class _Signing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    signatures: _Signatures
    by: _By


class _Proposal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    by: _By


class _Approval(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    by: _By
    digest: _Digest


class _Reasoned(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    by: _By
    reason: _Reason


@dataclass(frozen=True, slots=True)
class Agreements:
    """Works with the register at the *desk*."""

    desk: AgreementDesk

    async def list_all(self, _request: Request, _caller: Caller) -> Response:
        """Return how each version stands today."""
        return json_response({"agreements": await self.desk.standing()})

    async def read(self, request: Request, _caller: Caller) -> Response:
        """Return one version: what is agreed, who has signed, and who activated it."""
        return json_response(await self.desk.find(_name(request)))

    async def register(self, request: Request, caller: Caller) -> Response:
        """Record a version with the signatures that there are: 201, with how it stands."""
        body = bodies.decode(await _read(request), _Registration)
        officer = officer_of(request, caller, body.by)
        done = self.desk.register(body.agreement, body.signatures, officer)
        return await _done(request, done, status=201)

    async def sign(self, request: Request, caller: Caller) -> Response:
        """Record signatures on a version."""
        body = bodies.decode(await _read(request), _Signing)
        officer = officer_of(request, caller, body.by)
        return await _done(request, self.desk.sign(_name(request), body.signatures, officer))

    async def propose(self, request: Request, caller: Caller) -> Response:
        """Propose a version: what changes by it, by which digest it is approved, a rehearsal."""
        body = bodies.decode(await _read(request), _Proposal)
        officer = officer_of(request, caller, body.by)
        proposed = await self.desk.propose(_name(request), officer)
        _note(request)
        return json_response(
            {
                "agreement": proposed.document.id,
                "digest": proposed.difference.digest,
                "difference": proposed.difference,
                "rehearsal": proposed.rehearsal,
            }
        )

    async def approve(self, request: Request, caller: Caller) -> Response:
        """Approve what another officer proposed, by its digest: the version is active."""
        body = bodies.decode(await _read(request), _Approval)
        officer = officer_of(request, caller, body.by)
        return await _done(request, self.desk.approve(_name(request), body.digest, officer))

    async def suspend(self, request: Request, caller: Caller) -> Response:
        """Suspend an active version: from the commit on nothing flows by it."""
        body = bodies.decode(await _read(request), _Reasoned)
        officer = officer_of(request, caller, body.by)
        return await _done(request, self.desk.suspend(_name(request), body.reason, officer))

    async def resume(self, request: Request, caller: Caller) -> Response:
        """Have a suspended version relied on again: one officer proposes it, another does it."""
        body = bodies.decode(await _read(request), _Reasoned)
        officer = officer_of(request, caller, body.by)
        return await _done(request, self.desk.resume(_name(request), body.reason, officer))


def routes(desk: AgreementDesk, guard: Guard, patient: Guard) -> tuple[Route, ...]:
    """Return the routes of agreements; what takes proofs is behind the *patient* guard."""
    of = Agreements(desk)
    one = f"{ROOT}/{{agreement}}/{{version}}"

    def post(path: str, scope: str, handle: Handler, behind: Guard = guard) -> Route:
        return Route("POST", path, behind.needs(scope, handle), takes=(bodies.JSON,))

    return (
        Route("GET", ROOT, guard.needs(READ, of.list_all)),
        post(ROOT, CREATE, of.register),
        Route("GET", one, guard.needs(READ, of.read)),
        post(f"{one}/signatures", CHANGE, of.sign),
        post(f"{one}/proposal", CHANGE, of.propose, patient),
        post(f"{one}/approval", CHANGE, of.approve, patient),
        post(f"{one}/suspension", CHANGE, of.suspend),
        post(f"{one}/resumption", CHANGE, of.resume),
    )


def _name(request: Request) -> str:
    """Return the name of the version in the address, or raise `UnknownAgreementError`."""
    id_, version = request.path_params["agreement"], request.path_params["version"]
    if not (_ID.fullmatch(id_) and _VERSION.fullmatch(version)):
        raise UnknownAgreementError
    return f"{id_}/{version}"


async def _read(request: Request) -> bytes:
    return await bodies.read_json(request, MAX_BODY_BYTES)


async def _done(request: Request, done: Awaitable[Agreement], status: int = 200) -> Response:
    document = await done
    _note(request)
    return json_response(document, status)


def _note(request: Request) -> None:
    log(Event.AGREEMENT_CHANGED, request_id=visit.of(request.scope).request_id)
