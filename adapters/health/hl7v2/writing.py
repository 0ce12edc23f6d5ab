"""A view written as a referral, REF^I12 of version 2.4, with all that its structure requires.

What the child's view does not say and the structure cannot be without is said to be unknown; the
sentence that each view carries is in a segment of its own, `ZCN`.
"""

from base64 import b32encode
from hashlib import blake2b
from typing import Final

from adapters.contract import Destination, Envelope
from adapters.health.hl7v2 import er7
from mappings.caf.elements import BY_CODE
from mappings.caf.identifiers import Scheme
from mappings.caf.view import View
from mappings.hl7v2 import header
from mappings.hl7v2.header import Header
from mappings.hl7v2.messages import message as mapping
from mappings.language.trees import Node, Tree

APPLICATION: Final = "CAF-GATEWAY"
VERSION: Final = "2.4"
OURS: Final = "99CAF"
"""What our own codes are of, by the name for local code systems."""

_ORDER: Final = ("MSH", "RF1", "PRD", "PID", "NK1", "DG1", "AL1", "OBR", "OBX", "PV1", "NTE", "ZCN")
_NUMBERED: Final = ("NK1", "DG1", "OBX", "NTE")
_ROLES: Final = {
    "RP": ("Referring provider", "HL70286"),
    "RT": ("Referred to provider", "HL70286"),
    "PP": ("Primary care provider", "HL70286"),
    "CP": ("Consulting provider", "HL70286"),
    "SV": ("Service working with the child", OURS),
}
_LONGEST_ID: Final = 20


def write_referral(view: View, envelope: Envelope) -> str:
    """Return *view* as a referral from the envelope's sender to its first destination."""
    tree = mapping().write(view.content)
    to = _organisation_code(envelope.destinations)
    head = Header(
        kind="REF",
        event="I12",
        id=control_id(envelope.message_id),
        version=VERSION,
        processing="P",
        sending_application=APPLICATION,
        sender=envelope.sender,
        receiver=to,
        sent_at=envelope.at,
    )
    tree["MSH"] = header.write(head, "REF_I12", er7.STANDARD)
    tree["RF1"] = referral = _referral(_tree(tree.get("RF1")), view, envelope)
    tree["PRD"] = [_provider("RP", envelope.sender), _provider("RT", to), *_nodes(tree, "PRD")]
    tree["PID"] = _patient(_tree(tree.get("PID")), referral)
    tree["ZCN"] = {"1": "1", "2": view.notice}
    _complete(tree)
    return er7.encode(tree, _ORDER)


def control_id(message_id: str) -> str:
    """Return *message_id* as MSH-10 can hold it: a longer one than 20 characters by its digest.

    The answer to the message names it so, in MSA-2.

    >>> control_id("RX8-000412"), len(control_id("7f3a0000-0000-4000-8000-000000000001"))
    ('RX8-000412', 20)
    """
    if len(message_id) <= _LONGEST_ID:
        return message_id
    digest = blake2b(message_id.encode(), digest_size=12).digest()
    return b32encode(digest).decode().rstrip("=")


def _referral(held: Tree, view: View, envelope: Envelope) -> Tree:
    number = view.content.id or envelope.message_id
    return {
        "1": {"1": "P", "2": "Pending", "3": "HL70283"},
        "6": {"1": number or "1", "2": APPLICATION},
        "7": {"1": header.written(envelope.at)},
        **held,
    }


def _provider(role: str, code: str) -> Tree:
    identifier: Tree = {"7": [{"1": code, "2": "ODS"}]} if code else {}
    return {"1": [{"1": role}], **identifier}


def _patient(held: Tree, referral: Tree) -> Tree:
    """Return the patient with a number and a name, which the structure requires."""
    number = _tree(referral["6"])
    unknown: Tree = {
        "3": [{"1": number["1"], "4": {"1": APPLICATION}, "5": "PN"}],
        "5": [{"7": "U"}],
    }
    return {"1": "1", **unknown, **held}


def _complete(tree: Tree) -> None:
    """Add what segments have to say beside what the mapping says in them."""
    for name in _NUMBERED:
        _number(_nodes(tree, name))
    for number, segment in enumerate(_nodes(tree, "AL1"), start=1):
        segment["1"] = {"1": str(number)}
    for segment in _nodes(tree, "DG1"):
        segment["6"] = "W"
    for provider in _nodes(tree, "PRD"):
        role = _tree(_list(provider.get("1"))[0])
        role["2"], role["3"] = _ROLES[str(role["1"])]
    for relative in _nodes(tree, "NK1"):
        if relationship := _tree(relative.get("3")):
            relationship["3"] = "HL70063"
    _complete_observations(tree)


def _complete_observations(tree: Tree) -> None:
    observations = _nodes(tree, "OBX")
    for segment in observations:
        segment["11"] = "F"
        _name_element(_tree(segment["3"]))
        _number(_nodes(segment, "NTE"))
    if observations:
        tree["OBR"] = {"1": "1", "4": {"1": "CAF", "2": "Common assessment", "3": OURS}}
    if observations and "NTE" in tree:
        tree["PV1"] = {"1": "1", "2": "N"}  # else the notes would be the last observation's


def _number(segments: list[Tree]) -> None:
    for number, segment in enumerate(segments, start=1):
        segment["1"] = str(number)


def _name_element(identifier: Tree) -> None:
    if identifier.get("3") == OURS:
        identifier["2"] = BY_CODE[str(identifier["1"])].title
        if "4" in identifier or "5" in identifier:
            identifier["6"] = OURS


def _organisation_code(destinations: tuple[Destination, ...]) -> str:
    codes = (one.value for one in destinations if one.system == Scheme.ODS.system)
    return next(codes, "")


def _nodes(tree: Tree, name: str) -> list[Tree]:
    return [one for one in _list(tree.get(name)) if isinstance(one, dict)]


def _list(node: Node) -> list[Node]:
    return node if isinstance(node, list) else []


def _tree(node: Node) -> Tree:
    return node if isinstance(node, dict) else {}
