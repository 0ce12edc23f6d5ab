"""The early-help record, as it stands in JSON: one child's CAF, the child's own words first.

    {"childs_own_words": [...], "format": "early-help/1", "notice": "...", "purpose": "...",
     "marks": [...], "expires_on": "...", "usable_until": "...", "message": {...},
     "assessment": {...}, "identifying_details": {...}, ...}

A part has the fields of one section of the CAF under their own names, and the form's words on
the wire; the items in it are the items of the CAF. A test holds parts and sections together.
"""

from datetime import date
from typing import Literal

from msgspec import Struct, field

from mappings.caf.assessment import (
    Carers,
    Development,
    Environment,
    LookedAfter,
    SocialCare,
    Statements,
)
from mappings.caf.items import (
    Action,
    Address,
    Birth,
    Checklist,
    ChildView,
    Closure,
    Coded,
    Comment,
    Conclusion,
    ConsentStatement,
    ContactPoint,
    Dissent,
    Enquiry,
    Goal,
    Identifier,
    Moment,
    Name,
    NotActing,
    Person,
    Requirement,
    Review,
    ServiceInvolved,
)
from mappings.caf.vocabulary import CasePhase

FORMAT = "early-help/1"


class Part(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A part of the form."""


class ServiceAddress(Part, frozen=True, kw_only=True, omit_defaults=True):
    """A service by its identifier: the system is a URI."""

    system: str
    value: str


class MessageFacts(Part, frozen=True, kw_only=True, omit_defaults=True):
    """What the document says as a message: from whom to whom, under which id, on what basis."""

    id: str | None = None
    event: Literal["new", "update", "cancel", "response", "record"] = "record"
    sent_at: Moment | None = None
    sender: ServiceAddress | None = None
    sender_child_id: str | None = None
    destinations: tuple[ServiceAddress, ...] = ()
    use_case: str | None = None
    concern: Literal["worry", "concern", "child-in-need", "child-protection"] | None = None
    basis: Literal["consent", "duty-to-share"] | None = None
    practitioner: str | None = None
    in_response_to: str | None = None


class AssessmentFacts(Part, frozen=True, kw_only=True, omit_defaults=True):
    """The assessment itself: its reference and version, its phase, when it was begun and ended."""

    id: str = field(default="", name="reference")
    version: str = "1"
    phase: CasePhase | None = None
    started_on: date | None = field(default=None, name="date_started")
    completed_on: date | None = field(default=None, name="date_completed")


class IdentifyingDetails(Part, frozen=True, kw_only=True, omit_defaults=True):
    """Identifying details of the child, born or unborn."""

    names: tuple[Name, ...] = ()
    birth: tuple[Birth, ...] = field(default=(), name="date_of_birth_or_expected_delivery")
    identifiers: tuple[Identifier, ...] = ()
    sex: tuple[Coded, ...] = ()
    addresses: tuple[Address, ...] = ()
    contacts: tuple[ContactPoint, ...] = ()
    ethnicity: tuple[Coded, ...] = ()
    religion: tuple[Coded, ...] = ()
    languages: tuple[Coded, ...] = field(default=(), name="first_language")
    immigration: tuple[Coded, ...] = field(default=(), name="immigration_status")
    disabilities: tuple[Coded, ...] = field(default=(), name="disability")
    requirements: Statements = field(default=(), name="special_requirements")
    interpreting: tuple[Requirement, ...] = field(default=(), name="interpreter_or_signer")
    adoption: Statements = ()


class AssessmentInformation(Part, frozen=True, kw_only=True, omit_defaults=True):
    """What led to the assessment, who was present, who assessed, whether a CAF was there before."""

    led_to: Statements = field(default=(), name="what_has_led_to_this_assessment")
    triggers: tuple[Coded, ...] = ()
    concern: tuple[Coded, ...] = field(default=(), name="threshold_of_concern")
    people_present: tuple[ServiceInvolved, ...] = ()
    assessor: tuple[ServiceInvolved, ...] = ()
    enquiries: tuple[Enquiry, ...] = field(default=(), name="enquiry_for_an_earlier_caf")


class FamilyAndServices(Part, frozen=True, kw_only=True, omit_defaults=True):
    """Parents and carers, family and home, the services that work with the child."""

    carers: tuple[Person, ...] = field(default=(), name="parents_and_carers")
    siblings: tuple[Person, ...] = field(default=(), name="brothers_and_sisters")
    household: tuple[Person, ...] = ()
    home: Statements = field(default=(), name="current_family_and_home_situation")
    services: tuple[ServiceInvolved, ...] = field(
        default=(), name="services_working_with_the_child"
    )


class StrengthsAndNeeds(Part, frozen=True, kw_only=True, omit_defaults=True):
    """The three domains: what was found in each of the 19 elements."""

    development: Development = field(
        default=Development(), name="development_of_the_child_or_young_person"
    )
    carers: Carers = field(default=Carers(), name="parents_and_carers")
    environment: Environment = field(default=Environment(), name="family_and_environmental")


class ConclusionsAndComments(Part, frozen=True, kw_only=True, omit_defaults=True):
    """Conclusions, differences of opinion, comments, decisions not to act."""

    conclusions: tuple[Conclusion, ...] = ()
    dissents: tuple[Dissent, ...] = field(default=(), name="differences_of_opinion")
    comments: tuple[Comment, ...] = ()
    not_acting: tuple[NotActing, ...] = field(default=(), name="decisions_not_to_act")


class DeliveryPlan(Part, frozen=True, kw_only=True, omit_defaults=True):
    """Goals, agreed actions, lead professional, team around the child, reviews, closure."""

    goals: tuple[Goal, ...] = ()
    actions: tuple[Action, ...] = field(default=(), name="agreed_actions")
    lead_professional: tuple[ServiceInvolved, ...] = ()
    team: tuple[ServiceInvolved, ...] = field(default=(), name="team_around_the_child")
    reviews: tuple[Review, ...] = ()
    closure: tuple[Closure, ...] = ()


class EarlyHelp(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One child's CAF, or the part of it that a recipient may see.

    *notice* is one constant sentence, whether or not anything was withheld; *purpose* says what
    the document was shared for, *marks* what its recipient must do with it; *expires_on* from when
    it must be destroyed, *usable_until* until when what an emergency opened may be used.
    """

    childs_own_words: tuple[ChildView, ...] = ()
    format: Literal["early-help/1"]
    notice: str | None = None
    purpose: str | None = None
    marks: tuple[str, ...] = ()
    expires_on: date | None = None
    usable_until: Moment | None = None
    message: MessageFacts = MessageFacts()
    assessment: AssessmentFacts = AssessmentFacts()
    identifying_details: IdentifyingDetails = IdentifyingDetails()
    assessment_information: AssessmentInformation = AssessmentInformation()
    family_and_services: FamilyAndServices = FamilyAndServices()
    strengths_and_needs: StrengthsAndNeeds = StrengthsAndNeeds()
    conclusions_and_comments: ConclusionsAndComments = ConclusionsAndComments()
    delivery_plan: DeliveryPlan = DeliveryPlan()
    consent_statements: tuple[ConsentStatement, ...] = ()
    pre_assessment_checklists: tuple[Checklist, ...] = ()
    social_care: SocialCare = SocialCare()
    looked_after: LookedAfter = LookedAfter()
