"""`/api/v1/practitioners/...`: accreditation and clearance of people and of receiving roles."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from gateway.accreditation import Lapsing, lapsing
from gateway.accrediting import accredit, grant_clearance, withdraw_clearance
from gateway.api.contract import FactsDesk
from gateway.api.description import Route
from gateway.api.facts import Body, read, reader
from gateway.api.guard import Guard
from gateway.days import uk_day
from gateway.facts.desk import Errand
from gateway.office import Office
from gateway.people import entitled
from gateway.requests import Caller
from policies.vocabulary import Accreditation, Appointment, Clearance

WRITES: Final = "system/practitioners.u"
SOON: Final = timedelta(days=30)
"""What lapses within this time is listed as lapsing soon."""

_OVERSEERS: Final = (
    Appointment.TRAINING_COORDINATOR,
    Appointment.SERVICE_MANAGER,
    Appointment.INFORMATION_GOVERNANCE_OFFICER,
)


class _Accreditation(Body, frozen=True, forbid_unknown_fields=True, kw_only=True, rename="camel"):
    kind: Accreditation
    until: date


class _Clearance(Body, frozen=True, forbid_unknown_fields=True, kw_only=True, rename="camel"):
    clearance: Clearance
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Practitioners:
    """Has accreditations and clearances recorded and listed, at the *desk*."""

    desk: FactsDesk

    async def accredit(self, request: Request, caller: Caller) -> Response:
        """Record that a person, or a service's receiving role, is accredited to a day."""
        body, holder = await read(request, _Accreditation), request.path_params["holder_id"]
        errand = Errand(service=caller.service_id, by=body.by)
        await self.desk.run(
            errand, lambda office: accredit(office, holder, body.kind, body.until, by=body.by)
        )
        return Response(status_code=204)

    async def clear(self, request: Request, caller: Caller) -> Response:
        """Record that a person or service is cleared to a day; without a day, no longer."""
        body, holder = await read(request, _Clearance), request.path_params["holder_id"]

        def clearing(office: Office) -> None:
            if body.until is None:
                withdraw_clearance(office, holder, body.clearance, by=body.by)
            else:
                grant_clearance(office, holder, body.clearance, body.until, by=body.by)

        await self.desk.run(Errand(service=caller.service_id, by=body.by), clearing)
        return Response(status_code=204)

    async def list_lapsing(self, request: Request, caller: Caller) -> Response:
        """Return what lapses within thirty days, or has lapsed, the earliest first."""
        by = reader(request)

        def listing(office: Office) -> tuple[Lapsing, ...]:
            registers = office.rulebook.registers
            entitled(registers, by, *_OVERSEERS)
            return lapsing(registers, uk_day(office.ports.now()), SOON)

        found = await self.desk.run(Errand(service=caller.service_id, by=by, reads=True), listing)
        return Response(msgspec.json.encode(found), 200, media_type="application/json")


def routes(desk: FactsDesk, guard: Guard) -> tuple[Route, ...]:
    """Return the routes of accreditation and clearance."""
    people, root, json = Practitioners(desk), "/api/v1/practitioners", ("application/json",)
    return (
        Route(
            "POST",
            f"{root}/{{holder_id}}/accreditations",
            guard.needs(WRITES, people.accredit),
            takes=json,
        ),
        Route(
            "POST",
            f"{root}/{{holder_id}}/clearances",
            guard.needs(WRITES, people.clear),
            takes=json,
        ),
        Route("GET", f"{root}/lapsing", guard.needs(WRITES, people.list_lapsing), query=("by",)),
    )
