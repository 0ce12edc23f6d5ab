"""Recording what a person decided of a question that was theirs: a fact, with the entry of it."""

from audit.events import EntryType
from audit.parts import Part
from gateway import entries
from gateway.casefile import RecordedFact
from gateway.office import Office
from gateway.storage.unit import Entry, Stamp, Unit

_WITHDRAWN = "withdrawn"


def unit_of(office: Office, child_id: str, decided: RecordedFact) -> Unit:
    """Return the unit that records what was *decided* about a child, or that it holds no longer."""
    version = office.archive.store.children.stamp(child_id).version
    unit = Unit(stamps=(Stamp("child", child_id, version),), moves=(("child", child_id),))
    said = office.filing.facts(unit, child_id, (decided,), by=decided.by, entry=0)
    unit.entries.append(_entry(office, child_id, decided, entries.recorded(said, version + 1)))
    return unit


def _entry(office: Office, child_id: str, decided: RecordedFact, known: entries.Fields) -> Entry:
    """Return the entry of a decision; the person and their reason are in the gateway's part."""
    decision = _WITHDRAWN if decided.is_withdrawn else str(decided.value)
    holder, recipient = decided.service or "", decided.recipient or ""
    shared: entries.Fields = {
        "decision": decision,
        "recipient": recipient,
        "task": decided.matter,
    }
    gateway = shared | {
        "child": child_id,
        "user": decided.by,
        "decided_by": decided.by,
        "justification": decided.reason,
        "rules": list(decided.rules),
        "outcomes": [{"outcome": decision, "categories": list(decided.categories)}],
        "sender": holder,
    }
    if decided.until is not None:
        gateway["expires"] = decided.until.isoformat()
    return entries.entry(
        EntryType.JUDGEMENT,
        {Part.SENDER: shared, Part.GATEWAY: gateway | known},
        office.ports.random,
        sender=holder,
        child_id=child_id,
    )
