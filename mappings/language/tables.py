"""Code tables: which code of one system is which of another, as data that opens in a spreadsheet.

`mappings/code_tables/index.csv` has a row a table, `repairs.csv` what dirty records have in place
of a code, `<name>.csv` a table's codes:

    source,target,display,note,version,licence

*source* is the agency's code and *display* its words for it; *target* is ours, and empty where
there is no counterpart. A table is total over the agency's list and one-to-one, or it says what
is lost: then a coding keeps the agency's own code beside ours, so that nothing is lost after all.
Of several codes for one of ours, the first row is what ours is written as.
"""

import csv
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import Final, NoReturn

from mappings.caf.codes import system_of
from mappings.caf.items import Coding
from mappings.errors import CodeTableError, UnreadableError
from mappings.language.values import ValueFunction

CONCEPT_MAP: Final = "https://caf-gateway.example/fhir/ConceptMap/"
COLUMNS: Final = ("source", "target", "display", "note", "version", "licence")
INDEX_COLUMNS: Final = (
    "name",
    "title",
    "source_system",
    "target_system",
    "same_as",
    "open",
    "loss",
)
REPAIR_COLUMNS: Final = ("table", "found", "meant", "note")
_DATA: Final = files("mappings.code_tables")
_UNKNOWN: Final = "the sender has to check this code: its list does not have it"


@dataclass(frozen=True, slots=True)
class CodeRow:
    """One code of the agency's list; *target* is None where it has no counterpart."""

    source: str
    target: str | None
    display: str
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeTable:
    """One table, between the systems *source_system* and *target_system* (URIs).

    *same_as* is another system that has the target's codes, and is written, too. *open* is a
    pattern of codes that the list has beside those of the rows, and that stay as they are;
    *repairs* what dirty records have in place of a code; *loss* says what is lost, where the table
    is not one-to-one.
    """

    name: str
    title: str
    source_system: str
    target_system: str
    rows: tuple[CodeRow, ...]
    version: str
    licence: str
    same_as: str | None = None
    repairs: Mapping[str, str] = field(default_factory=dict)
    open: str | None = None
    loss: str | None = None

    def target(self, code: str) -> str | None:
        """Return what the agency's *code* is with us, or raise `UnreadableError`.

        >>> table("ethnicity").target("WBRI")
        'A'
        >>> table("ethnicity").target("PAKI")
        Traceback (most recent call last):
            ...
        mappings.errors.UnreadableError: the sender has to check this code: its list does not have it
        """  # noqa: E501 - the doctest's message is one line
        for row in self.rows:
            if row.source == code:
                return row.target
        if self.open is not None and re.fullmatch(self.open, code):
            return code
        raise UnreadableError(_UNKNOWN)

    def concept_map(self) -> dict[str, object]:
        """Return the table as a FHIR R4 ConceptMap, ready to be encoded.

        Raises `CodeTableError` where the table has no codes of its own.

        >>> table("ethnicity").concept_map()["resourceType"]
        'ConceptMap'
        >>> table("nc-year").concept_map()
        Traceback (most recent call last):
            ...
        mappings.errors.CodeTableError: `nc-year` has no codes of its own
        """
        if not self.rows:
            message = f"`{self.name}` has no codes of its own"
            raise CodeTableError(message)
        return {
            "resourceType": "ConceptMap",
            "id": self.name,
            "url": CONCEPT_MAP + self.name,
            "version": self.version,
            "name": "".join(word.capitalize() for word in self.name.split("-")),
            "title": self.title,
            "status": "active",
            "copyright": self.licence,
            "sourceUri": self.source_system,
            "targetUri": self.target_system,
            "group": [
                {
                    "source": self.source_system,
                    "target": self.target_system,
                    "element": [self._element(row) for row in self.rows],
                }
            ],
        }

    def _element(self, row: CodeRow) -> dict[str, object]:
        comment = {"comment": row.note} if row.note else {}
        target: dict[str, object] = {"equivalence": "unmatched"}
        if row.target is not None:
            shared = sum(one.target == row.target for one in self.rows) > 1
            target = {"code": row.target, "equivalence": "wider" if shared else "equivalent"}
        return {"code": row.source, "display": row.display, "target": [target | comment]}


@cache
def tables() -> Mapping[str, CodeTable]:
    """Return every table of ours by its name, or raise `CodeTableError` where one is wrong."""
    return load(_DATA)


def load(folder: Traversable) -> Mapping[str, CodeTable]:
    """Return the tables in *folder* by name: an `index.csv`, a CSV for each, at times repairs.

    Raises `CodeTableError`, with file and line, where one breaks the rules.
    """
    index = _text(folder, "index.csv")
    rows = _rows("index.csv", index or "", INDEX_COLUMNS)
    found = {row["name"]: _table(row, folder) for row in rows}
    repairs = _text(folder, "repairs.csv") or ",".join(REPAIR_COLUMNS)
    for line, row in enumerate(_rows("repairs.csv", repairs, REPAIR_COLUMNS), start=2):
        table = found.get(row["table"])
        codes = {one.source for one in table.rows} if table else set()
        if table is None or row["meant"] not in codes or row["found"] in codes:
            _refuse("repairs.csv", line, "a repair leads from no code of the table to one of them")
        found[table.name] = replace(table, repairs={**table.repairs, row["found"]: row["meant"]})
    return MappingProxyType(found)


def table(name: str) -> CodeTable:
    """Return the table *name*, or raise `CodeTableError`.

    >>> table("shoe-size")
    Traceback (most recent call last):
        ...
    mappings.errors.CodeTableError: there is no code table `shoe-size`
    """
    try:
        return tables()[name]
    except KeyError:
        message = f"there is no code table `{name}`"
        raise CodeTableError(message) from None


def parse(text: str, facts: Mapping[str, str]) -> CodeTable:
    """Return the table whose CSV is *text* and whose row of the index is *facts*.

    Raises `CodeTableError`, with the line, where a column or a value is missing, a code stands
    twice, or the table is not one-to-one and does not say what is lost.
    """
    file = f"{facts['name']}.csv"
    rows = _rows(file, text, COLUMNS)
    sources: set[str] = set()
    targets: set[str] = set()
    for line, row in enumerate(rows, start=2):
        for name in ("source", "display", "version", "licence"):
            if not row[name].strip():
                _refuse(file, line, f"`{name}` is empty")
        if row["source"] in sources:
            _refuse(file, line, "the code stands twice")
        if not facts["loss"] and (not row["target"] or row["target"] in targets):
            _refuse(file, line, "not one-to-one: say in the index what is lost")
        sources.add(row["source"])
        targets.add(row["target"])
    if not rows and not facts["open"]:
        _refuse(file, 1, "there is no code")
    return CodeTable(
        name=facts["name"],
        title=facts["title"],
        source_system=facts["source_system"],
        target_system=facts["target_system"],
        rows=tuple(
            CodeRow(row["source"], row["target"] or None, row["display"], row["note"] or None)
            for row in rows
        ),
        version=rows[0]["version"] if rows else "",
        licence=rows[0]["licence"] if rows else "",
        same_as=facts["same_as"] or None,
        open=facts["open"] or None,
        loss=facts["loss"] or None,
    )


def coded(table: CodeTable, kind: type[StrEnum] | None, *, is_many: bool) -> ValueFunction:
    """Return *table* as a value function: to codings, or to the words of the closed list *kind*.

    *is_many* says that the field holds several codings.
    """
    read, write = _words(table, kind) if kind else _codings(table, is_many=is_many)
    pattern = "|".join(re.escape(row.source) for row in table.rows) or table.open or ""
    same = table.source_system == table.target_system
    how = None if same else f"by the code table `{table.name}`"
    return ValueFunction(
        name=f"code:{table.name}",
        read=read,
        write=write,
        texts=(pattern,),
        how=how,
        repairs=table.repairs,
    )


_Pair = tuple[Callable[..., object], Callable[..., object]]


def _words(table: CodeTable, kind: type[StrEnum]) -> _Pair:
    words = {row.source: kind(row.target) for row in table.rows if row.target}
    codes = {row.target: row.source for row in reversed(table.rows) if row.target}

    def read(code: str) -> StrEnum:
        found = words.get(code)
        if found is None:
            raise UnreadableError(_UNKNOWN)
        return found

    return read, codes.get


def _codings(table: CodeTable, *, is_many: bool) -> _Pair:
    known = {row.source: _codings_of(table, row) for row in table.rows}
    codes = {row.target: row.source for row in reversed(table.rows) if row.target}
    pattern = re.compile(table.open) if table.open else None
    systems = {table.target_system, table.same_as}

    def read(code: str) -> tuple[Coding, ...] | Coding:
        found = known.get(code)
        if found is None:
            if pattern is None or not pattern.fullmatch(code):
                raise UnreadableError(_UNKNOWN)
            found = (Coding(table.source_system, code),)
        return found if is_many else found[0]

    def write(held: tuple[Coding, ...] | Coding) -> str | None:
        codings = held if isinstance(held, tuple) else (held,)
        for one in codings:
            if one.system == table.source_system and (
                one.code in known or (pattern and pattern.fullmatch(one.code))
            ):
                return one.code
        targets = (one.code for one in codings if one.system in systems)
        return next((codes[code] for code in targets if code in codes), None)

    return read, write


def _codings_of(table: CodeTable, row: CodeRow) -> tuple[Coding, ...]:
    own = Coding(table.source_system, row.source, row.display)
    if row.target is None or table.source_system == table.target_system:
        return (own,)
    ours = Coding(table.target_system, row.target, _display(table.target_system, row))
    return (ours, own) if table.loss else (ours,)


def _display(system: str, row: CodeRow) -> str:
    found = system_of(system)
    return found.display(row.target or "") if found else row.display


def _table(facts: Mapping[str, str], folder: Traversable) -> CodeTable:
    text = _text(folder, f"{facts['name']}.csv")
    if text is None and facts["open"]:
        return parse(",".join(COLUMNS), facts)
    return parse(text or "", facts)


def _text(folder: Traversable, name: str) -> str | None:
    """Return what the file *name* of *folder* holds; None where there is none."""
    file = folder / name
    return file.read_text(encoding="utf-8") if file.is_file() else None


def _rows(file: str, text: str, columns: tuple[str, ...]) -> list[dict[str, str]]:
    reader = csv.DictReader(text.splitlines(), strict=True)
    if tuple(reader.fieldnames or ()) != columns:
        _refuse(file, 1, f"the columns have to be {','.join(columns)}")
    rows = list(reader)
    for line, row in enumerate(rows, start=2):
        if None in row or None in row.values():
            _refuse(file, line, "as many values are needed as there are columns")
    return rows


def _refuse(file: str, line: int, why: str) -> NoReturn:
    message = f"{file}:{line}: {why}"
    raise CodeTableError(message)
