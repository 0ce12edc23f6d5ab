"""The children of an SSDA903 return, each with its own bytes: see `adapters.contract.BulkAdapter`.

In XML a child is one element. In a set of tables its rows stand in up to twelve files: they are
taken out as they stand, byte for byte, each below its table's own first line, and the files that
this makes are packed, uncompressed, as the set was. So a child's piece is a set by itself.
"""

import io
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import groupby
from typing import BinaryIO, Final
from zipfile import ZipFile, ZipInfo

from adapters.contract import Piece
from adapters.social_care.ssda903_zip import Member, members, opened
from adapters.xml_pieces import pieces as xml_pieces
from mappings.ssda903.tables import CHILD, TABLES, table_of

_KEPT_IN_MEMORY: Final = -4_096  # kilobytes of the index
_FIRST_DAY: Final = (1980, 1, 1, 0, 0, 0)  # of ZIP: the same rows are the same bytes
_ZIP: Final = b"PK"
_ORDER: Final = [table.name for table in TABLES]
_FIRST_LINE: Final = -1  # stands for the child of a table's first line
_Row = tuple[int, int, int, bytes]


def pieces(file: BinaryIO, most_bytes: int) -> Iterator[Piece]:
    """Yield the bytes of each child of *file*, a ZIP of which at most *most_bytes* come, or XML.

    The order is that in which `adapters.social_care.ssda903_set.TableSet` has the children.
    """
    file.seek(0)
    if file.read(len(_ZIP)) != _ZIP:
        yield from xml_pieces(file, CHILD)
        return
    with closing(sqlite3.connect("", check_same_thread=False)) as index:
        index.execute(f"PRAGMA cache_size = {_KEPT_IN_MEMORY}")
        index.execute("CREATE TABLE rows (child INT, kind INT, line INT, raw BLOB)")
        index.executemany("INSERT INTO rows VALUES (?, ?, ?, ?)", _rows(file, most_bytes))
        yield from _of_children(index)


def _of_children(index: sqlite3.Connection) -> Iterator[Piece]:
    first_lines = dict(
        index.execute("SELECT kind, raw FROM rows WHERE child = ?", (_FIRST_LINE,)).fetchall()
    )
    # Rows that name no child are one only where there is no other.
    (named,) = index.execute("SELECT count(*) FROM rows WHERE child > 0").fetchone()
    found = index.execute(
        "SELECT * FROM rows WHERE child >= ? ORDER BY child, kind, line", (1 if named else 0,)
    )
    for _, rows in groupby(found, key=lambda row: row[0]):
        yield Piece(content=_packed(first_lines, rows))


def _packed(first_lines: dict[int, bytes], rows: Iterator[_Row]) -> bytes:
    written = io.BytesIO()
    with ZipFile(written, "w") as archive:
        for kind, some in groupby(rows, key=lambda row: row[1]):
            lines = [first_lines[kind], *(_ended(raw) for *_, raw in some)]
            archive.writestr(ZipInfo(TABLES[kind].file, _FIRST_DAY), b"".join(lines))
    return written.getvalue()


def _ended(raw: bytes) -> bytes:
    """Return the row *raw* with an end: the last one of a file may have none."""
    return raw if raw.endswith((b"\n", b"\r")) else raw + b"\r\n"


def _rows(file: BinaryIO, most_bytes: int) -> Iterator[_Row]:
    """Yield child, table, line and bytes of each row; nobody is child 0."""
    children: dict[str, int] = {}
    with opened(file) as archive:
        for kind, member in sorted(_tables(archive, most_bytes), key=lambda one: one[0]):
            for line, (child, raw) in enumerate(member.raw_rows()):
                number = _FIRST_LINE
                if line:
                    number = children.setdefault(child, len(children) + 1) if child else 0
                yield number, kind, line, raw


def _tables(archive: ZipFile, most_bytes: int) -> Iterator[tuple[int, Member]]:
    for member in members(archive, most_bytes):
        table = table_of(member.columns())
        if table is not None:
            yield _ORDER.index(table.name), member
