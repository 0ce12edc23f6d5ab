"""Legal holds: what is kept of a child is not erased while somebody has ordered that it be kept.

A hold is a fact about the child, recorded and released with its authority, and sealed as all facts
are. It bears on erasure alone: no decision reads it.
"""

from typing import Final

from audit.events import EntryType
from audit.parts import Part
from gateway import entries
from gateway.casefile import RecordedFact
from gateway.errors import ConflictError
from gateway.office import Office
from gateway.storage.unit import Committed, Unit

HOLD: Final = "legal_hold"


def is_held(office: Office, child_id: str) -> bool:
    """Whether there is a legal hold on a child."""
    case = office.archive.case_file(child_id)
    return case.newest(HOLD, None, office.ports.now()) is True


def hold(office: Office, child_id: str, *, authority: str, by: str) -> Committed:
    """Put a hold on a child, on this *authority*; `ConflictError` where there is one."""
    return _record(office, child_id, authority, by, is_on=True)


def release(office: Office, child_id: str, *, authority: str, by: str) -> Committed:
    """Release the hold on a child; `ConflictError` where there is none."""
    return _record(office, child_id, authority, by, is_on=False)


def _record(office: Office, child_id: str, authority: str, by: str, *, is_on: bool) -> Committed:
    stamp = office.archive.store.children.stamp(child_id)
    if is_held(office, child_id) is is_on:
        message = (
            "there is a hold on this child already" if is_on else "there is no hold to release"
        )
        raise ConflictError(message)
    unit = Unit(stamps=(stamp,), moves=((stamp.kind, stamp.key),))
    fact = RecordedFact(name=HOLD, value=is_on, by=by, at=office.ports.now())
    said = office.filing.facts(unit, child_id, (fact,), by=by, entry=0)
    gateway: entries.Fields = {
        "fact": HOLD,
        "child": child_id,
        "user": by,
        "authority": authority,
    }
    gateway |= entries.recorded(said, stamp.version + 1)
    unit.entries.append(
        entries.entry(
            EntryType.FACT_RECORDED, {Part.GATEWAY: gateway}, office.ports.random, child_id=child_id
        )
    )
    return office.committer.commit(unit)
