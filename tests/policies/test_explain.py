"""Decisions in plain English: each reader is told what is theirs, and no more."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from policy_facts import DAY, ORDINARY, all_facts, replace

from policies import wording
from policies.decision import Bundle, Ruling
from policies.explain import RELEASED, Background, Reader, explain, value_words
from policies.rules import GO_ON, UNCHANGED
from policies.sentences import of
from policies.vocabulary import ALL_CATEGORIES, LOCATING, Category, Clearance
from policies.what_if import Matter

BUNDLE = Bundle.load()
WORDS = wording.shipped()
# What a family, or whoever is not cleared, must not learn by what they are told.
HIDDEN_FACTS = st.fixed_dictionaries(
    {
        "shielded": st.booleans(),
        "adopted": st.booleans(),
        "police_handling": st.sampled_from(["unknown", "restricted", "releasable"]),
        "third_party_consent": st.booleans(),
        "clearance": st.frozensets(st.sampled_from(Clearance)),
    }
)
ENDINGS = sorted(
    {
        (rule.id, clause.effect)
        for rule in BUNDLE.law.rules
        for clause in rule.clauses
        if clause.effect not in {GO_ON, UNCHANGED}
    }
)


def about(facts=ORDINARY, categories=ALL_CATEGORIES, **changes) -> Matter:
    facts = replace(facts, **changes)
    return Matter(bundle=BUNDLE, facts=facts, as_of=DAY, categories=frozenset(categories))


def told(matter: Matter, reader: Reader, known: Background = Background()) -> str:  # noqa: B008 - a value
    return explain(matter, reader, known).text


@pytest.mark.parametrize(("rule", "effect"), ENDINGS)
def test_every_rule_that_can_settle_has_words_for_each_reader(rule, effect) -> None:
    words = WORDS.rules[rule]

    assert of(BUNDLE.law).why(Ruling(effect, (rule,))) != WORDS.failed
    assert words.practitioner or words.hidden
    assert words.family or effect not in RELEASED


def test_no_words_are_kept_for_a_rule_that_there_is_not() -> None:
    assert set(WORDS.rules) <= {rule.id for rule in BUNDLE.law.rules}


@given(all_facts)
def test_any_decision_can_be_explained_to_each_reader(facts) -> None:
    for reader in (Reader.PRACTITIONER, Reader.FAMILY):
        text = told(about(facts), reader)
        assert text
        assert "{" not in text
        assert WORDS.family.unlisted not in text
        assert WORDS.practitioner.unlisted not in text


@given(all_facts, HIDDEN_FACTS, HIDDEN_FACTS)
def test_a_family_reads_the_same_whatever_is_hidden_from_them(facts, one, other) -> None:
    assert told(about(facts, **one), Reader.FAMILY) == told(about(facts, **other), Reader.FAMILY)


@given(all_facts)
def test_a_family_is_never_told_of_what_no_list_for_a_family_names(facts) -> None:
    text = told(about(facts), Reader.FAMILY)

    assert not [one for one in WORDS.family.never if WORDS.categories[one] in text]


@given(all_facts)
def test_a_practitioner_reads_the_same_as_if_what_is_hidden_were_not_held(facts) -> None:
    matter = about(facts)
    rulings = matter.decide().rulings
    hidden = {
        category
        for category, ruling in rulings.items()
        if ruling.outcome not in RELEASED
        and (
            category in {Category.ADOPTION, Category.POLICE_INTEL}
            or any(WORDS.of_rule(rule).hidden for rule in ruling.rules)
        )
    }
    not_held = about(facts, ALL_CATEGORIES - hidden)

    assert told(matter, Reader.PRACTITIONER) == told(not_held, Reader.PRACTITIONER)


@pytest.mark.parametrize(
    "words", ["shield", "adopt", "ntelligence", "clearance", "whereabouts", "without names"]
)
def test_no_words_for_a_practitioner_speak_of_what_is_hidden(words) -> None:
    shown = about(shielded=True, adopted=True, police_handling="restricted", recipient="school")

    assert words not in told(shown, Reader.PRACTITIONER)
    assert words in told(shown, Reader.OFFICER)


def test_a_shielded_address_is_not_even_named_to_a_practitioner() -> None:
    text = told(about(shielded=True), Reader.PRACTITIONER)

    assert not [one for one in LOCATING if WORDS.categories[one] in text]
    assert "Whatever is not named here: not held, or not available to you." in text


def test_a_practitioner_is_told_what_to_do_next() -> None:
    text = told(about(training="lapsed"), Reader.PRACTITIONER)

    assert "not shared, because the recipient's training has lapsed" in text
    assert "Ask the recipient to renew the training, and have it recorded." in text
    assert "Who the child is" in text


def test_a_practitioner_is_asked_to_record_what_is_missing() -> None:
    text = told(about(on_team=None), Reader.PRACTITIONER)

    assert "something that would decide it is not recorded" in text
    assert "Record the answer: Does the recipient have a working relationship" in text


def test_a_family_is_told_with_whom_what_and_why() -> None:
    text = told(about(), Reader.FAMILY, Background(recipient="Little Marsh early help"))

    assert "with Little Marsh early help, to help your family early" in text
    assert "Needs and strengths" in text
    assert "you agreed to it, or it is part of the help you get" in text


DANGER = {"risk": "significant_harm", "recipient": "la_social_care", "judgement": "made"}


@pytest.mark.parametrize("notify_safe", ["no", "unknown"])
def test_a_family_that_must_not_be_told_reads_as_if_nothing_had_been_shared(notify_safe) -> None:
    kept = told(about(**DANGER, notify_safe=notify_safe), Reader.FAMILY)
    nothing = told(about(identity_verified=False), Reader.FAMILY)

    assert kept == nothing
    assert "There is nothing to show you here." in kept


def test_a_family_that_may_be_told_is_told_of_a_protective_sharing() -> None:
    text = told(about(**DANGER, notify_safe="yes"), Reader.FAMILY)

    assert "with children's social care" in text
    assert "a child may need to be kept safe" in text


def test_an_officer_reads_rules_sources_facts_and_where_they_come_from() -> None:
    known = Background(
        holder="Health visiting",
        agreement="little-marsh/1 (2c0b)",
        provenance={"training": "recorded by tc-1 on 3 Nov 2026"},
    )
    text = told(about(recipient="school"), Reader.OFFICER, known)

    assert "From Health visiting to school, purpose early help" in text
    assert BUNDLE.digest in text
    assert "Agreement relied on: little-marsh/1 (2c0b)." in text
    assert "(G6: UK GDPR Art 5(1)(c), Art 9; GMC confidentiality)" in text
    assert "current? current (recorded by tc-1 on 3 Nov 2026)" in text
    assert "What must be done" in text


def test_an_officer_reads_which_single_fact_would_change_it() -> None:
    text = told(about(categories=[Category.SEN], training="lapsed"), Reader.OFFICER)

    assert "If it were current: Special educational needs would be shared (E17)." in text


def test_an_officer_is_told_where_no_single_fact_would_change_it() -> None:
    forbidden = about(
        categories=[Category.SEN], court_order="prohibit", identity_verified=False, on_team=False
    )

    assert "No single fact would change this." in told(forbidden, Reader.OFFICER)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param(None, "not recorded", id="nothing"),
        pytest.param(False, "no", id="a truth"),
        pytest.param(12, "12", id="years"),
        pytest.param(ALL_CATEGORIES, "all kinds", id="every kind"),
        pytest.param(frozenset(), "none", id="an empty list"),
        pytest.param(frozenset({Category.SEN, Category.CAF_NEEDS}), "caf needs, sen", id="a list"),
    ],
)
def test_a_value_reads(value, expected) -> None:
    assert value_words(value) == expected


def syllables(word: str) -> int:
    return max(1, len(re.findall(r"[aeiouy]+", re.sub(r"e$", "", word.lower()))))


def test_what_a_family_reads_is_plain_enough_for_a_child_of_twelve() -> None:
    """Flesch-Kincaid grade, over all the words that can stand in a family's text."""
    family = WORDS.family
    lines = [family.always, family.ask, family.nothing]
    lines += [
        f"{one.family[0].upper()}{one.family[1:]}." for one in WORDS.rules.values() if one.family
    ]
    lines += [
        family.shared.format(recipient=recipient, purpose=purpose)
        for recipient in WORDS.agencies.values()
        for purpose in WORDS.purposes.values()
    ]
    text = " ".join(lines)
    words = re.findall(r"[A-Za-z']+", text)
    ends = len(re.findall(r"[.!?]", text))

    grade = 0.39 * len(words) / ends + 11.8 * sum(map(syllables, words)) / len(words) - 15.59

    assert grade < 7
