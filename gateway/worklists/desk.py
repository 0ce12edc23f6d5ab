"""The desk at which the people of services handle their tasks over HTTP."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from gateway.obligations import reviewing
from gateway.obligations.reviewing import Misused, Outcome, Review
from gateway.office import Office
from gateway.people import colleague
from gateway.worklists import decisions, handling
from gateway.worklists.accounts import Matter, Resolution
from gateway.worklists.answering import Answered
from gateway.worklists.decisions import Chosen

Given = TypeVar("Given")


@dataclass(frozen=True, slots=True)
class Handler:
    """Who handles a task: the person *by*, for whom the system of *service* calls."""

    by: str
    service: str


@dataclass(frozen=True, slots=True)
class TaskDesk:
    """Handles tasks for the people of the calling services; *office* is what it works with.

    Each method raises `EntitlementError` where the person does not work at the calling service,
    and what its namesake in `gateway.worklists.handling`, `gateway.worklists.decisions` or
    `gateway.obligations.reviewing` does.
    """

    office: Office

    async def worklist(self, handler: Handler) -> tuple[Matter, ...]:
        """Return the open tasks of a person, soonest due first."""
        return await self._for(handler, lambda by: handling.worklist(self.office, by))

    async def shown(self, handler: Handler, task: str) -> Matter:
        """Return one task of a person."""
        return await self._for(handler, lambda by: handling.shown(self.office, task, by))

    async def claim(self, handler: Handler, task: str, reason: str) -> int:
        """Have a person take a task on, and return the log's entry."""
        return await self._for(handler, lambda by: handling.claim(self.office, task, by, reason))

    async def hand_over(self, handler: Handler, task: str, to: str, reason: str) -> int:
        """Hand a person's task over, and return the log's entry."""
        return await self._for(
            handler, lambda by: handling.hand_over(self.office, task, by, to, reason)
        )

    async def resolve(
        self,
        handler: Handler,
        task: str,
        answers: tuple[Answered, ...],
        reason: str,
        chosen: Chosen | None = None,
    ) -> Resolution:
        """Record what answers a person's task, decide again, and close it."""
        return await self._for(
            handler, lambda by: handling.resolve(self.office, task, by, answers, reason, chosen)
        )

    async def withdraw(self, handler: Handler, task: str, reason: str) -> int:
        """Withdraw what was decided of a task, and return the log's entry."""
        return await self._for(
            handler, lambda by: decisions.withdraw(self.office, task, by, reason)
        )

    async def reviews(self, handler: Handler) -> tuple[Review, ...]:
        """Return the broken glasses that wait for a person's review."""
        return await self._for(handler, lambda by: reviewing.reviews(self.office, by))

    async def misuse(self, handler: Handler) -> tuple[Misused, ...]:
        """Return how often each person broke the glass, and misused it."""
        return await self._for(handler, lambda by: reviewing.misuse(self.office, by))

    async def review(self, handler: Handler, task: str, outcome: Outcome, reason: str) -> int:
        """Record what a person found of a broken glass, and return the log's entry."""
        return await self._for(
            handler, lambda by: reviewing.review(self.office, task, by, outcome, reason)
        )

    async def _for(self, handler: Handler, act: Callable[[str], Given]) -> Given:
        def acted() -> Given:
            self.office.refresh()
            known = colleague(self.office.rulebook.registers, handler.by, handler.service)
            return act(known.id)

        return await asyncio.to_thread(acted)
