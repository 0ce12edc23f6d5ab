"""Consent statements, and what they say about one recipient.

Each grantor (the child, each holder of parental responsibility) has their own statements; a
grantor's newest one counts, and never erases another grantor's. A listed service means given,
an excepted one refused, an unlisted one was not asked about (design section 3).

A yes that may be older than a no, or another person's, takes nothing back: one without a date, one
that cannot be read, one of a grantor without a name. It stands beside the no: a person is asked.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from gateway.days import uk_day
from gateway.errors import RequestError
from gateway.registers import Service
from mappings.caf.assessment import Assessment
from mappings.caf.categories import Category
from mappings.caf.items import About, AboutWhom, ConsentStatement, Person
from mappings.caf.vocabulary import ConsentAnswer

_AGAINST = frozenset({"refused", "withdrawn"})
_STRICTEST_FIRST = ("refused", "withdrawn", "not_asked", "given")
_UNCLEAR = "conflict"
_UNNAMED = "unnamed:"
_UNNAMED_DOUBT = "unnamed-grantor"


class GrantorKind(StrEnum):
    """In what standing somebody consents."""

    CHILD = "child"
    PARENT = "parent"


class RecordedConsent(Struct, frozen=True, kw_only=True):
    """One statement as recorded: who granted it (*grantor*, an opaque key), in what standing, when.

    *has_responsibility* is yes, no or unknown; only yes counts as a parent's consent.
    """

    grantor: str
    kind: GrantorKind
    has_responsibility: str
    statement: ConsentStatement
    recorded_at: datetime

    @property
    def said(self) -> tuple[str, str, ConsentStatement]:
        """What was said by whom: a repeat of it, in another message, is no news."""
        return (self.grantor, self.has_responsibility, self.statement)


@dataclass(frozen=True, slots=True)
class Stance:
    """What one statement says about one recipient and purpose, on one day.

    What cannot be read with certainty is in the *state* of a conflict: a person is asked.
    """

    state: str
    scope: frozenset[Category] | None
    refused: frozenset[Category]
    is_expired: bool


@dataclass(frozen=True, slots=True)
class ConsentFacts:
    """The consent facts of one decision; None where nobody recorded anything."""

    child_consent: str | None = None
    parent_consent: str | None = None
    consent_scope: frozenset[Category] | None = None
    is_scoped: bool = False
    consent_expired: bool | None = None
    refused: frozenset[Category] | None = None


def recorded_in(assessment: Assessment, sender: str, at: datetime) -> tuple[RecordedConsent, ...]:
    """Return the consent statements of *assessment*, from *sender*, as they are to be recorded.

    A grantor who is a person of the assessment has the parental responsibility stated there. Those
    without a name are one for each sender, whose yes is in doubt: it may be anybody's.
    """
    people = _family(assessment)
    carers = {one.id: one for one in assessment.people.carers}
    found = []
    for statement in assessment.consent.statements:
        person = people.get(statement.grantor.person or "")
        carer = carers.get(statement.grantor.person or "")
        is_child = statement.grantor.whom is AboutWhom.CHILD
        is_named = is_child or _is_named(person)
        key = _grantor_key(person.name or "") if person and is_named else f"{_UNNAMED}{sender}"
        said = _bare(statement)
        found.append(
            RecordedConsent(
                grantor="child" if is_child else key,
                kind=GrantorKind.CHILD if is_child else GrantorKind.PARENT,
                has_responsibility=carer.parental_responsibility if carer else "unknown",
                statement=said if is_named else _doubted(said),
                recorded_at=at,
            )
        )
    return tuple(found)


def _family(assessment: Assessment) -> Mapping[str, Person]:
    people = assessment.people
    return {one.id: one for one in (*people.household, *people.siblings, *people.carers)}


def _is_named(person: Person | None) -> bool:
    return person is not None and bool((person.name or "").strip())


def _doubted(said: ConsentStatement) -> ConsentStatement:
    """Return what somebody without a name *said*: a yes is in doubt, a no is not."""
    if said.sharing is not ConsentAnswer.GIVEN:
        return said
    return replace(said, doubts=(*said.doubts, _UNNAMED_DOUBT))


def _bare(statement: ConsentStatement) -> ConsentStatement:
    """Return what was said alone, without where in which message it stood.

    The ids of people are those of one message; the grantor is known by a key of their own.
    """
    return replace(
        statement,
        id="",
        about=(),
        holder=None,
        source=None,
        recorded_at=None,
        grantor=About(statement.grantor.whom),
        signatures=tuple(replace(one, by=About(one.by.whom)) for one in statement.signatures),
    )


def _grantor_key(name: str) -> str:
    # The grantor is known by name, case and spacing aside: the same person consenting in two
    # messages is one grantor. The name stays inside the sealed row.
    return "parent:" + " ".join(name.casefold().split())


def grantor_named(text: str) -> tuple[str, GrantorKind]:
    """Return the key and standing of the grantor whom *text* names: `child`, or `parent:NAME`.

    Those without a name are `unnamed:` and the service whose message spoke of them: whoever found
    out what they said records it as theirs.

    >>> grantor_named("parent: Example  Parent")
    ('parent:example parent', <GrantorKind.PARENT: 'parent'>)
    >>> grantor_named("aunt")
    Traceback (most recent call last):
        ...
    gateway.errors.RequestError: a grantor is `child`, `parent:` and a name, or `unnamed:` and a \
service
    """
    kind, _, name = text.partition(":")
    if text == GrantorKind.CHILD:
        return text, GrantorKind.CHILD
    if kind == GrantorKind.PARENT and name.strip():
        return _grantor_key(name), GrantorKind.PARENT
    if text.startswith(_UNNAMED) and name.strip():
        return text, GrantorKind.PARENT
    message = "a grantor is `child`, `parent:` and a name, or `unnamed:` and a service"
    raise RequestError(message)


def newest(consents: Iterable[RecordedConsent]) -> Mapping[str, tuple[RecordedConsent, ...]]:
    """Return what stands of each grantor's: the newest, by the day it was given, then as recorded.

    Several that one message made at once stand together: none of them is the newer. So does an
    uncertain yes beside what refuses something, which is last: of the two that is what holds.
    """
    latest: dict[str, tuple[RecordedConsent, ...]] = {}
    for consent in sorted(consents, key=_when):
        known = latest.get(consent.grantor, ())
        if any(_when(one) == _when(consent) for one in known):
            latest[consent.grantor] = (*known, consent)
        elif _takes_nothing_back(consent) and any(one.statement.refuses for one in known):
            latest[consent.grantor] = (consent, *known)
        else:
            latest[consent.grantor] = (consent,)
    return latest


def _takes_nothing_back(consent: RecordedConsent) -> bool:
    """Whether it is a yes that may be older than a no, or somebody else's."""
    said = consent.statement
    is_certain = said.given_on is not None and not said.doubts
    return said.sharing is ConsentAnswer.GIVEN and not is_certain


def leave_doubt(before: Iterable[RecordedConsent], said: Iterable[RecordedConsent]) -> bool:
    """Whether a person has to ask what is meant by what is *said* now, beside what was *before*."""
    said = tuple(said)
    beside = newest((*before, *said))
    return any(
        one.statement.doubts
        or (_takes_nothing_back(one) and any(known is not one for known in beside[one.grantor]))
        for one in said
    )


def standing(consents: Iterable[RecordedConsent]) -> tuple[RecordedConsent, ...]:
    """Return the newest statements of all grantors."""
    return tuple(one for said in newest(consents).values() for one in said)


def _when(consent: RecordedConsent) -> tuple[date, datetime]:
    # Nothing was said later than it was recorded: else a statement with a date to come, or a slip
    # of the pen, would outlast every withdrawal until that day.
    recorded_on = uk_day(consent.recorded_at)
    return (min(consent.statement.given_on or recorded_on, recorded_on), consent.recorded_at)


def stance(statement: ConsentStatement, recipient: Service, purpose: str, on: date) -> Stance:
    """Return what *statement* says about sharing with *recipient* for *purpose* on a day."""
    return Stance(
        state=_state(statement, recipient, purpose, on),
        scope=None if statement.scope is None else frozenset(statement.scope),
        refused=statement.refused_to(recipient.names),
        is_expired=statement.expires_on is not None and statement.expires_on <= on,
    )


def _state(statement: ConsentStatement, recipient: Service, purpose: str, on: date) -> str:
    """Return the answer; a refusal holds at once, whatever day the statement is to begin on."""
    if statement.doubts:
        return _UNCLEAR
    answer = statement.answer_to(recipient.names)
    if answer in _AGAINST:
        return answer
    is_for_this = not statement.purposes or purpose in statement.purposes
    has_begun = statement.begins_on is None or statement.begins_on <= on
    is_given = answer is ConsentAnswer.GIVEN and is_for_this and has_begun
    return "given" if is_given else "not_asked"


def facts_for(
    consents: Iterable[RecordedConsent], recipient: Service, purpose: str, on: date
) -> ConsentFacts:
    """Return the consent facts about *recipient*: who consented, to what, and whether it holds.

    Parents who differ, from one another or with themselves, are a conflict, as is what cannot be
    read with certainty; of what a child says at once the strictest counts; what any grantor who
    counts refuses is refused; scopes narrow one another. A parent whose responsibility is unknown
    cannot give, but what they refuse is not passed over. Nobody recorded anything: everything is
    None, which is unknown.
    """
    stances = [(one, stance(one.statement, recipient, purpose, on)) for one in standing(consents)]
    child = [said for one, said in stances if one.kind is GrantorKind.CHILD]
    of_parents = [(one, said) for one, said in stances if one.kind is GrantorKind.PARENT]
    parents = [said for one, said in of_parents if one.has_responsibility == "yes"]
    doubtful = [said for one, said in of_parents if one.has_responsibility == "unknown"]
    if not child and not parents:
        return ConsentFacts()
    given = [said for said in (*child, *parents) if said.state == "given"]
    scopes = [said.scope for said in given if said.scope is not None]
    against = [said for said in doubtful if said.state in _AGAINST or said.state == _UNCLEAR]
    return ConsentFacts(
        child_consent=_strictest([said.state for said in child]),
        parent_consent=_together([said.state for said in (*parents, *against)]),
        consent_scope=frozenset.intersection(*scopes) if scopes else None,
        is_scoped=bool(scopes),
        consent_expired=any(said.is_expired for said in given),
        refused=frozenset[Category]().union(
            *(said.refused for said in (*child, *parents, *doubtful))
        ),
    )


def _strictest(states: list[str]) -> str | None:
    """Return what somebody says who says several things at once: the strictest of it.

    None, which is unknown, where something of it cannot be read with certainty.
    """
    if _UNCLEAR in states:
        return None
    return next((state for state in _STRICTEST_FIRST if state in states), "not_asked")


def _together(states: list[str]) -> str:
    is_clear = "given" not in states or _AGAINST.isdisjoint(states)
    if _UNCLEAR in states or not is_clear:
        return _UNCLEAR
    for state in ("given", "withdrawn", "refused"):
        if state in states:
            return state
    return "not_asked"


def consenting_people(assessment: Assessment) -> frozenset[str]:
    """Return the item ids of the carers who gave consent in *assessment*, by name."""
    people = _family(assessment)
    return frozenset(
        statement.grantor.person
        for statement in assessment.consent.statements
        if statement.sharing == "given"
        and statement.grantor.person is not None
        and _is_named(people.get(statement.grantor.person))
        and not statement.doubts
    )


def may_keep(consents: Iterable[RecordedConsent]) -> bool:
    """Whether content may be kept beyond delivery: nobody's newest statement says "store: no"."""
    return all(consent.statement.may_store != "no" for consent in standing(consents))
