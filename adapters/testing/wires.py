"""What the kit itself knows of XML, JSON, CSV and HL7 v2: leaves, and records that are altered.

It shares no code with the adapters that it is turned on: what they say of a record is held
against what stands there.
"""

import copy
import csv
import io
import json
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any, Final, NamedTuple, Protocol, TypeAlias

from lxml import etree

CANARY: Final = "canary-7f3a"
UNKNOWN: Final = "Unknown7f3a"
MOST_ALTERED: Final = 24
_OF_THE_STRUCTURE: Final = {"url", "resourceType"}  # of FHIR: which element it is, not what it says

Json: TypeAlias = Any
"""What the standard library makes of JSON."""


class Leaf(NamedTuple):
    """One leaf of a record: its exact *place*, and its *text*."""

    place: str
    text: str


class Wire(Protocol):
    """How a format is written, as far as the kit has to alter and to look through it."""

    def leaves(self, payload: bytes) -> list[Leaf]:
        """Return every leaf of *payload*, with the place that a ledger is to give it."""
        ...

    def with_unknown(self, payload: bytes) -> Iterator[bytes]:
        """Yield *payload* with an element that no format has, here and there, holding `CANARY`."""
        ...

    def with_canary(self, payload: bytes) -> Iterator[bytes]:
        """Yield *payload* with one value after another replaced by `CANARY`."""
        ...

    def baseline(self, payload: bytes) -> object:
        """Parse *payload* and do nothing more: what reading it is measured against."""
        ...


def wire_of(media_type: str) -> Wire | None:
    """Return the wire of *media_type*; None where the kit does not know it.

    >>> type(wire_of("application/fhir+json")).__name__, wire_of("application/zip")
    ('JSONWire', None)
    """
    wires: dict[str, Wire] = {
        "xml": XMLWire(),
        "json": JSONWire(),
        "csv": CSVWire(),
        "hl7": HL7Wire(),
    }
    bare = media_type.partition(";")[0]
    return next((wire for name, wire in wires.items() if name in bare), None)


def general(place: str) -> str:
    """Return *place* without positions.

    >>> general("/Child/Phone[2]/No"), general("/names/0/use"), general("Bundle.entry[0].id")
    ('/Child/Phone/No', '/names/use', 'Bundle.entry.id')
    """
    return re.sub(r"\[\d+\]|/\d+(?=/|$)", "", place)


class XMLWire:
    """XML: elements by XPath, attributes by `@name`."""

    def leaves(self, payload: bytes) -> list[Leaf]:
        """Return the texts and attributes, at their XPath without namespaces."""
        return list(_xml_leaves(_parsed(payload), ""))

    def with_unknown(self, payload: bytes) -> Iterator[bytes]:
        """Yield *payload* with an unknown element in one element after another that has others."""
        root = _parsed(payload)
        holders = _distinct(one for one in root.iter("*") if len(one))
        for holder in islice(holders, MOST_ALTERED):
            prefix, _, _ = str(holder.tag).rpartition("}")
            added = etree.SubElement(holder, f"{prefix}}}{UNKNOWN}" if prefix else UNKNOWN)
            added.text = CANARY
            yield etree.tostring(root)
            holder.remove(added)

    def with_canary(self, payload: bytes) -> Iterator[bytes]:
        """Yield *payload* with one text or `value` after another replaced."""
        root = _parsed(payload)
        held = _distinct(one for one in root.iter("*") if not len(one))
        for element in islice(held, MOST_ALTERED):
            if "value" in element.attrib:
                before = element.attrib["value"]
                element.set("value", CANARY)
                yield etree.tostring(root)
                element.set("value", before)
            else:
                text, element.text = element.text, CANARY
                yield etree.tostring(root)
                element.text = text

    def baseline(self, payload: bytes) -> object:
        """Parse with lxml."""
        return _parsed(payload)


def _parsed(payload: bytes) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True)
    return etree.fromstring(payload, parser)


def _distinct(elements: Iterator[etree._Element]) -> Iterator[etree._Element]:
    """Yield the first of *elements* at each path."""
    seen: set[str] = set()
    for element in list(elements):
        path = general(element.getroottree().getpath(element))
        if path not in seen:
            seen.add(path)
            yield element


def _xml_leaves(element: etree._Element, around: str) -> Iterator[Leaf]:
    place = f"{around}/{_local(element)}"
    if (parent := element.getparent()) is not None:
        same = [one for one in parent.iterchildren("*") if _local(one) == _local(element)]
        place = f"{place}[{same.index(element) + 1}]" if len(same) > 1 else place
    for name, value in element.attrib.items():
        yield Leaf(f"{place}/@{etree.QName(name).localname}", str(value))
    if not len(element) and element.text and element.text.strip():
        yield Leaf(place, element.text.strip())
    for child in element.iterchildren("*"):
        yield from _xml_leaves(child, place)


def _local(element: etree._Element) -> str:
    return etree.QName(element).localname


class JSONWire:
    """JSON: members by JSON pointer."""

    def leaves(self, payload: bytes) -> list[Leaf]:
        """Return every value that is no object or array."""
        return [Leaf(f"/{'/'.join(map(str, path))}", text) for path, text in _json_leaves(payload)]

    def with_unknown(self, payload: bytes) -> Iterator[bytes]:
        """Yield *payload* with an unknown member in one object after another."""
        for path in islice(_objects(json.loads(payload), ()), MOST_ALTERED):
            altered = json.loads(payload)
            _at(altered, path)[UNKNOWN] = CANARY
            yield json.dumps(altered).encode()

    def with_canary(self, payload: bytes) -> Iterator[bytes]:
        """Yield *payload* with one value after another replaced."""
        whole = json.loads(payload)
        seen: set[str] = set()
        for path, _ in _json_leaves(payload):
            name = general("/" + "/".join(map(str, path)))
            is_structure = path[-1] in _OF_THE_STRUCTURE
            if name in seen or len(seen) >= MOST_ALTERED or is_structure:
                continue
            seen.add(name)
            altered = copy.deepcopy(whole)
            _at(altered, path[:-1])[path[-1]] = CANARY
            yield json.dumps(altered).encode()

    def baseline(self, payload: bytes) -> object:
        """Parse with the standard library."""
        found: object = json.loads(payload)
        return found


def _json_leaves(payload: bytes) -> Iterator[tuple[tuple[str | int, ...], str]]:
    def below(node: Json, path: tuple[str | int, ...]) -> Iterator[tuple[Any, str]]:
        if isinstance(node, dict):
            for name, child in node.items():
                yield from below(child, (*path, name))
        elif isinstance(node, list):
            for position, child in enumerate(node):
                yield from below(child, (*path, position))
        elif node is not None:
            yield path, node if isinstance(node, str) else json.dumps(node)

    yield from below(json.loads(payload), ())


def _objects(node: Json, path: tuple[str | int, ...]) -> Iterator[tuple[str | int, ...]]:
    if isinstance(node, dict):
        yield path
        for name, child in node.items():
            yield from _objects(child, (*path, name))
    elif isinstance(node, list) and node:
        yield from _objects(node[0], (*path, 0))


def _at(node: Json, path: tuple[str | int, ...]) -> Json:
    for step in path:
        node = node[step]
    return node


class CSVWire:
    """CSV with a row of titles: cells by line and title."""

    def leaves(self, payload: bytes) -> list[Leaf]:
        """Return every cell that is not empty, at `/line/title`."""
        titles, *rows = self.baseline(payload)
        return [
            Leaf(f"/{line}/{re.sub(r'[^A-Za-z0-9_.:-]+', '_', title.strip()).strip('_')}", cell)
            for line, row in enumerate(rows, start=2)
            for title, cell in zip(titles, row, strict=False)
            if cell
        ]

    def with_unknown(self, payload: bytes) -> Iterator[bytes]:
        """Yield *payload* with another column."""
        titles, *rows = self.baseline(payload)
        yield _table([[*titles, UNKNOWN], *([*row, CANARY] for row in rows)])

    def with_canary(self, payload: bytes) -> Iterator[bytes]:
        """Yield *payload* with one column after another replaced."""
        titles, *rows = self.baseline(payload)
        for column in range(min(len(titles), MOST_ALTERED)):
            altered = [[*row[:column], CANARY, *row[column + 1 :]] for row in rows]
            yield _table([titles, *altered])

    def baseline(self, payload: bytes) -> list[list[str]]:
        """Parse with the standard library."""
        text = payload.decode("utf-8-sig")
        return [row for row in csv.reader(io.StringIO(text, newline="")) if row]


def _table(rows: list[list[str]]) -> bytes:
    written = io.StringIO(newline="")
    csv.writer(written).writerows(rows)
    return written.getvalue().encode()


class HL7Wire:
    """HL7 v2: fields by segment and number, `PID-5`."""

    def leaves(self, payload: bytes) -> list[Leaf]:
        """Return every field that is not empty."""
        return [
            Leaf(f"{segment[0]}-{number + (segment[0] == 'MSH')}", field)
            for segment in self.baseline(payload)
            for number, field in enumerate(segment[1:], start=1)
            if field
        ]

    def with_unknown(self, payload: bytes) -> Iterator[bytes]:
        """Yield *payload* with a segment of nobody's."""
        yield payload.rstrip(b"\r\n") + f"\rZQX|1|{CANARY}\r".encode()

    def with_canary(self, payload: bytes) -> Iterator[bytes]:
        """Yield *payload* with one field after another replaced, but for the header."""
        segments = self.baseline(payload)
        places = [(row, field) for row, one in enumerate(segments) for field in range(1, len(one))]
        for row, field in islice(
            (one for one in places if segments[one[0]][0] != "MSH"), MOST_ALTERED
        ):
            altered = copy.deepcopy(segments)
            altered[row][field] = CANARY
            yield "\r".join("|".join(one) for one in altered).encode()

    def baseline(self, payload: bytes) -> list[list[str]]:
        """Split into segments and fields."""
        text = payload.decode("utf-8", "replace").strip("\x0b\x1c\r\n")
        return [line.split("|") for line in re.split(r"[\r\n]+", text) if line]
