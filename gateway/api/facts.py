"""`/api/v1/children/{id}/...`: what named people record about a child, and may read of it.

Each body names who does it, `by`. A service that does not work with the child is answered as if
there were no such child; an answer that records gives the index of its entry and nothing else.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final, Literal, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from gateway.api import bodies, visit
from gateway.api.contract import FactsDesk
from gateway.api.description import Route
from gateway.api.guard import Guard, Handler
from gateway.errors import MalformedRequestError, UnknownChildError, UnsupportedMediaTypeError
from gateway.facts import competence, enquiries, judgements, orders, shields, showing, team, writing
from gateway.facts.desk import Errand
from gateway.observability import Event, log
from gateway.office import Office
from gateway.requests import Caller
from gateway.storage.unit import Committed
from policies.errors import VocabularyError
from policies.footing import WithoutConsent
from policies.vocabulary import Answer, Category, Detriment, Purpose

MAX_BODY_BYTES: Final = 16 * 1024
RECORDS: Final = "system/facts.c"
READS: Final = "system/facts.r"

_CHILD_ID: Final = re.compile(r"[A-Za-z0-9-]{1,64}")

Id = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
_Text = Annotated[str, msgspec.Meta(max_length=4000)]
_Why = Annotated[str, msgspec.Meta(min_length=1, max_length=4000)]
_Time = Annotated[datetime, msgspec.Meta(tz=True)]


class Body(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, rename="camel"):
    """What every body says: who does it."""

    by: Id


class _Fact(Body, frozen=True, forbid_unknown_fields=True, kw_only=True, rename="camel"):
    name: Id
    value: Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]
    service: Id | None = None
    until: _Time | None = None
    source: _Text = ""
    reason: _Text = ""


class _Withdrawal(Body, frozen=True, forbid_unknown_fields=True, kw_only=True, rename="camel"):
    name: Id
    reason: _Why
    service: Id | None = None


class _Joining(Body, frozen=True, forbid_unknown_fields=True, kw_only=True, rename="camel"):
    service: Id
    practitioner: Annotated[str, msgspec.Meta(max_length=100)] = ""
    role: Id = team.MEMBER
    leads: bool = False
    until: _Time | None = None
    source: _Text = ""


class _Leaving(Body, frozen=True, forbid_unknown_fields=True, kw_only=True, rename="camel"):
    service: Id
    practitioner: Annotated[str, msgspec.Meta(max_length=100)] = ""
    reason: _Text = ""


class _Enquiry(Body, frozen=True, forbid_unknown_fields=True, kw_only=True, rename="camel"):
    state: Literal["open", "closed"]
    reason: _Why
    source: _Text = ""


class _Shield(Body, frozen=True, forbid_unknown_fields=True, kw_only=True, rename="camel"):
    state: Literal["raised", "lifted"]
    reason: _Why
    source: _Text = ""


class _OrderEffect(StrEnum):
    PROHIBIT = "prohibit"
    DISCLOSE = "disclose"
    UNVERIFIED = "unverified"
    DISCHARGED = "discharged"


class _Order(Body, frozen=True, forbid_unknown_fields=True, kw_only=True, rename="camel"):
    reference: Id
    effect: _OrderEffect
    scope: Annotated[tuple[Category, ...], msgspec.Meta(min_length=1)] | None = None
    source: _Text = ""
    reason: _Text = ""


class _Judgement(Body, frozen=True, forbid_unknown_fields=True, kw_only=True, rename="camel"):
    holder: Id
    relevant: bool
    detriment: Detriment
    reason: _Why
    recipient: Id | None = None
    without_consent: WithoutConsent | None = None


class _Competence(Body, frozen=True, forbid_unknown_fields=True, kw_only=True, rename="camel"):
    competent: Answer
    reason: _Why
    recipient: Id | None = None
    purpose: Purpose | None = None


Asked = TypeVar("Asked", bound=Body)


@dataclass(frozen=True, slots=True)
class Facts:
    """Has facts recorded and shown, at the *desk*."""

    desk: FactsDesk

    async def record_fact(self, request: Request, caller: Caller) -> Response:
        """Record a fact, by one of those whom `policies/facts.yaml` names for it."""
        body = await read(request, _Fact)
        written = writing.Written(
            name=body.name,
            value=body.value,
            service=body.service,
            until=body.until,
            source=body.source,
            reason=body.reason,
        )
        return await self._recorded(
            request,
            caller,
            body,
            lambda office, child: writing.write(office, child, written, by=body.by),
        )

    async def withdraw_fact(self, request: Request, caller: Caller) -> Response:
        """Vouch for a fact no longer; the history stays."""
        body = await read(request, _Withdrawal)
        return await self._recorded(
            request,
            caller,
            body,
            lambda office, child: writing.withdraw(
                office, child, body.name, by=body.by, reason=body.reason, service=body.service
            ),
        )

    async def show_facts(self, request: Request, caller: Caller) -> Response:
        """Return the facts, and what stood before, as far as the person `by` may see them."""
        return await self._shown(request, caller, showing.show)

    async def join_team(self, request: Request, caller: Caller) -> Response:
        """Have a service, or one of its people, join the team around the child."""
        body = await read(request, _Joining)
        member = team.Member(
            service=body.service,
            practitioner=body.practitioner,
            part=team.LEAD if body.leads else body.role,
        )
        return await self._recorded(
            request,
            caller,
            body,
            lambda office, child: team.add(
                office, child, member, by=body.by, until=body.until, source=body.source
            ),
        )

    async def leave_team(self, request: Request, caller: Caller) -> Response:
        """Have a person, or a whole service, leave the team."""
        body = await read(request, _Leaving)
        return await self._recorded(
            request,
            caller,
            body,
            lambda office, child: team.leave(
                office,
                child,
                body.service,
                practitioner=body.practitioner,
                by=body.by,
                reason=body.reason,
            ),
        )

    async def show_team(self, request: Request, caller: Caller) -> Response:
        """Return the team around the child, as far as the person `by` may see it."""
        return await self._shown(request, caller, showing.show_team)

    async def record_enquiry(self, request: Request, caller: Caller) -> Response:
        """Open or close a section 47 enquiry, by a social worker."""
        body = await read(request, _Enquiry)
        turn = enquiries.open_enquiry if body.state == "open" else enquiries.close_enquiry
        return await self._recorded(
            request,
            caller,
            body,
            lambda office, child: turn(
                office, child, by=body.by, reason=body.reason, source=body.source
            ),
        )

    async def record_shield(self, request: Request, caller: Caller) -> Response:
        """Raise a shield, or lift it, by the safeguarding lead."""
        body = await read(request, _Shield)
        turn = shields.raise_shield if body.state == "raised" else shields.lift_shield
        return await self._recorded(
            request,
            caller,
            body,
            lambda office, child: turn(
                office, child, by=body.by, reason=body.reason, source=body.source
            ),
        )

    async def record_order(self, request: Request, caller: Caller) -> Response:
        """Record a court order, or its discharge, by the legal officer."""
        body = await read(request, _Order)
        return await self._recorded(
            request, caller, body, lambda office, child: _order(office, child, body)
        )

    async def record_judgement(self, request: Request, caller: Caller) -> Response:
        """Record what a named practitioner at the holder judged under the duty to share."""
        body = await read(request, _Judgement)
        judged = judgements.Considered(
            holder=body.holder,
            is_relevant=body.relevant,
            detriment=body.detriment,
            reason=body.reason,
            recipient=body.recipient,
            without_consent=body.without_consent,
        )
        return await self._recorded(
            request,
            caller,
            body,
            lambda office, child: judgements.record_judgement(office, child, judged, by=body.by),
        )

    async def record_competence(self, request: Request, caller: Caller) -> Response:
        """Record whether the child was found competent to decide about this sharing."""
        body = await read(request, _Competence)
        found = competence.Assessed(
            competent=body.competent,
            reason=body.reason,
            recipient=body.recipient,
            purpose=body.purpose,
        )
        return await self._recorded(
            request,
            caller,
            body,
            lambda office, child: competence.record_competence(office, child, found, by=body.by),
        )

    async def _recorded(
        self,
        request: Request,
        caller: Caller,
        body: Body,
        act: Callable[[Office, str], Committed],
    ) -> Response:
        child = _child(request)
        errand = Errand(service=caller.service_id, by=body.by, child_id=child)
        try:
            committed = await self.desk.run(errand, lambda office: act(office, child))
        except VocabularyError:
            raise MalformedRequestError(where="/value") from None
        entry = committed.indices[0]
        log(
            Event.FACT_RECORDED,
            request_id=visit.of(request.scope).request_id,
            client=caller.client_id,
            entry=entry,
        )
        return Response(msgspec.json.encode({"entry": entry}), 201, media_type="application/json")

    async def _shown(
        self,
        request: Request,
        caller: Caller,
        look: Callable[[Office, str, str], tuple[showing.Shown, ...]],
    ) -> Response:
        child, by = _child(request), reader(request)
        errand = Errand(service=caller.service_id, by=by, child_id=child, reads=True)
        found = await self.desk.run(errand, lambda office: look(office, child, by))
        return Response(msgspec.json.encode(found), 200, media_type="application/json")


def _order(office: Office, child: str, body: _Order) -> Committed:
    if body.effect is _OrderEffect.DISCHARGED:
        return orders.discharge(
            office, child, body.reference, by=body.by, reason=body.reason, source=body.source
        )
    return orders.record_order(
        office,
        child,
        body.reference,
        orders.Effect(body.effect.value),
        body.scope,
        by=body.by,
        source=body.source,
        reason=body.reason,
    )


async def read(request: Request, kind: type[Asked]) -> Asked:
    """Return the body of *request*, or raise `RequestError`."""
    if bodies.media_type(request) != "application/json":
        raise UnsupportedMediaTypeError(where="Content-Type")
    return bodies.decode(await bodies.read(request, MAX_BODY_BYTES), kind)


def reader(request: Request) -> str:
    """Return the person for whom *request* reads, or raise `MalformedRequestError`."""
    by = request.query_params.get("by", "")
    if not by or request.query_params.keys() - {"by"}:
        raise MalformedRequestError(where="by")
    return by


def _child(request: Request) -> str:
    child = str(request.path_params["child_id"])
    if not _CHILD_ID.fullmatch(child):
        raise UnknownChildError
    return child


def routes(desk: FactsDesk, guard: Guard) -> tuple[Route, ...]:
    """Return the routes of what is recorded about children."""
    facts, root = Facts(desk), "/api/v1/children/{child_id}"

    def records(place: str, handle: Handler) -> Route:
        endpoint = guard.needs(RECORDS, handle)
        return Route("POST", f"{root}/{place}", endpoint, takes=("application/json",))

    def reads(place: str, handle: Handler) -> Route:
        return Route("GET", f"{root}/{place}", guard.needs(READS, handle), query=("by",))

    return (
        records("facts", facts.record_fact),
        records("facts/withdrawal", facts.withdraw_fact),
        reads("facts", facts.show_facts),
        records("team", facts.join_team),
        records("team/leaving", facts.leave_team),
        reads("team", facts.show_team),
        records("enquiries", facts.record_enquiry),
        records("shield", facts.record_shield),
        records("orders", facts.record_order),
        records("judgements", facts.record_judgement),
        records("competence", facts.record_competence),
    )
