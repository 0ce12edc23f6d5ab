"""The published XML schema of the early-help format, our own, rendered from its types."""

from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final
from xml.sax.saxutils import quoteattr

from msgspec import Struct, inspect

from adapters.social_care.early_help_xml import ITEM, NAMESPACE, ROOT, without_none
from mappings.early_help.account import NOT_ON_THE_WIRE
from mappings.early_help.record import EarlyHelp

PUBLISHED: Final[Traversable] = files("adapters.schemas") / "early-help.xsd"

_HEAD: Final = f"""\
<?xml version="1.0" encoding="UTF-8"?>
<!-- The early-help format, version 1, as XML: the caf-gateway's own schema, generated from the
     types of the record. Elements stand in any order; one that the schema does not name is read
     past, reported, and never shared. -->
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"
           xmlns="{NAMESPACE}"
           targetNamespace="{NAMESPACE}"
           elementFormDefault="qualified">
  <xs:element name="{ROOT}" type="{ROOT}"/>
"""
_SIMPLE: Final = {
    inspect.BoolType: "xs:boolean",
    inspect.DateType: "xs:date",
    inspect.StrType: "xs:string",
}


def render() -> str:
    """Return the schema, the same each time.

    >>> render().count('<xs:complexType name="EarlyHelp">')
    1
    """
    structs: dict[str, list[str]] = {}
    _declare(EarlyHelp, structs)
    lines = (line for _, declared in sorted(structs.items()) for line in declared)
    return _HEAD + "".join(f"  {line}\n" for line in lines) + "</xs:schema>\n"


def _declare(cls: type[Struct], structs: dict[str, list[str]]) -> None:
    """Add the complex type of *cls*, and those of all that it holds, to *structs*."""
    if cls.__name__ in structs:
        return
    structs[cls.__name__] = []
    found = inspect.type_info(cls)
    fields = found.fields if isinstance(found, inspect.StructType) else ()
    lines: list[str] = []
    for field in fields:
        if field.encode_name not in NOT_ON_THE_WIRE:
            kind = without_none(field.type)
            occurs = "" if field.required else ' minOccurs="0"'
            lines += _element(field.encode_name, kind, occurs, structs)
    structs[cls.__name__] = [
        f'<xs:complexType name="{cls.__name__}">',
        "  <xs:all>",
        *(f"    {line}" for line in lines),
        "  </xs:all>",
        "</xs:complexType>",
    ]


def _element(
    name: str, kind: inspect.Type, occurs: str, structs: dict[str, list[str]]
) -> Iterator[str]:
    named = _named(kind, structs)
    if named:
        yield f'<xs:element name="{name}" type="{named}"{occurs}/>'
        return
    yield f'<xs:element name="{name}"{occurs}>'
    yield from (f"  {line}" for line in _anonymous(kind, structs))
    yield "</xs:element>"


def _named(kind: inspect.Type, structs: dict[str, list[str]]) -> str | None:
    """Return the name of the type of *kind*, declaring it; None where it is written in place."""
    if isinstance(kind, inspect.StructType):
        _declare(kind.cls, structs)
        return kind.cls.__name__
    return _SIMPLE.get(type(kind))


def _anonymous(kind: inspect.Type, structs: dict[str, list[str]]) -> Iterator[str]:
    match kind:
        case inspect.VarTupleType(item_type=item):
            yield from _list((item,), ' minOccurs="0" maxOccurs="unbounded"', structs)
        case inspect.TupleType(item_types=items):
            yield from _list(items, "", structs)
        case inspect.EnumType(cls=cls):
            yield from _one_of(str(one.value) for one in cls)
        case inspect.LiteralType(values=values):
            yield from _one_of(map(str, values))
        case inspect.IntType(ge=least, le=most):
            limits = {"minInclusive": least, "maxInclusive": most}
            yield from _restriction(
                "xs:integer",
                [f'<xs:{name} value="{of}"/>' for name, of in limits.items() if of is not None],
            )
        case inspect.DateTimeType():
            yield from _restriction("xs:dateTime", [r'<xs:pattern value=".*(Z|[+\-]\d\d:\d\d)"/>'])
        case _:
            message = f"the schema has no way to say `{type(kind).__name__}`"
            raise TypeError(message)


def _list(
    items: tuple[inspect.Type, ...], occurs: str, structs: dict[str, list[str]]
) -> Iterator[str]:
    yield "<xs:complexType>"
    yield "  <xs:sequence>"
    for item in items:
        yield from (f"    {line}" for line in _element(ITEM, item, occurs, structs))
    yield "  </xs:sequence>"
    yield "</xs:complexType>"


def _one_of(values: Iterator[str]) -> Iterator[str]:
    yield from _restriction(
        "xs:token", [f"<xs:enumeration value={quoteattr(one)}/>" for one in values]
    )


def _restriction(base: str, facets: list[str]) -> Iterator[str]:
    yield "<xs:simpleType>"
    yield f'  <xs:restriction base="{base}">'
    yield from (f"    {facet}" for facet in facets)
    yield "  </xs:restriction>"
    yield "</xs:simpleType>"
