"""The header of a census return: which year, which local authority, and when it was made.

A header says nothing of a child. What is kept of it is in the message; the rest is lost, because
a return that leaves has a header of its own.
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from msgspec import Struct

from mappings.fidelity import Fate, Leaf
from mappings.language.trees import XPATH, Tree, leaves

LONDON: Final = ZoneInfo("Europe/London")
NO_AUTHORITY: Final = "000"  # no local authority has this number
_KEPT: Final[dict[tuple[str, ...], str]] = {
    ("CollectionDetails", "Year"): "year",
    ("CollectionDetails", "ReferenceDate"): "year",
    ("Source", "LEA"): "sender",
    ("Source", "DateTime"): "when it was sent",
}
_LOST: Final = "about the file, not the child: a return that leaves has a header of its own"


class Header(Struct, frozen=True, kw_only=True):
    """What a header says: *authority* is the local authority's number.

    What the file leaves out, or what cannot be read, is None; *sent_at* is aware UTC.
    """

    year: int | None = None
    reference_date: date | None = None
    authority: str | None = None
    sent_at: datetime | None = None


def read(tree: Tree) -> Header:
    """Return what the header *tree* says.

    >>> read({"CollectionDetails": {"Year": "2026", "ReferenceDate": "2026-03-31"}})
    Header(year=2026, reference_date=datetime.date(2026, 3, 31), authority=None, sent_at=None)
    """
    year, authority = _text(tree, "CollectionDetails", "Year"), _text(tree, "Source", "LEA")
    return Header(
        year=int(year) if re.fullmatch("[0-9]{4}", year) else None,
        reference_date=_day(_text(tree, "CollectionDetails", "ReferenceDate")),
        authority=authority if re.fullmatch("[0-9]{3}", authority) else None,
        sent_at=_moment(_text(tree, "Source", "DateTime")),
    )


def write(year: int, at: datetime, notice: str, authority: str | None) -> Tree:
    """Return a header of the census of *year*, made *at*, with *notice*, of *authority*."""
    return {
        "CollectionDetails": {
            "Collection": "CIN",
            "Year": str(year),
            "ReferenceDate": f"{year}-03-31",
        },
        "Source": {
            "SourceLevel": "L",
            "LEA": authority or NO_AUTHORITY,
            "SoftwareCode": "caf-gateway",
            "Release": notice,
            "SerialNo": "001",
            "DateTime": at.astimezone(LONDON).strftime("%Y-%m-%dT%H:%M:%S"),
        },
    }


def account(tree: Tree, at: str) -> Iterator[Leaf]:
    """Yield the fate of each leaf of the header *tree*, which stands at *at*."""
    for address, _ in leaves(tree):
        note = _KEPT.get(tuple(str(step) for step in address))
        fate = Fate.LOST if note is None else Fate.KEPT
        yield Leaf(XPATH.place(at, address), fate, note=note or _LOST)


def _text(tree: Tree, part: str, name: str) -> str:
    found = tree.get(part)
    text = found.get(name) if isinstance(found, dict) else None
    return text if isinstance(text, str) else ""


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _moment(text: str) -> datetime | None:
    """Return *text* as aware UTC: the file has local time, without a zone."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (found if found.tzinfo else found.replace(tzinfo=LONDON)).astimezone(UTC)
