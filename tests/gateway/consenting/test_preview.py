"""Who would see what, before anybody signs: decided by the rules, and telling nothing else."""

import dataclasses
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from worlds import EARLY_HELP, GP, HEALTH_VISITING, SCHOOL

from gateway.casefile import RecordedFact
from gateway.consenting.preview import Proposal, preview_of
from gateway.consenting.statements import Said
from gateway.errors import RequestError
from policies.attributes import FACTS
from policies.errors import VocabularyError
from policies.preview import Sees


def would_see(world, child, *services, purpose="early_help", **said):
    said = {"grantor": "parent:A", "sharing": "given", "services": (EARLY_HELP, SCHOOL)} | said
    proposal = Proposal(
        said=Said(responsibility="yes", **said),
        holder=HEALTH_VISITING,
        services=services,
        purpose=purpose,
        competent="no",
    )
    return preview_of(world.gateway.office, world.case(child), proposal)


def sees(preview, group):
    return [
        line.sees for service in preview.services for line in service.lines if line.group == group
    ]


def test_what_is_agreed_is_seen_by_whom_it_is_agreed_with(world, child):
    preview = would_see(world, child, EARLY_HELP, GP)
    assert sees(preview, "needs") == [Sees.WHOLE, Sees.NOTHING]
    assert sees(preview, "who")[0] is Sees.WHOLE


def test_what_is_refused_is_seen_by_nobody_or_not_by_one(world, child):
    whole = would_see(world, child, EARLY_HELP, SCHOOL)
    without = would_see(world, child, EARLY_HELP, SCHOOL, refused=("caf_needs", "environment"))
    but_one = would_see(
        world, child, EARLY_HELP, SCHOOL, excluded=(("school", ("caf_needs", "environment")),)
    )
    assert sees(whole, "needs") == [Sees.WHOLE, Sees.PART]  # no agreement gives it the rest
    assert sees(without, "needs") == [Sees.NOTHING, Sees.NOTHING]
    assert sees(but_one, "needs") == [Sees.WHOLE, Sees.NOTHING]


def test_nothing_is_seen_of_what_is_refused_altogether(world, child):
    preview = would_see(world, child, EARLY_HELP, sharing="refused", services=())
    assert {line.sees for line in preview.services[0].lines} == {Sees.NOTHING}


def test_it_is_told_in_words_that_name_the_service(world, child):
    (service,) = would_see(world, child, SCHOOL).services
    named = (service.name, service.name.capitalize())
    assert all(line.sentence.count(named[0]) or named[1] in line.sentence for line in service.lines)
    titles = {line.title for line in service.lines}
    for hidden in ("shield", "adopt", "intelligence", "enquiry"):
        assert not any(hidden in title.lower() for title in titles)


@pytest.fixture
def of_another_world(world, child):
    """Return what gives the preview of the same child, where other facts are recorded."""

    def preview(*facts, consents=()):
        case = world.case(child)
        other = replace_case(case, facts, consents)
        proposal = Proposal(
            said=Said(
                grantor="child", sharing="given", services=(EARLY_HELP, SCHOOL), refused=("sen",)
            ),
            holder=HEALTH_VISITING,
            services=(EARLY_HELP, SCHOOL, GP),
            competent="yes",
        )
        return preview_of(world.gateway.office, other, proposal)

    return preview


def replace_case(case, facts, consents):
    return dataclasses.replace(
        case, facts=(*case.facts, *facts), consents=(*case.consents, *consents)
    )


HIDDEN = {
    "shielded": [True, False],
    "adopted": [True, False],
    "risk": ["none", "significant_harm", "immediate"],
    "s47_open": [True, False],
    "police_handling": ["restricted", "releasable"],
    "court_order": ["prohibit", "disclose", "unverified"],
    "parent_is_risk": [True, False],
    "notify_safe": ["no", "unknown", "yes"],
    "judgement": ["made", "not_made"],
    "detriment": ["yes", "no"],
    "competent": ["yes", "no"],
}


def test_every_fact_that_is_hidden_is_a_fact():
    assert set(FACTS) >= HIDDEN.keys()


def test_two_worlds_give_one_preview(of_another_world, world, child):
    """Whatever is recorded of the child, what the family is shown is the same, to the byte."""
    plain = of_another_world()
    at = datetime(2026, 11, 20, 8, tzinfo=UTC)

    @given(
        st.lists(
            st.sampled_from([(name, value) for name, values in HIDDEN.items() for value in values]),
            min_size=1,
            max_size=6,
        )
    )
    def holds(recorded):
        facts = [RecordedFact(name=name, value=value, by="x", at=at) for name, value in recorded]
        assert of_another_world(*facts) == plain

    holds()
    (said,) = world.case(child).consents
    refused = replace(said, grantor="child", statement=replace(said.statement, sharing="refused"))
    assert of_another_world(consents=(refused,)) == plain


def test_nothing_is_recorded(world, child):
    size = world.size
    would_see(world, child, SCHOOL)
    assert world.size == size
    assert len(world.case(child).consents) == 1


@pytest.mark.parametrize(
    ("services", "said", "error"),
    [
        ((), {}, RequestError),
        (("nobody",), {}, RequestError),
        ((SCHOOL,), {"purpose": "gossip"}, VocabularyError),
        ((SCHOOL,), {"refused": ("secrets",)}, VocabularyError),
    ],
)
def test_what_cannot_be_previewed_is_refused(world, child, services, said, error):
    with pytest.raises(error):
        would_see(world, child, *services, **said)
