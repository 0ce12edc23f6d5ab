"""The forms that a mapped format has on the wire: XML, JSON, CSV; bytes to trees and back.

Each is read within bounds, and gives for every record the place at which it stands.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, NamedTuple, Protocol
from xml.sax.saxutils import quoteattr

import orjson
from lxml import etree

from adapters import json_text, xml
from adapters.errors import InvalidRecordError, MalformedPayloadError, TooLargeError
from adapters.xml_trees import document, tree_of
from mappings.language.shapes import Shape
from mappings.language.trees import POINTER, XPATH, Node, Places, Tree, leaves
from mappings.language.xsd import is_text

MAX_BYTES: Final = 5 * 2**20  # as of a BaRS message
MAX_ROWS: Final = 100_000
_NAME: Final = re.compile(r"[^\w.:-]+", re.ASCII)
_FORMULA: Final = re.compile(r"'*[=+\-@\t\r]")
_NUMBER: Final = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?")


class Record(NamedTuple):
    """One child's record: the place *at* which it stands, and what it holds.

    *beside* are the places of what the file holds beside its records: of nobody's record.
    """

    at: str
    tree: Tree
    beside: tuple[str, ...] = ()


class Form(Protocol):
    """How a format is written on the wire."""

    @property
    def places(self) -> Places:
        """How the format's places are named."""
        ...

    def accepts(self, text: str) -> bool:
        """Say whether *text* comes out of this form as it went in."""
        ...

    def parse(self, payload: bytes, shape: Shape) -> list[Record]:
        """Return the records of *payload*, or raise `AdapterError`; of *shape*, or not quite."""
        ...

    def format(self, tree: Tree, shape: Shape) -> bytes:
        """Return *tree* on the wire."""
        ...


@dataclass(frozen=True, slots=True)
class XML:
    """A child's record as an XML document whose root is *root*, in *namespace* if any.

    A document of several has them at *record*, a path of names.

    >>> from mappings.language.shapes import of_paths
    >>> XML("Child").parse(b"<Child><Name>Wren</Name></Child>", of_paths(["Name"]))
    [Record(at='/Child', tree={'Name': 'Wren'}, beside=())]
    >>> several = b"<File><On>Monday</On><Child><Name>Wren</Name></Child></File>"
    >>> XML("File", record="Child").parse(several, of_paths(["Name"]))
    [Record(at='/File/Child[1]', tree={'Name': 'Wren'}, beside=('/File/On',))]
    >>> XML("Child").parse(b"<Adult/>", of_paths(["Name"]))
    Traceback (most recent call last):
        ...
    adapters.errors.InvalidRecordError: the root has to be `Child`: this is another format
    """

    root: str
    namespace: str | None = None
    record: str = ""
    places: Places = XPATH

    def accepts(self, text: str) -> bool:
        """Say whether *text* comes out of XML as it went in."""
        return is_text(text)

    def parse(self, payload: bytes, shape: Shape) -> list[Record]:
        """Return the one record of *payload*: see `Form.parse`."""
        root = xml.parse(payload)
        prefix = "" if self.namespace is None else f"{{{self.namespace}}}"
        if root.tag != prefix + self.root:
            of = f" in the namespace `{self.namespace}`" if self.namespace else ""
            message = f"the root has to be `{self.root}`{of}: this is another format"
            raise InvalidRecordError(message, "another-root", where="/*")
        if prefix:
            _take_out(root, prefix)
        at = f"/{self.root}"
        if not self.record:
            return [Record(at, tree_of(root, shape, []))]
        found = root.findall(self.record)
        trees = [tree_of(one, shape, []) for one in found]
        for one in found:
            parent = one.getparent()
            if parent is not None:
                parent.remove(one)
        beside = _places(self.places, at, tree_of(root, Shape(), []))
        return [
            Record(f"{at}/{self.record}[{number}]", tree, beside)
            for number, tree in enumerate(trees, start=1)
        ]

    def format(self, tree: Tree, shape: Shape) -> bytes:
        """Return *tree* as a document, its elements in the order of *shape*."""
        for name in reversed(self.record.split("/") if self.record else []):
            tree, shape = {name: tree}, Shape(children={name: shape})
        content = document(self.root, tree, shape)
        if self.namespace is None:
            return content
        head = f"<{self.root}"
        return content.replace(
            head.encode(), f"{head} xmlns={quoteattr(self.namespace)}".encode(), 1
        )


def _places(places: Places, at: str, tree: Tree) -> tuple[str, ...]:
    # What was around the records is left without a text, and is no leaf.
    return tuple(places.place(at, address) for address, text in leaves(tree) if text != "")


def _take_out(root: etree._Element, prefix: str) -> None:
    for element in root.iter():
        if element.tag.startswith(prefix):
            element.tag = element.tag.removeprefix(prefix)


@dataclass(frozen=True, slots=True)
class JSON:
    """A child's record as a JSON object; what stands at *unquoted* is a number, true or false.

    An object of several has them in the list at *record*, a path of names.

    >>> form = JSON(unquoted=("age",))
    >>> form.parse(b'{"age": 7}', Shape())
    [Record(at='', tree={'age': '7'}, beside=())]
    >>> form.format({"age": "7"}, Shape())
    b'{"age":7}'
    """

    unquoted: tuple[str, ...] = ()
    record: str = ""
    places: Places = POINTER

    def accepts(self, text: str) -> bool:
        """Say whether *text* can be in JSON, which all but half a character can."""
        return _is_unicode(text)

    def parse(self, payload: bytes, shape: Shape) -> list[Record]:  # noqa: ARG002 - as of a form
        """Return the one record of *payload*: see `Form.parse`."""
        found = json_text.parse(payload)
        if not isinstance(found, dict):
            message = "the record has to be one JSON object"
            raise InvalidRecordError(message, "no-object", where="/")
        tree = {str(name): _as_texts(node) for name, node in found.items()}
        if not self.record:
            return [Record("", tree)]
        records = _taken_out(tree, self.record.split("/"))
        beside = _places(self.places, "", tree)
        return [
            Record(f"/{self.record}/{number}", one, beside)
            for number, one in enumerate(records)
            if isinstance(one, dict)
        ]

    def format(self, tree: Tree, shape: Shape) -> bytes:  # noqa: ARG002 - as of a form
        """Return *tree* as an object."""
        whole = _as_json(tree, "", frozenset(self.unquoted))
        names = self.record.split("/") if self.record else []
        for depth, name in enumerate(reversed(names)):
            whole = {name: [whole] if depth == 0 else whole}
        return orjson.dumps(whole)


def _taken_out(tree: Tree, names: list[str]) -> list[Node]:
    """Return the list at *names* of *tree*, and take it out of there."""
    *around, last = names
    for name in around:
        node = tree.get(name)
        if not isinstance(node, dict):
            return []
        tree = node
    found = tree.get(last)
    return tree.pop(last) if isinstance(found, list) else []  # type: ignore[return-value]  # it is that list


def _as_texts(node: object) -> Node:
    match node:
        case dict():
            return {str(name): _as_texts(child) for name, child in node.items()}
        case list():
            return [_as_texts(child) for child in node]
        case bool():
            return "true" if node else "false"
        case int() | float() | Decimal():
            return str(node)
        case _:
            return node if isinstance(node, str) else None


def _as_json(node: Node, path: str, unquoted: frozenset[str]) -> object:
    if isinstance(node, dict):
        below = {name: f"{path}/{name}".lstrip("/") for name in node}
        return {name: _as_json(child, below[name], unquoted) for name, child in node.items()}
    if isinstance(node, list):
        return [_as_json(child, path, unquoted) for child in node]
    if path in unquoted and isinstance(node, str):
        return _unquoted(node)
    return node


def _unquoted(text: str) -> object:
    if text in {"true", "false"}:
        return text == "true"
    if _NUMBER.fullmatch(text):
        return orjson.Fragment(text)
    return text


@dataclass(frozen=True, slots=True)
class CSV:
    r"""A row a child, under a row of *columns*; a path says `Date_of_birth` for `Date of birth`.

    Cells that a spreadsheet would take for a formula have an apostrophe before them.

    >>> CSV(("First name",)).parse(b"First name\r\nWren\r\n", Shape())
    [Record(at='/2', tree={'First_name': 'Wren'}, beside=())]
    >>> CSV(("First name",)).format({"First_name": "=1+1"}, Shape())
    b"First name\r\n'=1+1\r\n"
    """

    columns: tuple[str, ...]
    places: Places = POINTER

    def accepts(self, text: str) -> bool:
        """Say whether *text* comes out of a cell as it went in."""
        return bool(text) and "\0" not in text and _is_unicode(text)

    def parse(self, payload: bytes, shape: Shape) -> list[Record]:  # noqa: ARG002 - as of a form
        """Return a record for each row of *payload*: see `Form.parse`."""
        rows = _rows(_text(payload))
        titles = next(rows, (1, []))[1]
        names = [name_of(title) for title in titles]
        if not set(names) & {name_of(title) for title in self.columns}:
            message = "the first row has to name the columns: none of them is known"
            raise InvalidRecordError(message, "no-columns", where="1:1")
        if len(set(names)) < len(names):
            message = "a column stands twice: each has to have a name of its own"
            raise InvalidRecordError(message, "duplicate-column", where="1:1")
        return [_record(line, cells, names) for line, cells in rows if cells]

    def format(self, tree: Tree, shape: Shape) -> bytes:  # noqa: ARG002 - as of a form
        """Return *tree* as a row under the columns."""
        written = io.StringIO(newline="")
        writer = csv.writer(written)
        writer.writerow(self.columns)
        writer.writerow([_cell(tree.get(name_of(title))) for title in self.columns])
        return written.getvalue().encode()


def name_of(title: str) -> str:
    """Return what a path calls the column *title*.

    >>> name_of("Date of birth (child)")
    'Date_of_birth_child'
    """
    return _NAME.sub("_", title.strip()).strip("_")


def _record(line: int, cells: Sequence[str], names: Sequence[str]) -> Record:
    if len(cells) > len(names):
        message = "the row has more cells than there are columns"
        raise InvalidRecordError(message, "too-many-cells", where=f"{line}:1")
    held: Iterable[tuple[str, str]] = zip(names, map(_plain, cells), strict=False)
    return Record(f"/{line}", {name: text for name, text in held if text})


def _cell(node: Node) -> str:
    text = node if isinstance(node, str) else ""
    return f"'{text}" if _FORMULA.match(text) else text


def _plain(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def _text(payload: bytes) -> str:
    if len(payload) > MAX_BYTES:
        message = f"the payload is larger than {MAX_BYTES} bytes"
        raise TooLargeError(message, "too-many-bytes")
    try:
        text = payload.decode("utf-8-sig")  # spreadsheets put a mark before it
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        message = "the table is not in UTF-8: save it as CSV in UTF-8"
        raise MalformedPayloadError(message, "not-utf-8", where="1:1")
    return text


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield each row with the line on which it begins."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    try:
        for number, cells in enumerate(reader):
            if number > MAX_ROWS:
                message = f"the table has more than {MAX_ROWS} rows"
                raise TooLargeError(message, "too-many-rows")
            yield line, cells
            line = reader.line_num + 1
    except csv.Error:
        message = f"the payload is not CSV from line `{line}` on"
        raise MalformedPayloadError(message, "not-csv", where=f"{line}:1") from None


def _is_unicode(text: str) -> bool:
    return not any("\ud800" <= one <= "\udfff" for one in text)
