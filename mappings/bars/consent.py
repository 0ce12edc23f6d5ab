"""Consent as a message states it: who, what is kept and shared, with whom, except whom.

    Consent.patient, .performer      the child; who gave or refused it
    .status                          active: given, rejected: refused, inactive: withdrawn
    .provision (permit).actor        the services with which it may be shared
    .provision.provision (deny)      .actor: except these; .securityLabel: except these categories;
                                     both: these categories to these
    our extensions                   may-store, how, reasons-explained, understood, refusal, ...

A consent that only says `IMPLIED` (policyRule), or that nobody gave, is no consent statement:
nothing is made of it. One that says something which is not known here has doubts, and is not
believed: see `mappings.fhir_r4.consent_terms`.
"""

from collections.abc import Iterator
from functools import partial
from typing import Final

from msgspec.structs import replace

from mappings.bars.entries import Entry
from mappings.bars.names import extension
from mappings.bars.people import day, place_in_family, told
from mappings.bars.telling import COMMON, Teller, telling_of
from mappings.caf.items import About, AboutWhom, ConsentStatement, Item, Refusal
from mappings.caf.vocabulary import ConsentAnswer, ConsentManner, FamilyRefusal, StorageAnswer
from mappings.fhir_r4 import generated as fhir
from mappings.fhir_r4.consent import SERVICE, doubts_beside, is_implied
from mappings.fhir_r4.consent_terms import AGENCY_TYPE, read_terms

_ANSWERS: Final = {
    "active": ConsentAnswer.GIVEN,
    "rejected": ConsentAnswer.REFUSED,
    "inactive": ConsentAnswer.WITHDRAWN,
}
DOUBT: Final = extension("doubt")
STATEMENT: Final = telling_of(ConsentStatement, COMMON | {"signatures"})
_WHOM: Final = {one.value: one for one in AboutWhom}
_STORAGE: Final = {one.value: one for one in StorageAnswer}
_MANNERS: Final = {one.value: one for one in ConsentManner}
_REFUSALS: Final = {one.value: one for one in FamilyRefusal}


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
    if grantor is None or consent.status == "entered-in-error" or is_implied(consent):
        return None
    extensions = consent.extension
    doubts, others = _own_doubts(consent)
    if consent.performer and grantor.whom is not AboutWhom.CHILD and grantor.person is None:
        doubts.append("unknown-grantor")
    terms = read_terms(others, partial(_service, teller))
    statement = ConsentStatement(
        grantor=grantor,
        about=(grantor,),
        may_store=_STORAGE.get(_code(extensions, "may-store"), StorageAnswer.NOT_ASKED),
        sharing=_sharing(consent),
        services=terms.services,
        except_services=terms.except_services,
        scope=terms.scope,
        refused_categories=terms.refused_categories,
        exclusions=terms.exclusions,
        purposes=terms.purposes,
        how=_MANNERS.get(_code(extensions, "how")),
        reasons_explained=_boolean(extensions, "reasons-explained"),
        understood=_boolean(extensions, "understood"),
        exceptional_circumstances=_text(extensions, "exceptional-circumstances"),
        refusals=tuple(_refusals(extensions)),
        given_on=day(consent.dateTime),
        begins_on=terms.begins_on,
        expires_on=terms.expires_on,
        doubts=tuple(dict.fromkeys((*doubts, *terms.doubts, *doubts_beside(consent)))),
        **teller.at(entry.place),
    )
    return teller.beside(statement, STATEMENT, extensions, entry.place)


def _own_doubts(consent: fhir.Consent) -> tuple[list[str], fhir.Consent]:
    """Return the doubts that came with *consent*, and the consent without what says them.

    They stand in a modifier, so that nobody who does not know them believes the statement.
    """
    modifiers = consent.modifierExtension or ()
    doubts = [one.valueCode for one in modifiers if one.url == DOUBT and one.valueCode]
    others = tuple(one for one in modifiers if one.url != DOUBT or not one.valueCode)
    return doubts, replace(consent, modifierExtension=others or None) if doubts else consent


def _grantor(teller: Teller, consent: fhir.Consent, child: Entry) -> About | None:
    """Return who gave or refused it: the child, or one of the family in this message.

    A person of another's family is told without who it is: the statement is not believed.
    """
    for reference in consent.performer or ():
        entry = teller.entries.resolve(reference)
        if entry is child:
            return About(AboutWhom.CHILD)
        if entry and isinstance(entry.resource, fhir.RelatedPerson):
            _, whom = place_in_family(entry.resource)
            is_of_the_family = teller.entries.is_about(entry, child)
            return About(whom, teller.entries.id_at(entry.place) if is_of_the_family else None)
    said = None if consent.performer else told(consent.extension, "grantor")
    return _unnamed(said.extension or ()) if said else None


def _unnamed(parts: tuple[fhir.Extension, ...]) -> About | None:
    """Return a grantor of whom only is told what they are to the child, not who."""
    whom = next((part.valueCode for part in parts if part.url == "whom"), None)
    return About(_WHOM[whom]) if whom in _WHOM else None


def _sharing(consent: fhir.Consent) -> ConsentAnswer:
    """Return the answer about sharing; a consent that permits nothing has not given any."""
    answer = _ANSWERS.get(consent.status or "", ConsentAnswer.NOT_ASKED)
    kind = consent.provision.type if consent.provision else None
    if answer is not ConsentAnswer.GIVEN or kind == "permit":
        return answer
    return ConsentAnswer.REFUSED if kind == "deny" else ConsentAnswer.NOT_ASKED


def _service(teller: Teller, reference: fhir.Reference) -> str | None:
    """Return the service, or the type of service, that *reference* names."""
    identifier = reference.identifier
    if identifier and identifier.system in {AGENCY_TYPE, SERVICE} and identifier.value:
        return identifier.value
    return teller.entries.service_id(reference)


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
