"""The lines of an import, written down as they come: CSV for a spreadsheet, or JSON lines.

    record,line,entry,fate,code,severity,where,what to do

A record of which nothing was found has one line, another one for each finding.
"""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Protocol, TextIO

import msgspec

from gateway.errors import RequestError
from gateway.importing.report import Line
from gateway.searching.spreadsheets import inert

COLUMNS: Final = ("record", "line", "entry", "fate", "code", "severity", "where", "what to do")


class Listing(Protocol):
    """Somewhere to write lines to."""

    def add(self, line: Line) -> None:
        """Write one line down."""
        ...


def listing(path: Path, file: TextIO) -> Listing:
    """Return what writes lines to *file*, in the form that the name of its *path* ends in.

    Raises `RequestError` for any other than `.csv`, `.json` and `.jsonl`.
    """
    match path.suffix.lower():
        case ".csv":
            return CSVListing(file)
        case ".json" | ".jsonl":
            return JSONListing(file)
        case _:
            message = "a report is written to a file that ends in .csv, .json or .jsonl"
            raise RequestError(message)


class CSVListing:
    """Writes a table in which nothing is a formula."""

    def __init__(self, file: TextIO) -> None:
        self._writer = csv.writer(file)
        self._writer.writerow(COLUMNS)

    def add(self, line: Line) -> None:
        """Write a row for each finding of *line*, or one where there is none."""
        for row in rows(line):
            self._writer.writerow(map(inert, row))


class JSONListing:
    """Writes one JSON object a line."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def add(self, line: Line) -> None:
        """Write *line* down."""
        self._file.write(msgspec.json.encode(line).decode() + "\n")


def rows(line: Line) -> Iterator[tuple[str, ...]]:
    """Yield *line* as rows of a table: one for each finding, or one where there is none.

    >>> list(rows(Line(number=7, line=90, entry=12)))
    [('7', '90', '12', '', '', '', '', '')]
    """
    at, entry = ("" if one is None else str(one) for one in (line.line, line.entry))
    begun = (str(line.number or ""), at, entry, line.fate or "")
    if not line.findings:
        yield (*begun, "", "", "", "")
    for found in line.findings:
        yield (*begun, found.code, found.severity.value, found.where, found.message)
