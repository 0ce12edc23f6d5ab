"""The closed vocabulary of decisions: categories, outcomes, obligations, and the words of facts.

Nothing outside these lists can be decided, recorded or written into a rule.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from mappings.caf import categories

# The categories are the common model's own: a policy can name no other.
Category = categories.Category


class Outcome(StrEnum):
    """What becomes of a category, from the most open to the strictest."""

    PERMIT = "permit"
    BREAK_GLASS = "break_glass"
    REDACT = "redact"
    REFER = "refer"
    DENY = "deny"


class Obligation(StrEnum):
    """What must be done with a decision."""

    ACCOUNT = "account"
    RECORD_REASON = "record_reason"
    SEEK_CONSENT = "seek_consent"
    INFORM_FAMILY = "inform_family"
    DO_NOT_INFORM = "do_not_inform"
    ADVICE_BEFORE_INFORMING = "advice_before_informing"
    VERIFY_RECIPIENT = "verify_recipient"
    IG_NOTIFY_AGREEMENT_GAP = "ig_notify_agreement_gap"
    IG_REVIEW_MISUSE = "ig_review_misuse"
    RETRO_REVIEW_24H = "retro_review_24h"
    ALERT_IG = "alert_ig"
    ALERT_LEGAL = "alert_legal"


class Agency(StrEnum):
    """The kind of service that holds or receives, and the receivers that are no agency."""

    SCHOOL = "school"
    EARLY_YEARS = "early_years"
    COLLEGE = "college"
    LA_EDUCATION = "la_education"
    LA_EARLY_HELP = "la_early_help"
    LA_SOCIAL_CARE = "la_social_care"
    GP = "gp"
    HOSPITAL = "hospital"
    CAMHS = "camhs"
    COMMUNITY_HEALTH = "community_health"
    SEXUAL_HEALTH_SERVICE = "sexual_health_service"
    SUBSTANCE_SERVICE = "substance_service"
    POLICE = "police"
    YOT = "yot"
    PROBATION = "probation"
    HOUSING = "housing"
    VOLUNTARY = "voluntary"
    CHILD = "child"
    PARENT = "parent"
    RESEARCHER = "researcher"
    DFE = "dfe"
    COURT = "court"


class Role(StrEnum):
    """In what role the recipient receives."""

    PRACTITIONER = "practitioner"
    SAFEGUARDING_LEAD = "safeguarding_lead"
    SOCIAL_WORKER = "social_worker"
    POLICE_OFFICER = "police_officer"
    CLINICIAN = "clinician"
    LEAD_PROFESSIONAL = "lead_professional"
    ADMIN = "admin"
    CHILD = "child"
    PARENT = "parent"
    RESEARCHER = "researcher"
    ANALYST = "analyst"


class Appointment(StrEnum):
    """An office that a person holds, in which they record a fact, answer a question or approve.

    It is no `Role`: a role says in what part somebody receives, an appointment what they decide.
    """

    ADOPTION_AGENCY = "adoption_agency"
    CALDICOTT_GUARDIAN = "caldicott_guardian"
    DATA_OWNER = "data_owner"
    DATA_QUALITY_OFFICER = "data_quality_officer"
    DESIGNATED_SIGNATORY = "designated_signatory"
    GATEWAY_ADMINISTRATOR = "gateway_administrator"
    INFORMATION_GOVERNANCE_OFFICER = "information_governance_officer"
    LEAD_PROFESSIONAL = "lead_professional"
    LEGAL_OFFICER = "legal_officer"
    POLICE_ORIGINATOR = "police_originator"
    SAFEGUARDING_LEAD = "safeguarding_lead"
    SERVICE_MANAGER = "service_manager"
    TRAINING_COORDINATOR = "training_coordinator"


class Area(StrEnum):
    """Whether the recipient is inside the holder's local-authority area."""

    IN = "in"
    OUT = "out"


class Training(StrEnum):
    """The recipient's accreditation for information sharing."""

    CURRENT = "current"
    LAPSED = "lapsed"


class Accreditation(StrEnum):
    """What somebody was trained for, each to a day on which it lapses by itself."""

    COMMON_ASSESSMENT = "common_assessment"
    LEAD_PROFESSIONAL = "lead_professional"
    INFORMATION_SHARING = "information_sharing"


class Clearance(StrEnum):
    """What the recipient has been cleared to see by name."""

    SHIELD = "shield"
    POLICE_INTEL = "police_intel"
    ADOPTION = "adoption"


class Purpose(StrEnum):
    """Why the recipient is to have it."""

    EARLY_HELP = "early_help"
    S17 = "s17"
    S47 = "s47"
    DIRECT_CARE = "direct_care"
    EDUCATION = "education"
    TRANSFER = "transfer"
    YOUTH_JUSTICE = "youth_justice"
    HOUSING = "housing"
    COURT = "court"
    SAR = "sar"
    PARENT_ACCESS = "parent_access"
    RESEARCH = "research"
    STATISTICS = "statistics"
    SERVICE_PLANNING = "service_planning"
    STATUTORY_RETURN = "statutory_return"


class AgreementState(StrEnum):
    """The state of the sharing agreement between holder and recipient."""

    ACTIVE = "active"
    EXPIRED = "expired"
    SUSPENDED = "suspended"
    NONE = "none"


class Answer(StrEnum):
    """A recorded answer that may be "unknown": asked, and no one could say."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class ChildConsent(StrEnum):
    """What the child has said."""

    GIVEN = "given"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    NOT_ASKED = "not_asked"


class ParentConsent(StrEnum):
    """What those with parental responsibility have said."""

    GIVEN = "given"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    NOT_ASKED = "not_asked"
    CONFLICT = "conflict"


class Risk(StrEnum):
    """The recorded level of risk to the child, in rising order."""

    NONE = "none"
    EMERGING = "emerging"
    IN_NEED = "in_need"
    SIGNIFICANT_HARM = "significant_harm"
    IMMEDIATE = "immediate"


class Judgement(StrEnum):
    """Whether a named practitioner judged it relevant and helpful (Children Act 2004 s16LA)."""

    MADE = "made"
    NOT_MADE = "not_made"


class Detriment(StrEnum):
    """Whether the same person judged disclosure more detrimental to the child than silence."""

    YES = "yes"
    NO = "no"
    NOT_CONSIDERED = "not_considered"


class CourtOrder(StrEnum):
    """A court order that bears on this disclosure."""

    NONE = "none"
    DISCLOSE = "disclose"
    PROHIBIT = "prohibit"
    UNVERIFIED = "unverified"


class PoliceHandling(StrEnum):
    """The handling code that the originator gave to police intelligence."""

    RELEASABLE = "releasable"
    RESTRICTED = "restricted"
    UNKNOWN = "unknown"


class SeriousHarm(StrEnum):
    """The serious harm test of the Data Protection Act 2018 Schedule 3."""

    NOT_TESTED = "not_tested"
    NONE_FOUND = "none_found"
    FOUND = "found"


class Case(StrEnum):
    """Whether the episode is open."""

    OPEN = "open"
    CLOSED = "closed"


ALL_CATEGORIES: Final = frozenset(Category)

T3: Final = frozenset(
    {
        Category.SEXUAL_HEALTH,
        Category.SUBSTANCE_USE,
        Category.POLICE_INTEL,
        Category.DOMESTIC_ABUSE,
        Category.THIRD_PARTY,
        Category.ADOPTION,
    }
)
T2: Final = frozenset(
    {
        Category.EXCLUSIONS,
        Category.HEALTH_BASIC,
        Category.DISABILITY,
        Category.PARENTING,
        Category.SOCIAL_CARE,
        Category.MENTAL_HEALTH,
        Category.POLICE_INCIDENT,
        Category.SIBLING,
    }
)
SENSITIVE: Final = frozenset(
    {Category.MENTAL_HEALTH, Category.SEXUAL_HEALTH, Category.SUBSTANCE_USE}
)
HEALTH: Final = SENSITIVE | {Category.HEALTH_BASIC, Category.DISABILITY}
LOCATING: Final = frozenset({Category.ADDRESS, Category.CONTACT, Category.SERVICES_INVOLVED})
EDUCATION: Final = frozenset(
    {
        Category.IDENTITY,
        Category.CONTACT,
        Category.ADDRESS,
        Category.FAMILY,
        Category.ATTENDANCE,
        Category.ATTAINMENT,
        Category.EXCLUSIONS,
        Category.SEN,
    }
)
ADMIN: Final = frozenset(
    {
        Category.IDENTITY,
        Category.CONTACT,
        Category.ADDRESS,
        Category.SERVICES_INVOLVED,
        Category.ATTENDANCE,
    }
)

CATEGORY_SETS: Final[Mapping[str, frozenset[Category]]] = MappingProxyType(
    {
        "t3": T3,
        "t2": T2,
        "sensitive": SENSITIVE,
        "health": HEALTH,
        "locating": LOCATING,
        "education": EDUCATION,
        "admin": ADMIN,
    }
)

HEALTH_AGENCIES: Final = frozenset(
    {
        Agency.GP,
        Agency.HOSPITAL,
        Agency.CAMHS,
        Agency.COMMUNITY_HEALTH,
        Agency.SEXUAL_HEALTH_SERVICE,
        Agency.SUBSTANCE_SERVICE,
    }
)
EDUCATION_AGENCIES: Final = frozenset(
    {Agency.SCHOOL, Agency.EARLY_YEARS, Agency.COLLEGE, Agency.LA_EDUCATION}
)
# Children Act 2004 s16LA(4).
LISTED: Final = (
    HEALTH_AGENCIES
    | EDUCATION_AGENCIES
    | {Agency.LA_EARLY_HELP, Agency.LA_SOCIAL_CARE, Agency.POLICE, Agency.YOT, Agency.PROBATION}
)
AGENCIES: Final = LISTED | {Agency.HOUSING, Agency.VOLUNTARY}

AGENCY_SETS: Final[Mapping[str, frozenset[Agency]]] = MappingProxyType(
    {
        "health_agencies": HEALTH_AGENCIES,
        "education_agencies": EDUCATION_AGENCIES,
        "listed": LISTED,
        "agencies": AGENCIES,
    }
)

_STRICTNESS: Final = {outcome: rank for rank, outcome in enumerate(Outcome)}


def strictest(outcomes: Iterable[Outcome]) -> Outcome:
    """Return the strictest of *outcomes*: what governs a statement of several categories.

    No outcomes at all deny: silence releases nothing.

    >>> strictest([Outcome.BREAK_GLASS, Outcome.REDACT]).value
    'redact'
    >>> strictest([]).value
    'deny'
    """
    return max(outcomes, key=_STRICTNESS.__getitem__, default=Outcome.DENY)
