"""The answer to a message: RRI to a referral, ACK to any other, with the place of each fault.

    AA   accepted, with findings or without
    AE   an error in what the message holds
    AR   a message that is not read at all: its type, its version, its encoding

It is what the sender's own system shows, so it says where the fault lies and who must act, and
repeats nothing but the patient's segment, which the structure of an answer to a referral requires.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import Final

from adapters.contract import Finding, Outcome, Received, Severity
from adapters.errors import AdapterError
from adapters.health.hl7v2 import er7
from adapters.health.hl7v2.transmission import open_payload
from mappings.hl7v2 import header
from mappings.hl7v2.header import Header
from mappings.hl7v2.segments import MESSAGE
from mappings.language.shapes import Shape
from mappings.language.trees import Node, Tree

_REFUSED: Final = {
    "not-hl7v2",
    "too-many-bytes",
    "unsupported-encoding",
    "not-in-encoding",
    "unreadable-separators",
    "unsupported-message",
    "unsupported-version",
}
_CODES: Final = {
    "unsupported-message": ("200", "Unsupported message type"),
    "unsupported-version": ("203", "Unsupported version id"),
    "malformed-segment": ("100", "Segment sequence error"),
    "missing-segment": ("100", "Segment sequence error"),
    "unexpected-segment": ("100", "Segment sequence error"),
    "no-patient": ("100", "Segment sequence error"),
    "several-patients": ("100", "Segment sequence error"),
    "missing-field": ("101", "Required field missing"),
    "no-message-id": ("101", "Required field missing"),
    "unreadable-value": ("102", "Data type error"),
}
_OTHER: Final = ("207", "Application internal error")
_PLACE: Final = re.compile(r"(?:message\[\d+\]/)?([A-Z][A-Z0-9]{2})(?:\[(\d+)\])?(?:-(\d+).*)?")
_LINE: Final = re.compile(r"(\d+):\d+")
_MOST: Final = 20
_PATIENT: Final = ("3", "5")
_REFERRAL: Final = ("6",)
_ORDER: Final = ("MSH", "MSA", "ERR", "RF1", "PRD", "PID", "NTE")
_TOLD: Final = {
    "AA": "accepted",
    "AE": "refused: the sender has to mend what the errors name",
    "AR": "refused: this is not read here",
}


def acknowledge(payload: bytes, received: Received, *, at: datetime, message_id: str) -> bytes:
    """Return the answer to *payload*, of which *received* was made, sent *at* as *message_id*.

    The answer to a referral is RRI of the same event, to any other message ACK; nothing in
    *payload* raises. It is in UTF-8, and ends with a carriage return.
    """
    tree = _first_message(payload)
    head = header.read(tree)
    patient = tree.get("PID")
    is_referral = head.kind == "REF" and isinstance(patient, dict)
    kind, structure = ("RRI", "RRI_I12") if is_referral else ("ACK", "ACK")
    code = _code_of(received)
    answer: Tree = {
        "MSH": header.write(_answering(head, kind, at, message_id), structure, er7.STANDARD),
        "MSA": {"1": code, "2": head.id or "0", "3": _TOLD[code]},
    }
    faults: list[Node] = [_fault(one) for one in _of(received, is_error=True)]
    if faults:
        answer["ERR"] = {"1": faults}
    if is_referral:
        answer |= _of_the_referral(tree)
        answer["NTE"] = [
            {"1": str(number), "3": f"{one.code} {one.where}: {one.message}"}
            for number, one in enumerate(_of(received, is_error=False), start=1)
        ]
    return er7.encode(answer, _ORDER).encode()


def _first_message(payload: bytes) -> Tree:
    """Return the first message of *payload*; nothing where it cannot be read."""
    try:
        found = open_payload(payload)
        lines = found.messages[0]
        return er7.decode(lines.segments, MESSAGE, found.charset, lines.first).tree
    except AdapterError:
        return {}


def _answering(head: Header, kind: str, at: datetime, message_id: str) -> Header:
    return Header(
        kind=kind,
        event=head.event or "A28",
        id=message_id,
        version="2.4",
        processing=head.processing or "P",
        sending_application=head.receiving_application,
        sender=head.receiver,
        receiving_application=head.sending_application,
        receiver=head.sender,
        sent_at=at,
    )


def _code_of(received: Received) -> str:
    if received.outcome is not Outcome.REJECT:
        return "AA"
    return "AR" if any(one.code in _REFUSED for one in received.findings) else "AE"


def _of(received: Received, *, is_error: bool) -> Iterator[Finding]:
    """Yield the first of the faults for which a payload is refused, or of the other findings."""
    found = (one for one in received.findings if (one.severity is Severity.ERROR) is is_error)
    return islice((one for one in found if one.severity is not Severity.INFORMATION), _MOST)


def _fault(finding: Finding) -> Tree:
    """Return a fault with its place: segment, which of that name, field; or its line."""
    code, name = _CODES.get(finding.code, _OTHER)
    fault: Tree = {"4": {"1": code, "2": name, "3": "HL70357", "4": finding.code}}
    place = _PLACE.fullmatch(finding.where)
    line = _LINE.fullmatch(finding.where)
    if place is not None:
        segment, number, field = place.groups()
        fault |= {"1": segment, "2": number or "1"} | ({"3": field} if field else {})
    elif line is not None:
        fault["2"] = line[1]
    return fault


def _of_the_referral(tree: Tree) -> Tree:
    """Return the number of the referral, who referred, and who the patient is, as they came."""
    patient, referral = _held(tree, "PID", _PATIENT), _held(tree, "RF1", _REFERRAL)
    unknown: Tree = {"3": [{"1": "0", "4": {"1": "UNKNOWN"}, "5": "PN"}], "5": [{"7": "U"}]}
    number: Tree = {"6": {"1": "0"}}
    return {
        "RF1": number | referral,
        "PRD": [{"1": [{"1": "RP", "2": "Referring provider", "3": "HL70286"}]}],
        "PID": unknown | patient,
    }


def _held(tree: Tree, segment: str, fields: tuple[str, ...]) -> Tree:
    """Return what the *fields* of *segment* hold that the format has there."""
    found, shape = tree.get(segment), MESSAGE.children[segment]
    if not isinstance(found, dict):
        return {}
    kept = {name: _known(found[name], shape.children[name]) for name in fields if name in found}
    return {name: node for name, node in kept.items() if node}


def _known(node: Node, shape: Shape) -> Node:
    """Return *node* without what *shape* does not have."""
    if isinstance(node, list):
        return [_known(one, shape) for one in node] if shape.repeats else None
    if not isinstance(node, dict):
        return node if not shape.children else None
    kept = {
        name: _known(child, shape.children[name])
        for name, child in node.items()
        if name in shape.children
    }
    return {name: child for name, child in kept.items() if child}
