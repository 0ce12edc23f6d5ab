"""The desk at which services' systems ask what became of the documents that they sent."""

import asyncio
from dataclasses import dataclass

from gateway.attachments.listing import Listed, of_sender
from gateway.office import Office


@dataclass(frozen=True, slots=True)
class AttachmentDesk:
    """Answers for an *office*."""

    office: Office

    async def sent_by(self, service_id: str) -> tuple[Listed, ...]:
        """Return the attachments that a service sent, and no other's."""
        return await asyncio.to_thread(of_sender, self.office, service_id)
