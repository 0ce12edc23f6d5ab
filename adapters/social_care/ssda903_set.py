"""An SSDA903 return as a set of CSV files in one ZIP: read a child at a time, and written.

The rows of a child stand in up to twelve files, in any order. So the files are gone through once,
into a temporary index that is on disk where it is big, and then come out child by child: memory
holds one child. What is packed is bounded by what comes out of it, not by what it says of itself.
"""

import csv
import io
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from itertools import groupby
from typing import BinaryIO, Final
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import msgspec

from adapters.contract import Finding
from adapters.errors import InvalidRecordError
from adapters.social_care.ssda903_child import ChildRecord, warning
from adapters.social_care.ssda903_zip import Member, members, opened
from mappings.fidelity import Fate, Leaf
from mappings.language.trees import XPATH, Address, Tree
from mappings.ssda903.tables import CHILD, HEADER, TABLES, Table, table_of

_BATCH: Final = 5_000
_KEPT_IN_MEMORY: Final = -16_384  # kilobytes of the index
_FIRST_DAY: Final = (1980, 1, 1, 0, 0, 0)  # of ZIP: the same view is the same bytes
_NUMBERS: Final = {table.name: number for number, table in enumerate(TABLES)}
_Row = tuple[int, int, int, bytes]


@dataclass(slots=True)
class TableSet:
    """The set in *file*, indexed by child; *findings* are those of the files as such.

    Raises `AdapterError` where it is no ZIP, beyond a bound, or has no table.
    """

    file: BinaryIO
    most_bytes: int
    findings: list[Finding] = field(default_factory=list)
    _children: dict[str, int] = field(default_factory=dict)

    def children(self) -> Iterator[ChildRecord]:
        """Yield each child of the set: those of the Header in its order, then all others."""
        for number, rows in self._by_child():
            yield _child(number, rows)

    def _by_child(self) -> Iterator[tuple[int, Iterator[_Row]]]:
        with closing(sqlite3.connect("", check_same_thread=False)) as index:
            index.execute(f"PRAGMA cache_size = {_KEPT_IN_MEMORY}")
            index.execute("CREATE TABLE rows (child INT, kind INT, line INT, cells BLOB)")
            index.executemany("INSERT INTO rows VALUES (?, ?, ?, ?)", self._rows())
            self._leave_out_nobody(index)
            found = index.execute("SELECT * FROM rows ORDER BY child, kind, line")
            for number, (_, rows) in enumerate(groupby(found, key=lambda row: row[0]), start=1):
                yield number, rows

    def _rows(self) -> Iterator[_Row]:
        with opened(self.file) as archive:
            found = list(self._tables(archive))
            if not found:
                message = "the sender has to send the tables of the return: none of these is one"
                raise InvalidRecordError(message, "no-table")
            for table, member in sorted(found, key=lambda one: _NUMBERS[one[0].name]):
                yield from self._rows_of(table, member)

    def _tables(self, archive: ZipFile) -> Iterator[tuple[Table, Member]]:
        """Yield the members of *archive* that are tables, each of which there may be once."""
        known: set[str] = set()
        for position, member in enumerate(members(archive, self.most_bytes), start=1):
            table = table_of(member.columns())
            if table is None:
                message = "the sender has to check the columns: this file is no table, and not read"
                self.findings.append(warning("no-such-table", f"file {position}", message))
                continue
            if table.name in known:
                message = "the sender has to send this table once: which of them holds is not known"
                raise InvalidRecordError(message, "table-twice", where=table.name)
            known.add(table.name)
            self.findings += _of_the_text(table, member)
            yield table, member

    def _rows_of(self, table: Table, member: Member) -> Iterator[_Row]:
        columns = member.columns()
        key = columns.index(CHILD)
        for line, cells in member.rows():
            if len(cells) != len(columns):
                if any(cells):
                    message = "the sender has to give each row as many cells as there are columns"
                    self.findings.append(warning("other-cells", f"{table.name}:{line}", message))
                continue
            child = self._children.setdefault(cells[key].strip(), len(self._children))
            named = dict(zip(columns, (cell.strip() for cell in cells), strict=True))
            yield child, _NUMBERS[table.name], line, msgspec.json.encode(named)

    def _leave_out_nobody(self, index: sqlite3.Connection) -> None:
        """Take out the rows without a child, unless there is no other child: then they are one."""
        nobody = self._children.get("")
        if nobody is None:
            return
        at = "SELECT kind, line FROM rows WHERE child = ? LIMIT ?"
        message = "the sender has to say in `CHILD` which child this is about"
        for kind, line in index.execute(at, (nobody, _BATCH)):
            self.findings.append(warning("no-child", f"{TABLES[kind].name}:{line}:CHILD", message))
        if len(self._children) > 1:
            index.execute("DELETE FROM rows WHERE child = ?", (nobody,))


def _of_the_text(table: Table, member: Member) -> Iterator[Finding]:
    if member.has_mark:
        message = "the sender has to leave out the byte order mark: it was passed over"
        yield warning("byte-order-mark", f"{table.name}:1", message)
    if not member.is_utf_8:
        message = "the sender has to send UTF-8: it was read as Windows-1252"
        yield warning("undeclared-encoding", f"{table.name}:1", message)
    if member.columns() != table.columns:
        message = "the sender has to put the columns in their order: they were read by name"
        yield warning("other-order", f"{table.name}:1", message)


def _child(number: int, rows: Iterator[_Row]) -> ChildRecord:
    made = _Made(ChildRecord({}, f"/{CHILD}[{number}]"))
    for _, kind, line, cells in rows:
        made.add(TABLES[kind], line, msgspec.json.decode(cells, type=dict[str, str]))
    return made.record


@dataclass(slots=True)
class _Made:
    """A child while its rows are put together: the Header's first, if there is one."""

    record: ChildRecord
    once: set[str] = field(default_factory=set)
    is_introduced: bool = False

    def add(self, table: Table, line: int, cells: Mapping[str, str]) -> None:
        """Add a row of *table*; a second one where there is to be one is found, and not read."""
        if not table.repeats and table.name in self.once:
            message = "the sender has to give a child one row in this table: this one is not read"
            self._find(table.rules["again"], f"{table.name}:{line}", message)
            self._account_for(table, line, cells, tuple(cells), Fate.UNMAPPED)
            return
        if not self.is_introduced:
            self._introduce(table, line, cells)
        self.once.add(table.name)
        address = table.put(self.record.tree, cells)
        self._locate(table, line, cells, address)
        self._compare(table, line, cells)

    def _header(self) -> Tree:
        header = self.record.tree.setdefault(HEADER, {})
        assert isinstance(header, dict)  # noqa: S101 - put there by a table, which puts a tree
        return header

    def _introduce(self, table: Table, line: int, cells: Mapping[str, str]) -> None:
        """Take what a child's first row says of the child, where no Header does."""
        self.is_introduced = True
        if table.name == "Header":
            return
        message = "the sender has to put this child into the Header, too"
        self._find(table.rules.get("alone", "no-header"), f"{table.name}:{line}:{CHILD}", message)
        header = self._header()
        for column, leaf in table.shared.items():
            if cells[column]:
                header.setdefault(leaf, cells[column])
                self._place((HEADER, leaf), f"{table.name}:{line}:{column}")

    def _locate(self, table: Table, line: int, cells: Mapping[str, str], address: Address) -> None:
        row = f"{table.name}:{line}"
        self.record.places.setdefault(self._at(address), row)
        for column, leaf in table.leaves.items():
            if cells[column]:
                self._place((*address, leaf), f"{row}:{column}")
        for leaf in table.implied:
            self._place((*address, leaf), row)

    def _compare(self, table: Table, line: int, cells: Mapping[str, str]) -> None:
        """Account for what is said again of the child, and find where it is not the same."""
        header = self._header()
        for column, leaf in table.shared.items():
            where = f"{table.name}:{line}:{column}"
            if not cells[column] or self.record.places.get(self._at((HEADER, leaf))) == where:
                continue
            is_same = header.get(leaf) == cells[column]
            if not is_same and header.get(leaf):
                message = "the sender has to give the same here and in the Header, which was read"
                self._find(table.rules.get(column, "other-than-header"), where, message)
            fate = Fate.KEPT if is_same else Fate.UNMAPPED
            self._account_for(table, line, cells, (column,), fate)

    def _account_for(
        self,
        table: Table,
        line: int,
        cells: Mapping[str, str],
        columns: tuple[str, ...],
        fate: Fate,
    ) -> None:
        note = "as in the Header" if fate is Fate.KEPT else None
        for column in columns:
            if cells[column]:
                element = _ELEMENTS.get(column) if fate is Fate.KEPT else None
                where = f"{table.name}:{line}:{column}"
                self.record.leaves.append(Leaf(where, fate, element, note))

    def _find(self, code: str, where: str, message: str) -> None:
        self.record.findings.append(warning(code, where, message))

    def _place(self, address: Address, where: str) -> None:
        self.record.places.setdefault(self._at(address), where)

    def _at(self, address: Address) -> str:
        return XPATH.place(self.record.at, address)


_ELEMENTS: Final = {CHILD: "child.identifiers", "DOB": "child.birth", "SEX": "child.sex"}


def packed(child: Tree) -> bytes:
    """Return the set of tables that say *child*, with as few tables as that takes.

    There is always a Header, so that there is a set. The same child is the same bytes.
    """
    rows = {table.name: list(table.rows(child)) for table in TABLES}
    header = rows.pop("Header")
    return _zip({"Header": header, **{name: held for name, held in rows.items() if held}})


def _zip(rows: Mapping[str, list[dict[str, str]]]) -> bytes:
    """Return a set with a file for each table in *rows*."""
    written = io.BytesIO()
    with ZipFile(written, "w", ZIP_DEFLATED) as archive:
        for table in TABLES:
            if table.name in rows:
                info = ZipInfo(table.file, _FIRST_DAY)
                archive.writestr(info, _text(table, rows[table.name]), ZIP_DEFLATED)
    return written.getvalue()


def _text(table: Table, rows: list[dict[str, str]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, table.columns, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
