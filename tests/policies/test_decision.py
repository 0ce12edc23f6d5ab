"""Decisions: against a plain reading of the rules, and what can never happen."""

import datetime as dt

import policy_reading
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from policy_facts import (
    DAY,
    ORDINARY,
    all_facts,
    completions,
    near_facts,
    replace,
    scopes,
    wild_facts,
)

from policies.attributes import FACTS, Facts
from policies.decision import NOT_RECORDED, Bundle, Decision
from policies.errors import DateError, VocabularyError
from policies.vocabulary import (
    ALL_CATEGORIES,
    LOCATING,
    Category,
    Obligation,
    Outcome,
    strictest,
)

BUNDLE = Bundle.load()
RELEASED = {Outcome.PERMIT, Outcome.BREAK_GLASS, Outcome.REDACT}
# How much is released, from nothing: refer and deny both release nothing.
OPENNESS = {
    Outcome.DENY: 0,
    Outcome.REFER: 0,
    Outcome.REDACT: 1,
    Outcome.BREAK_GLASS: 2,
    Outcome.PERMIT: 2,
}
OWN_REGIME = {
    "court",
    "sar",
    "parent_access",
    "research",
    "statistics",
    "service_planning",
    "statutory_return",
}


def decide(facts: Facts, *categories: Category) -> Decision:
    return BUNDLE.decide(facts, frozenset(categories) or ALL_CATEGORIES, as_of=DAY)


def outcomes(facts: Facts) -> dict[Category, Outcome]:
    return {category: ruling.outcome for category, ruling in decide(facts).rulings.items()}


def releases_no_more(narrower: Facts, wider: Facts) -> bool:
    before, after = outcomes(wider), outcomes(narrower)
    return all(OPENNESS[after[each]] <= OPENNESS[before[each]] for each in ALL_CATEGORIES)


@settings(max_examples=400)
@given(all_facts)
def test_rows_and_a_plain_reading_of_the_rules_agree(facts: Facts) -> None:
    decision = decide(facts)

    expected = {each: policy_reading.decide(facts, each) for each in ALL_CATEGORIES}
    assert {each: (ruling.outcome, ruling.rules) for each, ruling in decision.rulings.items()} == {
        each: (outcome, (rule,)) for each, (outcome, rule, _) in expected.items()
    }
    owed = frozenset().union(*(owing for _, _, owing in expected.values()))
    assert decision.obligations == owed - (
        {"inform_family"} if "do_not_inform" in owed else frozenset()
    )
    assert not decision.failed


@settings(max_examples=120)
@given(all_facts, st.sets(st.sampled_from(sorted(FACTS)), min_size=1, max_size=3))
def test_unrecorded_facts_come_out_as_every_completion_taken_together(
    facts: Facts, unknown: set[str]
) -> None:
    partly = replace(facts, **dict.fromkeys(unknown))
    several = list(completions(partly))
    assume(len(several) <= 400)
    asked = frozenset(list(Category)[:: 1 + len(several) // 60])

    decision = BUNDLE.decide(partly, asked, as_of=DAY)

    for category in asked:
        possible = [policy_reading.decide(each, category) for each in several]
        agreed = {outcome for outcome, _, _ in possible}
        ruling = decision.rulings[category]
        if len(agreed) == 1:
            assert {ruling.outcome} == agreed
            assert set(ruling.rules) == {rule for _, rule, _ in possible}
        else:
            assert (ruling.outcome, ruling.rules) == (Outcome.REFER, (NOT_RECORDED,))
            assert ruling.missing
            assert ruling.missing <= unknown
        alone = BUNDLE.decide(partly, {category}, as_of=DAY).obligations
        owed = frozenset().union(*(owing for _, _, owing in possible))
        owed |= {"record_reason"} if len(agreed) > 1 else frozenset()
        assert alone == owed - ({"inform_family"} if "do_not_inform" in owed else frozenset())


@given(all_facts, st.sampled_from(["refused", "withdrawn"]), scopes)
def test_more_refusal_never_releases_more(facts: Facts, answer: str, excepted) -> None:
    refusing = replace(
        facts, child_consent=answer, parent_consent=answer, refused=facts.refused | excepted
    )

    assert releases_no_more(refusing, facts)
    assert releases_no_more(replace(facts, refused=facts.refused | excepted), facts)


@given(all_facts)
def test_lapsed_training_never_releases_more(facts: Facts) -> None:
    assume(not facts.break_glass)

    assert releases_no_more(replace(facts, training="lapsed"), replace(facts, training="current"))


@given(all_facts, scopes)
def test_a_narrower_agreement_never_releases_more(facts: Facts, covers) -> None:
    assume(not facts.break_glass)
    narrower = replace(facts, agreement_covers=facts.agreement_covers & covers)

    assert releases_no_more(narrower, facts)
    assert releases_no_more(replace(narrower, agreement_purpose=False), narrower)


@given(all_facts, st.sampled_from(["expired", "suspended", "none"]))
def test_no_agreement_releases_no_more_than_an_active_one(facts: Facts, state: str) -> None:
    assume(not facts.break_glass)

    assert releases_no_more(replace(facts, agreement=state), replace(facts, agreement="active"))


@given(all_facts)
def test_a_shielded_address_never_flows_to_an_uncleared_recipient(facts: Facts) -> None:
    uncleared = replace(facts, shielded=True, clearance=facts.clearance - {"shield"})

    for category in LOCATING:
        ruling = decide(uncleared).rulings[category]
        # The named exceptions: an order, break-glass, and data that names nobody.
        if ruling.outcome in RELEASED:
            assert ruling.rules[0] in {"B2", "H2", "D1", "D3"}


@given(all_facts)
def test_break_glass_never_lifts_what_is_absolute(facts: Facts) -> None:
    quiet = decide(replace(facts, break_glass=False)).rulings
    pressed = decide(replace(facts, break_glass=True, justification=True)).rulings

    for category, ruling in quiet.items():
        if ruling.rules[0].startswith(("A", "C", "D", "B2", "B3")):
            assert pressed[category] == ruling


@given(all_facts)
def test_adoption_never_flows_to_an_uncleared_recipient_but_by_order_or_de_identified(
    facts: Facts,
) -> None:
    uncleared = replace(facts, clearance=facts.clearance - {"adoption"})
    ruling = decide(uncleared).rulings[Category.ADOPTION]

    if ruling.outcome in RELEASED:
        assert ruling.rules[0] in {"B2", "D1", "D3"}
        assert facts.purpose in OWN_REGIME


@given(all_facts)
def test_a_parent_who_is_a_risk_receives_nothing(facts: Facts) -> None:
    parent = replace(facts, recipient="parent", parent_is_risk=True)

    assert not RELEASED & set(outcomes(parent).values())


@given(all_facts)
def test_an_unverified_asker_receives_nothing(facts: Facts) -> None:
    assert set(outcomes(replace(facts, identity_verified=False)).values()) == {Outcome.DENY}


@given(all_facts)
def test_every_ordinary_permit_stands_on_an_agreement_or_a_statutory_part(facts: Facts) -> None:
    for ruling in decide(facts).rulings.values():
        if ruling.rules[0] in {"E15", "E16", "E17"} and facts.agreement != "active":
            assert Obligation.IG_NOTIFY_AGREEMENT_GAP in decide(facts).obligations
            assert ruling.rules == ("E16",)


@given(wild_facts | near_facts(), st.sets(st.sampled_from(sorted(FACTS)), max_size=4))
def test_a_decision_is_the_same_whenever_it_is_made_again(facts: Facts, unknown: set[str]) -> None:
    partly = replace(facts, **dict.fromkeys(unknown))
    again = Facts.parse(partly.plain())

    assert again == partly
    assert BUNDLE.decide_anew(again, list(Category), as_of=DAY) == decide(partly)


@given(all_facts, st.sampled_from(Category))
def test_a_category_is_decided_on_its_own(facts: Facts, category: Category) -> None:
    assert decide(facts, category).rulings[category] == decide(facts).rulings[category]


def test_everything_unrecorded_goes_to_a_person_or_is_refused_and_in_bounded_time() -> None:
    decision = decide(Facts())

    assert {ruling.outcome for ruling in decision.rulings.values()} == {Outcome.REFER}
    assert Obligation.INFORM_FAMILY not in decision.obligations
    assert "risk" in decision.missing


def test_past_the_limit_of_worlds_a_person_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    facts = replace(ORDINARY, area=None)
    assert decide(facts, Category.IDENTITY).rulings[Category.IDENTITY].rules == ("E17",)

    monkeypatch.setattr("policies.evaluator.MAX_WORLDS", 1)
    decision = BUNDLE.decide_anew(facts, [Category.IDENTITY], as_of=DAY)

    ruling = decision.rulings[Category.IDENTITY]
    assert (ruling.outcome, ruling.rules) == (Outcome.REFER, (NOT_RECORDED,))
    assert Obligation.RECORD_REASON in decision.obligations


def test_the_facts_that_would_tell_are_named() -> None:
    ruling = decide(replace(ORDINARY, training=None)).rulings[Category.CAF_NEEDS]

    assert ruling.missing == {"training"}


def test_an_unknown_category_is_refused_with_the_right_word() -> None:
    with pytest.raises(VocabularyError, match="unknown category, did you mean `address`"):
        BUNDLE.decide(ORDINARY, ["adress"], as_of=DAY)


def test_a_value_outside_the_vocabulary_is_refused_even_where_nobody_parsed_it() -> None:
    with pytest.raises(VocabularyError, match="`risk` has a value outside the vocabulary"):
        BUNDLE.decide(replace(ORDINARY, risk="high"), ["sen"], as_of=DAY)


def test_a_day_before_the_law_set_begins_is_refused() -> None:
    with pytest.raises(DateError, match="before 2018-05-25"):
        BUNDLE.decide(ORDINARY, ["sen"], as_of=dt.date(2018, 5, 24))


def test_the_strictest_outcome_governs_and_silence_denies() -> None:
    assert strictest([Outcome.PERMIT, Outcome.REFER, Outcome.REDACT]) is Outcome.REFER
    assert strictest([Outcome.DENY, Outcome.REFER]) is Outcome.DENY
    assert strictest([Outcome.BREAK_GLASS, Outcome.PERMIT]) is Outcome.BREAK_GLASS
    assert strictest([]) is Outcome.DENY


def test_a_decision_sorts_its_categories_by_outcome() -> None:
    decision = decide(ORDINARY)

    assert Category.MENTAL_HEALTH in decision.settled(Outcome.REDACT)
    assert Category.CAF_NEEDS in decision.settled(Outcome.PERMIT)
