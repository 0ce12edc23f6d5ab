"""Corrections: who was told what is not so any more, and hears of it (design, section 3).

A newer version goes to its own destinations as any message does. Whoever was told the version
before is named in the correction's entry; who is not among its destinations is given a notice.
"""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from audit.events import EntryType
from audit.parts import Part
from gateway import entries
from gateway.notices.document import NoticeKind
from gateway.notices.giving import tell_all
from gateway.notices.told import told_of
from gateway.office import Office
from gateway.storage.children import StoredAssessment
from gateway.storage.unit import Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """A newer version of what *holder* says of a child: what is *corrected*, and by what."""

    child_id: str
    holder: str
    corrected: StoredAssessment
    message_id: str
    record: str


def file_correction(
    office: Office, unit: Unit, made: Correction, *, already_sent: AbstractSet[str | None]
) -> None:
    """Add to *unit* the correction's entry, and a notice to each service still to be told."""
    told = told_of(office, made.child_id, made.holder)
    shared: entries.Fields = {
        "entry": made.corrected.leaf,
        "message_id": made.message_id,
        "recipients": list(told),
        "version": made.corrected.version + 1,
    }
    unit.entries.append(
        entries.entry(
            EntryType.CORRECTION,
            {
                Part.SENDER: shared | {"record_sha256": made.record},
                Part.GATEWAY: shared | {"child": made.child_id, "sender": made.holder},
            },
            office.ports.random,
            sender=made.holder,
            child_id=made.child_id,
        )
    )
    left = {service: about for service, about in told.items() if service not in already_sent}
    tell_all(office, unit, made.child_id, NoticeKind.CORRECTED, left, holder=made.holder)
