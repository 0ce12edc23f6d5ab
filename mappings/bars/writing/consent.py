"""Consent statements as Consents of a message, and the Consent that a message cannot be without.

A refusal or a withdrawal denies, and no more is said. What cannot be read with certainty has a
modifier, which nobody may pass over (http://hl7.org/fhir/R4/extensibility.html#modifierExtension).
Where the view shows no statement, a draft says that none travels: BaRS demands one Consent, and
implied consent would be said of somebody who was not asked.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final, Literal

from mappings.bars.consent import DOUBT, STATEMENT
from mappings.bars.names import CONSENT_CATEGORIES, code_system, extension
from mappings.bars.writing.draft import Draft
from mappings.bars.writing.extensions import is_code, tell
from mappings.caf.categories import Category
from mappings.caf.items import AboutWhom, ConsentStatement
from mappings.caf.vocabulary import ConsentAnswer, StorageAnswer
from mappings.fhir_r4 import generated as fhir
from mappings.fhir_r4.consent import SERVICE
from mappings.fhir_r4.consent_terms import (
    ACT_CODE,
    CATEGORY,
    PARTICIPATION,
    PURPOSE,
    RECIPIENT,
)

NO_STATEMENT: Final = "No consent statement travels with this message."

_STATUSES: Final[dict[ConsentAnswer, Literal["active", "rejected", "inactive", "proposed"]]] = {
    ConsentAnswer.GIVEN: "active",
    ConsentAnswer.REFUSED: "rejected",
    ConsentAnswer.WITHDRAWN: "inactive",
    ConsentAnswer.NOT_ASKED: "proposed",
}
_REFUSALS: Final = frozenset({ConsentAnswer.REFUSED, ConsentAnswer.WITHDRAWN})
_PRIVACY: Final = ("http://terminology.hl7.org/CodeSystem/consentscope", "patient-privacy")
_STATEMENT: Final = (code_system("consent-category"), "caf-consent-statement")
_DIRECT_CARE: Final = (CONSENT_CATEGORIES, "DRC")
_A_DAY: Final = timedelta(days=1)


def consents(draft: Draft, statements: tuple[ConsentStatement, ...]) -> Iterator[fhir.Consent]:
    """Yield a Consent for each of *statements*, or the one that says that there is none."""
    for said in statements:
        yield _consent(draft, said)
    if not statements:
        yield _none(draft)


def _consent(draft: Draft, said: ConsentStatement) -> fhir.Consent:
    performer = _performer(draft, said)
    extensions = (*_extensions(said, is_named=performer is not None), *_told(draft, said))
    doubts = tuple(fhir.Extension(url=DOUBT, valueCode=one) for one in _doubts(said))
    return fhir.Consent(
        extension=extensions or None,
        modifierExtension=doubts or None,
        status=_STATUSES[said.sharing],
        scope=_concept(_PRIVACY),
        category=(_concept(_STATEMENT), _concept(_DIRECT_CARE)),
        patient=draft.reference("patient"),
        dateTime=_text(said.given_on),
        performer=None if performer is None else (performer,),
        policyRule=_concept((ACT_CODE, "OPTIN")),
        provision=_provision(said),
    )


def _none(draft: Draft) -> fhir.Consent:
    return fhir.Consent(
        status="draft",
        scope=_concept(_PRIVACY),
        category=(_concept(_DIRECT_CARE),),
        patient=draft.reference("patient"),
        policyRule=fhir.CodeableConcept(text=NO_STATEMENT),
    )


def _performer(draft: Draft, said: ConsentStatement) -> fhir.Reference | None:
    """Return who gave or refused it; None where the view does not show who that is."""
    grantor = said.grantor
    if grantor.whom is AboutWhom.CHILD:
        return draft.reference("patient")
    person = draft.persons.get(grantor.person or "")
    return None if person is None else fhir.Reference(reference=person)


def _told(draft: Draft, said: ConsentStatement) -> tuple[fhir.Extension, ...]:
    known = ConsentStatement(grantor=said.grantor, about=(said.grantor,))
    return tell(said, STATEMENT, draft, known=known) or ()


def _doubts(said: ConsentStatement) -> Iterator[str]:
    """Yield what is doubtful, and what FHIR cannot say: it must not be read as more than it is."""
    for one in said.doubts:
        yield one if is_code(one) else "unmatched-code"
    if said.expires_on == date.min:
        yield "imprecise-date"
    if said.sharing in _REFUSALS:
        return
    if said.scope == ():
        yield "empty-scope"
    if not all(map(is_code, said.purposes)):
        yield "unmatched-code"


def _extensions(said: ConsentStatement, *, is_named: bool) -> Iterator[fhir.Extension]:
    if not is_named:
        whom = fhir.Extension(url="whom", valueCode=said.grantor.whom)
        yield fhir.Extension(url=extension("grantor"), extension=(whom,))
    if said.may_store is not StorageAnswer.NOT_ASKED:
        yield fhir.Extension(url=extension("may-store"), valueCode=said.may_store)
    if said.how is not None:
        yield fhir.Extension(url=extension("how"), valueCode=said.how)
    for name, value in (
        ("reasons-explained", said.reasons_explained),
        ("understood", said.understood),
    ):
        if value is not None:
            yield fhir.Extension(url=extension(name), valueBoolean=value)
    if said.exceptional_circumstances:
        url = extension("exceptional-circumstances")
        yield fhir.Extension(url=url, valueString=said.exceptional_circumstances)
    for refusal in said.refusals:
        parts = [fhir.Extension(url="of", valueCode=refusal.of)]
        if refusal.next_step:
            parts.append(fhir.Extension(url="next-step", valueString=refusal.next_step))
        if refusal.ask_again_on is not None:
            again = refusal.ask_again_on.isoformat()
            parts.append(fhir.Extension(url="ask-again-on", valueDate=again))
        yield fhir.Extension(url=extension("refusal"), extension=tuple(parts))


def _provision(said: ConsentStatement) -> fhir.ConsentProvision:
    """Return what *said* permits and excepts; whoever refuses denies all, and no more is said."""
    if said.sharing in _REFUSALS:
        return fhir.ConsentProvision(type="deny", period=_period(said))
    return fhir.ConsentProvision(
        type="permit",
        period=_period(said),
        actor=_actors(said.services),
        securityLabel=_labels(said.scope or ()),
        purpose=tuple(_purposes(said)) or None,
        provision=tuple(_exceptions(said)) or None,
    )


def _purposes(said: ConsentStatement) -> Iterator[fhir.Coding]:
    for one in filter(is_code, said.purposes):
        yield fhir.Coding(system=PURPOSE, code=one)


def _exceptions(said: ConsentStatement) -> Iterator[fhir.ConsentProvision]:
    if said.except_services:
        yield fhir.ConsentProvision(type="deny", actor=_actors(said.except_services))
    if said.refused_categories:
        yield fhir.ConsentProvision(type="deny", securityLabel=_labels(said.refused_categories))
    for one in said.exclusions:
        actors, labels = _actors(one.services), _labels(one.categories)
        if actors or labels:
            yield fhir.ConsentProvision(type="deny", actor=actors, securityLabel=labels)


def _period(said: ConsentStatement) -> fhir.Period | None:
    """Return the days on which it holds: the last is the one before it no longer does."""
    ends_on, last = said.expires_on, None
    if ends_on is not None:
        last = ends_on if ends_on == date.min else ends_on - _A_DAY
    if said.begins_on is None and last is None:
        return None
    return fhir.Period(start=_text(said.begins_on), end=_text(last))


def _actors(names: tuple[str, ...]) -> tuple[fhir.ConsentProvisionActor, ...] | None:
    role = _concept((PARTICIPATION, RECIPIENT))
    return (
        tuple(
            fhir.ConsentProvisionActor(
                role=role,
                reference=fhir.Reference(identifier=fhir.Identifier(system=SERVICE, value=name)),
            )
            for name in names
            if name
        )
        or None
    )


def _labels(categories: tuple[Category, ...]) -> tuple[fhir.Coding, ...] | None:
    return tuple(fhir.Coding(system=CATEGORY, code=one.value) for one in categories) or None


def _concept(code: tuple[str, str]) -> fhir.CodeableConcept:
    return fhir.CodeableConcept(coding=(fhir.Coding(system=code[0], code=code[1]),))


def _text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
