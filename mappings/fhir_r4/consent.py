"""A grantor's consent statement as a FHIR R4 Consent, in the shape of IHE PCF 1.1.0, and back.

    .patient, .performer   the child by its id in the gateway; who gave or refused it
    .status                active: given, rejected: refused, inactive: withdrawn
    .provision             see `mappings.fhir_r4.consent_terms`; a refusal denies, and no more
    .source, .policy       the entry of the log that records it; the rules in force then
    .organization          who keeps it
    our extensions         may-store, how, reasons-explained, understood, parental-responsibility

A withdrawal is the next version of the same Consent. Competence, judgement and what else the family
refused have no place in it.
"""

from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, date, timedelta
from typing import Final, Literal

from mappings.bars.names import BASE, code_system, extension
from mappings.caf.categories import Category
from mappings.caf.consents import ConsentDocument
from mappings.caf.items import About, AboutWhom, ConsentStatement
from mappings.caf.vocabulary import (
    ConsentAnswer,
    ConsentManner,
    ParentalResponsibility,
    StorageAnswer,
)
from mappings.fhir_r4 import generated as fhir
from mappings.fhir_r4.consent_terms import (
    AGENCY_TYPE,
    CATEGORY,
    PARTICIPATION,
    PURPOSE,
    RECIPIENT,
    read_terms,
)

CHILD: Final = f"{BASE}/Id/child"
SERVICE: Final = f"{BASE}/Id/service"
ORGANISATION: Final = f"{BASE}/Id/organisation"
ENTRY: Final = f"{BASE}/Id/log-entry"
POLICY: Final = f"{BASE}/policy/"

_PRIVACY: Final = ("http://terminology.hl7.org/CodeSystem/consentscope", "patient-privacy")
_DOCUMENT: Final = ("http://loinc.org", "59284-0")
_OWN_KIND: Final = (code_system("consent-category"), "caf-consent-statement")
# Beside these a consent may be for something else than sharing for the child's care.
_KINDS: Final = frozenset(
    {
        _DOCUMENT,
        _OWN_KIND,
        ("http://loinc.org", "57016-8"),
        ("https://fhir.nhs.uk/CodeSystem/consent-categories-bars", "DRC"),
    }
)
_Status = Literal["active", "rejected", "inactive"]
_STATUSES: Final[Mapping[ConsentAnswer, _Status]] = {
    ConsentAnswer.GIVEN: "active",
    ConsentAnswer.REFUSED: "rejected",
    ConsentAnswer.WITHDRAWN: "inactive",
}
_ANSWERS: Final[Mapping[str, ConsentAnswer]] = {_STATUSES[one]: one for one in _STATUSES}
_SIGNED: Final = frozenset({ConsentManner.SIGNED, ConsentManner.PAPER})
_STORAGE: Final = {one.value: one for one in StorageAnswer}
_MANNERS: Final = {one.value: one for one in ConsentManner}
_RESPONSIBILITIES: Final = {one.value: one for one in ParentalResponsibility}
_PATIENT: Final = "Patient/"
_DAY: Final = len("2026-11-30")


def to_fhir(document: ConsentDocument, types: frozenset[str]) -> fhir.Consent:
    """Return *document* as a Consent; *types* are the names of services that are types of them.

    Raises `ValueError` for a statement in which nothing was answered: there is no Consent of that.
    """
    said = document.statement
    status = _STATUSES.get(said.sharing)
    if status is None:
        message = "nothing was answered about sharing"
        raise ValueError(message)
    child = fhir.Reference(
        reference=f"{_PATIENT}{document.child}",
        identifier=fhir.Identifier(system=CHILD, value=document.child),
    )
    return fhir.Consent(
        id=document.id or None,
        meta=_meta(document),
        extension=tuple(_extensions(said)) or None,
        status=status,
        scope=_concept(_PRIVACY),
        category=(_concept(_DOCUMENT), _concept(_OWN_KIND)),
        patient=child,
        dateTime=_text(said.given_on),
        performer=(child if document.is_of_child else _parent(document),),
        organization=_organisation(document.organisation),
        sourceReference=_source(document.entry),
        policy=(fhir.ConsentPolicy(uri=f"{POLICY}{document.policy or 'unknown'}"),),
        verification=_verification(said, child if document.is_of_child else _parent(document)),
        provision=_provision(said, types),
    )


def from_fhir(consent: fhir.Consent) -> ConsentDocument | None:
    """Return the document that *consent* is; None where it is no statement of anybody's.

    That is a draft, one that was entered in error, one that is implied, about something else than
    sharing, about no child of the gateway, or given by nobody or by several. What it says is not
    believed where its statement has doubts.
    """
    child, performers = _child(consent.patient), consent.performer or ()
    answer = _ANSWERS.get(consent.status or "")
    if child is None or answer is None or len(performers) != 1 or not _is_about_sharing(consent):
        return None
    who = performers[0]
    is_of_child = _child(who) == child
    name = "" if is_of_child else " ".join((who.display or "").split())
    if not is_of_child and not name:
        return None
    terms, doubts = read_terms(consent, _service_of), list(doubts_beside(consent))
    if answer is ConsentAnswer.GIVEN:
        permits = consent.provision is not None and consent.provision.type == "permit"
        answer = answer if permits else ConsentAnswer.REFUSED
        doubts += ["no-provision"] if consent.provision is None else []
        doubts += ["undated"] if _day(consent.dateTime) is None else []
    whom = AboutWhom.CHILD if is_of_child else AboutWhom.PARENT_OR_CARER
    return ConsentDocument(
        child=child,
        is_of_child=is_of_child,
        grantor_name=name,
        has_responsibility=_responsibility(who),
        statement=ConsentStatement(
            grantor=About(whom),
            sharing=answer,
            may_store=_STORAGE.get(_code(consent, "may-store"), StorageAnswer.NOT_ASKED),
            services=terms.services,
            except_services=terms.except_services,
            scope=terms.scope,
            refused_categories=terms.refused_categories,
            exclusions=terms.exclusions,
            purposes=terms.purposes,
            how=_MANNERS.get(_code(consent, "how")),
            reasons_explained=_is_so(consent, "reasons-explained"),
            understood=_is_so(consent, "understood"),
            given_on=_day(consent.dateTime),
            begins_on=terms.begins_on,
            expires_on=terms.expires_on,
            doubts=tuple(dict.fromkeys((*terms.doubts, *doubts))),
        ),
    )


def _is_about_sharing(consent: fhir.Consent) -> bool:
    scopes = {(one.system, one.code) for one in consent.scope.coding or ()}
    return _PRIVACY in scopes and not is_implied(consent)


def is_implied(consent: fhir.Consent) -> bool:
    """Whether *consent* only says that somebody took it as given: that is no statement."""
    return "IMPLIED" in _rules(consent)


def _is_among(concept: fhir.CodeableConcept, known: Collection[tuple[str, str]]) -> bool:
    """Whether all that *concept* says, and it says something, is among the codes *known*."""
    codes = {(one.system or "", one.code or "") for one in concept.coding or ()}
    return bool(codes) and codes.issubset(known)


def _rules(consent: fhir.Consent) -> set[str | None]:
    rule = consent.policyRule
    return set() if rule is None else {one.code for one in rule.coding or ()}


def doubts_beside(consent: fhir.Consent) -> Iterator[str]:
    """Yield what beside its provisions changes what *consent* says in a way that is not known."""
    if not _is_among(consent.scope, {_PRIVACY}):
        yield "unmatched-scope"
    if not all(_is_among(one, _KINDS) for one in consent.category):
        yield "unmatched-category"
    if consent.policyRule is not None and _rules(consent) != {"OPTIN"}:
        yield "unmatched-rule"
    if any(one.verified is False for one in consent.verification or ()):
        yield "not-verified"


def _child(reference: fhir.Reference | None) -> str | None:
    """Return the id of the child that *reference* means: by our identifier, or as a Patient's."""
    if reference is None:
        return None
    identifier = reference.identifier
    if identifier is not None and identifier.system == CHILD:
        return identifier.value
    kind, _, id_ = (reference.reference or "").rpartition("/")
    return id_ if f"{kind}/".endswith(_PATIENT) and id_ else None


def _service_of(reference: fhir.Reference) -> str | None:
    """Return what consent calls the service: its id here, its type, or `system|value`."""
    identifier = reference.identifier
    if identifier is None or not identifier.system or not identifier.value:
        return None
    if identifier.system in {SERVICE, AGENCY_TYPE}:
        return identifier.value
    return f"{identifier.system}|{identifier.value}"


def _responsibility(who: fhir.Reference) -> ParentalResponsibility:
    url = extension("parental-responsibility")
    codes = [one.valueCode or "" for one in who.extension or () if one.url == url]
    return _RESPONSIBILITIES.get(codes[0] if codes else "", ParentalResponsibility.UNKNOWN)


def _code(consent: fhir.Consent, name: str) -> str:
    url = extension(name)
    return next((one.valueCode or "" for one in consent.extension or () if one.url == url), "")


def _is_so(consent: fhir.Consent, name: str) -> bool | None:
    url = extension(name)
    return next((one.valueBoolean for one in consent.extension or () if one.url == url), None)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text[:_DAY]) if text and len(text) >= _DAY else None


def _text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _concept(coding: tuple[str, str]) -> fhir.CodeableConcept:
    return fhir.CodeableConcept(coding=(fhir.Coding(system=coding[0], code=coding[1]),))


def _meta(document: ConsentDocument) -> fhir.Meta:
    at = document.recorded_at
    updated = None if at is None else at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return fhir.Meta(versionId=str(document.version), lastUpdated=updated)


def _parent(document: ConsentDocument) -> fhir.Reference:
    url = extension("parental-responsibility")
    return fhir.Reference(
        extension=(fhir.Extension(url=url, valueCode=document.has_responsibility),),
        type="RelatedPerson",
        display=document.grantor_name or None,
    )


def _organisation(name: str) -> tuple[fhir.Reference, ...] | None:
    if not name:
        return None
    return (fhir.Reference(identifier=fhir.Identifier(system=ORGANISATION, value=name)),)


def _source(entry: int | None) -> fhir.Reference | None:
    if entry is None:
        return None
    identifier = fhir.Identifier(system=ENTRY, value=str(entry))
    return fhir.Reference(type="DocumentReference", identifier=identifier)


def _verification(
    said: ConsentStatement, who: fhir.Reference
) -> tuple[fhir.ConsentVerification, ...] | None:
    """Return that the grantor has put their name to it; what was spoken is not said to be."""
    if said.how not in _SIGNED:
        return None
    return (fhir.ConsentVerification(verified=True, verifiedWith=who),)


def _extensions(said: ConsentStatement) -> Iterator[fhir.Extension]:
    yield fhir.Extension(url=extension("may-store"), valueCode=said.may_store)
    if said.how is not None:
        yield fhir.Extension(url=extension("how"), valueCode=said.how)
    for name, value in (
        ("reasons-explained", said.reasons_explained),
        ("understood", said.understood),
    ):
        if value is not None:
            yield fhir.Extension(url=extension(name), valueBoolean=value)


def _provision(said: ConsentStatement, types: frozenset[str]) -> fhir.ConsentProvision:
    """Return what *said* permits and excepts; whoever refuses denies all, and no more is said."""
    if said.sharing is not ConsentAnswer.GIVEN:
        return fhir.ConsentProvision(type="deny")
    last = None if said.expires_on is None else said.expires_on - timedelta(days=1)
    period = fhir.Period(start=_text(said.begins_on), end=_text(last))
    return fhir.ConsentProvision(
        type="permit",
        period=period if said.begins_on or last else None,
        actor=_actors(said.services, types),
        securityLabel=_labels(said.scope or ()),
        purpose=tuple(fhir.Coding(system=PURPOSE, code=one) for one in said.purposes) or None,
        provision=tuple(_exceptions(said, types)) or None,
    )


def _exceptions(said: ConsentStatement, types: frozenset[str]) -> Iterator[fhir.ConsentProvision]:
    if said.except_services:
        yield fhir.ConsentProvision(type="deny", actor=_actors(said.except_services, types))
    if said.refused_categories:
        yield fhir.ConsentProvision(type="deny", securityLabel=_labels(said.refused_categories))
    for one in said.exclusions:
        actors, labels = _actors(one.services, types), _labels(one.categories)
        yield fhir.ConsentProvision(type="deny", actor=actors, securityLabel=labels)


def _actors(
    names: tuple[str, ...], types: frozenset[str]
) -> tuple[fhir.ConsentProvisionActor, ...] | None:
    role = _concept((PARTICIPATION, RECIPIENT))
    return (
        tuple(
            fhir.ConsentProvisionActor(
                role=role, reference=fhir.Reference(identifier=_identifier(name, types))
            )
            for name in names
        )
        or None
    )


def _identifier(name: str, types: frozenset[str]) -> fhir.Identifier:
    system, bar, value = name.rpartition("|")
    if bar:
        return fhir.Identifier(system=system, value=value)
    return fhir.Identifier(system=AGENCY_TYPE if name in types else SERVICE, value=name)


def _labels(categories: tuple[Category, ...]) -> tuple[fhir.Coding, ...] | None:
    return tuple(fhir.Coding(system=CATEGORY, code=one.value) for one in categories) or None
