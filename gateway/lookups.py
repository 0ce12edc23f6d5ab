"""Looking for a child: an id for a service that works with that child, nothing for any other.

The search is exact, by verified NHS number with birth date or by the sender's own id, and is an
entry of the log whatever it finds (design, invariant 5: a child whom the caller may not know of
and a child who is not there are answered alike).
"""

from audit.events import EntryType
from audit.parts import Part
from gateway import entries, identity
from gateway.office import Office
from gateway.requests import Found, Lookup
from gateway.storage.unit import Committed, Stamp, Unit
from gateway.working import works_with
from mappings.caf.identifiers import Scheme

_OWN_ID = "sender-child-id"


def look_up(lookup: Lookup, office: Office) -> tuple[Found, Unit]:
    """Return what *lookup* finds, with the unit that records it."""
    caller = office.service(lookup.caller.service_id)
    child_id = next(
        (child for key in _keys(lookup) if (child := office.archive.find(*key)) is not None), None
    )
    stamps = [office.stamp]
    if child_id is not None:
        case = office.archive.case_file(child_id)
        stamps.append(Stamp("child", child_id, case.version))
        if not works_with(office, case, caller.id):
            child_id = None
    act = entries.act_of(lookup.caller, lookup.request_id)
    entry = entries.looked_up(
        office.ports.random,
        act,
        recipient=caller.id,
        child_id=child_id,
        kinds=[scheme for scheme, _ in lookup.identifiers],
    )
    return Found(child_id), Unit(stamps=tuple(stamps), entries=[entry])


def withheld(lookup: Lookup, found: Found, office: Office, committed: Committed) -> Unit:
    """Return the unit that records that what *lookup* found was not given after all."""
    recipient = office.service(lookup.caller.service_id).id
    fields: entries.Fields = entries.act_of(lookup.caller, lookup.request_id).fields() | {
        "entry": committed.indices[0],
        "recipient": recipient,
        "reason": "witnesses-behind",
    }
    if found.child_id is not None:
        fields["child"] = found.child_id
    entry = entries.entry(
        EntryType.DELIVERY_FAILED,
        {Part.GATEWAY: fields},
        office.ports.random,
        recipient=recipient,
        child_id=found.child_id,
    )
    return Unit(entries=[entry])


def _keys(lookup: Lookup) -> list[tuple[str, str]]:
    keys = []
    for scheme, value in lookup.identifiers:
        if scheme == Scheme.NHS_NUMBER and lookup.born_on is not None:
            keys.append((identity.VERIFIED, identity.verified_key(value, lookup.born_on)))
        if scheme == _OWN_ID:
            keys.append((identity.LOCAL, f"{lookup.caller.service_id}|{value}"))
    return keys
