"""What a message's care plan, referral, flags and observations say of a child."""

from collections.abc import Iterator
from typing import Final

from mappings.bars.answers import ASKED
from mappings.bars.entries import Entry
from mappings.bars.names import code_system
from mappings.bars.people import codings, day, involved, practitioner_name, told
from mappings.bars.telling import COMMON, Teller, field_names, telling_of
from mappings.caf.categories import Category
from mappings.caf.elements import Element
from mappings.caf.items import (
    About,
    AboutWhom,
    Action,
    Coded,
    Coding,
    Goal,
    Item,
    Nature,
    ServiceInvolved,
    Statement,
)
from mappings.caf.vocabulary import CaseRole
from mappings.fhir_r4 import generated as fhir

CONCERN: Final = code_system("concern-threshold")
CASE_ROLE: Final = code_system("case-role")
ELEMENT: Final = code_system("caf-element")
# What is told beside the elements that these have.
REASON: Final = telling_of(Statement, field_names(Statement) - {"text", "codes"})
FLAG: Final = telling_of(Coded, COMMON)
ACTION: Final = telling_of(Action, field_names(Action) - {"text", "who", "by_when"})

_ROLES: Final = {one.value: one for one in CaseRole}
_CHILD: Final = (About(AboutWhom.CHILD),)
_UNSORTED: Final = (Category.MENTAL_HEALTH, Category.SEXUAL_HEALTH, Category.SUBSTANCE_USE)


Told = Iterator[tuple[str, Item | None]]


def read_plan(teller: Teller, child: Entry) -> Told:
    """Yield what referral, flags, observations, plan, goals and team say, by element path."""
    about = teller.entries.about
    for entry, referral in about(child, fhir.ServiceRequest):
        yield from _referral(teller, entry, referral)
    for entry, flag in about(child, fhir.Flag):
        yield from _flag(teller, entry, flag)
    for entry, observation in about(child, fhir.Observation):
        yield from _observation(teller, entry, observation)
    for entry, plan in about(child, fhir.CarePlan):
        yield from _actions(teller, entry, plan)
    for entry, goal in about(child, fhir.Goal):
        yield from _goal(teller, entry, goal)
    for entry, team in about(child, fhir.CareTeam):
        yield from _team(teller, entry, team)
    if isinstance(child.resource, fhir.Patient):
        for number, reference in enumerate(child.resource.generalPractitioner or ()):
            at = f"{child.place}.generalPractitioner[{number}]"
            yield "people.services", involved(teller, reference, at)


def _referral(teller: Teller, entry: Entry, referral: fhir.ServiceRequest) -> Told:
    for number, reason in enumerate(referral.reasonCode or ()):
        yield "information.led_to", _reason(teller, reason, f"{entry.place}.reasonCode[{number}]")
    for number, note in enumerate(referral.note or ()):
        at = teller.at(f"{entry.place}.note[{number}]")
        yield "information.led_to", Statement(text=note.text, about=_CHILD, **at)
    if (concern := told(referral.extension, "concern")) and concern.valueCode:
        at = teller.at(f"{entry.place}.extension('{concern.url}')")
        yield "information.concern", Coded(codes=(Coding(CONCERN, concern.valueCode),), **at)
    yield from _judgement(teller, entry, referral)
    for number, performer in enumerate(referral.performer or ()):
        yield "people.services", involved(teller, performer, f"{entry.place}.performer[{number}]")


def _reason(teller: Teller, reason: fhir.CodeableConcept, place: str) -> Statement:
    """Return *reason* as a statement: about the child, unless it tells as our statements do.

    One that is coded, and that nobody sorted into an element, is of each sensitive kind: a code
    may say anything, and no table of ours says what.
    """
    at = teller.at(place)
    at["id"] = teller.id_of("", reason.id, place)
    is_ours = told(reason.extension, "kind") is not None
    about, codes = () if is_ours else _CHILD, codings(reason)
    labels = _UNSORTED if codes and not is_ours else ()
    said = Statement(text=reason.text, codes=codes, about=about, labels=labels, **at)
    return teller.beside(said, REASON, reason.extension, place)


def _judgement(teller: Teller, entry: Entry, referral: fhir.ServiceRequest) -> Told:
    """Yield why a named practitioner judges that sharing is a duty."""
    basis = told(referral.extension, "sharing-basis")
    parts = {part.url: part for part in (basis.extension or ())} if basis else {}
    if basis and (judgement := parts.get("judgement")):
        at = teller.at(f"{entry.place}.extension('{basis.url}').extension('judgement')")
        said_by = About(AboutWhom.PRACTITIONER) if "practitioner" in parts else None
        text = judgement.valueString
        yield "information.led_to", Statement(text=text, said_by=said_by, about=_CHILD, **at)


def _flag(teller: Teller, entry: Entry, flag: fhir.Flag) -> Told:
    if flag.status not in {"entered-in-error", "inactive"}:
        said = Coded(codes=codings(flag.code), text=flag.code.text, **teller.at(entry.place))
        yield "information.concern", teller.beside(said, FLAG, flag.extension, entry.place)


def _observation(teller: Teller, entry: Entry, observation: fhir.Observation) -> Told:
    """Yield an observation in the element that its category names; else it stays unmapped."""
    element = element_of(observation)
    if element is None or observation.status in {"entered-in-error", "cancelled"}:
        return
    value = observation.valueCodeableConcept
    text = observation.valueString or (value.text if value else None) or observation.code.text
    codes = codings(observation.code) + codings(value)
    at = teller.at(entry.place)
    yield element.path, Statement(text=text, codes=codes, nature=Nature.FACT, about=_CHILD, **at)


def element_of(observation: fhir.Observation) -> Element | None:
    """Return the element of the CAF that a category of *observation* names by our code."""
    for category in observation.category or ():
        for code in category.coding or ():
            element = ASKED.get(code.code or "") if code.system == ELEMENT else None
            if element is not None and element.domain is not None:
                return element
    return None


def _actions(teller: Teller, entry: Entry, plan: fhir.CarePlan) -> Told:
    for number, activity in enumerate(plan.activity or ()):
        detail = activity.detail
        if detail is None or not detail.description:
            continue
        place = f"{entry.place}.activity[{number}].detail"
        performers = detail.performer or ()
        services = (teller.entries.service_id(one) for one in performers)
        names = (practitioner_name(teller.entries, one) for one in performers)
        action = Action(
            text=detail.description,
            who=next((one for one in names if one), None),
            owed_by=next((one for one in services if one), None),
            by_when=day(detail.scheduledPeriod.end) if detail.scheduledPeriod else None,
            **teller.at(place),
        )
        yield "plan.actions", teller.beside(action, ACTION, detail.extension, place)


def _goal(teller: Teller, entry: Entry, goal: fhir.Goal) -> Told:
    if goal.description.text:
        yield "plan.goals", Goal(text=goal.description.text, **teller.at(entry.place))


def _team(teller: Teller, entry: Entry, team: fhir.CareTeam) -> Told:
    for number, participant in enumerate(team.participant or ()):
        place = f"{entry.place}.participant[{number}]"
        role = _role(participant)
        member = involved(teller, participant.member, place, role)
        lead = role is CaseRole.LEAD_PROFESSIONAL
        yield "plan.lead_professional" if lead else "plan.team", member


def _role(participant: fhir.CareTeamParticipant) -> CaseRole:
    for concept in participant.role or ():
        for code in concept.coding or ():
            if code.system == CASE_ROLE and code.code in _ROLES:
                return _ROLES[code.code]
    return CaseRole.TEAM_MEMBER


def assessor(
    teller: Teller, entry: Entry, response: fhir.QuestionnaireResponse
) -> ServiceInvolved | None:
    """Return who made the assessment: the author of the questionnaire response."""
    return involved(teller, response.author, f"{entry.place}.author", CaseRole.ASSESSOR)
