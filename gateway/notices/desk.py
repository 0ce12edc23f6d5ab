"""The desk at which services' systems answer notices: each its own, and no other's."""

import asyncio
from dataclasses import dataclass, replace

from gateway.notices.acknowledging import Acknowledged, Answer, acknowledge
from gateway.office import Office
from gateway.people import colleague


@dataclass(frozen=True, slots=True)
class NoticeDesk:
    """Takes the answers of services for an *office*."""

    office: Office

    async def acknowledge(self, answer: Answer) -> Acknowledged:
        """Record *answer*, whose person, if one is named, works at the service that answers.

        Raises what `gateway.notices.acknowledging.acknowledge` does, and `EntitlementError` where
        the person works elsewhere.
        """
        return await asyncio.to_thread(self._acknowledge, answer)

    def _acknowledge(self, answer: Answer) -> Acknowledged:
        if answer.by:
            self.office.refresh()
            by = colleague(self.office.rulebook.registers, answer.by, answer.recipient)
            answer = replace(answer, by=by.id)
        return acknowledge(self.office, answer)
