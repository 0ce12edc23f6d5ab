"""Vocabulary: the closed lists of words that items are made of, one class a list.

The values are the codes of the code systems of the same name (`mappings.caf.codes`), where their
displays stand; a test holds the two together. A closed list is a `StrEnum`, so that a wrong word
is refused where a record is decoded; an open list, to which a partnership may add, is a `Coding`.
"""

from enum import StrEnum


class Stage(StrEnum):
    """When the child was asked, or a comment was made: each stage asks again (`stage`)."""

    ASSESSMENT = "assessment"
    PLAN = "plan"
    REVIEW = "review"
    CLOSURE = "closure"


class CasePhase(StrEnum):
    """Where an episode stands (`case-phase`)."""

    ASSESSING = "assessing"
    PLANNING = "planning"
    DELIVERING = "delivering"
    REVIEWING = "reviewing"


class AssessmentOutcome(StrEnum):
    """What an assessment concludes about support (`assessment-outcome`)."""

    NO_FURTHER_ACTION = "no-further-action"
    SINGLE_AGENCY = "single-agency"
    MULTI_AGENCY = "multi-agency"


class ReviewKind(StrEnum):
    """What a review is (`review-kind`)."""

    FULL_REASSESSMENT = "full-reassessment"
    PROGRESS_REVIEW = "progress-review"


class ReviewResult(StrEnum):
    """What a review decides (`review-result`)."""

    FURTHER_ASSESSMENT = "further-assessment"
    REVISED_PLAN = "revised-plan"
    DIFFERENT_INTERVENTION = "different-intervention"
    SPECIALIST_ASSESSMENT = "specialist-assessment"
    CLOSE = "close"


class FamilyRefusal(StrEnum):
    """The three things that a family can refuse, independently (`family-refusal`)."""

    ASSESSMENT = "assessment"
    SERVICES = "services"
    INFORMATION_SHARING = "information-sharing"


class KindOfHelp(StrEnum):
    """How much help an action is (`kind-of-help`)."""

    BRIEF_ADVICE = "brief-advice"
    BRIEF_INTERVENTION = "brief-intervention"
    TARGETED_INTERVENTION = "targeted-intervention"
    PROFESSIONAL_INTERVENTION = "professional-intervention"


class ECMOutcome(StrEnum):
    """An outcome of Every Child Matters (`ecm-outcome`)."""

    HEALTHY = "healthy"
    SAFE = "safe"
    ENJOY_ACHIEVE = "enjoy-achieve"
    CONTRIBUTE = "contribute"
    ECONOMIC = "economic"


class ChildRight(StrEnum):
    """An outcome of the list that replaced Every Child Matters (`child-right`)."""

    CHILDHOOD = "childhood"
    EDUCATED = "educated"
    HEALTHY = "healthy"
    TREATED_FAIRLY = "treated-fairly"
    HEARD = "heard"


class ConsentAnswer(StrEnum):
    """What a grantor answered about sharing; *not asked* is not an answer (`consent-answer`)."""

    GIVEN = "given"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    NOT_ASKED = "not-asked"


class StorageAnswer(StrEnum):
    """What a grantor answered about keeping the record, apart from sharing it (`may-store`)."""

    YES = "yes"
    NO = "no"
    NOT_ASKED = "not-asked"


class ConsentManner(StrEnum):
    """How consent was given (`consent-manner`)."""

    SPOKEN = "spoken"
    PAPER = "paper"
    SIGNED = "signed"


class ParentalResponsibility(StrEnum):
    """Whether a person holds it; never inferred from a relationship (`parental-responsibility`)."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class ChecklistQuestion(StrEnum):
    """A question of the pre-assessment checklist about the child (`checklist-question`)."""

    HEALTHY = "healthy"
    SAFE = "safe"
    LEARNING = "learning"
    POSITIVE_IMPACT = "positive-impact"
    FREE_FROM_POVERTY = "free-from-poverty"


class ChecklistAnswer(StrEnum):
    """An answer of the pre-assessment checklist (`checklist-answer`)."""

    YES = "yes"
    NO = "no"
    NOT_SURE = "not-sure"


class ClosureReason(StrEnum):
    """Why an episode ended (`closure-reason`)."""

    NEEDS_MET = "needs-met"
    FAMILY_DISENGAGED = "family-disengaged"
    CONSENT_WITHDRAWN = "consent-withdrawn"
    MOVED_AREA = "moved-area"
    SOCIAL_CARE = "social-care"
    OTHER = "other"


class CaseRole(StrEnum):
    """The part that a person takes in a case, whatever the occupation (`case-role`)."""

    ASSESSOR = "assessor"
    LEAD_PROFESSIONAL = "lead-professional"
    TEAM_MEMBER = "team-member"
    NAMED_CONTACT = "named-contact"
    PANEL_CHAIR = "panel-chair"
    PANEL_MANAGER = "panel-manager"
    PANEL_MEMBER = "panel-member"
    CO_ORDINATOR = "co-ordinator"
    SUPERVISOR = "supervisor"
    ADVOCATE = "advocate"
    INTERPRETER = "interpreter"


class ServiceClass(StrEnum):
    """Which class of service it is; not the level of anybody's need (`service-class`)."""

    UNIVERSAL = "universal"
    MULTI_AGENCY = "multi-agency"
    SPECIALIST = "specialist"


class NameUse(StrEnum):
    """What a name is to the child (`name-use`)."""

    USUAL = "usual"
    PREFERRED = "preferred"
    PREVIOUS = "previous"
    ALIAS = "alias"
    UNBORN = "unborn"


class AddressUse(StrEnum):
    """What an address is to the child (`address-use`)."""

    HOME = "home"
    TEMPORARY = "temporary"
    PREVIOUS = "previous"
    OTHER = "other"


class ContactKind(StrEnum):
    """By what means somebody is reached (`contact-kind`)."""

    PHONE = "phone"
    MOBILE = "mobile"
    EMAIL = "email"
    OTHER = "other"


class RequirementKind(StrEnum):
    """What a special requirement is for (`requirement-kind`)."""

    SIGNING = "signing"
    INTERPRETING = "interpreting"
    ACCESS = "access"
    OTHER = "other"
