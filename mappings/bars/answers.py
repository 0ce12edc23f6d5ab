"""Answers of a questionnaire response, each of them one item of the CAF.

    item.linkId          the element, by its code in the catalogue
    item.answer          one item; `answer.id` names it for evidence and dissent
      value[x]           its text; where it has codes only, its first code
      extension          its other fields, each by our extension of that name

An answer without any text says `not-assessed` or `no-concern` as a code of `statement-kind`.
So that no field needs code of its own, the extensions are read by the types of the item's Struct.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final, get_type_hints

import msgspec
from msgspec import Struct

from mappings.bars.entries import Entries
from mappings.bars.names import EXTENSION, code_system
from mappings.caf.assessment import Assessment
from mappings.caf.elements import BY_CODE, Element
from mappings.caf.items import Item
from mappings.fhir_r4.generated import (
    Coding,
    Extension,
    QuestionnaireResponse,
    QuestionnaireResponseItem,
    QuestionnaireResponseItemAnswer,
    Reference,
)

STATEMENT_KIND: Final = code_system("statement-kind")
_PREFIX: Final = f"{EXTENSION}caf-"

# The field of an item that an answer's own text fills.
_TEXT_FIELDS: Final = ("text", "words", "name", "reason", "found", "next_steps", "value", "notes")
# Fields that name another item of the same assessment.
_ITEM_IDS: Final = frozenset({"person", "on", "evidence"})
_NEVER_TOLD: Final = frozenset({"id", "holder", "source"})

# What the message's own resources say: the questionnaire does not ask for it.
_SAID_BY_RESOURCES: Final = frozenset(
    {
        "child.names",
        "child.birth",
        "child.identifiers",
        "child.sex",
        "child.addresses",
        "child.contacts",
        "child.ethnicity",
        "child.languages",
        "people.carers",
        "people.siblings",
        "people.household",
        "consent.statements",
    }
)
ASKED: Final[Mapping[str, Element]] = {
    code: element for code, element in BY_CODE.items() if element.path not in _SAID_BY_RESOURCES
}

Fields = dict[str, object]


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something in a record that a mapping could not place; *message* never repeats it."""

    code: str
    where: str
    message: str


@dataclass(frozen=True, slots=True)
class Answers:
    """The items of a questionnaire response by element path, and what was doubtful in it."""

    items: Mapping[str, tuple[Item, ...]]
    doubts: tuple[Doubt, ...]


def item_type(element: Element) -> type[Item]:
    """Return the kind of item that *element* holds.

    >>> from mappings.caf.elements import element
    >>> item_type(element("carers.warmth")).__name__
    'Statement'
    """
    return _ITEM_TYPES[element.path]


@cache
def text_field(kind: type[Item]) -> str | None:
    """Return the field of *kind* that an answer's own text fills.

    >>> from mappings.caf.items import ChildView
    >>> text_field(ChildView)
    'words'
    """
    return next((name for name in _TEXT_FIELDS if name in kind.__struct_fields__), None)


@cache
def told_fields(kind: type[Item]) -> frozenset[str]:
    """Return the fields of *kind* that travel as an extension of an answer."""
    return frozenset(kind.__struct_fields__) - _NEVER_TOLD - {text_field(kind)}


def read_answers(
    entries: Entries, response: QuestionnaireResponse, place: str, told: Fields
) -> Answers:
    """Return the items in *response*, which stands at *place*; each also gets the fields *told*."""
    found: dict[str, list[Item]] = {}
    doubts: list[Doubt] = []
    for item, where in _items_in(response.item or (), place):
        element = ASKED.get(item.linkId or "")
        if element is None:
            if item.answer:
                message = "no element of the CAF has this linkId: the answers stay unmapped"
                doubts.append(Doubt("unknown-element", where, message))
            continue
        for number, answer in enumerate(item.answer or ()):
            at = f"{where}.answer[{number}]"
            try:
                item_said = _item(entries, element, answer, (at, place), told)
                found.setdefault(element.path, []).append(item_said)
            except msgspec.ValidationError as error:
                doubts.append(_doubt(error, at))
    return Answers({path: tuple(items) for path, items in found.items()}, tuple(doubts))


def _items_in(
    items: tuple[QuestionnaireResponseItem, ...], place: str
) -> Iterator[tuple[QuestionnaireResponseItem, str]]:
    for number, item in enumerate(items):
        where = f"{place}.item[{number}]"
        yield item, where
        if item.item:
            yield from _items_in(item.item, where)


def _item(
    entries: Entries,
    element: Element,
    answer: QuestionnaireResponseItemAnswer,
    places: tuple[str, str],
    told: Fields,
) -> Item:
    at, place = places
    kind = item_type(element)
    fields = dict(told)
    fields["source"] = {"record": entries.record, "place": at}
    fields["id"] = entries.id_at(f"{place}#{answer.id}" if answer.id else at)
    own = text_field(kind)
    if own is not None and answer.valueString is not None:
        fields[own] = answer.valueString
    elif answer.valueCoding is not None:
        _add_code(fields, answer.valueCoding)
    lists = _LISTS[kind]
    for extension in answer.extension or ():
        name, value = _field(entries, extension, place)
        if name not in told_fields(kind):
            continue
        if name in lists:
            values = fields.setdefault(name, [])
            if isinstance(values, list):
                values.append(value)
        else:
            fields[name] = value
    return msgspec.convert(fields, kind)


def _add_code(fields: Fields, coding: Coding) -> None:
    if coding.system == STATEMENT_KIND:
        fields["kind"] = coding.code
    else:
        fields["codes"] = [_plain_coding(coding)]


def _field(entries: Entries, extension: Extension, place: str) -> tuple[str, object]:
    """Return the field that *extension* fills, if any, and its plain value."""
    if not extension.url.startswith(_PREFIX):
        return "", None
    name = extension.url.removeprefix(_PREFIX).replace("-", "_")
    return name, _value(entries, extension, name, place)


def _value(entries: Entries, extension: Extension, name: str, place: str) -> object:
    if extension.extension is not None:
        parts = {
            part.url.replace("-", "_"): _value(entries, part, part.url, place)
            for part in extension.extension
        }
        return (parts.get("question"), parts.get("answer")) if name == "answers" else parts
    value = _only_value(extension)
    if isinstance(value, Reference):
        entry = entries.resolve(value)
        return entries.id_at(entry.place) if entry else None
    if isinstance(value, Coding):
        return _plain_coding(value)
    if name in _ITEM_IDS:
        return entries.id_at(f"{place}#{value}")
    return value


def _only_value(extension: Extension) -> object:
    values = (
        extension.valueString,
        extension.valueCode,
        extension.valueBoolean,
        extension.valueInteger,
        extension.valueDate,
        extension.valueDateTime,
        extension.valueCoding,
        extension.valueReference,
        extension.valuePositiveInt,
    )
    return next((value for value in values if value is not None), None)


def _plain_coding(coding: Coding) -> Fields:
    return {"system": coding.system or "", "code": coding.code or "", "display": coding.display}


def _doubt(error: msgspec.ValidationError, at: str) -> Doubt:
    """Say which field is wrong; msgspec names it by its path, which is ours."""
    path = str(error).rpartition(" - at `$.")[2].rstrip("`") if " - at `$." in str(error) else ""
    name = path.partition(".")[0].partition("[")[0].replace("_", "-")
    where = f"{at}.extension('{_PREFIX}{name}')" if name else at
    return Doubt(
        "unmappable-answer", where, "the answer does not fit its element: it stays unmapped"
    )


def _types() -> dict[str, type[Item]]:
    sections = get_type_hints(Assessment)
    return {
        element.path: get_type_hints(sections[element.section])[element.field].__args__[0]
        for element in BY_CODE.values()
    }


def _list_fields(kind: type[Struct]) -> frozenset[str]:
    hints = get_type_hints(kind)
    return frozenset(name for name, hint in hints.items() if "tuple[" in str(hint))


_ITEM_TYPES: Final = _types()
_LISTS: Final = {kind: _list_fields(kind) for kind in set(_ITEM_TYPES.values())}
