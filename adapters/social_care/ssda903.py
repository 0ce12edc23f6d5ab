"""The adapter of SSDA903 returns: many looked-after children in, one child's view out.

It reads and writes the returns of 2023-24 to 2026-27, as a ZIP of the set of CSV files and as XML.
What is written in XML is valid against our own schemas (`mappings/ssda903/ssda903-2027.xsd` and
its fellows), which are not the Department's.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import BinaryIO, Final

from adapters.contract import (
    Envelope,
    Finding,
    Message,
    Payload,
    Piece,
    Portion,
    Received,
    Severity,
)
from adapters.errors import (
    InvalidRecordError,
    UnsupportedFormatError,
)
from adapters.social_care import ssda903_xml
from adapters.social_care.ssda903_child import ChildRecord, portion
from adapters.social_care.ssda903_pieces import pieces
from adapters.social_care.ssda903_set import TableSet, packed
from adapters.whole import MAX_BYTES, read_whole
from adapters.xml_trees import document
from mappings.caf.view import View
from mappings.errors import UnreadableError
from mappings.ssda903 import editions

ZIP_TYPE: Final = "application/vnd.caf-gateway.ssda903+zip"
XML_TYPE: Final = "application/vnd.caf-gateway.ssda903+xml"
MAX_UNPACKED: Final = 2**30  # of a set that is read as a stream
_ZIP: Final = b"PK"


@dataclass(frozen=True, slots=True)
class SSDA903Adapter:
    """Reads and writes SSDA903 returns."""

    name: str = "ssda903"
    media_types: tuple[str, ...] = (XML_TYPE, ZIP_TYPE)
    carries_marks: bool = False

    def read(self, payload: bytes, envelope: Envelope) -> Received:
        """Return what the return says of each child: rejected where it is none, with a place.

        >>> from datetime import UTC, datetime
        >>> envelope = Envelope(media_type=XML_TYPE, at=datetime(2026, 7, 1, tzinfo=UTC))
        >>> SSDA903Adapter().read(b"<Message/>", envelope).findings[0].code
        'not-a-903'
        """
        return read_whole(payload, lambda file: _portions(file, envelope, 2 * MAX_BYTES))

    def stream(self, file: BinaryIO, envelope: Envelope) -> Iterator[Portion]:
        """Yield what *file* holds, a child at a time: see `adapters.contract.StreamingAdapter`."""
        return _portions(file, envelope, 2 * MAX_UNPACKED)

    def pieces(self, file: BinaryIO) -> Iterator[Piece]:
        """Yield the bytes of each child of *file*: see `adapters.contract.BulkAdapter`."""
        return pieces(file, 2 * MAX_UNPACKED)

    def write(self, view: View, envelope: Envelope) -> Payload:
        """Return *view* as a return with one child, of the year that the media type names.

        `...; version=2025-26` asks for that collection; where none is named, it is the one whose
        year the envelope's moment is in. Raises `UnsupportedFormatError` for any other.
        """
        edition = _edition(envelope.media_type) or editions.current(envelope.at.date())
        child = editions.child(edition).write(view.content)
        version = f"; version={editions.name(edition)}"
        if not envelope.media_type.startswith(ZIP_TYPE):
            child.setdefault("HEADER", {})
            shape = editions.file_shape(edition)
            content = document(editions.ROOT, {"CHILD": [child]}, shape)
            return Payload(content, XML_TYPE + version)
        return Payload(packed(child), ZIP_TYPE + version)


def _portions(file: BinaryIO, envelope: Envelope, most_bytes: int) -> Iterator[Portion]:
    """Yield the message, then each child: of a ZIP or of XML, whatever it is declared to be."""
    edition = _edition(envelope.media_type)
    findings: list[Finding] = []
    if _is_zip(file) or envelope.media_type.startswith(ZIP_TYPE):
        tables = TableSet(file, most_bytes, findings)
        children = tables.children()
    else:
        children = ssda903_xml.children(file, findings)
    first = next(children, None)
    if first is None:
        message = "the sender has to send a return with a child: this one has none"
        raise InvalidRecordError(message, "no-child")
    if edition is None:
        edition = _guessed(first)
        message = f"the collection is not named: it is read as that of {editions.name(edition)}"
        findings.append(Finding("no-edition", Severity.INFORMATION, "", message))
    yield Portion(tuple(findings), message=_message(envelope))
    translation = editions.child(edition)
    said = len(findings)
    for record in chain([first], children):
        yield portion(record, translation, envelope.record)
    yield Portion(tuple(findings[said:]))  # what was met between the children


def _is_zip(file: BinaryIO) -> bool:
    file.seek(0)
    return file.read(len(_ZIP)) == _ZIP


def _message(envelope: Envelope) -> Message:
    """Return the message that a return is: it says nothing of itself."""
    return Message(
        id=envelope.message_id or envelope.record,
        destinations=envelope.destinations,
        use_case=envelope.use_case,
    )


def _guessed(record: ChildRecord) -> int:
    header = record.tree.get("HEADER")
    sex = header.get("SEX") if isinstance(header, dict) else None
    return editions.by_sex(sex if isinstance(sex, str) else "")


def _edition(media_type: str) -> int | None:
    """Return the edition that *media_type* asks for, None for none, or refuse it.

    >>> _edition(ZIP_TYPE), _edition(ZIP_TYPE + "; version=2025-26")
    (None, 2026)
    >>> _edition(ZIP_TYPE + "; version=2016-17")
    Traceback (most recent call last):
        ...
    adapters.errors.UnsupportedFormatError: only the collections 2023-24 to 2026-27 are read and written
    """  # noqa: E501 - the doctest's message is one line
    for parameter in media_type.split(";")[1:]:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "version":
            try:
                return editions.parse(value.strip().strip('"'))
            except UnreadableError as error:
                raise UnsupportedFormatError(str(error), "unsupported-edition") from None
    return None
