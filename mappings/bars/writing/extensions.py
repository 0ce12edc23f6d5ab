"""Fields of items as our extensions: the way back of `mappings.bars.telling`.

What is as it is when nothing is told is not told; a text without a character, a code that is none
and a reference to what is not in the message cannot be told in FHIR, and are left out.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final, cast

from msgspec import Struct, structs

from mappings.bars.telling import COMMON, REFERRING, Telling
from mappings.bars.writing.draft import Draft, defaults_of
from mappings.caf.items import Coding, Item
from mappings.fhir_r4 import generated as fhir
from mappings.fhir_r4.primitives import CODE_FORM

_CODE: Final = re.compile(CODE_FORM)
_LARGEST: Final = 2**31 - 1  # FHIR's integers have 32 bits
_SPACE: Final = re.compile(r"\s")


def tell(
    item: Item, telling: Telling, draft: Draft, *, known: Item | None = None
) -> tuple[fhir.Extension, ...] | None:
    """Return what has to be told of *item* beside its element, from which *known* is read."""
    told = tuple(_told(item, telling, draft, known))
    return told or None


def _told(
    item: Item, telling: Telling, draft: Draft, known: Item | None
) -> Iterator[fhir.Extension]:
    usual = defaults_of(type(item))
    for url, name in telling.urls.items():
        value = getattr(item, name)
        if value == (usual[name] if known is None else getattr(known, name)):
            continue
        if name == "holder" and value in {None, draft.holder}:
            continue
        for one in value if name in telling.lists else (value,):
            extension = _extension(url, name, one, draft)
            if extension is not None:
                yield extension


def text(value: str | None) -> str | None:
    """Return *value*, or None where there is no character in it: FHIR has no empty text."""
    return value or None


def is_code(text: str) -> bool:
    """Say whether *text* has the form of a code.

    >>> is_code("no-onward"), is_code(" no-onward"), is_code("")
    (True, False, False)
    """
    return _CODE.search(text) is not None


def says_more(told: Sequence[fhir.Extension] | None, telling: Telling) -> bool:
    """Say whether *told* says more of an item than of whom, by whom and when it was said."""
    return any(telling.urls[one.url] not in COMMON for one in told or ())


def coding(one: Coding | None) -> fhir.Coding | None:
    """Return *one* as a coding of FHIR; None where its code or its system cannot stand there.

    >>> coding(Coding("http://snomed.info/sct", " 1")) is None
    True
    """
    if one is None or not is_code(one.code) or _SPACE.search(one.system):
        return None
    return fhir.Coding(system=text(one.system), code=one.code, display=text(one.display))


def concept(
    codes: tuple[Coding, ...] = (),
    words: str | None = None,
    *,
    extension: tuple[fhir.Extension, ...] | None = None,
    id_: str | None = None,
) -> fhir.CodeableConcept | None:
    """Return *codes* and *words* as a concept; None where there is nothing in it."""
    found = tuple(made for one in codes if (made := coding(one)) is not None)
    if not (found or text(words) or extension):
        return None
    return fhir.CodeableConcept(id=id_, extension=extension, coding=found or None, text=text(words))


# The plain values in the order in which they are told apart: an enumeration is a text, too.
_PLAIN: Final[tuple[tuple[type, str, Callable[[Any], Any]], ...]] = (
    (bool, "valueBoolean", bool),
    (StrEnum, "valueCode", str),
    (int, "valueInteger", int),
    (str, "valueString", str),
    (datetime, "valueDateTime", datetime.isoformat),
    (date, "valueDate", date.isoformat),
)


def _extension(url: str, name: str, value: object, draft: Draft) -> fhir.Extension | None:
    """Return *value*, that of the field *name*, as an extension; None where it cannot be one."""
    if _is_unsayable(value):
        return None
    if name in REFERRING:
        return _naming(url, str(value), draft)
    for kind, element, plain in _PLAIN:
        if isinstance(value, kind):
            return fhir.Extension(url=url, **{element: plain(value)})
    if isinstance(value, Coding):
        made = coding(value)
        return None if made is None else fhir.Extension(url=url, valueCoding=made)
    if isinstance(value, tuple):  # of a checklist: the question, and what was answered
        return _parts(url, dict(zip(("question", "answer"), value, strict=True)), draft)
    return _parts(url, structs.asdict(cast("Struct", value)), draft)


def _is_unsayable(value: object) -> bool:
    """Whether FHIR has no value for *value*: nothing, an empty text, more than 32 bits."""
    if isinstance(value, int):
        return abs(value) > _LARGEST
    return value is None or value == ""


def _parts(url: str, fields: Mapping[str, object], draft: Draft) -> fhir.Extension:
    parts = (
        _extension(name.replace("_", "-"), name, value, draft)
        for name, value in fields.items()
        if value is not None
    )
    return fhir.Extension(url=url, extension=tuple(one for one in parts if one is not None))


def _naming(url: str, id_: str, draft: Draft) -> fhir.Extension | None:
    """Return what names the item *id_*: a reference to a person, or the id of an answer."""
    if url == "person":
        person = draft.persons.get(id_)
        reference = fhir.Reference(reference=person)
        return None if person is None else fhir.Extension(url=url, valueReference=reference)
    named = draft.answers.get(id_)
    return None if named is None else fhir.Extension(url=url, valueString=named)
