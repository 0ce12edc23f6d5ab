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
from operator import attrgetter
from typing import Final, get_type_hints

import msgspec
from msgspec import Struct

from mappings.bars.entries import Entries
from mappings.bars.names import code_system
from mappings.bars.names import extension as extension_url
from mappings.caf.assessment import Assessment
from mappings.caf.elements import BY_CODE, Element
from mappings.caf.items import Item, Source
from mappings.fhir_r4.generated import (
    Coding,
    Extension,
    QuestionnaireResponse,
    QuestionnaireResponseItem,
    QuestionnaireResponseItemAnswer,
)

STATEMENT_KIND: Final = code_system("statement-kind")

# The field of an item that an answer's own text fills.
_TEXT_FIELDS: Final = ("text", "words", "name", "reason", "found", "next_steps", "value", "notes")
# Fields that name another item of the same assessment.
_ITEM_IDS: Final = frozenset({"person", "on", "evidence", "episode"})
_NEVER_TOLD: Final = frozenset({"id", "holder", "source"})
# The plain values of an extension that a field can be read from, besides a code.
_OTHER_VALUES: Final = attrgetter(
    "valueString",
    "valueBoolean",
    "valueInteger",
    "valueDate",
    "valueDateTime",
    "valuePositiveInt",
)

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

    items: Mapping[str, list[Item]]
    doubts: tuple[Doubt, ...]


class Form(Struct, frozen=True):
    """How an answer to one element is read: the *kind* of item that it makes, and its fields.

    *text* is the field that the answer's own text fills; *told* has those that travel as an
    extension, by its URL; *lists* those of them that repeat.
    """

    path: str
    kind: type[Item]
    text: str | None
    told: Mapping[str, str]
    lists: frozenset[str]


def form_of(element: Element) -> Form:
    """Return how an answer to *element* is read.

    >>> from mappings.caf.elements import element
    >>> form_of(element("carers.warmth")).kind.__name__
    'Statement'
    >>> form_of(element("voice.views")).text
    'words'
    """
    return _FORMS[element.code]


def read_answers(
    entries: Entries, response: QuestionnaireResponse, place: str, said: Fields
) -> Answers:
    """Return the items in *response*, which stands at *place*; each also gets the fields *said*."""
    found: dict[str, list[Item]] = {}
    doubts: list[Doubt] = []
    for item, where in _items_in(response.item or (), place):
        form = _FORMS.get(item.linkId or "")
        if form is None:
            if item.answer:
                message = "no element of the CAF has this linkId: the answers stay unmapped"
                doubts.append(Doubt("unknown-element", where, message))
            continue
        for number, answer in enumerate(item.answer or ()):
            at = f"{where}.answer[{number}]"
            try:
                item_said = _item(entries, form, answer, (at, place), said)
                found.setdefault(form.path, []).append(item_said)
            except msgspec.ValidationError as error:
                doubts.append(_doubt(error, at))
    return Answers(found, tuple(doubts))


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
    form: Form,
    answer: QuestionnaireResponseItemAnswer,
    places: tuple[str, str],
    said: Fields,
) -> Item:
    at, place = places
    fields = said | {
        "id": entries.id_at(f"{place}#{answer.id}" if answer.id else at),
        "source": Source(entries.record, at),
    }
    if form.text is not None and answer.valueString is not None:
        fields[form.text] = answer.valueString
    elif answer.valueCoding is not None:
        _add_code(fields, answer.valueCoding)
    for extension in answer.extension or ():
        name = form.told.get(extension.url)
        if name is None:
            continue
        value = _value(entries, extension, name, place)
        if name not in form.lists:
            fields[name] = value
        elif isinstance(values := fields.setdefault(name, []), list):
            values.append(value)
    return msgspec.convert(fields, form.kind)


def _add_code(fields: Fields, coding: Coding) -> None:
    if coding.system == STATEMENT_KIND:
        fields["kind"] = coding.code
    else:
        fields["codes"] = [_plain_coding(coding)]


def _value(entries: Entries, extension: Extension, name: str, place: str) -> object:
    """Return the plain value of *extension*, which fills the field *name*."""
    if extension.extension is not None:
        parts = {
            part.url.replace("-", "_"): _value(entries, part, part.url, place)
            for part in extension.extension
        }
        return (parts.get("question"), parts.get("answer")) if name == "answers" else parts
    value: object = extension.valueCode
    if value is None:
        if extension.valueReference is not None:
            entry = entries.resolve(extension.valueReference)
            return entries.id_at(entry.place) if entry else None
        if extension.valueCoding is not None:
            return _plain_coding(extension.valueCoding)
        value = next((one for one in _OTHER_VALUES(extension) if one is not None), None)
    return entries.id_at(f"{place}#{value}") if name in _ITEM_IDS else value


def _plain_coding(coding: Coding) -> Fields:
    return {"system": coding.system or "", "code": coding.code or "", "display": coding.display}


def _doubt(error: msgspec.ValidationError, at: str) -> Doubt:
    """Say which field is wrong; msgspec names it by its path, which is ours."""
    path = str(error).rpartition(" - at `$.")[2].rstrip("`") if " - at `$." in str(error) else ""
    name = path.partition(".")[0].partition("[")[0].replace("_", "-")
    where = f"{at}.extension('{extension_url(name)}')" if name else at
    return Doubt(
        "unmappable-answer", where, "the answer does not fit its element: it stays unmapped"
    )


def _forms() -> Iterator[tuple[str, Form]]:
    sections = get_type_hints(Assessment)
    for code, element in ASKED.items():
        kind = get_type_hints(sections[element.section])[element.field].__args__[0]
        hints = get_type_hints(kind)
        text = next((name for name in _TEXT_FIELDS if name in hints), None)
        told = sorted(hints.keys() - _NEVER_TOLD - {text})
        lists = frozenset(name for name in told if "tuple[" in str(hints[name]))
        urls = {extension_url(name.replace("_", "-")): name for name in told}
        yield code, Form(element.path, kind, text, urls, lists)


_FORMS: Final = dict(_forms())
