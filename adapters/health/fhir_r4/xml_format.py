"""FHIR's XML as the plain values of FHIR's JSON (http://hl7.org/fhir/R4/xml.html).

    <birthDate value="2020-05-01"/>            "birthDate": "2020-05-01"
    <given id="a" value="Ada"/>                "given": ["Ada"], "_given": [{"id": "a"}]
    <entry><resource><Patient>...              "entry": [{"resource": {"resourceType": "Patient"

The Structs say which elements there are, which repeat and what their values are. Order does not
matter on reading. `div` is kept as text.
"""

import re
from decimal import Decimal
from typing import Final

from lxml import etree
from msgspec import Struct

from adapters.errors import InvalidRecordError
from mappings.fhir_r4.generated import UNREAD, Element, Extension
from mappings.fhir_r4.schema import RESOURCES, Kind, Part, parts_of

FHIR: Final = "{http://hl7.org/fhir}"
XHTML: Final = "{http://www.w3.org/1999/xhtml}"

_NO_SUCH_ELEMENT: Final = "FHIR R4 has no such element here"
_NO_SUCH_ATTRIBUTE: Final = "FHIR R4 has no such attribute here"
_NO_SUCH_RESOURCE: Final = "FHIR R4 has no such resource type"
_ONE_RESOURCE: Final = "one resource is expected here"
_EMPTY: Final = "the value is empty: leave the element out"
_OTHER_NAMESPACE: Final = "the element is not in FHIR's namespace"
_STRAY_TEXT: Final = "FHIR has values in attributes: there is text here"
_DECIMAL = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?", re.ASCII)
_INTEGER = re.compile(r"[+-]?\d{1,20}", re.ASCII)
_STEP = re.compile(r"([A-Za-z_]+)(?:\[(\d+)\])?")

Plain = dict[str, object]


def to_plain(root: etree._Element) -> Plain:
    """Return the resource *root* as plain FHIR JSON, or raise `InvalidRecordError`.

    >>> text = '<Patient xmlns="http://hl7.org/fhir"><active value="true"/></Patient>'
    >>> to_plain(etree.fromstring(text))
    {'resourceType': 'Patient', 'active': True}
    >>> to_plain(etree.fromstring("<Patient/>"))
    Traceback (most recent call last):
        ...
    adapters.errors.InvalidRecordError: the element is not in FHIR's namespace
    """
    return _resource(root, _local_name(root, "Resource"))


def _resource(node: etree._Element, path: str) -> Plain:
    name = _local_name(node, path)
    if name in UNREAD:
        content = etree.tostring(node, encoding="unicode", with_tail=False)
        return {"resourceType": "Unread", "type": name, "content": content}
    struct = RESOURCES.get(name)
    if struct is None:
        raise _fault(_NO_SUCH_RESOURCE, "unknown-resource", path)
    return {"resourceType": name} | _complex(node, struct, path)


def _complex(node: etree._Element, struct: type[Struct], path: str) -> Plain:
    parts = parts_of(struct)
    plain = _attributes(node, struct, path)
    _refuse_text(node, path)
    for child in node:
        name = _local_name(child, path)
        part = parts.get(name)
        if part is None:
            raise _fault(_NO_SUCH_ELEMENT, "unknown-element", path)
        if part.is_list:
            _append(plain, child, part, path)
        elif name in plain or f"_{name}" in plain:
            message = "the element does not repeat: send it once"
            raise _fault(message, "more-than-one", f"{path}.{name}")
        else:
            value, beside = _value(child, part, f"{path}.{name}")
            plain |= {
                key: given
                for key, given in ((name, value), (f"_{name}", beside))
                if given is not None
            }
    return plain


def _append(plain: Plain, child: etree._Element, part: Part, path: str) -> None:
    values = plain.setdefault(part.element, [])
    assert isinstance(values, list)  # noqa: S101 - only this function writes repeating elements
    value, beside = _value(child, part, f"{path}.{part.element}[{len(values)}]")
    values.append(value)
    beside_name = f"_{part.element}"
    if beside is not None:
        plain.setdefault(beside_name, [None] * (len(values) - 1))
    besides = plain.get(beside_name)
    if isinstance(besides, list):
        besides.append(beside)


def _value(node: etree._Element, part: Part, path: str) -> tuple[object, Plain | None]:
    """Return the value of *node*, and what stands beside it where it is a primitive."""
    if part.kind is Kind.RESOURCE:
        if len(node) != 1:
            raise _fault(_ONE_RESOURCE, "wrong-type", path)
        return _resource(node[0], path), None
    if part.kind is Kind.COMPLEX and part.struct is not None:
        return _complex(node, part.struct, path), None
    if node.tag == f"{XHTML}div":
        return etree.tostring(node, encoding="unicode", with_tail=False), None
    return _primitive(node, part.kind, path)


def _primitive(node: etree._Element, kind: Kind, path: str) -> tuple[object, Plain | None]:
    if set(node.attrib) - {"value", "id"}:
        raise _fault(_NO_SUCH_ATTRIBUTE, "unknown-element", path)
    _refuse_text(node, path)
    beside: Plain = {"id": node.attrib["id"]} if "id" in node.attrib else {}
    extensions = [
        _complex(child, Extension, f"{path}.extension[{place}]") for place, child in enumerate(node)
    ]
    if any(child.tag != f"{FHIR}extension" for child in node):
        raise _fault(_NO_SUCH_ELEMENT, "unknown-element", path)
    if extensions:
        beside["extension"] = extensions
    text = node.attrib.get("value")
    if text is None and not beside:
        raise _fault(_EMPTY, "empty-value", path)
    return None if text is None else _converted(str(text), kind), beside or None


def _converted(text: str, kind: Kind) -> object:
    """Return *text* as its kind of value; where it is none, as text, which its type refuses."""
    if kind is Kind.BOOLEAN:
        return {"true": True, "false": False}.get(text, text)
    if kind is Kind.INTEGER and _INTEGER.fullmatch(text):
        return int(text)
    if kind is Kind.DECIMAL:
        return Decimal(text) if _DECIMAL.fullmatch(text) else [text]
    return text


def _attributes(node: etree._Element, struct: type[Struct], path: str) -> Plain:
    allowed = {"id"} if issubclass(struct, Element) else set()
    if struct is Extension:
        allowed.add("url")
    plain: Plain = {}
    for name, value in node.attrib.items():
        if name in allowed:
            plain[str(name)] = str(value)
        elif not str(name).startswith("{http://www.w3.org/2001/XMLSchema-instance}"):
            raise _fault(_NO_SUCH_ATTRIBUTE, "unknown-element", path)
    return plain


def _local_name(node: etree._Element, path: str) -> str:
    tag = str(node.tag)
    if tag == f"{XHTML}div":
        return "div"
    if not tag.startswith(FHIR):
        raise _fault(_OTHER_NAMESPACE, "unknown-element", path)
    return tag.removeprefix(FHIR)


def _refuse_text(node: etree._Element, path: str) -> None:
    if (node.text and node.text.strip()) or any(
        child.tail and child.tail.strip() for child in node
    ):
        raise _fault(_STRAY_TEXT, "stray-text", path)


def _fault(message: str, code: str, path: str) -> InvalidRecordError:
    return InvalidRecordError(message, code, where=path)


def line_of(root: etree._Element, path: str) -> int:
    """Return the line of the element at *path* (FHIRPath), or of the nearest one above it.

    >>> lines = ['<Patient xmlns="http://hl7.org/fhir">', "<active/>", "</Patient>"]
    >>> line_of(etree.fromstring(chr(10).join(lines)), "Patient.active")
    2
    """
    node = root
    for step in path.split(".")[1:]:
        found = _STEP.fullmatch(step)
        same = node.findall(f"{FHIR}{found[1].lstrip('_')}") if found else []
        place = int(found[2] or 0) if found else 0
        if place >= len(same):
            break
        node = same[place]
        if node.tag in {f"{FHIR}resource", f"{FHIR}contained"} and len(node):
            node = node[0]
    line: int = node.sourceline  # type: ignore[assignment]  # the stubs leave its type open
    return line
