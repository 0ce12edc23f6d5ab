"""Sharing agreements as data: who may share what with whom, for which purpose, until when."""

import datetime as dt
import hashlib
import re
from collections.abc import Iterable, Iterator
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Final

import msgspec

from policies import documents
from policies.attributes import categories_of
from policies.errors import DocumentError, VocabularyError, suggestion
from policies.vocabulary import ALL_CATEGORIES, AgreementState, Category, Purpose

SHIPPED: Final = Path(__file__).parent / "agreements"
SCHEMES: Final = ("ods", "la", "urn", "charity")

_Fault = tuple[str, tuple[str | int, ...]]
_ORGANISATION: Final = re.compile(r"([a-z]+):[A-Za-z0-9]+")


class Status(StrEnum):
    """What the parties have made of an agreement."""

    DRAFT = "draft"
    ACTIVE = "active"
    SUSPENDED = "suspended"


class Controller(StrEnum):
    """A party's part under UK GDPR Articles 4, 26 and 28."""

    INDEPENDENT = "independent"
    JOINT = "joint"
    PROCESSOR = "processor"


class Article6(StrEnum):
    """Lawful bases of UK GDPR Article 6(1)."""

    CONSENT = "consent"
    LEGAL_OBLIGATION = "legal_obligation"
    VITAL_INTERESTS = "vital_interests"
    PUBLIC_TASK = "public_task"
    RECOGNISED_LEGITIMATE_INTEREST = "recognised_legitimate_interest"
    LEGITIMATE_INTERESTS = "legitimate_interests"


class Article9(StrEnum):
    """Conditions of UK GDPR Article 9(2) that sharing about children rests on."""

    EXPLICIT_CONSENT = "explicit_consent"
    SOCIAL_PROTECTION = "social_protection"
    VITAL_INTERESTS = "vital_interests"
    SUBSTANTIAL_PUBLIC_INTEREST = "substantial_public_interest"
    HEALTH_OR_SOCIAL_CARE = "health_or_social_care"


class Term(StrEnum):
    """What an agreement asks of whoever receives under it."""

    NO_ONWARD = "no_onward"
    EXPIRY = "expiry"


class Party(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An organisation that is bound, and the role of the person who signs for it."""

    organisation: str
    name: str
    controller: Controller
    signatory: str


class Share(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What may go from some parties to others: one direction."""

    from_: tuple[str, ...] = msgspec.field(name="from")
    to: tuple[str, ...]
    categories: str | tuple[str, ...]

    def covered(self) -> frozenset[Category]:
        """Return the categories that may go this way, or raise `VocabularyError`."""
        if self.categories == "all":
            return ALL_CATEGORIES
        if isinstance(self.categories, str):
            message = "categories are a list, or `all`"
            raise VocabularyError(message)
        return categories_of(self.categories)


class PurposeTerms(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is agreed for one purpose: powers, conditions, retention, and what goes where."""

    purpose: Purpose
    powers: tuple[str, ...]
    article_6: tuple[Article6, ...]
    article_9: tuple[Article9, ...] = ()
    schedule_1: str | None = None
    subjects: str
    retention_days: int
    shares: tuple[Share, ...]


class Agreement(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One version of a sharing agreement. *until* is the first day on which it no longer holds."""

    id: str
    version: int
    title: str
    status: Status
    effective_on: dt.date
    until: dt.date
    review_on: dt.date
    dpia: str | None = None
    parties: tuple[Party, ...]
    purposes: tuple[PurposeTerms, ...]
    obligations: tuple[Term, ...] = ()
    onward: str | None = None
    transparency: str | None = None
    security: str | None = None

    @property
    def digest(self) -> str:
        """The SHA-256 of what the agreement says, in hexadecimal."""
        return hashlib.sha256(msgspec.json.encode(self, order="deterministic")).hexdigest()

    def binds(self, organisation: str) -> bool:
        """Whether *organisation* is a party."""
        return any(party.organisation == organisation for party in self.parties)

    def state(self, as_of: dt.date) -> AgreementState:
        """Return the state of this agreement on the day *as_of*."""
        if as_of >= self.until:
            return AgreementState.EXPIRED
        if self.status is Status.SUSPENDED:
            return AgreementState.SUSPENDED
        return AgreementState.ACTIVE

    def terms_for(self, purpose: Purpose | None) -> PurposeTerms | None:
        """Return what is agreed for *purpose*."""
        return next((each for each in self.purposes if each.purpose == purpose), None)


class AgreementFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What the register answers about one holder, recipient and purpose, on one day."""

    agreement: AgreementState
    agreement_purpose: bool = False
    agreement_covers: frozenset[Category] = frozenset()
    id: str | None = None
    version: int | None = None
    digest: str | None = None
    obligations: frozenset[Term] = frozenset()
    retention_days: int | None = None

    def recorded(self) -> dict[str, object]:
        """Return the three facts of a decision that this answers."""
        return {
            "agreement": self.agreement,
            "agreement_purpose": self.agreement_purpose,
            "agreement_covers": self.agreement_covers,
        }


_ANSWERS_KEPT: Final = 4_096
_BEST_FIRST: Final = (AgreementState.ACTIVE, AgreementState.SUSPENDED, AgreementState.EXPIRED)


class Agreements:
    """The register of agreements.

    >>> register = Agreements.of(SHIPPED)
    >>> day = dt.date(2026, 11, 2)
    >>> register.between("ods:X9A01", "la:999", Purpose.EARLY_HELP, as_of=day).agreement.value
    'active'
    >>> register.between("ods:X9A01", "charity:9900001", Purpose.EARLY_HELP, as_of=day).agreement
    <AgreementState.NONE: 'none'>
    """

    def __init__(self, agreements: Iterable[Agreement]) -> None:
        self._versions: dict[str, list[Agreement]] = {}
        self._of_party: dict[str, set[str]] = {}
        for agreement in sorted(agreements, key=lambda each: each.version):
            self._versions.setdefault(agreement.id, []).append(agreement)
            for party in agreement.parties:
                self._of_party.setdefault(party.organisation, set()).add(agreement.id)
        self._answers = lru_cache(maxsize=_ANSWERS_KEPT)(self._answer_anew)

    @classmethod
    def of(cls, *folders: Path) -> "Agreements":
        """Return the agreements in `<id>/<version>.yaml` of *folders*, or raise `DocumentError`."""
        return cls(read(path) for folder in folders for path in sorted(folder.glob("*/*.yaml")))

    def __iter__(self) -> Iterator[Agreement]:
        return (each for versions in self._versions.values() for each in versions)

    def standing(self, as_of: dt.date) -> Iterator[Agreement]:
        """Yield the version of each agreement that has begun and not ended on the day *as_of*.

        >>> register = Agreements.of(SHIPPED)
        >>> [each.id for each in register.standing(dt.date(2026, 11, 2))]
        ['little-marsh-early-help']
        >>> list(register.standing(dt.date(1999, 11, 2)))
        []
        """
        begun = (self._in_force(name, as_of) for name in self._versions)
        return (each for each in begun if each is not None and as_of < each.until)

    def between(
        self, holder: str, recipient: str, purpose: Purpose | None, *, as_of: dt.date
    ) -> AgreementFacts:
        """Return what the register answers about sharing from *holder* to *recipient*.

        Organisations are given as `scheme:value`. Where several agreements bind both, the one that
        answers best is relied on, alone: an active one that names the purpose, then the widest.
        """
        return self._answers(holder, recipient, purpose, as_of)

    def _answer_anew(
        self, holder: str, recipient: str, purpose: Purpose | None, as_of: dt.date
    ) -> AgreementFacts:
        shared = self._of_party.get(holder, set()) & self._of_party.get(recipient, set())
        answers = [
            _answer(agreement, holder, recipient, purpose, as_of)
            for name in sorted(shared)
            if (agreement := self._in_force(name, as_of)) is not None
            and agreement.binds(holder)
            and agreement.binds(recipient)
        ]
        return min(answers, key=_rank, default=AgreementFacts(agreement=AgreementState.NONE))

    def _in_force(self, name: str, as_of: dt.date) -> Agreement | None:
        begun = [
            each
            for each in self._versions[name]
            if each.effective_on <= as_of and each.status is not Status.DRAFT
        ]
        return begun[-1] if begun else None


def _answer(
    agreement: Agreement, holder: str, recipient: str, purpose: Purpose | None, as_of: dt.date
) -> AgreementFacts:
    terms = agreement.terms_for(purpose)
    shares = () if terms is None else terms.shares
    covered = [each.covered() for each in shares if holder in each.from_ and recipient in each.to]
    return AgreementFacts(
        agreement=agreement.state(as_of),
        agreement_purpose=terms is not None,
        agreement_covers=frozenset().union(*covered),
        id=agreement.id,
        version=agreement.version,
        digest=agreement.digest,
        obligations=frozenset(agreement.obligations),
        retention_days=_retention_days(agreement, terms),
    )


def _retention_days(agreement: Agreement, terms: PurposeTerms | None) -> int | None:
    """Return for how long what is shared may be kept: for a purpose not agreed, the shortest."""
    agreed = agreement.purposes if terms is None else (terms,)
    return min((each.retention_days for each in agreed), default=None)


def _rank(facts: AgreementFacts) -> tuple[int, bool, int, str]:
    return (
        _BEST_FIRST.index(facts.agreement),
        not facts.agreement_purpose,
        -len(facts.agreement_covers),
        facts.id or "",
    )


def read(path: Path) -> Agreement:
    """Return the agreement in the file at *path*, or raise `DocumentError` with file and line."""
    agreement = documents.load(path, Agreement)
    lines = documents.lines(path)
    if (path.parent.name, path.stem) != (agreement.id, str(agreement.version)):
        message = f"{path}:{lines['id',]}: it does not lie in the folder of its id, by its version"
        raise DocumentError(message)
    for complaint, place in _faults(agreement):
        message = f"{path}:{lines.get(place, 1)}: {complaint}"
        raise DocumentError(message)
    return agreement


def _faults(agreement: Agreement) -> Iterator[_Fault]:
    if not agreement.effective_on < agreement.until:
        yield "it ends before it begins", ("until",)
    if not agreement.effective_on < agreement.review_on <= agreement.until:
        yield "the review lies outside its term", ("review_on",)
    for index, party in enumerate(agreement.parties):
        complaint = _organisation_fault(party.organisation)
        if complaint:
            yield complaint, ("parties", index, "organisation")
    parties = [party.organisation for party in agreement.parties]
    names = [terms.purpose for terms in agreement.purposes]
    for index, terms in enumerate(agreement.purposes):
        if names.count(terms.purpose) > 1:
            yield "the purpose is given twice", ("purposes", index, "purpose")
        if terms.retention_days <= 0:
            yield "retention is at least a day", ("purposes", index, "retention_days")
        for number, share in enumerate(terms.shares):
            yield from _share_faults(share, parties, ("purposes", index, "shares", number))


def _share_faults(
    share: Share, parties: list[str], place: tuple[str | int, ...]
) -> Iterator[_Fault]:
    try:
        share.covered()
    except VocabularyError as error:
        yield str(error), (*place, "categories")
    for side, organisations in (("from", share.from_), ("to", share.to)):
        for each in organisations:
            if each not in parties:
                complaint = f"not a party to this agreement{suggestion(each, parties)}"
                yield complaint, (*place, side)


def _organisation_fault(organisation: str) -> str | None:
    found = _ORGANISATION.fullmatch(organisation)
    if found is None:
        return "an organisation is written `scheme:value`"
    if found[1] not in SCHEMES:
        return f"unknown scheme{suggestion(found[1], SCHEMES)}"
    return None
