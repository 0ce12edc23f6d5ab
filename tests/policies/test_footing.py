"""Footings: what each way of sharing stands on, and why consent is not relied on."""

import pytest

from policies.agreements import AgreementFacts, Article6, Article9
from policies.attributes import Facts
from policies.decision import Decision, Ruling
from policies.errors import DocumentError
from policies.footing import Footings, WithoutConsent, founding, shipped
from policies.rules import shipped as law
from policies.vocabulary import AgreementState, Category, Outcome

AGREED = AgreementFacts(
    agreement=AgreementState.ACTIVE,
    id="little-marsh",
    version=2,
    article_6=(Article6.PUBLIC_TASK,),
    article_9=(Article9.SUBSTANTIAL_PUBLIC_INTEREST,),
    powers=("Children Act 2004 s10",),
)
RELEASING = {"permit", "redact", "break_glass"}


def footing(rule, judged="", **facts):
    (found,) = shipped().of(frozenset({rule}), Facts.parse(facts), AGREED, judged)
    return found


def test_every_rule_that_releases_has_a_footing_or_is_a_reduction():
    releasing = {
        rule.id
        for rule in law().rules
        if any(clause.effect in RELEASING for clause in rule.clauses) and rule.section != "G"
    }
    assert releasing <= shipped().rules


def test_a_footing_is_of_rules_that_there_are():
    assert shipped().rules <= {rule.id for rule in law().rules}


HARM, DPA = "would_prejudice_protection", "Data Protection Act 2018"


@pytest.mark.parametrize(
    ("rule", "facts", "provision", "reason"),
    [
        ("E16", {"purpose": "s47"}, "Children Act 1989 s47", HARM),
        ("E16", {"purpose": "early_help"}, "Children Act 2004 s11", HARM),
        ("E16", {"holder": "police", "recipient": "yot"}, f"{DPA} s35", HARM),
        ("E15", {}, "Children Act 2004 s16LA", "duty_relied_on"),
        ("B2", {}, "order of the court", "court_order"),
        ("C1", {}, "UK GDPR Art 15", "right_of_access"),
        ("H2", {}, f"{DPA} Sch 1 para 18", "emergency"),
        ("D1", {}, f"{DPA} s19", "approved_use"),
    ],
)
def test_what_is_shared_without_consent_says_on_what_and_why(rule, facts, provision, reason):
    found = footing(rule, **facts)
    assert provision in found.provisions
    assert found.without_consent == reason
    assert found.without_consent in set(WithoutConsent)


def test_a_practitioners_own_reason_goes_before_the_usual_one():
    assert footing("E15", "cannot_consent").without_consent == "cannot_consent"
    assert footing("E16", "cannot_consent").without_consent == "cannot_consent"
    assert footing("B2", "cannot_consent").without_consent == "court_order"


def test_everyday_sharing_stands_on_the_agreement_and_on_consent_where_it_was_given():
    given = footing("E17", parent_consent="given", consent_expired=False)
    assert (given.provisions, given.agreement) == (("Children Act 2004 s10",), "little-marsh/2")
    assert given.without_consent == ""
    assert footing("E17", parent_consent="given", consent_expired=True).without_consent
    assert footing("E17", purpose="direct_care").without_consent == "consent_not_required"


@pytest.mark.parametrize(
    ("permits", "facts", "expected"),
    [
        ({"E15"}, {}, {"E15"}),
        ({"E14"}, {}, {"E17"}),
        ({"E14"}, {"risk": "immediate"}, {"E16"}),
        ({"E14"}, {"purpose": "s47", "s47_open": True}, {"E16"}),
    ],
)
def test_a_reduction_stands_on_what_would_have_permitted_the_whole(permits, facts, expected):
    rulings = {Category.SEN: Ruling(Outcome.PERMIT, tuple(permits))}
    decision = Decision(rulings, frozenset())
    assert founding({"G6"}, decision, Facts.parse(facts)) == expected
    assert founding({"E16"}, decision, Facts.parse(facts)) == {"E16"}


def test_a_misspelt_row_is_refused_with_its_line(tmp_path):
    path = tmp_path / "footing.yaml"
    path.write_text("confirmed: false\nfootings:\n  - rules: [E15]\n    without_consents: x\n")
    with pytest.raises(DocumentError, match=r"footing.yaml:4: .*did you mean `without_consent`"):
        Footings.load(path)
