from pathlib import Path

import pytest

from policies.attributes import FACTS, Facts
from policies.errors import DocumentError, VocabularyError
from policies.facts import SHIPPED, FactSources, Relation
from policies.vocabulary import ALL_CATEGORIES

SOURCES = FactSources.load()


def test_a_judgement_a_risk_and_a_relationship_are_never_no_by_silence() -> None:
    silent = SOURCES.gather({}).unrecorded()

    assert silent >= {"judgement", "risk", "s47_open", "training", "on_team", "opted_out"}
    assert silent >= {"parent_consent", "child_consent", "refused", "consent_scope"}


def test_registers_that_are_complete_by_definition_answer_by_silence() -> None:
    facts = SOURCES.gather({})

    assert (facts.shielded, facts.adopted, facts.court_order, facts.agreement) == (
        False,
        False,
        "none",
        "none",
    )
    assert (facts.competent, facts.notify_safe, facts.detriment) == (
        "unknown",
        "unknown",
        "not_considered",
    )
    assert facts.clearance == frozenset()


def test_whoever_is_asked_about_a_fact_may_record_it_but_for_an_enquiry() -> None:
    """A question goes to who may answer it; that an enquiry is open, a social worker alone says."""
    by_hand = [name for name in SOURCES if SOURCES[name].recorders]
    relations = set(Relation)
    silent = {
        name
        for name in by_hand
        if SOURCES[name].owner not in SOURCES[name].recorders
        and not relations.intersection(SOURCES[name].recorders)
        and SOURCES[name].absent == "unrecorded"
    }
    assert silent - REGISTERED == {"s47_open"}


REGISTERED = {"holder", "recipient", "area", "identity_verified", "duty_in_force"}
"""What the operator registers: nobody answers a task with it."""


@pytest.mark.parametrize("grantor", ["child_consent", "parent_consent"])
def test_limits_of_consent_are_known_once_there_is_a_statement(grantor: str) -> None:
    facts = SOURCES.gather({grantor: "given"})

    assert facts.refused == frozenset()
    assert facts.consent_scope == ALL_CATEGORIES
    assert facts.consent_expired is False
    assert {facts.child_consent, facts.parent_consent} == {"given", "not_asked"}


def test_what_is_recorded_stands() -> None:
    assert SOURCES.gather({"shielded": True, "risk": None}).shielded is True
    assert SOURCES.gather(dict.fromkeys(FACTS)) == SOURCES.gather({})
    assert isinstance(SOURCES.gather({}), Facts)


def test_an_unknown_fact_is_refused() -> None:
    with pytest.raises(VocabularyError, match="did you mean `on_team`"):
        SOURCES.gather({"onteam": True})


@pytest.mark.parametrize(
    ("before", "after", "complaint"),
    [
        pytest.param(
            "  shielded:\n", "  sheilded:\n", "unknown fact, did you mean `shielded`", id="-"
        ),
        pytest.param("absent: not_tested", "absent: untested", "absent: `serious_harm`", id="word"),
        pytest.param(
            "once: [child_consent, parent_consent]", "once: [consent]", "unknown fact", id="once"
        ),
        pytest.param("[safeguarding_lead]", "[safegarding_lead]", "unknown recorder", id="who"),
        pytest.param("recorded_by: sender", "recordedby: sender", "recorded_by", id="field"),
    ],
)
def test_an_unwired_or_wrong_source_refuses_to_start(
    tmp_path: Path, before: str, after: str, complaint: str
) -> None:
    text = SHIPPED.read_text()
    assert before in text
    path = tmp_path / "facts.yaml"
    path.write_text(text.replace(before, after, 1))

    with pytest.raises(DocumentError) as refusal:
        FactSources.load(path)

    assert complaint in str(refusal.value)
