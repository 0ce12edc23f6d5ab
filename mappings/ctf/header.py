"""The header of a Common Transfer File: who sent it to whom, when, and in which edition.

A header says nothing of a pupil. What is kept of it is in the message; the rest is lost, because
a file that leaves has a header of its own.
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
NOT_A_SCHOOL: Final = ("XXX", "XXXX")
_SEPTEMBER: Final = 9
_KEPT: Final = {
    ("CTFversion",): "edition",
    ("DateTime",): "when it was sent",
    ("SourceSchool", "LEA"): "sender",
    ("SourceSchool", "Estab"): "sender",
    ("DestSchool", "LEA"): "destination",
    ("DestSchool", "Estab"): "destination",
}
_LOST: Final = "about the file, not the child: a file that leaves has a header of its own"


class Header(Struct, frozen=True, kw_only=True):
    """What a header says: *sender* and *destination* are local authority and establishment numbers.

    *edition* is None where the file does not say one that can be read; *sent_at* is aware UTC.
    """

    edition: int | None = None
    sent_at: datetime | None = None
    sender: str | None = None
    destination: str | None = None


def read(tree: Tree) -> Header:
    """Return what the header *tree* says; what it leaves out, or cannot be read, is None.

    >>> read({"CTFversion": "25.0", "SourceSchool": {"LEA": "383", "Estab": "2001"}})
    Header(edition=25, sent_at=None, sender='3832001', destination=None)
    """
    version = re.fullmatch(r"([0-9]{1,3})(?:\.[0-9]+)?", _text(tree, "CTFversion"))
    return Header(
        edition=int(version[1]) if version else None,
        sent_at=_moment(_text(tree, "DateTime")),
        sender=_school(tree.get("SourceSchool")),
        destination=_school(tree.get("DestSchool")),
    )


def write(edition: int, at: datetime, notice: str, destination: str | None) -> Tree:
    """Return a header of *edition* for a file made *at*, with *notice*, to *destination*."""
    local = at.astimezone(LONDON)
    school: Tree = {"DestSchool": _numbers(destination)} if destination else {}
    return {
        "DocumentName": "Common Transfer File",
        "CTFversion": f"{edition}.0",
        "DateTime": local.strftime("%Y-%m-%dT%H:%M:%S"),
        "DocumentQualifier": "partial",
        "DataDescriptor": notice,
        "SupplierID": "caf-gateway",
        "SourceSchool": {
            "LEA": NOT_A_SCHOOL[0],
            "Estab": NOT_A_SCHOOL[1],
            "AcademicYear": str(_academic_year(local.date())),
        },
        **school,
    }


def account(tree: Tree, at: str) -> Iterator[Leaf]:
    """Yield the fate of each leaf of the header *tree*, which stands at *at*."""
    for address, _ in leaves(tree):
        note = _KEPT.get(tuple(str(step) for step in address))
        fate = Fate.LOST if note is None else Fate.KEPT
        yield Leaf(XPATH.place(at, address), fate, note=note or _LOST)


def _academic_year(day: date) -> int:
    """Return the year in which the academic year of *day* began.

    >>> _academic_year(date(2026, 8, 31)), _academic_year(date(2026, 9, 1))
    (2025, 2026)
    """
    return day.year if day.month >= _SEPTEMBER else day.year - 1


def _text(tree: Tree, name: str) -> str:
    found = tree.get(name)
    return found if isinstance(found, str) else ""


def _moment(text: str) -> datetime | None:
    """Return *text* as aware UTC: the file has the local time of its school, without a zone."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (found if found.tzinfo else found.replace(tzinfo=LONDON)).astimezone(UTC)


def _school(node: object) -> str | None:
    """Return the seven digits of a school; None where it is none, such as XXX and XXXX."""
    if not isinstance(node, dict):
        return None
    number = _text(node, "LEA") + _text(node, "Estab")
    return number if re.fullmatch("[0-9]{7}", number) else None


def _numbers(school: str) -> Tree:
    return {"LEA": school[:3], "Estab": school[3:]}
