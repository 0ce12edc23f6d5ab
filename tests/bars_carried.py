"""What a BaRS message can carry of a CAF: said once more, apart from the code that writes one."""

from datetime import date

import msgspec
from msgspec.structs import replace

from mappings.bars.answers import ASKED
from mappings.bars.writing.draft import is_empty
from mappings.caf.assessment import Assessment
from mappings.caf.identifiers import Scheme, parse
from mappings.caf.items import (
    About,
    AboutWhom,
    Comment,
    Conclusion,
    ConsentStatement,
    Dissent,
    Identifier,
    Person,
    Statement,
)
from mappings.caf.social_care import EpisodePart
from mappings.caf.view import items_of
from mappings.caf.vocabulary import ConsentAnswer

# A Patient and a referral have one place for one of these, so that it comes first.
REORDERED = ("child.birth", "child.sex", "information.concern")
# No answer can refer to what a flag or an activity says.
UNNAMED = {"information.concern", "plan.actions"}
WHOM = {
    "people.carers": AboutWhom.PARENT_OR_CARER,
    "people.siblings": AboutWhom.SIBLING,
    "people.household": AboutWhom.OTHER_PERSON,
}
LIMITS = ("services", "except_services", "refused_categories", "exclusions")


def outline(assessment):
    """Return *assessment* as plain items by element, named by their order, without their places."""
    placed = [(element.path, item) for element, item in items_of(assessment)]
    names = {item.id: f"n{number}" for number, (_, item) in enumerate(placed)}
    plain = [(path, msgspec.to_builtins(replace(item, source=None))) for path, item in placed]
    for _, one in plain:
        evidence = [id_ for id_ in one.pop("evidence", ()) if id_ in names]
        one.update({"evidence": evidence} if evidence else {})
        if one.get("episode") not in names:  # it names what the message does not hold
            one.pop("episode", None)
    for path in REORDERED:
        several = [(path, one | {"id": ""}) for at, one in plain if at == path]
        plain = [one for one in plain if one[0] != path] + sorted(several, key=repr)
    facts = [assessment.version, assessment.phase, assessment.started_on, assessment.completed_on]
    return _renamed(plain, names), facts


def _renamed(value, names):
    if isinstance(value, dict):
        return {key: _renamed(one, names) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_renamed(one, names) for one in value]
    return names.get(value, value) if isinstance(value, str) else value


def carried(assessment, sender):
    """Return what a message of *sender* can say of *assessment*: what else is in it is lost."""
    persons = {item.id for _, item in items_of(assessment) if isinstance(item, Person)}
    named = _named(assessment)
    sections = {}
    for element, item in items_of(assessment):
        is_lost = is_empty(item) and not isinstance(item, Person)
        if is_lost or (isinstance(item, Dissent) and item.id not in named):
            continue
        about = tuple(_closed(one, persons) for one in item.about)
        if isinstance(item, Person):
            about = about or (About(WHOM[element.path], item.id),)
        kept = replace(item, source=None, holder=item.holder or sender, about=about)
        kept = _carried_item(kept, persons, named)
        if is_empty(kept) and not isinstance(kept, Person):
            continue
        sections.setdefault(element.section, {}).setdefault(element.field, []).append(kept)
    made = {
        name: type(getattr(assessment, name))(**{at: tuple(items) for at, items in kept.items()})
        for name, kept in sections.items()
    }
    facts = {name: getattr(assessment, name) for name in ("phase", "started_on", "completed_on")}
    return Assessment(version=assessment.version or "1", **facts, **made)


def _named(assessment):
    """Return the ids of what an answer or a reason says: a dissent only from what stands above."""
    named = set()
    for element, item in items_of(assessment):
        has_name = element.code in ASKED and element.path not in UNNAMED and not is_empty(item)
        if has_name and not (isinstance(item, Dissent) and item.on not in named):
            named.add(item.id)
    return named


def _closed(about, persons):
    return about if about is None or about.person in persons else About(about.whom)


def _carried_item(item, persons, named):
    counts = {name: getattr(item, name) for name in item.__struct_fields__}
    too_many = [name for name, one in counts.items() if isinstance(one, int) and one >= 2**31]
    item = replace(item, **dict.fromkeys(too_many))
    if isinstance(item, EpisodePart):
        item = replace(item, episode=item.episode if item.episode in named else None)
    elif isinstance(item, Conclusion):
        item = replace(item, evidence=tuple(one for one in item.evidence if one in named))
    elif isinstance(item, Statement):
        item = replace(item, said_by=_closed(item.said_by, persons))
    elif isinstance(item, Comment | Dissent):
        item = replace(item, by=_closed(item.by, persons))
    elif isinstance(item, ConsentStatement):
        item = _carried_consent(item, persons)
    elif isinstance(item, Identifier) and item.is_valid and item.scheme in set(Scheme):
        item = replace(item, value=parse(Scheme(item.scheme), item.value))
    elif isinstance(item, Identifier) and not item.is_valid:
        item = replace(item, is_verified=False)
    return item


def _carried_consent(said, persons):
    """Return a statement; of a refusal that it is one, and of what cannot be said a doubt."""
    is_refusal = said.sharing in {ConsentAnswer.REFUSED, ConsentAnswer.WITHDRAWN}
    grantor = _closed(said.grantor, persons)
    if grantor.whom is AboutWhom.CHILD:
        grantor = About(AboutWhom.CHILD)
    doubts = list(said.doubts)
    if said.expires_on == date.min:
        doubts.append("imprecise-date")
        said = replace(said, expires_on=date(1, 1, 2))
    if said.scope == () and not is_refusal:
        doubts.append("empty-scope")
    told = replace(
        said,
        grantor=grantor,
        about=said.about or (grantor,),
        signatures=tuple(replace(one, by=_closed(one.by, persons)) for one in said.signatures),
        scope=said.scope or None,
        doubts=tuple(dict.fromkeys(doubts)),
    )
    if is_refusal:
        return replace(told, scope=None, purposes=(), **dict.fromkeys(LIMITS, ()))
    excepted = [one.services for one in said.exclusions if not one.categories]
    refused = [one.categories for one in said.exclusions if not one.services]
    return replace(
        told,
        except_services=sum(excepted, said.except_services),
        refused_categories=sum(refused, said.refused_categories),
        exclusions=tuple(one for one in said.exclusions if one.services and one.categories),
    )
