"""The records of a big file: what an adapter reads of each child, beside that child's own bytes.

A file is read twice at once. One reader has what each record means, in the format's own terms and
against the whole file; the other where its bytes stand. They walk in step, and where they do not
agree on the number of records, nothing more is taken in.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path

from adapters.contract import BulkAdapter, Envelope, Piece, Portion
from adapters.errors import InvalidRecordError
from adapters.media_types import BEGINNING, looks_like
from gateway.errors import ConflictError

_DIFFER = "the file cannot be cut into its records: the sender has to send them one by one"


@dataclass(frozen=True, slots=True)
class BigFile:
    """A file as it was when it was looked at: its *path*, *sha256* (hexadecimal) and *size*."""

    path: Path
    sha256: str
    size: int
    changed_at: int

    @classmethod
    def at(cls, path: Path) -> "BigFile":
        """Return the file at *path*, having read it once."""
        with path.open("rb") as file:
            digest = file_digest(file, "sha256").hexdigest()
        found = path.stat()
        return cls(path, digest, found.st_size, found.st_mtime_ns)

    def media_type(self, adapter: BulkAdapter) -> str:
        """Return which of the adapter's media types the file looks like."""
        with self.path.open("rb") as file:
            return looks_like(file.read(BEGINNING), adapter.media_types)

    def require_unchanged(self) -> None:
        """Raise `ConflictError` where it was written to meanwhile."""
        found = self.path.stat()
        if (found.st_size, found.st_mtime_ns) != (self.size, self.changed_at):
            message = "the file was changed while it was read: import it again as it is now"
            raise ConflictError(message)

    def read(
        self, adapter: BulkAdapter, envelope: Envelope
    ) -> Iterator[tuple[Portion, Piece | None]]:
        """Yield each portion that *adapter* reads, and the bytes of those that are a child's.

        Raises `AdapterError` where the file is not of the format, or stops being it.
        """
        with self.path.open("rb") as whole, self.path.open("rb") as cut:
            pieces = adapter.pieces(cut)
            for portion in adapter.stream(whole, envelope):
                if portion.reading is None:
                    yield portion, None
                    continue
                piece = next(pieces, None)
                if piece is None:
                    raise InvalidRecordError(_DIFFER, "records-differ")
                yield portion, piece
            if next(pieces, None) is not None:
                raise InvalidRecordError(_DIFFER, "records-differ")
