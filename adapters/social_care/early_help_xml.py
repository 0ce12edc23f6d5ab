"""The early-help record as XML: the members of the JSON document as elements, in and out.

    <EarlyHelp xmlns="https://caf-gateway.example/schema/early-help/1">
      <format>early-help/1</format>
      <identifying_details>
        <names><item><text>...</text></item></names>
        ...

A member is an element of its name, a list an element of `item` elements. Elements stand in any
order. The schema, our own, is `adapters/schemas/early-help.xsd`.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

import msgspec
from lxml import etree
from msgspec import Struct, inspect

from adapters import xml
from adapters.contract import Envelope, Finding, Outcome, Payload, Received, Severity
from adapters.errors import AdapterError, InvalidRecordError
from adapters.social_care.early_help_reading import received_from, record_of
from mappings.caf.view import View
from mappings.early_help.record import EarlyHelp

MEDIA_TYPE: Final = "application/vnd.caf-gateway.early-help+xml"
NAMESPACE: Final = "https://caf-gateway.example/schema/early-help/1"
ROOT: Final = "EarlyHelp"
ITEM: Final = "item"

_OURS: Final = f"{{{NAMESPACE}}}"
_INSTANCE: Final = "{http://www.w3.org/2001/XMLSchema-instance}"
# What XML 1.0 has no way to write, not even as a reference (section 2.2).
_NOT_IN_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_WHOLE_NUMBER: Final = re.compile("-?[0-9]{1,18}")
_TRUTHS: Final = {"true": True, "1": True, "false": False, "0": False}


@dataclass(frozen=True, slots=True)
class EarlyHelpXMLAdapter:
    """Reads and writes early-help documents in XML."""

    name: str = "early-help-xml"
    media_types: tuple[str, ...] = (MEDIA_TYPE,)
    carries_marks: bool = True

    def read(self, payload: bytes, envelope: Envelope) -> Received:
        """Return what the document says: rejected where it is no early-help record, with an XPath.

        >>> from datetime import UTC, datetime
        >>> envelope = Envelope(media_type=MEDIA_TYPE, at=datetime(2026, 1, 5, tzinfo=UTC))
        >>> text = f'<EarlyHelp xmlns="{NAMESPACE}"><format>early-help/{{}}</format></EarlyHelp>'
        >>> EarlyHelpXMLAdapter().read(text.format(1).encode(), envelope).outcome
        <Outcome.ACCEPT: 'accept'>
        >>> EarlyHelpXMLAdapter().read(text.format(9).encode(), envelope).findings[0].where
        '/EarlyHelp/format'
        """
        try:
            return received_from(to_plain(xml.parse(payload)), envelope, xpath)
        except AdapterError as error:
            finding = Finding(error.code, Severity.ERROR, error.where, str(error))
            return Received(Outcome.REJECT, (finding,))

    def write(self, view: View, envelope: Envelope) -> Payload:
        """Return *view* as a document from the envelope's sender to its destinations."""
        return Payload(document(record_of(view, envelope)), MEDIA_TYPE)


def document(record: EarlyHelp) -> bytes:
    """Return *record* as an XML document.

    A character that XML has no way to write is written as the replacement character, U+FFFD.
    """
    names = {None: NAMESPACE}
    root = etree.Element(_OURS + ROOT, nsmap=names)  # type: ignore[arg-type]  # None: no prefix
    _fill(root, msgspec.to_builtins(record))
    written: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return written


def to_plain(root: etree._Element) -> object:
    """Return the document below *root* as the plain values of its JSON.

    What the format does not know is kept beside: an element under its name, with a position from
    the second of that name on, an attribute behind an `@`, text between elements as `#text`.
    Raise `InvalidRecordError` for another root, a member that stands twice, another list.
    """
    if root.tag != _OURS + ROOT:
        message = f"send an element `{ROOT}` of the namespace `{NAMESPACE}`"
        raise InvalidRecordError(message, "not-early-help", where="/*")
    return _members(root, _known(EarlyHelp), xpath(""))


def xpath(pointer: str) -> str:
    """Return the XPath of what *pointer* leads to in the JSON document.

    >>> xpath("/identifying_details/names/0/text")
    '/EarlyHelp/identifying_details/names/item[1]/text'
    >>> xpath("2:14")
    '2:14'
    """
    if pointer and not pointer.startswith("/"):
        return pointer
    steps = (step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:])
    return "/".join(["", ROOT, *(_step(step) for step in steps)])


def _step(step: str) -> str:
    return f"{ITEM}[{int(step) + 1}]" if step.isdecimal() else step


def _plain(element: etree._Element, kind: inspect.Type, where: str) -> object:
    match kind:
        case inspect.StructType(cls=cls):
            return _members(element, _known(cls), where)
        case inspect.VarTupleType(item_type=item) if _is_plain(element):
            return _items(element, (item,) * len(element), where)
        case inspect.TupleType(item_types=items) if _is_plain(element):
            # One too many, or too few, is found where the record's types are held against it.
            kinds = (*items, *[inspect.AnyType()] * len(element))
            return _items(element, kinds[: len(element)], where)
        case inspect.StrType() if not len(element) and not element.attrib:
            return element.text or ""
        case one if not len(element) and not element.attrib:
            return _value((element.text or "").strip(), one)
        case _:
            return _members(element, {}, where)


def _members(
    element: etree._Element, known: Mapping[str, inspect.Type], where: str
) -> dict[str, object]:
    members: dict[str, object] = {
        f"@{name!s}": str(value)
        for name, value in element.attrib.items()
        if not str(name).startswith(_INSTANCE)
    }
    if not _is_without_text(element):
        members["#text"] = _text_between(element)
    for child in element:
        name = str(child.tag).removeprefix(_OURS)
        if name in known:
            if name in members:
                message = "an element is given twice"
                raise InvalidRecordError(message, "duplicate-name", where=f"{where}/{name}")
            members[name] = _plain(child, known[name], f"{where}/{name}")
        else:
            found = _plain(child, inspect.AnyType(), where)
            members[_unused(name, members)] = found
    return members


def _unused(name: str, members: Mapping[str, object]) -> str:
    """Return *name* with its position, from the second of it on, as XPath writes it."""
    count = sum(one == name or one.startswith(f"{name}[") for one in members)
    return f"{name}[{count + 1}]" if count else name


def _items(element: etree._Element, kinds: Iterable[inspect.Type], where: str) -> list[object]:
    items: list[object] = []
    for number, (child, kind) in enumerate(zip(element, kinds, strict=True), start=1):
        if child.tag != _OURS + ITEM:
            message = f"a list holds elements `{ITEM}` and nothing else"
            raise InvalidRecordError(message, "not-an-item", where=f"{where}/*[{number}]")
        items.append(_plain(child, kind, f"{where}/{ITEM}[{number}]"))
    return items


def _value(text: str, kind: inspect.Type) -> object:
    """Return *text* as a value of *kind*; as it stands where it is none, to be refused as such."""
    if isinstance(kind, inspect.IntType) and _WHOLE_NUMBER.fullmatch(text):
        return int(text)
    if isinstance(kind, inspect.BoolType):
        return _TRUTHS.get(text, text)
    return text


@cache
def _known(cls: type[Struct]) -> Mapping[str, inspect.Type]:
    """Return the members of *cls* by name; None is none of a type: it has no element."""
    found = inspect.type_info(cls)
    fields = found.fields if isinstance(found, inspect.StructType) else ()
    return {one.encode_name: without_none(one.type) for one in fields}


def without_none(kind: inspect.Type) -> inspect.Type:
    """Return the one type that *kind* is, or may be beside None."""
    if isinstance(kind, inspect.UnionType):
        return next(one for one in kind.types if not isinstance(one, inspect.NoneType))
    return kind


def _is_plain(element: etree._Element) -> bool:
    return not element.attrib and _is_without_text(element)


def _is_without_text(element: etree._Element) -> bool:
    return not _text_between(element)


def _text_between(element: etree._Element) -> str:
    texts = (element.text, *(child.tail for child in element))
    return "".join(text.strip() for text in texts if text)


def _fill(element: etree._Element, value: object) -> None:
    if isinstance(value, dict):
        for name, member in value.items():
            _fill(etree.SubElement(element, _OURS + name), member)
    elif isinstance(value, list | tuple):
        for item in value:
            _fill(etree.SubElement(element, _OURS + ITEM), item)
    elif isinstance(value, bool):
        element.text = str(value).lower()
    else:
        element.text = _NOT_IN_XML.sub("\ufffd", str(value))
