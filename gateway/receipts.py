"""Receipts on demand: what proves an entry, for the service that a part of it is for.

An entry's recipient has the recipient's part once it was answered, or its delivery was begun; its
sender has the sender's part. Whoever asks for another entry learns nothing, not even whether it
is about them: a refusal of what somebody sent to a service is not that service's to know of
(design, invariant 5).
"""

from dataclasses import dataclass

from audit.entry import Detail
from audit.events import EntryType
from audit.leaf import Leaf
from audit.parts import Opening, Part
from audit.receipts import make_receipt
from gateway.storage.details import Details
from gateway.storage.log import Log
from gateway.storage.outbox import Outbox


@dataclass(frozen=True, slots=True)
class Receipts:
    """Makes the receipts of the entries of *log* again."""

    log: Log
    details: Details
    outbox: Outbox

    async def receipt(self, entry: int, service_id: str) -> bytes | None:
        """Return the receipt of *entry* for this service, or None where there is none for it."""
        if entry >= self.log.refresh().end:
            return None
        opened = self.details.opened(entry)
        if opened.detail is None:
            return None
        opening = self._opening(entry, opened.leaf, opened.detail, service_id)
        if opening is None:
            return None
        leaf, proof = self.log.proved(entry)
        return make_receipt(leaf, proof, opening)

    def _opening(self, entry: int, leaf: Leaf, detail: Detail, service_id: str) -> Opening | None:
        if leaf.recipient == service_id and detail.holds(Part.RECIPIENT):
            opening = detail.open(Part.RECIPIENT)
            if self._was_given(entry, leaf, detail, opening):
                return opening
        if leaf.sender == service_id and detail.holds(Part.SENDER):
            return detail.open(Part.SENDER)
        return None

    def _was_given(self, entry: int, leaf: Leaf, detail: Detail, opening: Opening) -> bool:
        """Return whether the recipient has had the receipt before, or its address."""
        if leaf.type is EntryType.DELIVERED or opening.fields().get("synchronous") is True:
            return True
        child = detail.open(Part.GATEWAY).fields().get("child")
        rows = self.outbox.of_child(child) if isinstance(child, str) else []
        return any(row.leaf == entry and row.attempts > 0 for row in rows)
