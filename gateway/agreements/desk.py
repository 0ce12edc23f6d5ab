"""The desk at which systems work with agreements, for officers of their own service."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from gateway.agreements.activating import Activation, Proposed
from gateway.agreements.register import AgreementRegister, found
from gateway.agreements.standing import Standing, standing
from gateway.days import uk_day
from gateway.people import Officer, colleague
from gateway.registers import Agreement, Registers, Signature
from policies.agreements import Agreement as Content


@dataclass(frozen=True, slots=True)
class AgreementDesk:
    """Works with the register for others, each step as `gateway.agreements` has it.

    Whatever changes it raises `EntitlementError` where the officer is not registered at the service
    of the system that asks.
    """

    activation: Activation

    async def standing(self) -> tuple[Standing, ...]:
        """Return how all versions stand today."""
        office = self.activation.office

        def read() -> tuple[Standing, ...]:
            return standing(self._registers(), uk_day(office.ports.now()))

        return await asyncio.to_thread(read)

    async def find(self, name: str) -> Agreement:
        """Return one version, or raise `UnknownAgreementError`."""
        return await asyncio.to_thread(lambda: found(self._registers(), name))

    async def register(
        self, content: Content, signatures: tuple[Signature, ...], officer: Officer
    ) -> Agreement:
        """Record a version, and the signatures that there are."""
        return await self._change(officer, lambda register: register.register(content, signatures))

    async def sign(
        self, name: str, signatures: tuple[Signature, ...], officer: Officer
    ) -> Agreement:
        """Record more signatures on a version."""
        return await self._change(officer, lambda register: register.sign(name, signatures))

    async def propose(self, name: str, officer: Officer) -> Proposed:
        """Propose to activate a version."""

        def propose() -> Proposed:
            self._require_own(officer)
            return self.activation.propose(name, officer.by, officer.via)

        return await asyncio.to_thread(propose)

    async def approve(self, name: str, digest: str, officer: Officer) -> Agreement:
        """Approve what was proposed, and activate the version."""

        def approve() -> Agreement:
            self._require_own(officer)
            return self.activation.approve(name, officer.by, digest, officer.via)

        return await asyncio.to_thread(approve)

    async def suspend(self, name: str, reason: str, officer: Officer) -> Agreement:
        """Suspend an active version."""
        return await self._change(officer, lambda register: register.suspend(name, reason))

    async def resume(self, name: str, reason: str, officer: Officer) -> Agreement:
        """Resume a suspended version."""
        return await self._change(officer, lambda register: register.resume(name, reason))

    async def _change(
        self, officer: Officer, change: Callable[[AgreementRegister], Agreement]
    ) -> Agreement:
        def changed() -> Agreement:
            self._require_own(officer)
            return change(AgreementRegister(self.activation.office, officer.by, officer.via))

        return await asyncio.to_thread(changed)

    def _require_own(self, officer: Officer) -> None:
        colleague(self._registers(), officer.by, officer.service)

    def _registers(self) -> Registers:
        self.activation.office.refresh()
        return self.activation.office.rulebook.registers
