"""Corrections: who was told what is not so any more, and that somebody tells them (design, 3).

A newer version goes to its own destinations as any message does. Whoever was told the version
before and is not among them is named in the correction's entry, and becomes a task.
"""

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from audit.events import EntryType
from audit.leaf import Leaf
from audit.parts import Part
from gateway import entries
from gateway.office import Office
from gateway.storage.children import StoredAssessment
from gateway.storage.details import StoredEntry
from gateway.storage.unit import Unit
from gateway.tasks import about_telling

_UNTOLD = {EntryType.RECALLED, EntryType.DELIVERY_FAILED}


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
    """Add to *unit* the correction's entry, and a task for each service still to be told."""
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
    left = [one for one in told if one not in already_sent]
    have_told(office, unit, "corrected", made.child_id, made.holder, left)


def have_told(  # noqa: PLR0913, PLR0917 - a task is all of this
    office: Office, unit: Unit, why: str, child_id: str, holder: str, recipients: Iterable[str]
) -> None:
    """Add a task for each of *recipients*, which the last entry of *unit* records."""
    now = office.ports.now()
    for recipient in recipients:
        task = about_telling(why, recipient, holder, now)
        office.filing.task(unit, child_id, task, entry=len(unit.entries) - 1)


def told_of(office: Office, child_id: str, holder: str) -> tuple[str, ...]:
    """Return the services to whom something that *holder* says of a child was disclosed.

    It goes by the log: by messages that were not recalled or given up, and by answers that rested
    on this holder's record too. Rather one too many is named than one too few.
    """
    within = range(office.committer.log.refresh().size)
    stored = office.details.of_child(child_id, within)
    untold = set(_untold(office, stored))
    found = {
        Leaf.decode(one.leaf).recipient
        for one in stored
        if one.index not in untold and _told(office, one, holder)
    }
    return tuple(sorted(found - {"", holder}))


def _untold(office: Office, stored: Iterable[StoredEntry]) -> Iterator[object]:
    """Yield the indices of the disclosures that never arrived."""
    for one in stored:
        if Leaf.decode(one.leaf).type in _UNTOLD:
            yield _gateway(office, one).get("entry")


def _told(office: Office, one: StoredEntry, holder: str) -> bool:
    leaf = Leaf.decode(one.leaf)
    if leaf.type is not EntryType.DISCLOSURE:
        return False
    if leaf.sender:
        return leaf.sender == holder
    accounts = _gateway(office, one).get("accounts")
    rows = accounts if isinstance(accounts, list) else []
    return any(isinstance(row, dict) and row.get("sender") == holder for row in rows)


def _gateway(office: Office, one: StoredEntry) -> entries.Fields:
    detail = office.details.open(one).detail
    if detail is None or not detail.holds(Part.GATEWAY):
        return {}
    return dict(detail.open(Part.GATEWAY).fields())
