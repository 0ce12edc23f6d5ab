"""The mapping of a child of the census: the laws, of its parts and of what ties them."""

from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs
from strategies import assessments

from mappings.caf.social_care import EpisodePart
from mappings.cin import years
from mappings.language.testing import hold, trees_of
from mappings.language.translation import bare
from mappings.language.trees import copied

NEWEST: Final = years.child(2026)
AT: Final = "/Message/Children/Child[1]"


def _children():
    """Any child, of up to three episodes."""
    episodes = st.lists(trees_of(NEWEST.episode), max_size=3)
    return st.builds(
        lambda child, cases: {**child, **({"CINdetails": cases} if cases else {})},
        trees_of(NEWEST.identity),
        episodes,
    )


@pytest.mark.parametrize("year", [2022, 2024, 2025, 2026])
@pytest.mark.parametrize("part", ["identity", "episode"])
def test_the_laws_of_mappings_hold(year, part):
    hold(getattr(years.child(year), part), cafs=assessments(), examples=15)


@settings(max_examples=30, deadline=None)
@given(_children())
def test_a_child_that_nobody_changed_comes_out_as_it_came_in(tree):
    before = copied(tree)
    reading = NEWEST.read(tree, record="r", at=AT)

    assert NEWEST.write(reading.assessment, tree, record="r", at=AT) == before


@settings(max_examples=30, deadline=None)
@given(_children())
def test_what_is_written_of_a_child_is_read_and_its_parts_stay_with_their_episode(tree):
    read = NEWEST.read(tree, at=AT).assessment
    whole = structs.replace(read, social_care=_with_episode(read.social_care))

    again = NEWEST.read(NEWEST.write(whole), at=AT).assessment

    assert bare(again) == bare(whole)


def _with_episode(held):
    """Leave out the parts that name no episode: the census has no place for them."""
    return structs.replace(
        held,
        **{
            name: tuple(
                one
                for one in getattr(held, name)
                if not isinstance(one, EpisodePart) or one.episode is not None
            )
            for name in held.__struct_fields__
        },
    )


def test_an_episode_that_is_withdrawn_takes_its_parts_with_it():
    case = {
        "CINreferralDate": "2025-05-12",
        "ReferralSource": "2A",
        "ReferralNFA": "false",
        "CINPlanDates": [{"CINPlanStartDate": "2025-06-23"}],
    }
    other = {"CINreferralDate": "2026-01-12", "ReferralSource": "6", "ReferralNFA": "true"}
    tree = {"CINdetails": [case, other]}
    read = NEWEST.read(tree, record="r", at=AT).assessment
    kept = structs.replace(read.social_care, episodes=read.social_care.episodes[1:])

    written = NEWEST.write(structs.replace(read, social_care=kept), tree, record="r", at=AT)

    assert written == {"CINdetails": [other]}


def test_a_factor_says_what_kind_of_information_it_is():
    factors = {"AssessmentFactors": ["3B", "7A", "15A", "2C"]}
    assessment = {
        "AssessmentActualStartDate": "2025-05-14",
        "FactorsIdentifiedAtAssessment": factors,
    }
    tree = {"CINdetails": [{"CINreferralDate": "2025-05-12", "Assessments": [assessment]}]}

    (one,) = NEWEST.read(tree).assessment.social_care.assessments

    assert one.labels == ("domestic_abuse", "mental_health", "substance_use")
