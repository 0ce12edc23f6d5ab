"""The desk at which officers' systems search the log: beside the exchange, never in its way.

A search may pass over the whole log, so it is done in a thread of its own.
"""

import asyncio
from dataclasses import dataclass

from gateway.office import Office
from gateway.searching.search import Answer, FoundEntry, Reader, Search, read_one, search


@dataclass(frozen=True, slots=True)
class AuditDesk:
    """Searches the log of an *office*."""

    office: Office

    async def search(self, wanted: Search) -> Answer:
        """Answer a search, once it is durable that it was made."""
        return await asyncio.to_thread(search, self.office, wanted)

    async def entry(self, index: int, reader: Reader) -> FoundEntry | None:
        """Return one entry, or None where there is none, once it is durable that it was read."""
        return await asyncio.to_thread(read_one, self.office, reader, index)

    def services_of(self, organisation: str) -> frozenset[str]:
        """Return the services that an organisation runs."""
        services = self.office.rulebook.registers.services.values()
        return frozenset(one.id for one in services if one.organisation == organisation)
