"""One message read: what it asks for, whom it is about, and what was found of it.

A message of a type that is not read, or that is not about one patient, is refused with its place.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

from adapters.contract import Destination, Event, Finding, Reading, Severity
from adapters.errors import InvalidRecordError, UnsupportedFormatError
from adapters.health.hl7v2 import er7
from adapters.health.hl7v2.holding_back import held_back
from adapters.health.hl7v2.labelling import with_labelled_notes
from adapters.health.hl7v2.transmission import Lines
from mappings.caf.assessment import Assessment
from mappings.caf.errors import IdentifierError
from mappings.caf.identifiers import OURS, Scheme, ods_code
from mappings.fidelity import Fate, Leaf, Ledger
from mappings.hl7v2 import header
from mappings.hl7v2.header import Header
from mappings.hl7v2.messages import message as mapping
from mappings.hl7v2.segments import MESSAGE, PLACES
from mappings.language.shapes import Departure, departures
from mappings.language.translation import Placed
from mappings.language.trees import Node, Tree, leaves

EVENTS: Final = {
    ("REF", "I12"): Event.NEW,
    ("REF", "I13"): Event.UPDATE,
    ("REF", "I14"): Event.CANCEL,
    ("ADT", "A28"): Event.RECORD,
    ("ADT", "A31"): Event.RECORD,
}
_OF_A_PATIENT: Final = {
    *("MSH", "SFT", "PID", "NK1", "PV1", "PV2", "DG1", "AL1", "OBX"),
    *("GT1", "IN1", "IN2", "IN3", "ACC", "DRG", "PR1"),
}
_STRUCTURES: Final = {
    "REF": _OF_A_PATIENT | {"RF1", "AUT", "CTD", "PRD", "OBR", "NTE"},
    "ADT": _OF_A_PATIENT | {"EVN", "PD1", "ROL", "DB1", "UB1", "UB2"},
}
_NEEDED: Final = {"REF": ("RF1", "PRD"), "ADT": ("EVN",)}
_OWN_NUMBERS: Final = ("/MR", "/MRN", "/PI", "/PT")
_PRODUCTION: Final = {"P", ""}
_ORGANISATION_CODES: Final = {"ODS", "NACS"}
_MOST: Final = 100  # findings of one message, of one kind


@dataclass(frozen=True, slots=True)
class MessageRead:
    """What one message says: its *header*, its *event*, to whom it goes, and one child's reading.

    *practitioner* is who refers, by name.
    """

    header: Header
    event: Event
    findings: list[Finding]
    reading: Reading
    destinations: tuple[Destination, ...]
    practitioner: str | None


def read_message(lines: Lines, charset: str, record: str, at: str) -> MessageRead:
    """Return what the message of *lines* says; *at* is before each place in it, in a batch.

    *record* is the digest of the payload. Raises `AdapterError` with the place.
    """
    made = er7.decode(lines.segments, MESSAGE, charset, lines.first)
    head = header.read(made.tree)
    event = _event_of(head, at)
    _check_patient(made.tree, at)
    translation = mapping()
    body = {name: node for name, node in made.tree.items() if name not in header.SEGMENTS}
    said, held = held_back(body, at)
    reading = translation.read(said, record=record, at=at)
    assessment = with_labelled_notes(reading.assessment)
    findings = [*(_doubted(one, at) for one in reading.doubts), *held]
    findings += _of_the_header(head, made.tree, at)
    findings += _of_the_lines(made, lines.first)
    findings += _of_the_structure(head, made, at)
    findings += _of_the_referral(head, made.tree, at)
    findings += _of_the_child(assessment, made.tree, at)
    findings += _departures(made.tree, at)
    account = partial(_account, made.tree, body, said, at)
    return MessageRead(
        head,
        event,
        findings,
        Reading(assessment, account, _sender_child_id(assessment)),
        tuple(_destinations(head, made.tree)),
        _referrer(assessment),
    )


def organisation(code: str) -> Destination | None:
    """Return the organisation of *code*; None where it is no ODS code.

    >>> organisation("RX8").value, organisation("23.TRUST_PAS")
    ('RX8', None)
    """
    try:
        return Destination(Scheme.ODS.system, ods_code(code))
    except IdentifierError:
        return None


def _event_of(head: Header, at: str) -> Event:
    event = EVENTS.get((head.kind, head.event))
    if event is None:
        read = ", ".join(f"{kind}^{name}" for kind, name in EVENTS)
        message = f"the sender has to send one of {read}: nothing else is read"
        raise UnsupportedFormatError(message, "unsupported-message", where=f"{at}MSH-9")
    if head.version and not head.version.startswith("2."):
        message = "the sender has to send a message of version 2"
        raise UnsupportedFormatError(message, "unsupported-version", where=f"{at}MSH-12")
    if head.processing.strip().upper() not in _PRODUCTION:
        message = "the sender says that this is a test or for training: it must not send it here"
        raise InvalidRecordError(message, "not-production", where=f"{at}MSH-11")
    return event


def _check_patient(tree: Tree, at: str) -> None:
    if "PID" not in tree:
        message = "the sender has to say whom the message is about, in `PID`"
        raise InvalidRecordError(message, "no-patient", where=f"{at}PID")
    if not isinstance(tree["PID"], dict):
        message = "the sender has to send a message for each patient: this one has several"
        raise InvalidRecordError(message, "several-patients", where=f"{at}PID[2]")


def _doubted(doubt: Placed, at: str) -> Finding:
    # An organisation that refers, or is referred to, often has a code there and no name.
    is_slight = doubt.code == "incomplete" and doubt.where.startswith(f"{at}PRD")
    severity = Severity.INFORMATION if is_slight else Severity.WARNING
    return Finding(doubt.code, severity, doubt.where, _sentence(doubt.message))


def _of_the_header(head: Header, tree: Tree, at: str) -> Iterator[Finding]:
    if not head.id:
        message = "the sender has to number its messages: a retry of this one cannot be recognised"
        yield _warning("no-message-id", f"{at}MSH-10", message)
    if head.sent_at is None:
        message = "the sender has to say when this was sent, with its time"
        yield _warning("no-time", f"{at}MSH-7", message)
    if organisation(head.sender) is None:
        message = "no organisation is named as the sender by its ODS code: the caller is taken"
        yield _information("no-sender", f"{at}MSH-4", message)
    if not _component(tree, "MSH", "9", "3"):
        message = "the structure is not named: that of the event was taken"
        yield _information("no-structure", f"{at}MSH-9.3", message)


def _of_the_lines(made: er7.Message, first: int) -> Iterator[Finding]:
    for where in dict.fromkeys(made.unread[:_MOST]):
        message = "the sender has to escape as the standard says: this sequence stays as it is"
        yield _warning("unread-escape", where, message)
    if made.trailing:
        message = "segments end in separators that nothing follows: they say nothing"
        yield _information("trailing-separators", f"{first}:1", message)
    if made.deleted:
        message = "the sender takes values away: nothing was read of them"
        yield _information("deleted-values", f"{first}:1", message)


def _of_the_structure(head: Header, made: er7.Message, at: str) -> Iterator[Finding]:
    for name in dict.fromkeys(made.order):
        if name not in _STRUCTURES[head.kind] and not name.startswith("Z"):
            message = (
                "the message of this event has no such segment: the sender has to leave it out"
            )
            yield _warning("unexpected-segment", f"{at}{name}", message)
    for name in _NEEDED[head.kind]:
        if name not in made.tree:
            message = "the sender has to send this segment, which the event requires"
            yield _warning("missing-segment", f"{at}{name}", message)


def _of_the_referral(head: Header, tree: Tree, at: str) -> Iterator[Finding]:
    if head.kind != "REF" or "RF1" not in tree or _component(tree, "RF1", "6", "1"):
        return
    if _component(tree, "RF1", "6", "3"):
        message = "the sender has to put the number of the referral in `RF1-6.1`"
        yield _warning("read-elsewhere", f"{at}RF1-6.3", message)
    else:
        message = "the sender has to number the referral"
        yield _warning("missing-field", f"{at}RF1-6", message)


def _of_the_child(assessment: Assessment, tree: Tree, at: str) -> Iterator[Finding]:
    for where in _ill_marked(_field(tree, "PID", "3"), at):
        message = "the sender has to mark an NHS number with `NHS` in 4 and `NH` in 5"
        yield _warning("identifier-type", where, message)
    for identifier in assessment.child.identifiers:
        if not identifier.is_valid:
            message = "the sender has to check this identifier: it is kept and never matched"
            where = identifier.source.place if identifier.source else f"{at}PID-3"
            yield _warning("invalid-identifier", where, message)
    if _component(tree, "PID", "29", "1") or _field(tree, "PID", "30") == "Y":
        message = "the sender says that the child has died: a person has to look at it at once"
        yield _warning("child-deceased", f"{at}PID-29", message)


def _ill_marked(identifiers: Node, at: str) -> Iterator[str]:
    """Yield the place of each NHS number that is not marked as one in the way that it has to be."""
    for number, one in enumerate(identifiers if isinstance(identifiers, list) else (), start=1):
        marks = (_part(_child(one, "4"), "1"), _part(one, "5"))
        if marks != ("NHS", "NH") and {"NHS", "NH"}.intersection(marks):
            yield f"{at}PID-3[{number}].5"


def _departures(tree: Tree, at: str) -> list[Finding]:
    found: list[Finding] = []
    for kind, address in departures(tree, MESSAGE):
        where = PLACES.place(at, address)
        if kind is Departure.UNKNOWN:
            message = "this is not read: it is kept with the original and never shared"
            found.append(_information("not-read", where, message))
        elif kind is Departure.REPEATED:
            message = "the sender has to give this once: none of them is shared"
            found.append(_warning(kind.value, where, message))
    return found[:_MOST]


def _destinations(head: Header, tree: Tree) -> Iterator[Destination]:
    """Yield who the message is for: the facility that receives it, and who is referred to."""
    seen: set[str] = set()
    for code in (head.receiver, *_referred_to(tree)):
        found = organisation(code)
        if found is not None and found.value not in seen:
            seen.add(found.value)
            yield found


def _referred_to(tree: Tree) -> Iterator[str]:
    providers = tree.get("PRD")
    for provider in providers if isinstance(providers, list) else ():
        if _part(_first(_child(provider, "1")), "1") == "RT":
            identifier = _first(_child(provider, "7"))
            if _part(identifier, "2") in _ORGANISATION_CODES:
                yield _part(identifier, "1")


def _referrer(assessment: Assessment) -> str | None:
    services = assessment.people.services
    return next(
        (one.name for one in services if one.occupation and one.occupation.code == "RP"), None
    )


def _sender_child_id(assessment: Assessment) -> str | None:
    """Return the sender's own number for the child, with who gave it, if the message has one."""
    for one in assessment.child.identifiers:
        if one.scheme.startswith(OURS) and one.scheme.endswith(_OWN_NUMBERS):
            return f"{one.scheme.removeprefix(OURS)}/{one.value}"
    return None


def _account(tree: Tree, body: Tree, said: Tree, at: str) -> Ledger:
    """Return the fate of each leaf: what of *body* is not in *said* was held back."""
    read = {leaf.place: leaf for leaf in mapping().account(said, at=at).leaves}
    places = (PLACES.place(at, address) for address, _ in leaves(body))
    of_body = (read.get(place) or Leaf(place, Fate.UNMAPPED) for place in places)
    return Ledger((*header.account(tree, at), *of_body))


def _field(tree: Tree, segment: str, field: str) -> Node:
    return _child(tree.get(segment), field)


def _component(tree: Tree, segment: str, field: str, component: str) -> str:
    return _part(_field(tree, segment, field), component)


def _part(node: Node, name: str) -> str:
    found = _child(node, name)
    return found if isinstance(found, str) else ""


def _child(node: Node, name: str) -> Node:
    return node.get(name) if isinstance(node, dict) else None


def _first(node: Node) -> Node:
    return node[0] if isinstance(node, list) and node else node


def _sentence(message: str) -> str:
    """Return *message* so that it says who must act."""
    return message if message.startswith("the sender") else f"the sender has to mend it: {message}"


def _warning(code: str, where: str, message: str) -> Finding:
    return Finding(code, Severity.WARNING, where, message)


def _information(code: str, where: str, message: str) -> Finding:
    return Finding(code, Severity.INFORMATION, where, message)
