"""Sharing agreements as data: who may share what with whom, for which purpose, until when."""

import datetime as dt
import hashlib
from collections.abc import Collection, Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from policies import documents
from policies.agreement_faults import faults
from policies.attributes import categories_of
from policies.errors import DocumentError, VocabularyError
from policies.vocabulary import ALL_CATEGORIES, AgreementState, Category, Purpose

SHIPPED: Final = Path(__file__).parent / "agreements"


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

    @property
    def needs_a_reason(self) -> bool:
        """Whether it holds by a condition of Schedule 1 (Data Protection Act 2018, section 10)."""
        return self not in {Article9.EXPLICIT_CONSENT, Article9.VITAL_INTERESTS}


class Term(StrEnum):
    """What an agreement asks of whoever receives under it."""

    NO_ONWARD = "no_onward"
    EXPIRY = "expiry"


class Party(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """An organisation that is bound, and the designated person who signs for it.

    *signatory* is that person's role, *key* their Ed25519 verifying key: 32 bytes, in base64.
    Without a key nobody can sign for this party yet.
    """

    organisation: str
    name: str
    controller: Controller
    signatory: str
    key: str = ""


class Share(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
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


class PurposeTerms(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True
):
    """What is agreed for one purpose: powers, conditions, retention, and what goes where."""

    purpose: Purpose
    powers: tuple[str, ...]
    article_6: tuple[Article6, ...]
    article_9: tuple[Article9, ...] = ()
    schedule_1: str | None = None
    subjects: str
    retention_days: int
    shares: tuple[Share, ...]


class Agreement(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True
):
    """One version of a sharing agreement. *until* is the first day on which it no longer holds.

    It says what is agreed, never how it stands: that is in the register.
    """

    id: str
    version: int
    title: str
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
    training: str | None = None

    @property
    def canonical(self) -> bytes:
        """What the agreement says, as canonical JSON (RFC 8785); what it leaves open is left out.

        Our names are ASCII and our numbers whole, for which the RFC's order is the sorted one.
        """
        return msgspec.json.encode(self, order="sorted")

    @property
    def digest(self) -> str:
        """The SHA-256 of the canonical JSON, in hexadecimal: what the parties sign."""
        return hashlib.sha256(self.canonical).hexdigest()

    def binds(self, organisation: str) -> bool:
        """Whether *organisation* is a party."""
        return any(party.organisation == organisation for party in self.parties)

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
    article_6: tuple[Article6, ...] = ()
    article_9: tuple[Article9, ...] = ()
    schedule_1: str = ""
    powers: tuple[str, ...] = ()

    def recorded(self) -> dict[str, object]:
        """Return the three facts of a decision that this answers."""
        return {
            "agreement": self.agreement,
            "agreement_purpose": self.agreement_purpose,
            "agreement_covers": self.agreement_covers,
        }


_NONE: Final = AgreementFacts(agreement=AgreementState.NONE)
_BEST_FIRST: Final = (AgreementState.ACTIVE, AgreementState.SUSPENDED, AgreementState.EXPIRED)


class _Span(NamedTuple):
    """What one version of an agreement answers on the days on which it stands in one state."""

    begins: dt.date
    ends: dt.date
    answer: AgreementFacts


class Agreements:
    """The agreements that were activated; *suspended* are those of them that are: id, version.

    >>> register = Agreements.of(SHIPPED)
    >>> day = dt.date(2026, 11, 2)
    >>> register.between("ods:X9A01", "la:999", Purpose.EARLY_HELP, as_of=day).agreement.value
    'active'
    >>> register.between("ods:X9A01", "charity:9900001", Purpose.EARLY_HELP, as_of=day).agreement
    <AgreementState.NONE: 'none'>
    """

    def __init__(
        self, agreements: Iterable[Agreement], suspended: Collection[tuple[str, int]] = ()
    ) -> None:
        self._suspended = frozenset(suspended)
        self._versions: dict[str, list[Agreement]] = {}
        self._digests: dict[tuple[str, int], str] = {}
        self._of_party: dict[str, set[str]] = {}
        # What two organisations ask about one purpose is found out once, and holds for every day.
        self._spans: dict[tuple[str, str, Purpose | None], list[_Span]] = {}
        for agreement in sorted(agreements, key=lambda each: each.version):
            self._versions.setdefault(agreement.id, []).append(agreement)
            self._digests[agreement.id, agreement.version] = agreement.digest
            for party in agreement.parties:
                self._of_party.setdefault(party.organisation, set()).add(agreement.id)

    @classmethod
    def of(cls, *folders: Path) -> "Agreements":
        """Return the agreements in `<id>/<version>.yaml` of *folders*, or raise `DocumentError`."""
        files = (path for folder in folders for path in sorted(folder.glob("*/*.yaml")))
        return cls(read(path) for path in files if ".signatures" not in path.suffixes)

    def with_version(self, agreement: Agreement) -> "Agreements":
        """Return these with one more version, or with another text of it, that is not suspended."""
        version = (agreement.id, agreement.version)
        others = (each for each in self if (each.id, each.version) != version)
        return Agreements([*others, agreement], self._suspended - {version})

    def __iter__(self) -> Iterator[Agreement]:
        return (each for versions in self._versions.values() for each in versions)

    def state(self, agreement: Agreement, as_of: dt.date) -> AgreementState:
        """Return how one of these stands on the day *as_of*, once it has begun."""
        if as_of >= agreement.until:
            return AgreementState.EXPIRED
        if (agreement.id, agreement.version) in self._suspended:
            return AgreementState.SUSPENDED
        return AgreementState.ACTIVE

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
        question = holder, recipient, purpose
        spans = self._spans.get(question)
        if spans is None:
            spans = sorted(self._spans_of(*question), key=_rank)
            if spans:
                self._spans[question] = spans
        return next((each.answer for each in spans if each.begins <= as_of < each.ends), _NONE)

    def _spans_of(self, holder: str, recipient: str, purpose: Purpose | None) -> Iterator[_Span]:
        shared = self._of_party.get(holder, set()) & self._of_party.get(recipient, set())
        for versions in map(self._versions.__getitem__, shared):
            ends = dt.date.max
            # A version stands until a later one begins.
            for agreement in reversed(versions):
                if agreement.binds(holder) and agreement.binds(recipient):
                    digest = self._digests[agreement.id, agreement.version]
                    answer = _answer(agreement, holder, recipient, purpose)
                    answer = msgspec.structs.replace(answer, digest=digest)
                    yield from self._states(agreement, answer, ends)
                ends = min(ends, agreement.effective_on)

    def _states(
        self, agreement: Agreement, answer: AgreementFacts, ends: dt.date
    ) -> Iterator[_Span]:
        for begins, last in (agreement.effective_on, agreement.until), (agreement.until, ends):
            state = self.state(agreement, begins)
            yield _Span(begins, min(last, ends), msgspec.structs.replace(answer, agreement=state))

    def _in_force(self, name: str, as_of: dt.date) -> Agreement | None:
        begun = [each for each in self._versions[name] if each.effective_on <= as_of]
        return begun[-1] if begun else None


def _answer(
    agreement: Agreement, holder: str, recipient: str, purpose: Purpose | None
) -> AgreementFacts:
    terms = agreement.terms_for(purpose)
    shares = () if terms is None else terms.shares
    covered = [each.covered() for each in shares if holder in each.from_ and recipient in each.to]
    return AgreementFacts(
        agreement=AgreementState.ACTIVE,
        agreement_purpose=terms is not None,
        agreement_covers=frozenset().union(*covered),
        id=agreement.id,
        version=agreement.version,
        obligations=frozenset(agreement.obligations),
        retention_days=_retention_days(agreement, terms),
        article_6=() if terms is None else terms.article_6,
        article_9=() if terms is None else terms.article_9,
        schedule_1="" if terms is None else terms.schedule_1 or "",
        powers=() if terms is None else terms.powers,
    )


def _retention_days(agreement: Agreement, terms: PurposeTerms | None) -> int | None:
    """Return for how long what is shared may be kept: for a purpose not agreed, the shortest."""
    agreed = agreement.purposes if terms is None else (terms,)
    return min((each.retention_days for each in agreed), default=None)


def _rank(span: _Span) -> tuple[int, bool, int, str]:
    facts = span.answer
    return (
        _BEST_FIRST.index(facts.agreement),
        not facts.agreement_purpose,
        -len(facts.agreement_covers),
        facts.id or "",
    )


def read(path: Path) -> Agreement:
    """Return the agreement in the file at *path*, or raise `DocumentError` with file and line."""
    agreement, found = examine(path)
    for first in found:
        raise first
    return agreement


def examine(path: Path) -> tuple[Agreement, tuple[DocumentError, ...]]:
    """Return the agreement in the file at *path*, and all that is wrong with it, line by line.

    Raises `DocumentError` for a file that cannot be read as an agreement at all.
    """
    agreement, source = documents.read(path, Agreement)
    found = [source.fault(complaint, *place) for complaint, place in faults(agreement)]
    if (path.parent.name, path.stem) != (agreement.id, str(agreement.version)):
        complaint = "it does not lie in the folder of its id, by its version"
        found.insert(0, source.fault(complaint, "id"))
    return agreement, tuple(found)
