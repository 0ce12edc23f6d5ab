"""The catalogue of elements: path, title, domain, and the policy category each has by default.

An element is named by its path in the assessment (`section.field`). The 19 elements of the three
domains also have the code that the practice documents fix (`caf-element`), which is their linkId
in a questionnaire.
"""

from dataclasses import dataclass
from typing import NewType

from mappings.caf.categories import Category

ElementPath = NewType("ElementPath", str)


@dataclass(frozen=True, slots=True, eq=False)  # there is one of each: it equals itself alone
class Element:
    """One element: its *path*, *title*, *domain* (None outside the three), default *category*.

    *code* is its code in `caf-element` for the 19 elements, else its path with a hyphen.
    *section* and *field* say where the assessment has it: they are the two parts of its path.
    """

    path: ElementPath
    title: str
    category: Category
    domain: str | None
    code: str
    section: str
    field: str


def _element(
    path: str, title: str, category: Category, domain: str | None = None, code: str = ""
) -> Element:
    section, _, field = path.partition(".")
    code = code or path.replace(".", "-")
    return Element(ElementPath(path), title, category, domain, code, section, field)


_C = Category
_CHILD, _CARERS, _ENVIRONMENT = "child", "carers", "family-environment"

CATALOGUE: tuple[Element, ...] = (
    _element("voice.views", "The child's own words", _C.CAF_NEEDS),
    _element("child.names", "Names", _C.IDENTITY),
    _element("child.birth", "Date of birth, or expected date of delivery", _C.IDENTITY),
    _element("child.identifiers", "Identifiers", _C.IDENTITY),
    _element("child.sex", "Sex", _C.IDENTITY),
    _element("child.addresses", "Address", _C.ADDRESS),
    _element("child.contacts", "Telephone and e-mail", _C.CONTACT),
    _element("child.ethnicity", "Ethnicity", _C.IDENTITY),
    _element("child.religion", "Religion", _C.FAMILY),
    _element("child.languages", "First language", _C.IDENTITY),
    _element("child.immigration", "Immigration status", _C.SOCIAL_CARE),
    _element("child.disabilities", "Disability", _C.DISABILITY),
    _element("child.requirements", "Special requirements", _C.DISABILITY),
    _element("child.interpreting", "Interpreter or signer", _C.DISABILITY),
    _element("child.adoption", "Adoption", _C.ADOPTION),
    _element("information.led_to", "What has led to this assessment", _C.CAF_NEEDS),
    _element("information.triggers", "Assessment triggers", _C.CAF_NEEDS),
    _element("information.concern", "Threshold of concern", _C.CAF_NEEDS),
    _element("information.people_present", "People present", _C.SERVICES_INVOLVED),
    _element("information.assessor", "Assessor", _C.SERVICES_INVOLVED),
    _element("information.enquiries", "Enquiry for an earlier CAF", _C.SERVICES_INVOLVED),
    _element("people.carers", "Parents and carers", _C.FAMILY),
    _element("people.siblings", "Brothers and sisters", _C.SIBLING),
    _element("people.household", "Family and household", _C.FAMILY),
    _element("people.home", "Current family and home situation", _C.FAMILY),
    _element("people.services", "Services working with the child", _C.SERVICES_INVOLVED),
    _element(
        "development.general_health", "General health", _C.HEALTH_BASIC, _CHILD, "general-health"
    ),
    _element(
        "development.physical_development",
        "Physical development",
        _C.HEALTH_BASIC,
        _CHILD,
        "physical-development",
    ),
    _element(
        "development.speech_language_communication",
        "Speech, language and communications development",
        _C.CAF_NEEDS,
        _CHILD,
        "speech-language-communication",
    ),
    _element(
        "development.emotional_social",
        "Emotional and social development",
        _C.CAF_NEEDS,
        _CHILD,
        "emotional-social",
    ),
    _element(
        "development.behavioural", "Behavioural development", _C.CAF_NEEDS, _CHILD, "behavioural"
    ),
    _element(
        "development.identity",
        "Identity, including self-esteem, self-image and social presentation",
        _C.CAF_NEEDS,
        _CHILD,
        "identity",
    ),
    _element(
        "development.family_social_relationships",
        "Family and social relationships",
        _C.CAF_NEEDS,
        _CHILD,
        "family-social-relationships",
    ),
    _element(
        "development.self_care",
        "Self-care skills and independence",
        _C.CAF_NEEDS,
        _CHILD,
        "self-care",
    ),
    _element(
        "development.understanding",
        "Understanding, reasoning and problem solving",
        _C.CAF_NEEDS,
        _CHILD,
        "understanding",
    ),
    _element(
        "development.participation",
        "Participation in learning, education and employment",
        _C.ATTENDANCE,
        _CHILD,
        "participation",
    ),
    _element(
        "development.progress",
        "Progress and achievement in learning",
        _C.ATTAINMENT,
        _CHILD,
        "progress",
    ),
    _element("development.aspirations", "Aspirations", _C.CAF_NEEDS, _CHILD, "aspirations"),
    _element(
        "carers.basic_care",
        "Basic care, ensuring safety and protection",
        _C.PARENTING,
        _CARERS,
        "basic-care",
    ),
    _element("carers.warmth", "Emotional warmth and stability", _C.PARENTING, _CARERS, "warmth"),
    _element(
        "carers.guidance",
        "Guidance, boundaries and stimulation",
        _C.PARENTING,
        _CARERS,
        "guidance",
    ),
    _element(
        "environment.family_history",
        "Family history, functioning and well-being",
        _C.FAMILY,
        _ENVIRONMENT,
        "family-history",
    ),
    _element("environment.wider_family", "Wider family", _C.FAMILY, _ENVIRONMENT, "wider-family"),
    _element(
        "environment.housing_employment_finance",
        "Housing, employment and financial considerations",
        _C.ENVIRONMENT,
        _ENVIRONMENT,
        "housing-employment-finance",
    ),
    _element(
        "environment.social_community",
        "Social and community elements and resources, including education",
        _C.ENVIRONMENT,
        _ENVIRONMENT,
        "social-community",
    ),
    _element("analysis.conclusions", "Conclusions", _C.CAF_NEEDS),
    _element("analysis.dissents", "Differences of opinion", _C.CAF_NEEDS),
    _element("analysis.comments", "Comments of parents, carers and others", _C.CAF_NEEDS),
    _element("analysis.not_acting", "Decisions not to act", _C.CAF_NEEDS),
    _element("plan.goals", "Goals", _C.ACTION_PLAN),
    _element("plan.actions", "Actions", _C.ACTION_PLAN),
    _element("plan.lead_professional", "Lead professional", _C.SERVICES_INVOLVED),
    _element("plan.team", "Team around the child", _C.SERVICES_INVOLVED),
    _element("plan.reviews", "Reviews", _C.ACTION_PLAN),
    _element("plan.closure", "Closure", _C.ACTION_PLAN),
    _element("consent.statements", "Consent statement", _C.CAF_NEEDS),
    _element("checklist.checklists", "Pre-assessment checklist", _C.CAF_NEEDS),
    _element("social_care.episodes", "Episodes of need", _C.SOCIAL_CARE),
    _element("social_care.assessments", "Assessments by social care", _C.SOCIAL_CARE),
    _element("social_care.plans", "Child in need plans", _C.SOCIAL_CARE),
    _element("social_care.enquiries", "Section 47 enquiries", _C.SOCIAL_CARE),
    _element("social_care.protection_plans", "Child protection plans", _C.SOCIAL_CARE),
    _element("social_care.pre_proceedings", "Pre-proceedings", _C.SOCIAL_CARE),
    _element("looked_after.episodes", "Episodes of care", _C.SOCIAL_CARE),
    _element("looked_after.placements", "Addresses of placements", _C.ADDRESS),
    _element("looked_after.reviews", "Reviews of a looked-after child", _C.SOCIAL_CARE),
    _element("looked_after.missing", "Missing from care", _C.SOCIAL_CARE),
    _element(
        "looked_after.deprivations_of_liberty", "Deprivation of liberty orders", _C.SOCIAL_CARE
    ),
    _element("looked_after.social_workers", "Social workers", _C.SOCIAL_CARE),
    _element("looked_after.health_checks", "Health checks", _C.HEALTH_BASIC),
    _element(
        "looked_after.difficulties", "Strengths and difficulties questionnaire", _C.MENTAL_HEALTH
    ),
    _element("looked_after.substance_misuse", "Substance misuse", _C.SUBSTANCE_USE),
    _element("looked_after.convictions", "Convictions", _C.POLICE_INCIDENT),
    _element("looked_after.parenthood", "Mother of a child", _C.SOCIAL_CARE),
    _element("looked_after.leaving_care", "Leaving care", _C.SOCIAL_CARE),
    _element("looked_after.adoptions", "Adoption from care", _C.ADOPTION),
    _element("looked_after.placed_for_adoption", "Placed for adoption", _C.ADOPTION),
    _element("looked_after.previous_permanence", "Previous permanence", _C.ADOPTION),
    _element("looked_after.asylum_seeking", "Unaccompanied asylum seeker", _C.SOCIAL_CARE),
)

_BY_PATH = {element.path: element for element in CATALOGUE}
BY_CODE = {element.code: element for element in CATALOGUE}


def element(path: str) -> Element:
    """Return the element at *path*, or raise `ValueError`.

    >>> element("environment.housing_employment_finance").category
    <Category.ENVIRONMENT: 'environment'>
    >>> element("environment.house")
    Traceback (most recent call last):
        ...
    ValueError: not an element of the CAF: `environment.house`
    """
    try:
        return _BY_PATH[ElementPath(path)]
    except KeyError:
        message = f"not an element of the CAF: `{path}`"
        raise ValueError(message) from None
