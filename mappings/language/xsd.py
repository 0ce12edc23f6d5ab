"""The shape of an XML format, from its schema.

Only what our own schemas use is read: elements, complex types, sequences, choices, groups,
attributes, enumerations and includes, without namespaces. Anything else is refused, so that no
part of a schema is ever passed over.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Final

from lxml import etree

from mappings.errors import SchemaError
from mappings.language.shapes import Shape

_XS: Final = "{http://www.w3.org/2001/XMLSchema}"
_DEEPEST: Final = 32
_BOOLEANS: Final = {"true", "false", "1", "0"}
# The characters of XML 1.0, without the carriage return, which does not come back as it went.
_LEGAL: Final = re.compile("[\\t\\n\\x20-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]+")


def load(path: Path) -> etree.XMLSchema:
    """Return the schema at *path*, ready to validate, or raise `SchemaError`."""
    try:
        return etree.XMLSchema(etree.parse(path, _parser()))
    except (OSError, etree.XMLSyntaxError, etree.XMLSchemaParseError) as error:
        message = f"{path.name}: not an XML schema"
        raise SchemaError(message) from error


def shape(path: Path, root: str) -> Shape:
    """Return the shape of the element *root* that the schema at *path* declares.

    *root* is a global element, or the name of a complex type. Raises `SchemaError`.
    """
    known: dict[tuple[str, str], etree._Element] = {}
    _collect(path, known)
    reader = _Reader(path.name, known)
    found = known.get((f"{_XS}element", root))
    if found is not None:
        return reader.element(found, 0)
    return Shape(children=dict(reader.named(f"{_XS}complexType", root, 0)))


def _parser() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True)


def _collect(path: Path, known: dict[tuple[str, str], etree._Element]) -> None:
    try:
        schema = etree.parse(path, _parser()).getroot()
    except (OSError, etree.XMLSyntaxError) as error:
        message = f"{path.name}: not an XML schema"
        raise SchemaError(message) from error
    for child in schema:
        if child.tag == f"{_XS}include":
            _collect(path.parent / child.get("schemaLocation", ""), known)
        else:
            known[(child.tag, child.get("name", ""))] = child


class _Reader:
    """Reads the declarations of one schema."""

    def __init__(self, file: str, known: dict[tuple[str, str], etree._Element]) -> None:
        self.file = file
        self.known = known

    def element(self, declared: etree._Element, depth: int) -> Shape:
        """Return the shape of the element that *declared* declares."""
        repeats = declared.get("maxOccurs", "1") != "1"
        kind = declared.get("type")
        body = declared if kind is None else self.known.get((f"{_XS}complexType", kind))
        children: dict[str, Shape] = {}
        if body is not None and depth < _DEEPEST:
            children = dict(self.children(body, depth + 1))
        simple = declared if kind is None else self.known.get((f"{_XS}simpleType", kind))
        return Shape(
            children=children,
            repeats=repeats,
            codes=_codes(simple),
            accepts=None if children else _accepts(simple, kind),
            is_required=declared.get("minOccurs", "1") != "0",
        )

    def children(self, body: etree._Element, depth: int) -> Iterator[tuple[str, Shape]]:
        """Yield the elements and attributes in *body*, in order."""
        for child in body:
            if child.tag in {f"{_XS}sequence", f"{_XS}complexType"}:
                yield from self.children(child, depth)
            elif child.tag == f"{_XS}choice":
                for name, one in self.children(child, depth):
                    yield name, replace(one, is_required=False)
            elif child.tag == f"{_XS}element":
                yield child.get("name", ""), self.element(child, depth)
            elif child.tag == f"{_XS}attribute":
                yield f"@{child.get('name', '')}", Shape()
            elif child.tag == f"{_XS}group":
                yield from self.named(f"{_XS}group", child.get("ref", ""), depth)
            elif child.tag not in {f"{_XS}simpleType", f"{_XS}annotation"}:
                self._refuse(child)

    def named(self, kind: str, name: str, depth: int) -> Iterator[tuple[str, Shape]]:
        """Yield what the *kind* called *name* holds."""
        found = self.known.get((kind, name))
        if found is None:
            message = f"{self.file}: the schema has no `{name}`"
            raise SchemaError(message)
        yield from self.children(found, depth)

    def _refuse(self, child: etree._Element) -> None:
        what = str(child.tag).removeprefix(_XS)
        message = f"{self.file}:{child.sourceline}: `{what}` is not read here"
        raise SchemaError(message)


def _accepts(simple: etree._Element | None, kind: str | None) -> Callable[[str], bool]:
    """Return what the simple type, or built-in *kind*, allows of a text without spaces around."""
    facets = list(simple.iter()) if simple is not None else []
    patterns = [re.compile(one.get("value", "")) for one in facets if one.tag == f"{_XS}pattern"]
    longest = next(
        (int(one.get("value", "0")) for one in facets if one.tag == f"{_XS}maxLength"), None
    )
    bases = {kind, *(one.get("base") for one in facets)}
    codes = _codes(simple)

    def accepts(text: str) -> bool:
        return (
            is_text(text)
            and (codes is None or text in codes)
            and (longest is None or len(text) <= longest)
            and all(one.fullmatch(text) for one in patterns)
            and ("xs:boolean" not in bases or text in _BOOLEANS)
            and ("xs:date" not in bases or _is_day(text))
        )

    return accepts


def is_text(text: str) -> bool:
    r"""Say whether *text* comes out of XML as it went in: legal, not empty, no spaces around.

    >>> is_text("Wren"), is_text(" Wren"), is_text("a bell: \x07")
    (True, False, False)
    """
    return _LEGAL.fullmatch(text) is not None and text == text.strip()


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _codes(simple: etree._Element | None) -> frozenset[str] | None:
    if simple is None:
        return None
    found = [one.get("value", "") for one in simple.iterfind(f".//{_XS}enumeration")]
    is_leaf = simple.tag == f"{_XS}simpleType" or simple.find(f"{_XS}simpleType") is not None
    return frozenset(found) if found and is_leaf else None
