"""Any CAF of a child in need that hangs together: what a case system holds at a year's end."""

from datetime import date, timedelta

from hypothesis import strategies as st

from mappings.caf.assessment import Assessment, Child, SocialCare
from mappings.caf.identifiers import OURS
from mappings.caf.items import Birth, Coded, Coding, Identifier
from mappings.caf.social_care import (
    ChildInNeedEpisode,
    ChildInNeedPlan,
    ChildProtectionPlan,
    Section47Enquiry,
    SocialCareAssessment,
)

DFE = OURS.replace("Id/", "fhir/CodeSystem/dfe-")
END = date(2026, 3, 31)


def assessments_of_need() -> st.SearchStrategy[Assessment]:
    """Any child in need in the census of 2026: born, with one episode and what belongs to it."""
    return st.composite(_assessment)()


def _assessment(draw) -> Assessment:
    referred_on = date(2025, 4, 1) + timedelta(days=draw(st.integers(0, 200)))
    child = Child(
        identifiers=(Identifier(scheme="la-child-id", value="C1"),),
        birth=(Birth(born_on=draw(st.dates(date(2012, 1, 1), date(2024, 1, 1)))),),
        sex=draw(st.sampled_from([(), (_one("sex", "M"),), (_one("sex", "F"),)])),
        ethnicity=draw(st.sampled_from([(), (_one("ethnicity", "WBRI"),)])),
        disabilities=tuple(
            _one("disability", code)
            for code in draw(
                st.just(["NONE"])
                | st.lists(st.sampled_from(["COMM", "LD", "AUT"]), min_size=1, unique=True)
            )
        ),
    )
    return Assessment(child=child, social_care=_care(draw, referred_on))


def _care(draw, referred_on: date) -> SocialCare:
    if draw(st.booleans()) and draw(st.booleans()):
        return SocialCare(episodes=(_episode(draw, referred_on, is_no_further_action=True),))
    assessed_on = referred_on + timedelta(days=draw(st.integers(0, 40)))
    assessment = SocialCareAssessment(
        episode="e1",
        started_on=referred_on + timedelta(days=draw(st.integers(0, 3))),
        authorised_on=max(assessed_on, referred_on + timedelta(days=3)),
        factors=tuple(
            _coding("cin-factor", code)
            for code in draw(
                st.lists(st.sampled_from(["3B", "4A", "16A", "24A"]), min_size=1, unique=True)
            )
        ),
    )
    follows = draw(st.sampled_from(["nothing", "plan", "protection", "closure"]))
    after = max(assessed_on, referred_on + timedelta(days=3)) + timedelta(days=7)
    closed = {"closed_on": after, "closure_reason": _coding("cin-closure", "RC8")}
    episode = _episode(
        draw, referred_on, primary_need=_coding("cin-need", "N4"), is_no_further_action=False,
        **(closed if follows == "closure" else {}),
    )  # fmt: skip
    held = SocialCare(episodes=(episode,), assessments=(assessment,))
    if follows == "plan":
        plan = ChildInNeedPlan(episode="e1", started_on=after)
        return SocialCare(episodes=(episode,), assessments=(assessment,), plans=(plan,))
    return _protected(held, after) if follows == "protection" else held


def _protected(held: SocialCare, after: date) -> SocialCare:
    monday = after + timedelta(days=7 - after.weekday())
    abuse = _coding("cin-abuse", "NEG")
    return SocialCare(
        episodes=held.episodes,
        assessments=held.assessments,
        enquiries=(
            Section47Enquiry(
                episode="e1",
                started_on=after,
                conference_due_on=monday,
                conference_on=monday,
                is_conference_not_required=False,
            ),
        ),
        protection_plans=(
            ChildProtectionPlan(
                episode="e1",
                started_on=monday,
                initial_category=abuse,
                latest_category=abuse,
                previous_plans=0,
                reviewed_on=(monday + timedelta(days=80),),
            ),
        ),
    )


def _episode(draw, referred_on: date, **facts) -> ChildInNeedEpisode:
    source = _coding("cin-referral-source", draw(st.sampled_from(["1A", "2A", "3E", "5D", "10"])))
    return ChildInNeedEpisode(id="e1", referred_on=referred_on, referral_source=source, **facts)


def _one(table: str, code: str) -> Coded:
    return Coded(codes=(_coding(table, code),))


def _coding(table: str, code: str) -> Coding:
    return Coding(DFE + table, code)
