"""Answers of a questionnaire response, each of them one item of the CAF.

    item.linkId          the element, by its code in the catalogue
    item.answer          one item; `answer.id` names it for evidence and dissent
      value[x]           its text; where it has codes only, its first code
      extension          its other fields, each by our extension of that name

An answer without any text says `not-assessed` or `no-concern` as a code of `statement-kind`.
So that no field needs code of its own, the extensions are read by the types of the item's Struct.
"""

from collections.abc import Iterator, Mapping
from typing import Final, get_type_hints

import msgspec

from mappings.bars.names import code_system
from mappings.bars.telling import (
    Doubt,
    Fields,
    Teller,
    Telling,
    faulty,
    field_names,
    plain_coding,
    read_told,
    telling_of,
)
from mappings.caf.assessment import Assessment
from mappings.caf.elements import BY_CODE, Element
from mappings.caf.items import Item, Source
from mappings.fhir_r4.generated import (
    Coding,
    QuestionnaireResponse,
    QuestionnaireResponseItem,
    QuestionnaireResponseItemAnswer,
)

STATEMENT_KIND: Final = code_system("statement-kind")

# The field of an item that an answer's own text fills.
_TEXT_FIELDS: Final = ("text", "words", "name", "reason", "found", "next_steps", "value", "notes")

_TEXTS: Final = (str, str | None)
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


class Form(Telling, frozen=True):
    """How an answer to the element *path* is told: *text* is the field that its own text fills."""

    path: str
    text: str | None


def form_of(element: Element) -> Form:
    """Return how an answer to *element* is read.

    >>> from mappings.caf.elements import element
    >>> form_of(element("carers.warmth")).kind.__name__
    'Statement'
    >>> form_of(element("voice.views")).text
    'words'
    """
    return FORMS[element.code]


def read_answers(
    teller: Teller, response: QuestionnaireResponse, place: str, said: Fields
) -> Iterator[tuple[str, Item]]:
    """Yield the items in *response*, which stands at *place*, each with its element's path.

    Each also gets the fields *said*, where its answer does not say otherwise.
    """
    items: list[tuple[QuestionnaireResponseItem, str]] = []
    _add_items(items, response.item or (), place)
    for item, where in items:
        form = FORMS.get(item.linkId or "")
        if form is None:
            if item.answer:
                message = "no element of the CAF has this linkId: the answers stay unmapped"
                teller.doubts.append(Doubt("unknown-element", where, message))
            continue
        for number, answer in enumerate(item.answer or ()):
            at = f"{where}.answer[{number}]"
            try:
                yield form.path, _item(teller, form, answer, (at, place), said)
            except msgspec.ValidationError as error:
                message = "the answer does not fit its element: it stays unmapped"
                teller.doubts.append(Doubt("unmappable-answer", faulty(error, at), message))


def _add_items(
    found: list[tuple[QuestionnaireResponseItem, str]],
    items: tuple[QuestionnaireResponseItem, ...],
    place: str,
) -> None:
    """Add to those *found* each of *items*, with all that it holds, and its place."""
    for number, item in enumerate(items):
        where = f"{place}.item[{number}]"
        found.append((item, where))
        if item.item:
            _add_items(found, item.item, where)


def _item(
    teller: Teller,
    form: Form,
    answer: QuestionnaireResponseItemAnswer,
    places: tuple[str, str],
    said: Fields,
) -> Item:
    at, place = places
    fields = said | {
        "id": teller.id_of(place, answer.id, at),
        "source": Source(teller.entries.record, at),
    }
    if answer.extension:
        fields |= read_told(teller.entries, answer.extension, form, place)
    if form.text is not None and answer.valueString is not None:
        fields[form.text] = answer.valueString
    elif answer.valueCoding is not None:
        _add_code(fields, answer.valueCoding)
    return msgspec.convert(fields, form.kind)


def _add_code(fields: Fields, coding: Coding) -> None:
    """Add the code that an answer gives in place of text: it comes before those beside it."""
    if coding.system == STATEMENT_KIND:
        fields["kind"] = coding.code
    elif isinstance(codes := fields.setdefault("codes", []), list):
        codes.insert(0, plain_coding(coding))


def _forms() -> Iterator[tuple[str, Form]]:
    sections = get_type_hints(Assessment)
    for code, element in ASKED.items():
        kind = get_type_hints(sections[element.section])[element.field].__args__[0]
        names = field_names(kind)
        hints = get_type_hints(kind)
        text = next((name for name in _TEXT_FIELDS if hints.get(name) in _TEXTS), None)
        told = telling_of(kind, names - {text})
        yield code, Form(kind, told.urls, told.lists, element.path, text)


FORMS: Final = dict(_forms())
