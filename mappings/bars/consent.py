"""Consent as a message states it: who, what is kept and shared, with whom, except whom.

    Consent.patient, .performer      the child; who gave or refused it
    .status                          active: given, rejected: refused, inactive: withdrawn
    .provision (permit).actor        the services with which it may be shared
    .provision.provision (deny)      .actor: except these; .securityLabel: except these categories
    our extensions                   may-store, how, reasons-explained, understood, refusal, ...

A consent that only says `IMPLIED` (policyRule), or that nobody gave, is no consent statement:
nothing is made of it.
"""

from collections.abc import Iterator
from typing import Final

from mappings.bars.entries import Entry
from mappings.bars.names import code_system, extension
from mappings.bars.people import Teller, day, place_in_family, told
from mappings.caf.categories import Category
from mappings.caf.items import About, AboutWhom, ConsentStatement, Item, Refusal
from mappings.caf.vocabulary import ConsentAnswer, ConsentManner, FamilyRefusal, StorageAnswer
from mappings.fhir_r4 import generated as fhir

CATEGORY: Final = code_system("policy-category")
AGENCY_TYPE: Final = code_system("agency-type")

_ANSWERS: Final = {
    "active": ConsentAnswer.GIVEN,
    "rejected": ConsentAnswer.REFUSED,
    "inactive": ConsentAnswer.WITHDRAWN,
}
_STORAGE: Final = {one.value: one for one in StorageAnswer}
_MANNERS: Final = {one.value: one for one in ConsentManner}
_REFUSALS: Final = {one.value: one for one in FamilyRefusal}
_CATEGORIES: Final = {one.value: one for one in Category}


def read_consent(teller: Teller, child: Entry) -> Iterator[tuple[str, Item]]:
    """Yield the consent statements about *child*, each with its element's path."""
    for entry, consent in teller.entries.about(child, fhir.Consent):
        statement = _statement(teller, entry, consent, child)
        if statement is not None:
            yield "consent.statements", statement


def _statement(
    teller: Teller, entry: Entry, consent: fhir.Consent, child: Entry
) -> ConsentStatement | None:
    grantor = _grantor(teller, consent, child)
    provision = consent.provision
    if grantor is None or consent.status == "entered-in-error":
        return None
    denials = (
        tuple(one for one in (provision.provision or ()) if one.type == "deny") if provision else ()
    )
    extensions = consent.extension
    return ConsentStatement(
        grantor=grantor,
        about=(grantor,),
        may_store=_STORAGE.get(_code(extensions, "may-store"), StorageAnswer.NOT_ASKED),
        sharing=_sharing(consent),
        services=tuple(_services(teller, provision)),
        except_services=tuple(id_ for denial in denials for id_ in _services(teller, denial)),
        scope=tuple(_categories(provision)) or None,
        refused_categories=tuple(one for denial in denials for one in _categories(denial)),
        purposes=tuple(one.code for one in (provision.purpose or ()) if one.code)
        if provision
        else (),
        how=_MANNERS.get(_code(extensions, "how")),
        reasons_explained=_boolean(extensions, "reasons-explained"),
        understood=_boolean(extensions, "understood"),
        exceptional_circumstances=_text(extensions, "exceptional-circumstances"),
        refusals=tuple(_refusals(extensions)),
        given_on=day(consent.dateTime),
        expires_on=day(provision.period.end) if provision and provision.period else None,
        **teller.at(entry.place),
    )


def _grantor(teller: Teller, consent: fhir.Consent, child: Entry) -> About | None:
    """Return who gave or refused it: the child, or one of the family in this message."""
    for reference in consent.performer or ():
        entry = teller.entries.resolve(reference)
        if entry is child:
            return About(AboutWhom.CHILD)
        if entry and isinstance(entry.resource, fhir.RelatedPerson):
            _, whom = place_in_family(entry.resource)
            return About(whom, teller.entries.id_at(entry.place))
    return None


def _sharing(consent: fhir.Consent) -> ConsentAnswer:
    """Return the answer about sharing; a consent that permits nothing has not given any."""
    answer = _ANSWERS.get(consent.status or "", ConsentAnswer.NOT_ASKED)
    permits = consent.provision is not None and consent.provision.type == "permit"
    return ConsentAnswer.NOT_ASKED if answer is ConsentAnswer.GIVEN and not permits else answer


def _services(teller: Teller, provision: fhir.ConsentProvision | None) -> Iterator[str]:
    """Yield the services, or types of service, that *provision* names."""
    for actor in (provision.actor or ()) if provision else ():
        identifier = actor.reference.identifier
        if identifier and identifier.system == AGENCY_TYPE and identifier.value:
            yield identifier.value
        elif service := teller.entries.service_id(actor.reference):
            yield service


def _categories(provision: fhir.ConsentProvision | None) -> Iterator[Category]:
    for label in (provision.securityLabel or ()) if provision else ():
        if label.system == CATEGORY and label.code in _CATEGORIES:
            yield _CATEGORIES[label.code]


def _refusals(extensions: tuple[fhir.Extension, ...] | None) -> Iterator[Refusal]:
    """Yield what the family refused: assessment, services and sharing, each on its own."""
    for one in extensions or ():
        if one.url != extension("refusal"):
            continue
        parts = {part.url: part for part in one.extension or ()}
        of, step, again = parts.get("of"), parts.get("next-step"), parts.get("ask-again-on")
        if of and of.valueCode in _REFUSALS:
            yield Refusal(
                of=_REFUSALS[of.valueCode],
                next_step=step.valueString if step else None,
                ask_again_on=day(again.valueDate) if again else None,
            )


def _code(extensions: tuple[fhir.Extension, ...] | None, name: str) -> str:
    found = told(extensions, name)
    return (found.valueCode if found else None) or ""


def _boolean(extensions: tuple[fhir.Extension, ...] | None, name: str) -> bool | None:
    found = told(extensions, name)
    return found.valueBoolean if found else None


def _text(extensions: tuple[fhir.Extension, ...] | None, name: str) -> str | None:
    found = told(extensions, name)
    return found.valueString if found else None
