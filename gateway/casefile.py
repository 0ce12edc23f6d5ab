"""A case file: what the gateway has recorded about one child, as far as decisions go.

The policies decide on facts from records, never from the asker (design section 3). This module
puts a case file, the registers and the agreements together into the facts of one decision;
`policies/facts.yaml` says what the absence of each means.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from operator import attrgetter
from typing import Final, cast

from msgspec import Struct

from gateway.accreditation import cleared, trained
from gateway.consents import RecordedConsent, facts_for, standing
from gateway.errors import RequestError
from gateway.facts.standing import as_they_stand
from gateway.identity import born_on
from gateway.registers import Practitioner, Service
from mappings.caf.assessment import Assessment
from policies.agreements import AgreementFacts, Agreements
from policies.attributes import FACTS, Facts
from policies.errors import VocabularyError, suggestion
from policies.facts import FactSources
from policies.rules import LawSet
from policies.vocabulary import Purpose

FactValue = str | bool | int | tuple[str, ...]

TOLD: Final = "record"
"""The source of what a message told, in the name of somebody whom no register knows."""


class RecordedFact(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One fact as recorded: about the child, or about one *service* and the child.

    A fact about the child that names a *service*, as a level of risk which that service stated,
    counts for what the service holds alone. One that was found for one *recipient* or *purpose*
    counts for those alone. Where there can be several of one kind (court orders, members of a
    service in the team), *matter* says which of them it is about, and *part* in what part.

    *by* is who recorded it (a service or practitioner id), *until* when it stops holding, *source*
    where it comes from, *reason* why, in their own words; *without_consent* is why consent is not
    relied on, where they judged so. One that *is withdrawn* is as if nobody had recorded it. What a
    person decided of a question is about these *categories*, which these *rules* had referred.
    """

    name: str
    value: FactValue
    service: str | None = None
    by: str = ""
    at: datetime
    until: datetime | None = None
    recipient: str | None = None
    purpose: str | None = None
    matter: str = ""
    part: str = ""
    source: str = ""
    reason: str = ""
    without_consent: str = ""
    categories: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    is_withdrawn: bool = False

    @property
    def subject(self) -> tuple[object, ...]:
        """What it is about: of two with one subject, the newer takes the older's place."""
        return (
            self.name,
            self.service,
            self.recipient,
            self.purpose,
            self.matter,
            self.source == TOLD,
        )

    @property
    def is_told(self) -> bool:
        """Whether a message told it, and no person recorded it here."""
        return self.source == TOLD

    def is_over(self, at: datetime) -> bool:
        """Whether it no longer holds *at* that time."""
        return self.until is not None and self.until <= at


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFile:
    """All that is recorded about one child; *version* is the stamp it was read at."""

    child_id: str
    version: int
    born_on: date | None = None
    expected_on: date | None = None
    consents: tuple[RecordedConsent, ...] = ()
    facts: tuple[RecordedFact, ...] = ()
    is_open: bool = True

    def with_more(
        self,
        consents: Iterable[RecordedConsent] = (),
        facts: Iterable[RecordedFact] = (),
    ) -> "CaseFile":
        """Return this case file with what is being recorded now."""
        return replace(self, consents=(*self.consents, *consents), facts=(*self.facts, *facts))

    def with_birth_in(self, assessment: Assessment) -> "CaseFile":
        """Return this case file with the birth in *assessment*, where none is recorded."""
        expected = (one.expected_on for one in assessment.child.birth if one.expected_on)
        return replace(
            self,
            born_on=self.born_on or born_on(assessment),
            expected_on=self.expected_on or next(expected, None),
        )

    def is_news(self, fact: RecordedFact, now: datetime) -> bool:
        """Whether *fact* says anything that was not the last said of the same.

        What holds for days longer than is recorded is news; by hours, it is not.
        """
        alike = (
            known
            for known in self.facts
            if known.subject == fact.subject and not known.is_over(now)
        )
        last = max(alike, key=attrgetter("at"), default=None)
        if last is None or last.is_withdrawn or last.value != fact.value:
            return True
        return _is_longer(fact, last)

    def news_of(self, consents: Iterable[RecordedConsent]) -> tuple[RecordedConsent, ...]:
        """Return those of *consents* that are not recorded already, word for word.

        What bears no date is news unless it is what this grantor said last: a refusal that is
        repeated after they had agreed is another refusal.
        """
        known = {one.said for one in self.consents}
        last = {one.said for one in standing(self.consents)}
        return tuple(
            one for one in consents if one.said not in (known if one.statement.given_on else last)
        )

    def newest(self, name: str, service: str | None, now: datetime) -> FactValue | None:
        """Return the value of a fact as it stands, about *service* or about all."""
        of_name = (
            fact for fact in self.facts if fact.name == name and fact.service in {None, service}
        )
        return as_they_stand(
            (fact for fact in of_name if fact.recipient is None and fact.purpose is None), now
        ).get(name)


def _is_longer(fact: RecordedFact, known: RecordedFact) -> bool:
    """Whether *fact* holds to a later day than what is *known*."""
    if known.until is None:
        return False
    return fact.until is None or fact.until.date() > known.until.date()


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question to the policies: what may *recipient* see of what *holder* holds.

    Who asks is a *practitioner*, or the recipient's receiving role. The same question asked at
    another time is equal: *asked_at* is no part of what is asked.
    """

    holder: Service
    recipient: Service
    purpose: Purpose | None
    asked_at: datetime = field(compare=False)
    practitioner: Practitioner | None = None
    break_glass: bool = False
    justification: bool = False


# Facts that somebody records about a child, and whose absence facts.yaml explains; those of the
# second kind are about the child and one recipient, those of the third about the child and holder.
_ABOUT_CHILD = (
    "competent",
    "risk",
    "s47_open",
    "notify_safe",
    "court_order",
    "court_scope",
    "shielded",
    "adopted",
    "third_party_consent",
    "police_handling",
    "parent_pr",
    "parent_is_risk",
    "serious_harm",
    "opted_out",
)
ABOUT_RECIPIENT = ("on_team", "approval", "deidentified")
ABOUT_HOLDER = ("judgement", "detriment")
RECORDED = frozenset((*_ABOUT_CHILD, *ABOUT_RECIPIENT, *ABOUT_HOLDER))
"""The facts that are recorded of a child; all others are found in the registers, or computed."""

_DUTY = "children-act-2004-s16LA"
_TERRITORY = "England"


@dataclass(frozen=True, slots=True, eq=False)
class Registered:
    """What the registers say *on* a day to one kind of question, whoever the child is.

    The *facts* are plain; the *agreement* is the one in play.
    """

    on: date
    facts: dict[str, object]
    agreement: AgreementFacts


def registered(question: Question, on: date, agreements: Agreements, law: LawSet) -> Registered:
    """Return what the registers say to *question*: only what is known, nothing assumed."""
    holder, recipient = question.holder, question.recipient
    facts: dict[str, object] = {
        "holder": holder.type,
        "recipient": recipient.type,
        "commissioned": recipient.commissioned,
        "identity_verified": recipient.identity_verified,
        "break_glass": question.break_glass,
        "justification": question.justification,
        "duty_in_force": duty_in_force(law, on),
    }
    facts |= _asker(question, on)
    if question.purpose is not None:
        facts["purpose"] = question.purpose
    if holder.area is not None and recipient.area is not None:
        facts["area"] = "in" if holder.area == recipient.area else "out"
    agreement = agreements.between(
        holder.organisation, recipient.organisation, question.purpose, as_of=on
    )
    return Registered(on, facts | agreement.recorded(), agreement)


def duty_in_force(law: LawSet, on: date) -> bool | None:
    """Return whether the information-sharing duty is in force here *on* a day, by this *law*."""
    return law.in_force(_DUTY, _TERRITORY, on)


def noted(question: Question, case: CaseFile, on: date) -> dict[str, object]:
    """Return what *case* records of the child that bears on *question*: again, only what is known.

    The values are plain, and can be hashed; None is what records disagree about.
    """
    standing_facts = as_they_stand(bearing_on(question, case), question.asked_at)
    found = _consent(case, question, on) | standing_facts
    found["case"] = "open" if case.is_open else "closed"
    age = _age(case, on)
    if age is not None:
        found["age"] = age
    return found


def _asker(question: Question, on: date) -> dict[str, object]:
    """Return the role, training and clearances of the person who asks, or of the receiving role."""
    who = question.practitioner or question.recipient
    found: dict[str, object] = {"role": who.role, "clearance": cleared(who, on)}
    training = trained(who, on)
    if training is not None:
        found["training"] = training
    return found


def _consent(case: CaseFile, question: Question, on: date) -> dict[str, object]:
    """Return the facts of consent that are known; what cannot be read with certainty is not."""
    facts = facts_for(case.consents, question.recipient, question.purpose or "", on)
    if facts.refused is None:
        return {}
    known: dict[str, object] = {
        "child_consent": facts.child_consent,
        "parent_consent": facts.parent_consent,
        "consent_scope": facts.consent_scope or frozenset() if facts.is_scoped else "all",
        "consent_expired": facts.consent_expired,
        "refused": facts.refused,
    }
    return {name: value for name, value in known.items() if value is not None}


def bearing_on(question: Question, case: CaseFile) -> tuple[RecordedFact, ...]:
    """Return the facts of *case* that bear on *question*: about the child and its services.

    What a service states about the child counts for its own holding, and for nobody else's; what
    was found for another recipient or purpose does not count.
    """
    holder, recipient = question.holder.id, question.recipient.id
    about = dict.fromkeys(ABOUT_RECIPIENT, recipient)
    return tuple(
        fact
        for fact in case.facts
        if fact.name in RECORDED
        and fact.service in (None, about.get(fact.name, holder))
        and fact.recipient in (None, recipient)
        and fact.purpose in (None, question.purpose)
    )


def _age(case: CaseFile, on: date) -> int | None:
    if case.born_on is None:
        # An unborn child is decided about as a child of 0 years.
        return 0 if case.expected_on is not None else None
    had_birthday = (on.month, on.day) >= (case.born_on.month, case.born_on.day)
    return max(0, on.year - case.born_on.year - (not had_birthday))


SOURCES = FactSources.load()


def fact_value(name: str, text: str) -> FactValue:
    """Return the value that *text* writes for the fact *name*, as it is recorded.

    Raises `VocabularyError` for a fact or a value outside the vocabulary.

    >>> fact_value("s47_open", "true")
    True
    >>> fact_value("training", "some")
    Traceback (most recent call last):
        ...
    policies.errors.VocabularyError: `training` must be one of current, lapsed
    """
    domain = FACTS.get(name)
    value: object = text
    if domain is not None and domain.kind is bool:
        value = {"true": True, "yes": True, "false": False, "no": False}.get(text, text)
    elif domain is not None and domain.kind is int and text.isdecimal():
        value = int(text)
    elif domain is not None and domain.kind is frozenset:
        value = "all" if text == "all" else [one.strip() for one in text.split(",")]
    plain = Facts.parse({name: value}).plain()[name]
    if isinstance(plain, list):
        return tuple(str(one) for one in plain)
    return str(plain) if isinstance(plain, str) else cast("bool | int", plain)


def recorded_fact(  # noqa: PLR0913 - a fact is recorded with all of this
    name: str,
    text: str,
    *,
    service: str | None,
    by: str,
    at: datetime,
    until: datetime | None = None,
) -> RecordedFact:
    """Return the fact *name* with the value that *text* writes, as a person records it.

    Some facts are about the child, others about the child and one *service*. A fact for which
    facts.yaml says how many days it holds has them, where nothing is said of *until*. Raises
    `RequestError` where that does not fit, or where the fact comes from elsewhere, and
    `VocabularyError` for a fact or a value that there is not.

    >>> from datetime import UTC
    >>> noon = datetime(2026, 11, 2, 12, tzinfo=UTC)
    >>> recorded_fact("on_team", "true", service="s2", by="p1", at=noon).value
    True
    >>> recorded_fact("holder", "gp", service=None, by="p1", at=noon)
    Traceback (most recent call last):
        ...
    gateway.errors.RequestError: `holder` is not recorded by hand: it comes from service register
    """
    value = fact_value(name, text)
    require_recordable(name, service)
    ends = until or SOURCES.until(name, at)
    return RecordedFact(name=name, value=value, service=service, by=by, at=at, until=ends)


def require_recordable(name: str, service: str | None) -> None:
    """Raise `RequestError` unless the fact *name* is recorded by hand, about the one or the other.

    It looks at nothing that is recorded: what a fact is about is the same for every child. Raises
    `VocabularyError` for a fact that there is not.

    >>> require_recordable("risk", None)
    >>> require_recordable("on_team", None)
    Traceback (most recent call last):
        ...
    gateway.errors.RequestError: `on_team` is a fact about the child and one service
    """
    if name not in FACTS:
        message = f"unknown fact{suggestion(name, FACTS)}"
        raise VocabularyError(message)
    about_service = name in (*ABOUT_RECIPIENT, *ABOUT_HOLDER)
    if name not in _ABOUT_CHILD and not about_service:
        message = f"`{name}` is not recorded by hand: it comes from {SOURCES[name].from_}"
        raise RequestError(message)
    if about_service != (service is not None):
        what = "the child and one service" if about_service else "the child alone"
        message = f"`{name}` is a fact about {what}"
        raise RequestError(message)
