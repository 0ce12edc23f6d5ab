"""Every invariant is proved of the law we ship, and each can be false of another law."""

import msgspec
import pytest
from policy_facts import DAY

from policies import rules
from policies.agreements import SHIPPED, Agreements
from policies.attributes import Facts
from policies.conditions import ALWAYS, parse
from policies.decision import Bundle
from policies.proving import invariants
from policies.proving.invariants import Invariants
from policies.proving.proof import Proof, prove
from policies.rules import Clause, Debt, LawSet
from policies.vocabulary import Obligation, Outcome

LAW = rules.shipped()
PERMIT = Clause(Outcome.PERMIT, ALWAYS)


def _without(*ids: str) -> LawSet:
    """Return the law we ship without the rules of these *ids*."""

    def kept(phase):
        return tuple(rule for rule in phase if rule.id not in ids)

    return msgspec.structs.replace(
        LAW, deciding=kept(LAW.deciding), lifting=kept(LAW.lifting), closing=kept(LAW.closing)
    )


def _changed(rule_id: str, **changes: object) -> LawSet:
    """Return the law we ship with the rules of one id changed."""

    def changed(phase):
        return tuple(
            msgspec.structs.replace(rule, **changes) if rule.id == rule_id else rule
            for rule in phase
        )

    return msgspec.structs.replace(
        LAW, deciding=changed(LAW.deciding), lifting=changed(LAW.lifting)
    )


def _proof(law: LawSet, name: str) -> Proof:
    shipped = invariants.shipped()
    only = tuple(claim for claim in shipped.claims if claim.name == name)
    agreements = Agreements.of(SHIPPED)
    return prove(law, DAY, agreements=agreements, invariants=Invariants(shipped.terms, only))[0]


def test_every_invariant_is_proved_of_what_we_ship():
    proofs = prove(LAW, DAY, agreements=Agreements.of(SHIPPED))
    assert len(proofs) >= 40
    assert [proof.name for proof in proofs if not proof.holds] == []


def test_no_exception_of_an_invariant_is_idle():
    assert [(proof.name, proof.idle) for proof in prove(LAW, DAY) if proof.idle] == []


_WIDENING = msgspec.structs.replace(
    LAW,
    lifting=(
        msgspec.structs.replace(
            LAW.lifting[-1],
            clauses=(Clause(Outcome.BREAK_GLASS, ALWAYS),),
            when=parse("break_glass"),
        ),
    ),
)

# For each invariant a change of the law that makes it false.
_BREAKING = {
    "every-category-is-settled": _without("E17"),
    "prohibition-is-absolute": _without("A1"),
    "no-identity-no-release": _without("A2"),
    "risk-parent-sees-nothing": _without("A6"),
    "risk-parent-never-locates": _changed("A6", clauses=(Clause(Outcome.REFER, ALWAYS),)),
    "adoption-needs-clearance": _without("A4"),
    "intelligence-by-handling-code": _without("A5"),
    "restricted-intelligence-never-to-the-unlisted": _without("A5"),
    "purpose-fits-recipient": _without("A3"),
    "unread-order-stops": _without("B1"),
    "court-gets-what-it-orders": _without("B1"),
    "parental-responsibility-shown": _without("C10"),
    "competent-child-closes-access": _without("C11"),
    "serious-harm-is-tested": _without("C4"),
    "statutory-return-within-its-list": _changed("D3", clauses=(PERMIT,)),
    "opt-out-is-honoured": _without("D4"),
    "identifiable-use-is-approved": _changed("D2", clauses=(PERMIT,)),
    "shielded-whereabouts": _without("G1"),
    "ordinary-permits-have-an-agreement": _without("E6"),
    "permits-have-a-clause": _without("E9"),
    "statutory-recipients-need-a-judgement": _without("E9"),
    "suspension-and-training-hold": _without("E4"),
    "unsupported-enquiry-gets-nothing": _without("E0"),
    "detriment-is-respected": _without("E1"),
    "administrators-see-what-arranges": _without("E2"),
    "strangers-see-nothing": _without("E3"),
    "closed-cases-stay-closed": _without("E8"),
    "competent-refusal-outlasts-the-duty": _without("E12"),
    "the-duty-binds-whom-it-binds": _without("E11"),
    "third-parties-consent": _without("G2"),
    "sexual-health-to-social-care": _without("G7"),
    "abuse-stays-narrow": _without("G4"),
    "siblings-stay-reduced": _without("G3"),
    "siblings-and-others-in-access": _without("C2"),
    "police-incidents-stay-narrow": _without("G5"),
    "mental-health-stays-narrow": _without("G6"),
    "substance-use-stays-narrow": _without("G8"),
    "social-care-records-stay-narrow": _without("G9"),
    "parenting-stays-narrow": _without("G11"),
    "adoptive-families-stay-unnamed": _without("G10"),
    "competence-is-found-first": _without("C12"),
    "confidences-are-kept-from-parents": _without("C13"),
    "help-rests-on-whose-consent-counts": _changed("E14", when=parse("parent_consent is given")),
    "more-refusal-never-releases-more": _changed("E14", when=parse("category not within refused")),
    "narrower-consent-never-releases-more": _changed(
        "E14", when=parse("category within consent_scope")
    ),
    "child-refusal-never-releases-more": _changed("E17", when=parse("child_consent is refused")),
    "parent-refusal-never-releases-more": _changed("E14", when=parse("parent_consent is given")),
    "lapsed-consent-never-releases-more": _changed("E14", when=parse("not consent_expired")),
    "lapsed-training-never-releases-more": _changed("E4", when=parse("training is current")),
    "narrower-agreement-never-releases-more": _changed(
        "E9", when=parse("category within agreement_covers")
    ),
    "fewer-purposes-never-release-more": _changed("E7", when=parse("agreement_purpose")),
    "ended-agreement-never-releases-more": _changed("E6", when=parse("agreement is active")),
    "leaving-the-team-never-releases-more": _changed("E3", when=parse("on_team")),
    "fewer-clearances-never-release-more": _changed(
        "G1", when=parse("category in locating and shielded and clearance has shield")
    ),
    "shield-never-releases-more": _changed(
        "G1", when=parse("category in locating and not shielded")
    ),
    "break-glass-never-lifts-what-is-absolute": _changed("H2", when=parse("break_glass")),
    "break-glass-never-lifts-a-reduction": _WIDENING,
    "break-glass-has-its-conditions": _without("H1"),
    "break-glass-is-reviewed": _changed("H2", debts=()),
    "every-decision-is-accounted-for": _without("Z1"),
    "what-is-withheld-has-a-reason": _without("Z2"),
    "sharing-without-consent-has-a-reason": _changed("E16", debts=()),
    "told-only-where-safe": _changed("E16", debts=(Debt(Obligation.INFORM_FAMILY, ALWAYS),)),
    "silence-only-where-unsafe": _changed("E16", debts=(Debt(Obligation.DO_NOT_INFORM, ALWAYS),)),
}


def test_each_invariant_has_a_law_that_breaks_it():
    assert set(_BREAKING) == {claim.name for claim in invariants.shipped().claims}


@pytest.mark.parametrize("name", sorted(_BREAKING))
def test_a_law_that_breaks_an_invariant_is_found_out(name):
    law = _BREAKING[name]
    found = _proof(law, name).counterexample
    decided = Bundle(law).decide(Facts.parse(found.facts), [found.category], as_of=DAY)
    ruling = decided.rulings[found.category]
    assert (ruling.outcome, ruling.rules) == (found.endings[0].outcome, (found.endings[0].rule,))
