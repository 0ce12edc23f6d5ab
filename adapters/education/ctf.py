"""The adapter of Common Transfer Files: many pupils in, one child's view out.

It reads editions 21 to 25 in the variants that are seen, and writes 24 and 25. What is written is
valid against our own schemas (`mappings/ctf/ctf-24.xsd`, `ctf-25.xsd`); the Department's own could
not be obtained, so that conformance to it is unverified.
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
from adapters.education.ctf_file import ESTABLISHMENT, portions, pupils
from adapters.errors import UnsupportedFormatError
from adapters.whole import read_whole
from adapters.xml_trees import document
from mappings.caf.view import View
from mappings.ctf import editions, header

MEDIA_TYPE: Final = "application/vnd.caf-gateway.ctf+xml"


@dataclass(frozen=True, slots=True)
class CTFAdapter:
    """Reads and writes Common Transfer Files."""

    name: str = "ctf"
    media_types: tuple[str, ...] = (MEDIA_TYPE,)
    carries_marks: bool = False

    def read(self, payload: bytes, envelope: Envelope) -> Received:
        """Return what the file says of each pupil: rejected where it is no CTF, with a place.

        >>> from datetime import UTC, datetime
        >>> envelope = Envelope(media_type=MEDIA_TYPE, at=datetime(2026, 1, 5, tzinfo=UTC))
        >>> CTFAdapter().read(b"<Register/>", envelope).findings[0].code
        'not-a-ctf'
        """
        return read_whole(payload, lambda file: self.stream(file, envelope))

    def stream(self, file: BinaryIO, envelope: Envelope) -> Iterator[Portion]:
        """Yield what *file* holds, a pupil at a time: see `adapters.contract.StreamingAdapter`."""
        return portions(file, envelope)

    def pieces(self, file: BinaryIO) -> Iterator[Piece]:
        """Yield the bytes of each pupil of *file*: see `adapters.contract.BulkAdapter`."""
        return pupils(file)

    def write(self, view: View, envelope: Envelope) -> Payload:
        """Return *view* as a file with one pupil, of the edition that the media type names.

        `...; version=24` asks for edition 24; the newest is written where none is named. Raises
        `UnsupportedFormatError` for any other.
        """
        edition = _edition(envelope.media_type)
        to = (one.value for one in envelope.destinations if one.system == ESTABLISHMENT)
        head = header.write(edition, envelope.at, view.notice, next(to, None))
        pupil = editions.pupil(edition).write(view.content)
        content = document(
            "CTfile",
            {"Header": head, "CTFpupilData": {"Pupil": [pupil]}},
            editions.file_shape(edition),
        )
        return Payload(content, f"{MEDIA_TYPE}; version={edition}")


def _edition(media_type: str) -> int:
    """Return the edition that *media_type* asks for, or raise `UnsupportedFormatError`.

    >>> _edition(MEDIA_TYPE), _edition(MEDIA_TYPE + "; version=24")
    (25, 24)
    >>> _edition(MEDIA_TYPE + "; version=15")
    Traceback (most recent call last):
        ...
    adapters.errors.UnsupportedFormatError: only editions 24 and 25 are written
    """
    for parameter in media_type.split(";")[1:]:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "version":
            version = value.strip().strip('"').partition(".")[0]
            if version not in map(str, editions.WRITTEN):
                message = "only editions 24 and 25 are written"
                raise UnsupportedFormatError(message, "unsupported-edition")
            return int(version)
    return editions.WRITTEN[-1]
