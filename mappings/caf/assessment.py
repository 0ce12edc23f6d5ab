"""The CAF: one assessment of one child, in sections whose every field holds items.

    Assessment
      voice        the child's own words, first
      child        identifying details
      information  what led to the assessment, who was present, who assessed
      people       parents and carers, household, services
      development | carers | environment    the three domains, 19 elements, lists of statements
      analysis     conclusions, dissent, comments, decisions not to act
      plan         goals, actions, lead professional, team, reviews, closure
      consent      consent statements      checklist    the pre-assessment checklist
      social_care  episodes of need, with assessments, enquiries and plans
      looked_after   what the return of a looked-after child says

Every field of every section is one element of the catalogue (`mappings.caf.elements`); a test
holds the two together, so that there is no field about which the policies cannot decide.
"""

from datetime import date

from msgspec import Struct

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
    Name,
    NotActing,
    Person,
    Requirement,
    Review,
    ServiceInvolved,
    Statement,
)
from mappings.caf.looked_after import (
    Adoption,
    AsylumSeeking,
    CareEpisode,
    CareLeaver,
    CareReview,
    Conviction,
    DeprivationOfLiberty,
    Difficulties,
    HealthChecks,
    MissingEpisode,
    Parenthood,
    PlacedForAdoption,
    PlacementAddress,
    PreviousPermanence,
    SocialWorkerEpisode,
    SubstanceMisuse,
)
from mappings.caf.social_care import (
    ChildInNeedEpisode,
    ChildInNeedPlan,
    ChildProtectionPlan,
    PreProceedings,
    Section47Enquiry,
    SocialCareAssessment,
)
from mappings.caf.vocabulary import CasePhase

Statements = tuple[Statement, ...]


class Section(Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """A part of the assessment: every field is a tuple of items."""


class Voice(Section, frozen=True, kw_only=True, omit_defaults=True):
    """The child's own words, asked for at each stage."""

    views: tuple[ChildView, ...] = ()


class Child(Section, frozen=True, kw_only=True, omit_defaults=True):
    """Identifying details, of a born or an unborn child."""

    names: tuple[Name, ...] = ()
    birth: tuple[Birth, ...] = ()
    identifiers: tuple[Identifier, ...] = ()
    sex: tuple[Coded, ...] = ()
    addresses: tuple[Address, ...] = ()
    contacts: tuple[ContactPoint, ...] = ()
    ethnicity: tuple[Coded, ...] = ()
    religion: tuple[Coded, ...] = ()
    languages: tuple[Coded, ...] = ()
    immigration: tuple[Coded, ...] = ()
    disabilities: tuple[Coded, ...] = ()
    requirements: Statements = ()
    interpreting: tuple[Requirement, ...] = ()
    adoption: Statements = ()


class Information(Section, frozen=True, kw_only=True, omit_defaults=True):
    """What led to the assessment, who was present, who made it and when."""

    led_to: Statements = ()
    triggers: tuple[Coded, ...] = ()
    concern: tuple[Coded, ...] = ()
    people_present: tuple[ServiceInvolved, ...] = ()
    assessor: tuple[ServiceInvolved, ...] = ()
    enquiries: tuple[Enquiry, ...] = ()


class People(Section, frozen=True, kw_only=True, omit_defaults=True):
    """Parents and carers, the family and the home, the services that work with the child."""

    carers: tuple[Person, ...] = ()
    siblings: tuple[Person, ...] = ()
    household: tuple[Person, ...] = ()
    home: Statements = ()
    services: tuple[ServiceInvolved, ...] = ()


class Development(Section, frozen=True, kw_only=True, omit_defaults=True):
    """Domain 1: development of the unborn baby, infant, child or young person."""

    general_health: Statements = ()
    physical_development: Statements = ()
    speech_language_communication: Statements = ()
    emotional_social: Statements = ()
    behavioural: Statements = ()
    identity: Statements = ()
    family_social_relationships: Statements = ()
    self_care: Statements = ()
    understanding: Statements = ()
    participation: Statements = ()
    progress: Statements = ()
    aspirations: Statements = ()


class Carers(Section, frozen=True, kw_only=True, omit_defaults=True):
    """Domain 2: parents and carers."""

    basic_care: Statements = ()
    warmth: Statements = ()
    guidance: Statements = ()


class Environment(Section, frozen=True, kw_only=True, omit_defaults=True):
    """Domain 3: family and environmental."""

    family_history: Statements = ()
    wider_family: Statements = ()
    housing_employment_finance: Statements = ()
    social_community: Statements = ()


class Analysis(Section, frozen=True, kw_only=True, omit_defaults=True):
    """Conclusions with their evidence, every dissent, comments, decisions not to act."""

    conclusions: tuple[Conclusion, ...] = ()
    dissents: tuple[Dissent, ...] = ()
    comments: tuple[Comment, ...] = ()
    not_acting: tuple[NotActing, ...] = ()


class Plan(Section, frozen=True, kw_only=True, omit_defaults=True):
    """Goals, actions, lead professional, team around the child, reviews, closure."""

    goals: tuple[Goal, ...] = ()
    actions: tuple[Action, ...] = ()
    lead_professional: tuple[ServiceInvolved, ...] = ()
    team: tuple[ServiceInvolved, ...] = ()
    reviews: tuple[Review, ...] = ()
    closure: tuple[Closure, ...] = ()


class Consent(Section, frozen=True, kw_only=True, omit_defaults=True):
    """Consent statements: one a grantor and occasion."""

    statements: tuple[ConsentStatement, ...] = ()


class PreAssessment(Section, frozen=True, kw_only=True, omit_defaults=True):
    """The pre-assessment checklist."""

    checklists: tuple[Checklist, ...] = ()


class SocialCare(Section, frozen=True, kw_only=True, omit_defaults=True):
    """Episodes of need at a local authority, and what belongs to each."""

    episodes: tuple[ChildInNeedEpisode, ...] = ()
    assessments: tuple[SocialCareAssessment, ...] = ()
    plans: tuple[ChildInNeedPlan, ...] = ()
    enquiries: tuple[Section47Enquiry, ...] = ()
    protection_plans: tuple[ChildProtectionPlan, ...] = ()
    pre_proceedings: tuple[PreProceedings, ...] = ()


class LookedAfter(Section, frozen=True, kw_only=True, omit_defaults=True):
    """A child whom a local authority looks after, or looked after: see `caf.looked_after`."""

    episodes: tuple[CareEpisode, ...] = ()
    placements: tuple[PlacementAddress, ...] = ()
    reviews: tuple[CareReview, ...] = ()
    missing: tuple[MissingEpisode, ...] = ()
    deprivations_of_liberty: tuple[DeprivationOfLiberty, ...] = ()
    social_workers: tuple[SocialWorkerEpisode, ...] = ()
    health_checks: tuple[HealthChecks, ...] = ()
    difficulties: tuple[Difficulties, ...] = ()
    substance_misuse: tuple[SubstanceMisuse, ...] = ()
    convictions: tuple[Conviction, ...] = ()
    parenthood: tuple[Parenthood, ...] = ()
    leaving_care: tuple[CareLeaver, ...] = ()
    adoptions: tuple[Adoption, ...] = ()
    placed_for_adoption: tuple[PlacedForAdoption, ...] = ()
    previous_permanence: tuple[PreviousPermanence, ...] = ()
    asylum_seeking: tuple[AsylumSeeking, ...] = ()


class Assessment(Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """One version of one child's assessment; *id* names the assessment, *version* its state.

    An assessment with nothing in it is a valid, empty one.
    """

    id: str = ""
    version: str = "1"
    phase: CasePhase | None = None
    started_on: date | None = None
    completed_on: date | None = None
    voice: Voice = Voice()
    child: Child = Child()
    information: Information = Information()
    people: People = People()
    development: Development = Development()
    carers: Carers = Carers()
    environment: Environment = Environment()
    analysis: Analysis = Analysis()
    plan: Plan = Plan()
    consent: Consent = Consent()
    checklist: PreAssessment = PreAssessment()
    social_care: SocialCare = SocialCare()
    looked_after: LookedAfter = LookedAfter()
