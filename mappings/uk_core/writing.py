"""The CAF to a child's record: a Bundle of resources, with all that FHIR has each of them hold."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final, cast

import msgspec

from mappings.bars.names import code_system
from mappings.caf.view import View
from mappings.fhir_r4 import generated as fhir
from mappings.language.trees import Node, Tree
from mappings.uk_core.record import PATIENT, Written
from mappings.uk_core.shape import ABOUT_A_CHILD, translation

_ABSENT: Final = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"


def to_bundle(view: View, seed: str, at: datetime) -> fhir.Bundle:
    """Return *view* as a Bundle of type collection, made at *at*; URLs are drawn from *seed*."""
    written = Written(seed)
    child = written.url(PATIENT)
    tree = translation().write(view.content)
    patient = cast("Tree", tree.get(PATIENT) or {})
    written.entries.append({"fullUrl": child, "resource": {"resourceType": PATIENT, **patient}})
    moment = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    for kind in ABOUT_A_CHILD:
        for resource in cast("list[Tree]", tree.get(kind) or []):
            written.add(kind, _FRAMES[kind](resource, {"reference": child}, moment))
    bundle: Tree = {
        "resourceType": "Bundle",
        "meta": {"tag": [{"system": _NOTICE, "code": "part-of-a-whole", "display": view.notice}]},
        "type": "collection",
        "timestamp": moment,
        "entry": cast("list[Node]", written.entries),
    }
    return msgspec.convert(bundle, fhir.Bundle, strict=False)


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
    "RelatedPerson": _of("patient"),
    "CareTeam": _of("subject", status="active"),
    "CarePlan": _care_plan,
    "Goal": _of("subject", lifecycleStatus="active"),
    "Task": _of("for", status="requested", intent="plan"),
    "Flag": _of("subject", status="active"),
    "Condition": _of("subject"),
    "Observation": _of("subject", status="final", code=_UNSAID),
    "ServiceRequest": _of("subject", status="unknown", intent="plan"),
    "Encounter": _of("subject", status="unknown"),
    "EpisodeOfCare": _of("patient", status="active"),
    "Provenance": _provenance,
    "Consent": _of("patient"),
    "QuestionnaireResponse": _of("subject", status="completed"),
    "DocumentReference": _of("subject", status="current"),
}
