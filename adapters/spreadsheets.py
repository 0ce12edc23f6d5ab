"""Spreadsheets at the edge: bytes to rows of cells and back, with what office programs do to them.

Read: UTF-8, with or without a byte order mark, UTF-16, or the Windows code page (a finding);
commas, semicolons or tabs; a `sep=` line; trailing empty rows and columns. Written: UTF-8 with a
byte order mark, commas, CRLF, which opens by itself in all of them.

A cell that a program would take for a formula is written behind an apostrophe, and read without
it: a text that begins with `=` is a text again, and is never run on the way.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from adapters.errors import MalformedPayloadError, TooLargeError

MAX_BYTES: Final = 5 * 2**20  # as of every payload that is read whole
MAX_COLUMNS: Final = 1_000
DELIMITERS: Final = (",", ";", "\t")

_FORMULA: Final = re.compile("'*[=+\\-@\t\r\uff1d\uff0b\uff0d\uff20]")
_SEPARATOR: Final = re.compile(r'"?sep=([,;\t])"?\r?\n')
_MARKS: Final = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_WINDOWS: Final = "cp1252"


@dataclass(frozen=True, slots=True)
class Text:
    """The *content* of a file; it *is_guessed* where it was not in the encoding it should be in."""

    content: str
    is_guessed: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its *number* as the program shows it, from 1, and what its *cells* stand for.

    Its *width* is how many cells it was sent with: empty ones at its end are not among *cells*.
    """

    number: int
    cells: tuple[str, ...]
    width: int


def decode(payload: bytes) -> Text:
    r"""Return *payload* as text, or raise `MalformedPayloadError` or `TooLargeError`.

    >>> decode("Zoë".encode()), decode("Zoë".encode("cp1252"))
    (Text(content='Zoë', is_guessed=False), Text(content='Zoë', is_guessed=True))
    >>> decode(b"\x81")
    Traceback (most recent call last):
        ...
    adapters.errors.MalformedPayloadError: the sender has to save the sheet as CSV in UTF-8
    """
    if len(payload) > MAX_BYTES:
        message = f"the payload is larger than {MAX_BYTES} bytes"
        raise TooLargeError(message, "too-many-bytes")
    marked = next((name for mark, name in _MARKS.items() if payload.startswith(mark)), "utf-8")
    for encoding in dict.fromkeys((marked, "utf-8", _WINDOWS)):
        try:
            content = payload.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in content:
            return Text(content, is_guessed=encoding == _WINDOWS)
    message = "the sender has to save the sheet as CSV in UTF-8"
    raise MalformedPayloadError(message, "unknown-encoding", where="row 1")


def rows(text: Text, delimiter: str) -> Iterator[Row]:
    r"""Yield the rows of *text* that hold anything, or raise `MalformedPayloadError`.

    >>> [row.cells for row in rows(Text("a;b;;\n;;\n'=1;c"), ";")]
    [('a', 'b'), ('=1', 'c')]
    """
    content = text.content
    number = 0
    if declared := _SEPARATOR.match(content):
        delimiter, content, number = declared[1], content[declared.end() :], 1
    reader = csv.reader(io.StringIO(content, newline=""), delimiter=delimiter, strict=True)
    while True:
        number += 1
        try:
            cells = next(reader, None)
        except csv.Error:
            message = f"the sender has to mend the quotation marks of row `{number}`"
            raise MalformedPayloadError(message, "not-csv", where=f"row {number}") from None
        if cells is None:
            return
        if len(cells) > MAX_COLUMNS:
            message = f"a row has more than {MAX_COLUMNS} columns"
            raise TooLargeError(message, "too-many-columns", where=f"row {number}")
        shown = _without_empty_end([shown_of(cell) for cell in cells])
        if shown:
            yield Row(number, shown, len(cells))


def _without_empty_end(cells: list[str]) -> tuple[str, ...]:
    while cells and not cells[-1].strip():
        cells.pop()
    return tuple(cells)


def document(sheet: Iterable[Sequence[str]]) -> bytes:
    r"""Return *sheet*, rows of texts, as CSV that every office program opens as it stands.

    >>> document([["name"], ["=1+1"]])
    b"\xef\xbb\xbfname\r\n'=1+1\r\n"
    """
    written = io.StringIO(newline="")
    writer = csv.writer(written, lineterminator="\r\n")
    for cells in sheet:
        writer.writerow([harmless(cell) for cell in cells])
    return written.getvalue().encode("utf-8-sig")


def harmless(text: str) -> str:
    """Return *text* as a cell that no program takes for a formula; `shown_of` is its inverse.

    What CSV has no way to hold, the character NUL, becomes the replacement character.

    >>> harmless("=1"), harmless("'=1"), harmless("'tis")
    ("'=1", "''=1", "'tis")
    """
    text = text.replace("\0", "\ufffd")
    return f"'{text}" if _FORMULA.match(text) else text


def shown_of(cell: str) -> str:
    """Return the text that *cell* stands for.

    >>> shown_of("'=1"), shown_of("''=1"), shown_of("'tis"), shown_of("=1")
    ('=1', "'=1", "'tis", '=1')
    """
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def letter(position: int) -> str:
    """Return the letters by which a program calls the column at *position*, from 0.

    >>> letter(0), letter(25), letter(26)
    ('A', 'Z', 'AA')
    """
    letters = ""
    number = position + 1
    while number:
        number, digit = divmod(number - 1, 26)
        letters = chr(ord("A") + digit) + letters
    return letters
