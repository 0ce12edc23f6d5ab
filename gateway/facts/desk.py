"""The desk at which services' systems record and read facts: of children whom they work with."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from gateway.office import Office
from gateway.people import colleague, near_colleague
from gateway.working import case_worked_with

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """Who comes: a *service*'s system, for the person *by*; perhaps about a child.

    Somebody who holds an office may be named by a system of another service of their own
    organisation to record something; *reads* is for a service's own people alone.
    """

    service: str
    by: str
    child_id: str | None = None
    reads: bool = False


@dataclass(frozen=True, slots=True)
class FactsDesk:
    """Has what systems ask for done in an *office*, in a thread of its own."""

    office: Office

    async def run(self, errand: Errand, act: Callable[[Office], Result]) -> Result:
        """Do *act*, and return what comes of it.

        Raises what *act* raises; `UnknownChildError` for a child that is not there, and likewise
        for one whom the service does not work with; `EntitlementError` for a person who may not be
        named.
        """
        return await asyncio.to_thread(self._run, errand, act)

    def _run(self, errand: Errand, act: Callable[[Office], Result]) -> Result:
        office = self.office
        office.refresh()
        if errand.child_id is not None:
            case_worked_with(office, errand.child_id, errand.service)
        may_be_named = colleague if errand.reads else near_colleague
        may_be_named(office.rulebook.registers, errand.by, errand.service)
        return act(office)
