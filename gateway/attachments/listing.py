"""Which attachments there are, and what is known of them; never what they say, nor their titles.

An officer of information governance sees those of the whole gateway, a service's system those that
the service sent.
"""

from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct

from gateway.office import Office
from gateway.people import entitled
from gateway.storage.attachments import StoredAttachment
from policies.vocabulary import Appointment


class Listed(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """One attachment: what it is, of which message it came, and whether it was scanned.

    *entry* is the log's that it came with, *scanned* that of the scanner's answer.
    """

    id: str
    message: str
    where: str
    media_type: str
    size: int
    state: str
    received_at: datetime
    entry: int
    attempts: int = 0
    scanned: int | None = None


def of_child(office: Office, child_id: str, *, by: str) -> tuple[Listed, ...]:
    """Return the attachments of a child, for an officer; `EntitlementError` for anybody else."""
    entitled(office.rulebook.registers, by, Appointment.INFORMATION_GOVERNANCE_OFFICER)
    return _listed(office.archive.store.attachments.of_child(child_id))


def of_sender(office: Office, service_id: str) -> tuple[Listed, ...]:
    """Return the attachments that a service sent."""
    return _listed(office.archive.store.attachments.of_sender(service_id))


def _listed(found: Iterable[StoredAttachment]) -> tuple[Listed, ...]:
    return tuple(
        Listed(
            id=one.id,
            message=one.described.message,
            where=one.described.where,
            media_type=one.media_type,
            size=one.size,
            state=one.state.value,
            received_at=one.created_at,
            entry=one.leaf,
            attempts=one.attempts,
            scanned=one.closing_leaf,
        )
        for one in found
    )
