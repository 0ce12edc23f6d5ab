"""Rules of FHIR that a type cannot state: the calendar, empty elements, active narrative.

Each rule has a screen, one search over the compact JSON, and a walk that finds the place; the
walk is taken only where the screen has caught something, so that a good resource costs little.
"""

import re
from collections.abc import Iterator
from datetime import date
from typing import Final

from msgspec import Struct
from msgspec.json import decode as plain_json

from adapters.contract import Finding, Severity
from adapters.errors import InvalidRecordError
from adapters.json_text import Decoded
from mappings.fhir_r4.primitives import CODE_FORM
from mappings.fhir_r4.schema import Kind, parts_of

# Days that the patterns of FHIR let through and some months do not have.
_RARE_DAY = re.compile(rb'-(?:29|3[01])["T](?<=-02-29.|-02-3[01].|-0[469]-31.|-11-31.)')
_ACTIVE: Final = re.compile(
    rb"<\s*(?:script|iframe|object|embed|form)\b|javascript:|<[^>]*\son\w+\s*=", re.IGNORECASE
)
_FULL_DATE: Final = 10
_CODE: Final = re.compile(CODE_FORM)
# A code that is other than printable ASCII with single spaces inside: it may still be one.
_ODD_CODE: Final = re.compile(rb'ode":"(?![!#-\[\]-~]+(?: [!#-\[\]-~]+)*")')


def refuse_bad_codes(resource: Struct, compact: bytes) -> None:
    """Raise `InvalidRecordError` for a code that begins or ends with a space, or has two."""
    if _ODD_CODE.search(compact):
        for where, text in _texts_of(resource, Kind.COMMON_CODE, _name(resource)):
            if not _CODE.search(text):
                message = "the value is not of the form that the element takes"
                raise InvalidRecordError(message, "bad-format", where=where)


def check(decoded: Decoded[Struct]) -> tuple[Finding, ...]:
    """Return what is doubtful in a resource; raise `InvalidRecordError` for an impossible date."""
    resource, compact, outline = decoded
    if _RARE_DAY.search(compact):
        _refuse_impossible_dates(resource)
    findings: list[Finding] = []
    if b"{}" in outline or b"[]" in outline or b"null" in compact:
        findings += _empty_elements(resource, compact)
    if b"<" in compact and _ACTIVE.search(compact):
        message = "the narrative holds active content: it is not shown"
        findings.append(Finding("active-narrative", Severity.WARNING, _name(resource), message))
    return tuple(findings)


def _refuse_impossible_dates(resource: Struct) -> None:
    for where, text in _texts_of(resource, Kind.DATE, _name(resource)):
        if len(text) < _FULL_DATE:
            continue
        try:
            date.fromisoformat(text[:_FULL_DATE])
        except ValueError:
            message = "there is no such day in the calendar"
            raise InvalidRecordError(message, "impossible-date", where=where) from None


def _texts_of(struct: Struct, kind: Kind, path: str) -> Iterator[tuple[str, str]]:
    """Yield every text of *kind* in *struct*, with its place."""
    for part in parts_of(type(struct)).values():
        value = getattr(struct, part.attribute)
        values = value if isinstance(value, tuple) else (value,)
        for place, one in enumerate(values):
            where = f"{path}.{part.element}" + (f"[{place}]" if part.is_list else "")
            if isinstance(one, Struct):
                yield from _texts_of(one, kind, where)
            elif part.kind is kind and isinstance(one, str):
                yield where, one


def _empty_elements(resource: Struct, compact: bytes) -> Iterator[Finding]:
    message = "the element is empty: leave it out"
    for where in _empty(plain_json(compact), _name(resource)):
        yield Finding("empty-element", Severity.WARNING, where, message)


def _empty(value: object, path: str) -> Iterator[str]:
    """Yield the place of every empty object, empty list, and null without something beside it."""
    if value in ({}, []):
        yield path
    elif isinstance(value, dict):
        for name, inner in value.items():
            where = f"{path}.{name}"
            beside = value.get(name[1:] if name.startswith("_") else f"_{name}")
            if isinstance(inner, list):
                yield from _nulls(inner, beside, where)
            yield from _empty(inner, where)
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _empty(inner, f"{path}[{place}]")


def _nulls(values: list[object], beside: object, path: str) -> Iterator[str]:
    others = beside if isinstance(beside, list) else []
    for place, value in enumerate(values):
        if value is None and (place >= len(others) or others[place] is None):
            yield f"{path}[{place}]"


def _name(resource: Struct) -> str:
    return str(resource.__struct_config__.tag)
