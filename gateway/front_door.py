"""The front door of a gateway that is wired up: what HTTP asks, answered by its own parts."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final

from fastapi import FastAPI

from gateway.agreements.desk import AgreementDesk
from gateway.api.app import Parts, create_app
from gateway.attachments.desk import AttachmentDesk
from gateway.composition import Gateway
from gateway.consenting.desk import ConsentDesk
from gateway.errors import DuplicateError, GatewayError
from gateway.facts.desk import FactsDesk
from gateway.fidelity import Fidelity
from gateway.notices.desk import NoticeDesk
from gateway.office import Office
from gateway.receipts import Receipts
from gateway.registers import Registers
from gateway.replaying.desk import PolicyDesk
from gateway.searching.desk import AuditDesk
from gateway.security.clients import register_of
from gateway.security.tokens import TokenKeys, Tokens
from gateway.storage.pages import LogPages
from gateway.storage.requests import used_token
from gateway.storage.unit import Unit
from gateway.worklists.desk import TaskDesk

FRESH_FOR: Final = timedelta(seconds=0.5)
"""How long a snapshot of the registers is believed: a client revoked elsewhere is out by then."""


def open_front_door(gateway: Gateway) -> FastAPI:
    """Return the HTTP application of *gateway*."""
    office, settings = gateway.office, gateway.settings
    register = register_of(newest_registers(office), first_use_in(office))
    log = office.committer.log
    pages = LogPages(log)

    async def readiness() -> tuple[str, ...]:
        if gateway.rounds.contradiction is not None:
            return ("log",)
        try:
            gateway.memory.require_sound()
            await pages.checkpoint()
        except GatewayError:
            return ("log",)
        return ()

    return create_app(
        Parts(
            exchange=gateway.exchange,
            tokens=Tokens(
                issuer=settings.issuer,
                keys=TokenKeys(gateway.keys.token_signing),
                register=register,
                ports=office.ports,
            ),
            log=pages,
            audit=AuditDesk(office),
            notices=NoticeDesk(office),
            attachments=AttachmentDesk(office),
            consents=ConsentDesk(office),
            facts=FactsDesk(office),
            agreements=AgreementDesk(gateway.activation()),
            policies=PolicyDesk(gateway.law_activation()),
            tasks=TaskDesk(office),
            readiness=readiness,
            settings=settings,
            metrics=gateway.metrics,
            ports=office.ports,
            receipts=Receipts(log, office.details, office.archive.store.outbox),
            fidelity=Fidelity(office, gateway.exchange.adapters),
            formats=tuple(
                media_type
                for adapter in gateway.exchange.adapters.adapters.values()
                for media_type in adapter.media_types
            ),
        )
    )


def newest_registers(office: Office) -> Callable[[], Registers]:
    """Return what gives the registers, looked at again when they are older than `FRESH_FOR`."""
    looked_at = office.ports.now()

    def snapshot() -> Registers:
        nonlocal looked_at
        now = office.ports.now()
        if now - looked_at >= FRESH_FOR:
            office.refresh()
            looked_at = now
        return office.rulebook.registers

    return snapshot


def first_use_in(office: Office) -> Callable[[str, str, datetime], Awaitable[bool]]:
    """Return what records that an assertion was used, once for all nodes and durably."""

    async def first_use(client_id: str, jti: str, until: datetime) -> bool:
        unit = Unit(writes=[used_token(client_id, jti, until)])
        try:
            await asyncio.wrap_future(office.committer.submit(unit))
        except DuplicateError:
            return False
        return True

    return first_use
