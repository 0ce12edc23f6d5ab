"""The CAF to a child's record: a Bundle of resources, with all that FHIR has each of them hold."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Final, cast

import msgspec

from mappings.bars.names import code_system
from mappings.bars.writing.answers import response
from mappings.bars.writing.consent import consents
from mappings.bars.writing.draft import Draft
from mappings.caf.assessment import Assessment
from mappings.caf.view import View
from mappings.fhir_r4 import generated as fhir
from mappings.fhir_r4.codec import ENCODER
from mappings.language.trees import Node, Tree
from mappings.uk_core.reading import items_by_path, sections_of
from mappings.uk_core.record import Written
from mappings.uk_core.shape import ABOUT_A_CHILD, translation
from mappings.uk_core.sharing_out import Shares, share_out, writable
from mappings.uk_core.subjects import PATIENT

_ABSENT: Final = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
_RELATED: Final = "RelatedPerson"


def to_bundle(view: View, seed: str, at: datetime) -> fhir.Bundle:
    """Return *view* as a Bundle of type collection, made at *at*; URLs are drawn from *seed*."""
    shares = share_out(writable(view.content))
    tree = translation().write(shares.rows)
    people = list(_people(shares.people))
    draft = _draft(seed, shares, people)
    child: Tree = {"reference": draft.url("patient")}
    moment = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    written = Written(draft.url)
    patient = cast("Tree", tree.get(PATIENT) or {})
    written.put(draft.url("patient"), PATIENT, patient)
    for id_, person in people:
        written.put(draft.persons[id_], _RELATED, _FRAMES[_RELATED](person, child, moment))
    for kind in ABOUT_A_CHILD:
        for resource in cast("list[Tree]", tree.get(kind) or []):
            written.add(kind, _FRAMES[kind](resource, child, moment))
    for number, resource in enumerate(_said_beside(draft, shares, view.content)):
        written.put(draft.url(f"beside-{number}"), str(resource.pop("resourceType")), resource)
    bundle: Tree = {
        "resourceType": "Bundle",
        "meta": {"tag": [{"system": _NOTICE, "code": "part-of-a-whole", "display": view.notice}]},
        "type": "collection",
        "timestamp": moment,
        "entry": cast("list[Node]", written.entries),
    }
    return msgspec.convert(bundle, fhir.Bundle, strict=False)


def _people(people: Assessment) -> Iterator[tuple[str, Tree]]:
    """Yield each person of the family who can be written, by the id of the item."""
    for path, person in items_by_path(people):
        alone = Assessment(**sections_of({path: [person]}))
        for node in cast("list[Tree]", translation().write(alone).get(_RELATED) or []):
            yield person.id, node


def _draft(seed: str, shares: Shares, people: list[tuple[str, Tree]]) -> Draft:
    """Return the names by which the resources of the record call one another."""
    named = Draft(seed, "", {}, shares.names)
    persons = {id_: named.url(f"person-{number}") for number, (id_, _) in enumerate(people)}
    return Draft(seed, "", persons, shares.names)


def _said_beside(draft: Draft, shares: Shares, content: Assessment) -> Iterator[Tree]:
    """Yield the consents, and the questionnaire response with what no other resource carries."""
    statements = writable(content).consent.statements
    for consent in consents(draft, statements) if statements else ():
        yield _plain(consent)
    answers = response(draft, shares.answers, frozenset())
    if answers.item or answers.extension or answers.authored:
        yield _plain(answers)


def _plain(resource: msgspec.Struct) -> Tree:
    plain: Tree = msgspec.json.decode(ENCODER.encode(resource))
    return plain


def _of(subject: str, **required: Node) -> Callable[[Tree, Tree, str], Tree]:
    """Return what gives a resource its *subject*, and what FHIR has it hold besides."""

    def frame(resource: Tree, child: Tree, at: str) -> Tree:
        del at
        return {**required, subject: dict(child), **resource}

    return frame


def _provenance(resource: Tree, child: Tree, at: str) -> Tree:
    return {"target": [dict(child)], "recorded": at, **resource}


def _care_plan(resource: Tree, child: Tree, at: str) -> Tree:
    del at
    for activity in cast("list[Tree]", resource.get("activity") or []):
        detail = cast("Tree", activity.setdefault("detail", {}))
        detail.setdefault("status", "unknown")
    return {"status": "active", "intent": "plan", "subject": dict(child), **resource}


_UNSAID: Final[Tree] = {"extension": [{"url": _ABSENT, "valueCode": "unknown"}]}
_NOTICE: Final = code_system("notice")
_FRAMES: Final[Mapping[str, Callable[[Tree, Tree, str], Tree]]] = {
    _RELATED: _of("patient"),
    "CareTeam": _of("subject", status="active"),
    "CarePlan": _care_plan,
    "Goal": _of("subject", lifecycleStatus="active"),
    "Flag": _of("subject", status="active", code=_UNSAID),
    "Condition": _of("subject"),
    "Observation": _of("subject", status="final", code=_UNSAID),
    "ServiceRequest": _of("subject", status="unknown", intent="plan"),
    "Provenance": _provenance,
}
