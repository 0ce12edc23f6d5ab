"""The files of a ZIP as tables, within bounds: nothing in it is believed, and nothing unpacked.

A member is read as a stream and counted while it comes out, whatever size it claims. Files in
files, other compressions and what is encrypted are refused.
"""

import codecs
import csv
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import BinaryIO, Final
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from adapters.errors import MalformedPayloadError, TooLargeError
from mappings.ssda903.tables import CHILD

MAX_MEMBERS: Final = 64
MAX_CELL: Final = 10_000
_CHUNK: Final = 2**16
_ENCRYPTED: Final = 0x1
_NOT_A_TABLE: Final = ("__MACOSX/", ".")


@dataclass(slots=True)
class Budget:
    """How many bytes may still come out of an archive.

    Each comes out twice: to find the encoding, and to be read.
    """

    left: int

    def take(self, number: int) -> None:
        """Take *number* bytes, or raise `TooLargeError`."""
        self.left -= number
        if self.left < 0:
            message = "the ZIP holds more than is unpacked: import it in parts"
            raise TooLargeError(message, "too-many-bytes")


class _Counted(io.RawIOBase):
    """A stream whose bytes are counted against a budget as they come."""

    def __init__(self, stream: BinaryIO, budget: Budget) -> None:
        super().__init__()
        self._stream = stream
        self._budget = budget

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]  # what RawIOBase hands over
        chunk = self._stream.read(len(buffer))
        self._budget.take(len(chunk))
        buffer[: len(chunk)] = chunk
        return len(chunk)


@dataclass(slots=True)
class Member:
    """One file of an archive, as a table: its columns, and its rows with their lines.

    *has_mark* says that it begins with a byte order mark, *is_utf_8* that it is in UTF-8.
    """

    archive: ZipFile
    info: ZipInfo
    budget: Budget
    has_mark: bool = field(init=False)
    is_utf_8: bool = field(init=False)
    _columns: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        with _faults(), self._opened() as stream:
            self.has_mark = stream.read(3) == codecs.BOM_UTF8
        self.is_utf_8 = self._decodes()
        _, columns = next(self._lines(), (1, ()))
        self._columns = tuple(column.strip() for column in columns)

    def columns(self) -> tuple[str, ...]:
        """Return the names of the columns; of a file that is no table, whatever it begins with."""
        return self._columns

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Yield each row but the first, with the line that it ends on."""
        lines = self._lines()
        next(lines, None)
        for line, cells in lines:
            yield line, list(cells)

    def raw_rows(self) -> Iterator[tuple[str, bytes]]:
        """Yield each row as its bytes stand in the file, the first too, with its `CHILD`.

        A row of other cells than there are columns is passed over, as it is where it is read.
        """
        encoding = "utf-8" if self.is_utf_8 else "cp1252"
        child = self._columns.index(CHILD)
        with _faults(), self._opened() as stream:
            # Latin-1 has a character for each byte: what was taken apart is put together again.
            taken = _Taken(io.TextIOWrapper(stream, "latin-1", newline=""))
            for number, cells in enumerate(csv.reader(taken, strict=True)):
                raw = taken.since()
                if number and len(cells) != len(self._columns):
                    continue
                key = cells[child].encode("latin-1").decode(encoding, "replace")
                yield key.strip() if number else "", raw

    def _lines(self) -> Iterator[tuple[int, tuple[str, ...]]]:
        encoding = "utf-8-sig" if self.is_utf_8 else "cp1252"
        with _faults(), self._opened() as stream:
            # Nothing is lost by what cannot be decoded: no such byte has a meaning in Windows-1252.
            text = io.TextIOWrapper(stream, encoding, errors="replace", newline="")
            reader = csv.reader(_bounded(text), strict=True)
            for cells in reader:
                if any(len(cell) > MAX_CELL for cell in cells):
                    message = f"a cell has more than {MAX_CELL} characters"
                    raise TooLargeError(message, "too-long", where=f"line {reader.line_num}")
                yield reader.line_num, tuple(cells)

    def _opened(self) -> io.BufferedReader:
        return io.BufferedReader(_Counted(self.archive.open(self.info), self.budget))  # type: ignore[arg-type]  # a binary stream

    def _decodes(self) -> bool:
        decoder = codecs.getincrementaldecoder("utf-8")()
        with _faults(), self._opened() as stream:
            try:
                while chunk := stream.read(_CHUNK):
                    decoder.decode(chunk)
                decoder.decode(b"", final=True)
            except UnicodeDecodeError:
                return False
        return True


class _Taken:
    """Lines of *text*, and the bytes of those that were taken since they were last asked for."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._lines = _bounded(text)
        self._held: list[str] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self._held.append(line)
        return line

    def since(self) -> bytes:
        """Return the bytes of the lines since the last time."""
        held = "".join(self._held).encode("latin-1")
        self._held.clear()
        return held


def _bounded(text: io.TextIOWrapper) -> Iterator[str]:
    """Yield the lines of *text*, none of which is held where it has no end."""
    while line := text.readline(100 * MAX_CELL):
        yield line


@contextmanager
def opened(file: BinaryIO) -> Iterator[ZipFile]:
    """Open *file* as an archive, or raise `MalformedPayloadError`."""
    with _faults():
        archive = ZipFile(file)
    with archive:
        yield archive


def members(archive: ZipFile, most_bytes: int) -> Iterator[Member]:
    """Yield the files of *archive*, from which at most *most_bytes* come out.

    Raises `TooLargeError` or `MalformedPayloadError`.
    """
    budget = Budget(most_bytes)
    found = [one for one in archive.infolist() if not one.is_dir()]
    found = [one for one in found if not one.filename.startswith(_NOT_A_TABLE)]
    if len(found) > MAX_MEMBERS:
        message = f"the ZIP has more than {MAX_MEMBERS} files"
        raise TooLargeError(message, "too-many-files")
    for info in found:
        if info.flag_bits & _ENCRYPTED or info.compress_type not in {ZIP_STORED, ZIP_DEFLATED}:
            message = "the ZIP is encrypted, or packed in a way that is not read"
            raise MalformedPayloadError(message, "not-a-zip")
        yield Member(archive, info, budget)


@contextmanager
def _faults() -> Iterator[None]:
    """Turn whatever a broken archive or table raises into `MalformedPayloadError`."""
    try:
        yield
    except csv.Error:
        message = "a file of the ZIP is no CSV: the sender has to export it again"
        raise MalformedPayloadError(message, "not-csv") from None
    except (BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError):
        message = "this is no whole ZIP: send the whole set of tables as a ZIP, or give the folder"
        raise MalformedPayloadError(message, "not-a-zip") from None
