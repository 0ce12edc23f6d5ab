"""The header of a message: who sent what to whom, when, under which number.

A header says nothing of a child. What is kept of it is in the gateway's own message; the rest is
lost, because a message that leaves has a header of its own.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Final
from zoneinfo import ZoneInfo

from msgspec import Struct

from mappings.fidelity import Fate, Leaf
from mappings.hl7v2.segments import PLACES
from mappings.language.trees import Node, Tree, leaves

LONDON: Final = ZoneInfo("Europe/London")
SEGMENTS: Final = ("MSH", "EVN")
_KEPT: Final = {
    ("MSH", "4", "1"): "sender",
    ("MSH", "6", "1"): "destination",
    ("MSH", "7", "1"): "when it was sent",
    ("MSH", "9", "1"): "what the message asks for",
    ("MSH", "9", "2"): "what the message asks for",
    ("MSH", "10"): "the message's own id",
}
_LOST: Final = "about the message, not the child: a message that leaves has a header of its own"
_MOMENT: Final = re.compile(
    r"([0-9]{4})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})(?:([0-9]{2})(?:\.[0-9]{1,4})?)?"
    r"(?:([+-])([0-9]{2})([0-9]{2}))?"
)


class Header(Struct, frozen=True, kw_only=True):
    """What a header says: *kind* and *event* are the two parts of MSH-9, such as REF and I12.

    *sender* and *receiver* are facilities, in the UK by ODS code, with the application before it.
    What the message leaves out is an empty text; *sent_at*, aware UTC, is None where it cannot be
    read. *processing* is P for production, T for training, D for debugging.
    """

    kind: str = ""
    event: str = ""
    id: str = ""
    version: str = ""
    processing: str = ""
    sending_application: str = ""
    sender: str = ""
    receiving_application: str = ""
    receiver: str = ""
    sent_at: datetime | None = None


def read(tree: Tree) -> Header:
    """Return what the header of the message *tree* says.

    >>> read({"MSH": {"9": {"1": "REF", "2": "I12"}, "10": "7", "7": {"1": "201908221405"}}}).event
    'I12'
    >>> read({}) == Header()
    True
    """
    return Header(
        kind=_text(tree, "9", "1"),
        event=_text(tree, "9", "2"),
        id=_text(tree, "10"),
        version=_text(tree, "12", "1"),
        processing=_text(tree, "11", "1"),
        sending_application=_text(tree, "3", "1"),
        sender=_text(tree, "4", "1"),
        receiving_application=_text(tree, "5", "1"),
        receiver=_text(tree, "6", "1"),
        sent_at=moment(_text(tree, "7", "1")),
    )


def write(header: Header, structure: str, separators: str) -> Tree:
    """Return the segment of *header*, in UTF-8 and of the UK; *structure* is the third of MSH-9.

    *separators* are the five of the message, the one between fields first.
    """
    named = {
        "3": header.sending_application,
        "4": header.sender,
        "5": header.receiving_application,
        "6": header.receiver,
    }
    return {
        "1": separators[0],
        "2": separators[1:],
        **{field: {"1": text} for field, text in named.items() if text},
        "7": {"1": written(header.sent_at) if header.sent_at else ""},
        "9": {"1": header.kind, "2": header.event, "3": structure},
        "10": header.id,
        "11": {"1": header.processing},
        "12": {"1": header.version},
        "15": "AL",
        "16": "NE",
        "17": "GBR",
        "18": ["UNICODE UTF-8"],
    }


def account(tree: Tree, at: str) -> Iterator[Leaf]:
    """Yield the fate of each leaf of the header and event segments of the message at *at*."""
    held: Tree = {name: tree[name] for name in SEGMENTS if name in tree}
    for address, _ in leaves(held):
        note = _KEPT.get(tuple(str(step) for step in address))
        fate = Fate.LOST if note is None else Fate.KEPT
        yield Leaf(PLACES.place(at, address), fate, note=note or _LOST)


def moment(text: str) -> datetime | None:
    """Return *text* as aware UTC: without an offset it is the UK's local time; None if no time.

    >>> moment("20190822140527")
    datetime.datetime(2019, 8, 22, 13, 5, 27, tzinfo=datetime.timezone.utc)
    >>> moment("20190822") is None
    True
    """
    found = _MOMENT.fullmatch(text)
    if found is None:
        return None
    *numbers, sign, hours, minutes = found.groups()
    zone: timezone | ZoneInfo = LONDON
    try:
        if sign:
            offset = timedelta(hours=int(hours), minutes=int(minutes))
            zone = timezone(offset if sign == "+" else -offset)
        year, month, day, hour, minute, second = (int(number or 0) for number in numbers)
        local = datetime(year, month, day, hour, minute, second, tzinfo=zone)
        return local.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def written(at: datetime) -> str:
    """Return *at* in the UK's local time, with its offset.

    >>> written(datetime(2019, 8, 22, 13, 5, 27, tzinfo=UTC))
    '20190822140527+0100'
    """
    return f"{at.astimezone(LONDON):%Y%m%d%H%M%S%z}"


def _text(tree: Tree, field: str, component: str | None = None) -> str:
    node: Node = tree.get("MSH")
    for name in (field, component):
        if name is not None:
            node = node.get(name) if isinstance(node, dict) else None
    return node if isinstance(node, str) else ""
