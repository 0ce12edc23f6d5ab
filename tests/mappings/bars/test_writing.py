"""A CAF to a BaRS message and back: the same CAF, as far as FHIR can say it."""

import hashlib
from datetime import UTC, date, datetime

import msgspec
import pytest
from bars_messages import AT, NAMES, payload_of, read
from fhir.resources.R4B.bundle import Bundle
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from strategies import assessments

from adapters.contract import Envelope, Outcome, Severity
from adapters.health.bars import BaRSAdapter
from mappings.bars.writing.extensions import is_empty
from mappings.caf.assessment import Assessment, Child, Information, People
from mappings.caf.items import (
    About,
    AboutWhom,
    Birth,
    Coded,
    Coding,
    Conclusion,
    ConsentStatement,
    Dissent,
    Identifier,
    Item,
    Name,
    Person,
    Statement,
)
from mappings.caf.view import View, items_of
from mappings.caf.vocabulary import ConsentAnswer, NameUse

JSON, XML = "application/fhir+json", "application/fhir+xml"
SENDER = "fernbrook"
WORDS = st.text("abcdefgé中", min_size=1, max_size=6)
LATER = st.dates(date(1000, 1, 2))


def written(content, media_type=JSON, **view):
    envelope = Envelope(media_type=media_type, at=AT, sender=SENDER, recipient="school-1")
    whole = View(content=content, purpose="early_help", **view)
    return BaRSAdapter().write(whole, envelope).content


def back(content, media_type=JSON):
    return read(written(content, media_type), media_type)


def outline(assessment):
    """Return *assessment* as plain items by element, named by their order, without their places."""
    placed = [(element.path, item) for element, item in items_of(assessment)]
    names = {item.id: f"n{number}" for number, (_, item) in enumerate(placed)}
    plain = [
        (path, msgspec.to_builtins(replace(item, source=None)))
        for path, item in placed
    ]
    facts = [assessment.version, assessment.phase, assessment.started_on, assessment.completed_on]
    return renamed(plain, names), facts


def renamed(value, names):
    if isinstance(value, dict):
        return {key: renamed(one, names) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [renamed(one, names) for one in value]
    return names.get(value, value) if isinstance(value, str) else value


def carried(assessment):
    """Return what FHIR can say of *assessment*: this is all that is lost, and nothing else."""
    family = (assessment.people.carers, assessment.people.siblings, assessment.people.household)
    persons = {person.id for part in family for person in part}
    others = {item.id for _, item in items_of(assessment)} - persons
    sections = {}
    for element, item in items_of(assessment):
        kept = carried_item(item, element, persons, others)
        if kept is not None:
            sections.setdefault(element.section, {}).setdefault(element.field, []).append(kept)
    made = {
        name: type(getattr(assessment, name))(**{field: tuple(items) for field, items in kept.items()})
        for name, kept in sections.items()
    }
    facts = {name: getattr(assessment, name) for name in ("phase", "started_on", "completed_on")}
    return Assessment(version=assessment.version or "1", **facts, **made)


def carried_item(item, element, persons, others):
    def named(about):
        return about if about is None or about.person in persons else About(about.whom)

    item = replace(item, source=None, holder=item.holder or SENDER)
    item = replace(item, about=tuple(map(named, item.about)))
    match item:
        case Person():
            whom = WHOM[element.path]
            about = item.about or (About(whom, item.id),)
            return replace(item, about=about)
        case _ if is_empty(item):
            return None
        case Dissent():
            return replace(item, by=named(item.by)) if item.on in others else None
        case Conclusion():
            return replace(item, evidence=tuple(one for one in item.evidence if one in others))
        case Statement():
            return replace(item, said_by=named(item.said_by))
        case ConsentStatement():
            return carried_consent(item, named)
        case Identifier():
            return replace(item, is_verified=item.is_verified and item.is_valid)
    if hasattr(item, "by"):
        return replace(item, by=named(item.by))
    return item


def carried_consent(said, named):
    """Return a statement; of a refusal nothing but that is said, and nobody is excepted from it."""
    grantor = named(said.grantor)
    if grantor.whom is AboutWhom.CHILD:
        grantor = About(AboutWhom.CHILD)
    signatures = tuple(replace(one, by=named(one.by)) for one in said.signatures)
    return replace(said, grantor=grantor, about=said.about or (grantor,), signatures=signatures)


WHOM = {
    "people.carers": AboutWhom.PARENT_OR_CARER,
    "people.siblings": AboutWhom.SIBLING,
    "people.household": AboutWhom.OTHER_PERSON,
}


@pytest.mark.parametrize("media_type", [JSON, XML])
@pytest.mark.parametrize("name", NAMES)
def test_what_an_example_says_comes_back_whole(name, media_type):
    for reading in read(payload_of(name)).readings:
        received = back(reading.assessment, media_type)

        assert received.findings == ()
        assert outline(received.readings[0].assessment) == outline(reading.assessment)


@settings(max_examples=150, deadline=None)
@given(assessments(WORDS))
def test_what_fhir_can_say_of_any_caf_comes_back(whole):
    received = back(whole)

    assert not [one for one in received.findings if one.code in {"unmappable-answer", "dangling-reference"}]
    assert outline(received.readings[0].assessment) == outline(carried(whole))
