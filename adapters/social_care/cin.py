"""The adapter of the children in need census: a return of many children in, one child's view out.

It reads the censuses of 2022 to 2026 in the variants that are seen, and writes them. What is
written is valid against our own schemas (`mappings/cin/cin-2022.xsd` to `cin-2026.xsd`) and breaks
none of our rules; the Department's own schemas could not be obtained.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from adapters.contract import (
    Envelope,
    Payload,
    Piece,
    Portion,
    Received,
)
from adapters.errors import UnsupportedFormatError
from adapters.social_care.cin_file import AUTHORITY, children, portions
from adapters.social_care.cin_rules import broken
from adapters.social_care.cin_rules.rule import Record
from adapters.whole import read_whole
from adapters.xml_trees import document
from mappings.caf.assessment import Assessment
from mappings.caf.view import View
from mappings.cin import header, years
from mappings.language.trees import Tree

MEDIA_TYPE: Final = "application/vnd.caf-gateway.cin+xml"
_UNKNOWN_SEX: Final = {2025: ("Sex", "U"), 2022: ("GenderCurrent", "0")}
_UNKNOWN_ETHNICITY: Final = "NOBT"
_CHILD: Final = "/Message/Children/Child[1]"


@dataclass(frozen=True, slots=True)
class CINAdapter:
    """Reads and writes returns of the children in need census."""

    name: str = "cin"
    media_types: tuple[str, ...] = (MEDIA_TYPE,)
    carries_marks: bool = False

    def read(self, payload: bytes, envelope: Envelope) -> Received:
        """Return what the return says of each child: rejected where it, or a child, is in error.

        >>> from datetime import UTC, datetime
        >>> envelope = Envelope(media_type=MEDIA_TYPE, at=datetime(2026, 5, 1, tzinfo=UTC))
        >>> CINAdapter().read(b"<Register/>", envelope).findings[0].code
        'not-a-census'
        """
        return read_whole(payload, lambda file: self.stream(file, envelope))

    def stream(self, file: BinaryIO, envelope: Envelope) -> Iterator[Portion]:
        """Yield what *file* holds, a child at a time: see `adapters.contract.StreamingAdapter`.

        Each child stands by itself: what is in error in one is no fault of the others.
        """
        return portions(file, envelope)

    def pieces(self, file: BinaryIO) -> Iterator[Piece]:
        """Yield the bytes of each child of *file*: see `adapters.contract.BulkAdapter`."""
        return children(file)

    def write(self, view: View, envelope: Envelope) -> Payload:
        """Return *view* as a return of one child, of the year that the media type names.

        `...; year=2024` asks for the census of 2024; the newest is written where none is named.
        Raises `UnsupportedFormatError` for a year that is not written, and where the view is no
        return: it has no episode of need, or the Department would refuse it.
        """
        year = _year(envelope.media_type)
        if not view.content.social_care.episodes:
            message = "there is no episode of need here: this child is none of the census"
            raise UnsupportedFormatError(message, "no-episode")
        authority = (one.value for one in envelope.destinations if one.system == AUTHORITY)
        child = _child(view.content, year)
        _refuse_what_is_in_error(child, year)
        head = header.write(year, envelope.at, view.notice, next(authority, None))
        tree: Tree = {"Header": head, "Children": {"Child": [child]}}
        return Payload(
            document("Message", tree, years.file_shape(year)), f"{MEDIA_TYPE}; year={year}"
        )


def _child(assessment: Assessment, year: int) -> Tree:
    """Return *assessment* as an element; what the census has a word for, where it is not known."""
    tree = years.child(year).write(assessment)
    identifiers = tree.setdefault("ChildIdentifiers", {})
    characteristics = tree.setdefault("ChildCharacteristics", {})
    name, unknown = _UNKNOWN_SEX[max(since for since in _UNKNOWN_SEX if since <= year)]
    if isinstance(identifiers, dict):
        identifiers.setdefault(name, unknown)
    if isinstance(characteristics, dict):
        characteristics.setdefault("Ethnicity", _UNKNOWN_ETHNICITY)
    return tree


def _refuse_what_is_in_error(tree: Tree, year: int) -> None:
    reading = years.child(year).read(tree, at=_CHILD)
    for rule, where in broken(Record.of(reading, tree, _CHILD, year)):
        if not rule.is_query:
            message = f"this is no return as it stands: rule `{rule.code}` is broken at `{where}`"
            raise UnsupportedFormatError(message, rule.code, where=where)


def _year(media_type: str) -> int:
    """Return the year that *media_type* asks for, or raise `UnsupportedFormatError`.

    >>> _year(MEDIA_TYPE), _year(MEDIA_TYPE + "; year=2024")
    (2026, 2024)
    >>> _year(MEDIA_TYPE + "; year=2017")
    Traceback (most recent call last):
        ...
    adapters.errors.UnsupportedFormatError: only the censuses of 2022 to 2026 are written
    """
    for parameter in media_type.split(";")[1:]:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "year":
            asked = value.strip().strip('"')
            if asked not in map(str, years.YEARS):
                message = "only the censuses of 2022 to 2026 are written"
                raise UnsupportedFormatError(message, "unsupported-year")
            return int(asked)
    return years.YEARS[-1]
