"""On what footing something is shared: lawful basis, power, and why consent is not relied on.

Consent here is the family's agreement, as the rules know it. It is not the consent of UK GDPR
Article 6, on which sharing between public bodies seldom stands: what a disclosure stands on is
recorded with it, and so is the reason for which no one agreed to it, where no one did.
"""

from collections.abc import Iterable
from enum import StrEnum
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

import msgspec

from policies import documents
from policies.agreements import AgreementFacts
from policies.attributes import Facts
from policies.decision import Decision
from policies.vocabulary import Agency, ChildConsent, ParentConsent, Purpose, Risk

SHIPPED: Final = Path(__file__).parent / "footing.yaml"
_KEPT: Final = 1_024


class WithoutConsent(StrEnum):
    """Why consent is not relied on.

    The first three are the statute's (Data Protection Act 2018 Sch 1 para 18(1)(b), Sch 8 para 4).
    """

    CANNOT_CONSENT = "cannot_consent"
    CANNOT_BE_EXPECTED = "cannot_be_expected_to_obtain"
    WOULD_PREJUDICE = "would_prejudice_protection"
    DUTY = "duty_relied_on"
    EMERGENCY = "emergency"
    COURT_ORDER = "court_order"
    RIGHT_OF_ACCESS = "right_of_access"
    APPROVED_USE = "approved_use"
    NOT_REQUIRED = "consent_not_required"


JUDGED: Final = frozenset(
    {
        WithoutConsent.CANNOT_CONSENT,
        WithoutConsent.CANNOT_BE_EXPECTED,
        WithoutConsent.WOULD_PREJUDICE,
        WithoutConsent.DUTY,
    }
)
"""The reasons that are a person's to give, with a judgement."""


class Footing(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one part of a disclosure stands on; *without_consent* is empty where consent is."""

    article_6: tuple[str, ...] = ()
    article_9: tuple[str, ...] = ()
    schedule_1: str = ""
    provisions: tuple[str, ...] = ()
    agreement: str = ""
    without_consent: str = ""


class _From(StrEnum):
    AGREEMENT = "agreement"


class _Reason(StrEnum):
    JUDGED = "judged"
    UNLESS_GIVEN = "unless_given"


class _Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    rules: tuple[str, ...]
    purposes: tuple[Purpose, ...] = ()
    holders: tuple[Agency, ...] = ()
    recipients: tuple[Agency, ...] = ()
    from_: _From | None = msgspec.field(name="from", default=None)
    article_6: tuple[str, ...] = ()
    article_9: tuple[str, ...] = ()
    schedule_1: str = ""
    provisions: tuple[str, ...] = ()
    without_consent: str
    otherwise: WithoutConsent | None = None

    def fits(self, rule: str, facts: Facts) -> bool:
        return (
            rule in self.rules
            and (not self.purposes or facts.purpose in self.purposes)
            and (not self.holders or facts.holder in self.holders)
            and (not self.recipients or facts.recipient in self.recipients)
        )


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    confirmed: bool
    footings: tuple[_Row, ...]


class Footings:
    """The footings that rules stand on; *confirmed* is false where the readings are yet to be.

    >>> facts = Facts.parse({"purpose": "s47", "holder": "gp", "recipient": "la_social_care"})
    >>> from policies.vocabulary import AgreementState
    >>> none = AgreementFacts(agreement=AgreementState.NONE)
    >>> (found,) = shipped().of(frozenset({"E16"}), facts, none)
    >>> (*found.provisions, str(found.without_consent))
    ('Children Act 1989 s47', 'would_prejudice_protection')
    """

    def __init__(self, table: _File) -> None:
        self.confirmed = table.confirmed
        self._rows = table.footings
        self.of = lru_cache(maxsize=_KEPT)(self._of)

    @classmethod
    def load(cls, path: Path = SHIPPED) -> "Footings":
        """Return the footings in the file at *path*; raise `DocumentError` with file and line."""
        return cls(documents.load(path, _File))

    @property
    def rules(self) -> frozenset[str]:
        """The rules that have a footing of their own."""
        return frozenset(rule for row in self._rows for rule in row.rules)

    def _of(
        self, rules: frozenset[str], facts: Facts, agreement: AgreementFacts, judged: str = ""
    ) -> tuple[Footing, ...]:
        """Return what *rules*, by which something is released, stand on.

        *judged* is the reason for doing without consent that a practitioner gave.
        """
        rows = (
            next((row for row in self._rows if row.fits(rule, facts)), None)
            for rule in sorted(rules)
        )
        found = (_footing(row, facts, agreement, judged) for row in rows if row is not None)
        return tuple(dict.fromkeys(found))


def founding(rules: Iterable[str], decision: Decision, facts: Facts) -> frozenset[str]:
    """Return the rules on which a release by *rules* stands.

    A reduction is by a rule that takes away; it stands on what would have permitted the whole.
    """
    known = shipped().rules
    given = set(rules)
    founded = given & known
    if given - known:
        permits = {rule for ruling in decision.rulings.values() for rule in ruling.rules}
        founded |= permits & {"E15", "E16", "E17"} or {"E16" if _is_protective(facts) else "E17"}
    return frozenset(founded)


def _is_protective(facts: Facts) -> bool:
    is_enquiry = facts.purpose is Purpose.S47 and facts.s47_open is True
    return is_enquiry or facts.risk in {Risk.SIGNIFICANT_HARM, Risk.IMMEDIATE}


def _footing(row: _Row, facts: Facts, agreement: AgreementFacts, judged: str) -> Footing:
    why = _reason(row, facts, judged)
    if row.from_ is _From.AGREEMENT:
        return Footing(
            article_6=agreement.article_6,
            article_9=agreement.article_9,
            schedule_1=agreement.schedule_1,
            provisions=agreement.powers,
            agreement="" if agreement.id is None else f"{agreement.id}/{agreement.version}",
            without_consent=why,
        )
    return Footing(
        article_6=row.article_6,
        article_9=row.article_9,
        schedule_1=row.schedule_1,
        provisions=row.provisions,
        without_consent=why,
    )


def _reason(row: _Row, facts: Facts, judged: str) -> str:
    otherwise = row.otherwise or ""
    if row.without_consent == _Reason.JUDGED:
        return judged or otherwise
    if row.without_consent == _Reason.UNLESS_GIVEN:
        given = (
            facts.child_consent is ChildConsent.GIVEN or facts.parent_consent is ParentConsent.GIVEN
        )
        return "" if given and facts.consent_expired is not True else otherwise
    return row.without_consent


@cache
def shipped() -> Footings:
    """Return the footings that the gateway ships."""
    return Footings.load()
