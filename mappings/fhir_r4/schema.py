"""What a Struct of FHIR holds, element by element: read off its annotations, once each."""

import typing
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import cache
from types import MappingProxyType, UnionType

import msgspec
from msgspec import Struct

from mappings.fhir_r4 import generated, primitives

RESOURCES: Mapping[str, type[Struct]] = MappingProxyType(
    {
        resource.__struct_config__.tag: resource
        for resource in typing.get_args(generated.AnyResource)
        if resource is not generated.Unread
    }
)


class Kind(StrEnum):
    """What an element's value is, as far as reading it needs to know."""

    TEXT = "text"
    DATE = "date"
    COMMON_CODE = "common-code"
    BOOLEAN = "boolean"
    INTEGER = "integer"
    DECIMAL = "decimal"
    COMPLEX = "complex"
    RESOURCE = "resource"


@dataclass(frozen=True, slots=True)
class Part:
    """One element of a Struct: the *attribute* that holds it, its *kind*, whether it repeats."""

    element: str
    attribute: str
    kind: Kind
    is_list: bool
    struct: type[Struct] | None = None


_DATES = (primitives.Date, primitives.DateTime, primitives.Instant)
_KINDS = {bool: Kind.BOOLEAN, int: Kind.INTEGER, Decimal: Kind.DECIMAL}


@cache
def parts_of(struct: type[Struct]) -> Mapping[str, Part]:
    """Return the parts of *struct* by their name in FHIR, `_name` for what stands beside a value.

    >>> parts_of(RESOURCES["Patient"])["birthDate"].kind
    <Kind.DATE: 'date'>
    >>> "nickname" in parts_of(RESOURCES["Patient"])
    False
    """
    hints = typing.get_type_hints(struct, include_extras=True)
    return MappingProxyType(
        {
            field.encode_name: _part(field.encode_name, field.name, hints[field.name])
            for field in msgspec.structs.fields(struct)
        }
    )


def _part(element: str, attribute: str, hint: object) -> Part:
    is_list = False
    kind = _some(hint)
    if typing.get_origin(kind) is tuple:
        is_list, kind = True, _some(typing.get_args(kind)[0])
    if kind == generated.AnyResource:
        return Part(element, attribute, Kind.RESOURCE, is_list)
    if isinstance(kind, type) and issubclass(kind, Struct):
        return Part(element, attribute, Kind.COMPLEX, is_list, kind)
    if kind in _DATES:
        return Part(element, attribute, Kind.DATE, is_list)
    if kind == primitives.CommonCode:
        return Part(element, attribute, Kind.COMMON_CODE, is_list)
    plain = typing.get_args(kind)[0] if hasattr(kind, "__metadata__") else kind
    known = _KINDS.get(plain, Kind.TEXT) if isinstance(plain, type) else Kind.TEXT
    return Part(element, attribute, known, is_list)


def _some(hint: object) -> object:
    """Return *hint* without None."""
    if not isinstance(hint, UnionType) and typing.get_origin(hint) is not typing.Union:
        return hint
    kinds = [kind for kind in typing.get_args(hint) if kind is not type(None)]
    return kinds[0] if len(kinds) == 1 else generated.AnyResource
