"""The questionnaire response of a child: an answer for each item that no other resource says."""

from collections.abc import Iterator, Mapping
from typing import Final

from msgspec.structs import replace

from mappings.bars.answers import ASKED, FORMS, STATEMENT_KIND, Form
from mappings.bars.names import QUESTIONNAIRE, extension
from mappings.bars.writing.draft import Draft
from mappings.bars.writing.extensions import coding, says_more, tell, text
from mappings.caf.assessment import Assessment
from mappings.caf.codes import system
from mappings.caf.elements import CATALOGUE, Element
from mappings.caf.identifiers import OURS
from mappings.caf.items import Coding, Item, Kind, Statement
from mappings.fhir_r4 import generated as fhir

ASSESSMENT: Final = f"{OURS}assessment"
# What the referral, its flags and its care plan say.
_SAID_BY_PLAN: Final = frozenset({"information.led_to", "information.concern", "plan.actions"})
_NOTHING_FOUND: Final = frozenset({Kind.NO_CONCERN, Kind.NOT_ASSESSED})

_Item = fhir.QuestionnaireResponseItem


def response(
    draft: Draft, assessment: Assessment, elsewhere: frozenset[str] = _SAID_BY_PLAN
) -> fhir.QuestionnaireResponse:
    """Return all answers of *assessment*, and what it says of itself.

    What the elements at *elsewhere* hold, other resources of the message say.
    """
    completed_on = assessment.completed_on
    identifier = fhir.Identifier(system=ASSESSMENT, value=assessment.id)
    return fhir.QuestionnaireResponse(
        extension=tuple(_facts(assessment)) or None,
        identifier=identifier if assessment.id else None,
        questionnaire=f"{QUESTIONNAIRE}|1",
        status="completed",
        subject=draft.reference("patient"),
        authored=None if completed_on is None else completed_on.isoformat(),
        item=tuple(_items(draft, assessment, elsewhere)) or None,
    )


def _facts(assessment: Assessment) -> Iterator[fhir.Extension]:
    if assessment.version not in {"", Assessment().version}:
        yield fhir.Extension(url=extension("version"), valueString=assessment.version)
    if assessment.phase is not None:
        yield fhir.Extension(url=extension("phase"), valueCode=assessment.phase)
    if assessment.started_on is not None:
        started_on = assessment.started_on.isoformat()
        yield fhir.Extension(url=extension("started-on"), valueDate=started_on)


def _items(draft: Draft, assessment: Assessment, elsewhere: frozenset[str]) -> Iterator[_Item]:
    """Yield the elements in the order of the catalogue, those of a domain in its group."""
    groups: dict[str, list[_Item]] = {}
    places: list[_Item | str] = []
    for element in CATALOGUE:
        made = None if element.path in elsewhere else _element(draft, assessment, element)
        if made is None:
            continue
        if element.domain is None:
            places.append(made)
        elif element.domain in groups:
            groups[element.domain].append(made)
        else:
            groups[element.domain] = [made]
            places.append(element.domain)
    for place in places:
        yield _group(place, groups) if isinstance(place, str) else place


def _group(domain: str, groups: Mapping[str, list[_Item]]) -> _Item:
    title = system("caf-domain").codes[domain].display
    return _Item(linkId=domain, text=title, item=tuple(groups[domain]))


def _element(draft: Draft, assessment: Assessment, element: Element) -> _Item | None:
    if element.code not in ASKED:
        return None
    items: tuple[Item, ...] = getattr(getattr(assessment, element.section), element.field)
    made = (_answer(draft, FORMS[element.code], item) for item in items if item.id in draft.answers)
    answers = tuple(one for one in made if one is not None)
    if not answers:
        return None
    return _Item(linkId=element.code, text=element.title, answer=answers)


def _answer(draft: Draft, form: Form, item: Item) -> fhir.QuestionnaireResponseItemAnswer | None:
    """Return *item* as an answer; None where nothing of what it says can be said in FHIR."""
    words = text(getattr(item, form.text)) if form.text is not None else None
    code, rest = (None, item) if words is not None else _in_place_of_text(item)
    told = tell(rest, form, draft)
    if words is None and code is None and not says_more(told, form):
        return None
    return fhir.QuestionnaireResponseItemAnswer(
        id=draft.answers[item.id], extension=told, valueString=words, valueCoding=code
    )


def _in_place_of_text(item: Item) -> tuple[fhir.Coding | None, Item]:
    """Return the code that says what *item* says without a text, and what is left to tell of it."""
    if isinstance(item, Statement) and item.kind in _NOTHING_FOUND:
        found = fhir.Coding(system=STATEMENT_KIND, code=item.kind)
        return found, replace(item, kind=Kind.CONTEXT)
    codes: tuple[Coding, ...] = getattr(item, "codes", ())
    first = coding(codes[0]) if codes else None
    return first, item if first is None else replace(item, codes=codes[1:])
