"""What two versions decide differently is found whole, with cases that the evaluator confirms."""

import datetime as dt

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from policy_facts import DAY, all_facts

from policies import rules
from policies.agreements import SHIPPED, Agreement, Agreements
from policies.attributes import Facts
from policies.conditions import ALWAYS, parse
from policies.decision import Bundle
from policies.proving.comparison import agreement_differences, law_differences
from policies.proving.difference import Flow, Shift, shift
from policies.rules import Debt, LawSet
from policies.vocabulary import AgreementState, Category, Obligation, Purpose

LAW = rules.shipped()
SHIPPED_AGREEMENT = next(iter(Agreements.of(SHIPPED)))


def _without(*ids: str) -> LawSet:
    kept = tuple(rule for rule in LAW.deciding if rule.id not in ids)
    return msgspec.structs.replace(LAW, deciding=kept)


def _agreement(*categories: Category, version: int = 1) -> Agreement:
    """Return an agreement by which one party gives another these categories for early help."""
    terms = SHIPPED_AGREEMENT.purposes[0]
    share = msgspec.structs.replace(
        terms.shares[0], from_=("ods:X9A01",), to=("la:999",), categories=categories
    )
    parties = tuple(
        party
        for party in SHIPPED_AGREEMENT.parties
        if party.organisation in {"ods:X9A01", "la:999"}
    )
    return msgspec.structs.replace(
        SHIPPED_AGREEMENT,
        version=version,
        parties=parties,
        purposes=(msgspec.structs.replace(terms, shares=(share,)),),
    )


@pytest.fixture(scope="module")
def unguarded():
    """Return what changes where no overlay guards details of domestic abuse."""
    return law_differences(LAW, _without("G4"), as_of=DAY)


def test_every_example_is_confirmed_by_the_evaluator(unguarded):
    old, new = Bundle(LAW), Bundle(_without("G4"))
    assert unguarded.changes
    for change in unguarded.changes:
        for way in change.ways:
            facts = Facts.parse(way.facts)
            before, after = (
                bundle.decide(facts, [change.category], as_of=DAY).rulings[change.category]
                for bundle in (old, new)
            )
            assert (before.outcome, before.rules) == (way.before.outcome, (way.before.rule,))
            assert (after.outcome, after.rules) == (way.after.outcome, (way.after.rule,))
            assert shift(before.outcome, after.outcome) is change.shift


def test_an_example_says_what_matters_in_the_words_of_the_facts(unguarded):
    for change in unguarded.changes:
        for way in change.ways:
            assert change.category is Category.DOMESTIC_ABUSE
            assert set(way.because) & {"identity_verified", "court_order is disclose"}
            assert all(parse(words) for words in way.because)


@settings(max_examples=200)
@given(facts=all_facts, category=st.sampled_from([Category.DOMESTIC_ABUSE, *Category]))
def test_no_change_is_missed(unguarded, facts, category):
    before, after = (
        bundle.decide(facts, [category], as_of=DAY).rulings[category] for bundle in _BUNDLES
    )
    if before.outcome is not after.outcome:
        ways = {
            (way.before.rule, way.after.rule)
            for change in unguarded.shifted(shift(before.outcome, after.outcome))
            if change.category is category
            for way in change.ways
        }
        assert (before.rules[0], after.rules[0]) in ways


_BUNDLES = (Bundle(LAW), Bundle(_without("G4")))


def test_an_obligation_that_is_no_longer_owed_is_found():
    closing = tuple(rule for rule in LAW.closing if rule.id != "Z2")
    found = law_differences(LAW, msgspec.structs.replace(LAW, closing=closing), as_of=DAY)
    assert not found.changes
    assert [(duty.obligation, duty.is_owed) for duty in found.duties] == [
        (Obligation.RECORD_REASON, False)
    ]


def test_an_obligation_that_is_newly_owed_is_found():
    accounting = msgspec.structs.replace(
        LAW.closing[0], debts=(*LAW.closing[0].debts, Debt(Obligation.ALERT_LEGAL, ALWAYS))
    )
    new = msgspec.structs.replace(LAW, closing=(accounting, *LAW.closing[1:]))
    found = law_differences(LAW, new, as_of=DAY)
    assert [(duty.obligation, duty.is_owed) for duty in found.duties] == [
        (Obligation.ALERT_LEGAL, True)
    ]


def test_a_category_added_to_an_agreement_is_newly_released_and_no_other():
    found = agreement_differences(
        _agreement(Category.SEN),
        _agreement(Category.SEN, Category.ATTENDANCE, version=2),
        as_of=DAY,
    )
    released = found.shifted(Shift.RELEASED)
    assert {change.category for change in found.changes} == {Category.ATTENDANCE}
    assert [change.flows for change in released] == [
        (Flow("ods:X9A01", "la:999", Purpose.EARLY_HELP),)
    ]
    endings = {(str(way.before), str(way.after)) for way in released[0].ways}
    assert ("deny by E9", "permit by E17") in endings


def test_the_way_back_withholds_what_the_way_there_released():
    narrow, wide = _agreement(Category.SEN), _agreement(Category.SEN, Category.ADDRESS, version=2)
    there, back = (
        agreement_differences(old, new, as_of=DAY) for old, new in ((narrow, wide), (wide, narrow))
    )
    released = {
        (way.before, way.after) for change in there.shifted(Shift.RELEASED) for way in change.ways
    }
    lost = {
        (way.after, way.before)
        for change in back.changes
        if change.shift is not Shift.RELEASED
        for way in change.ways
    }
    assert released <= lost


def test_a_first_version_is_compared_with_no_agreement():
    found = agreement_differences(None, _agreement(Category.SEN), as_of=DAY)
    assert found.old is None
    ways = [way for change in found.shifted(Shift.RELEASED) for way in change.ways]
    assert {change.category for change in found.shifted(Shift.RELEASED)} == {Category.SEN}
    assert "deny by E6 becomes permit by E17" in {str(way) for way in ways}
    assert all(way.facts["agreement"] == AgreementState.NONE for way in ways)


def test_what_is_the_same_makes_no_difference():
    agreement = _agreement(Category.SEN)
    assert agreement_differences(agreement, agreement, as_of=DAY).is_empty


def test_the_same_change_has_the_same_digest_and_another_has_another():
    old = _agreement(Category.SEN)
    wide, wider = _agreement(Category.SEN, Category.ADDRESS), _agreement(*list(Category)[:4])
    assert (
        agreement_differences(old, wide, as_of=DAY).digest
        == agreement_differences(old, wide, as_of=DAY).digest
        != agreement_differences(old, wider, as_of=DAY).digest
    )


def test_a_difference_survives_being_kept_as_json():
    found = agreement_differences(None, _agreement(Category.SEN), as_of=dt.date(2026, 11, 2))
    kept = msgspec.json.decode(msgspec.json.encode(found), type=type(found))
    assert kept.digest == found.digest
