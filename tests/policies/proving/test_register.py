"""A register of agreements as a formula says what the register says, between any two."""

import datetime as dt

import pytest
from msgspec.structs import replace
from policy_facts import DAY

from policies import rules
from policies.agreements import SHIPPED, AgreementFacts, Agreements
from policies.proving import invariants
from policies.proving.invariants import Invariants
from policies.proving.proof import prove
from policies.proving.register import Register
from policies.proving.solving import Solver
from policies.proving.symbols import Symbols
from policies.vocabulary import ALL_CATEGORIES, Category, Purpose

AGREEMENT = next(iter(Agreements.of(SHIPPED)))
CLAUSES = "permits-have-a-clause"


def _proof(agreements, as_of=DAY):
    shipped = invariants.shipped()
    only = tuple(claim for claim in shipped.claims if claim.name == CLAUSES)
    claims = Invariants(shipped.terms, only)
    return prove(rules.shipped(), as_of, agreements=agreements, invariants=claims)[0]


def _flows(agreements, as_of=DAY):
    """Return what the formula says of every flow that a category is covered by."""
    symbols = Symbols()
    register = Register(agreements, as_of, symbols)
    solver = Solver(symbols)
    covered = symbols.within("agreement_covers")
    for part in register.parts():
        for purpose in Purpose:
            for category in Category:
                asked = [symbols.among("purpose", [purpose]), symbols.category_among([category])]
                with solver.supposing(symbols.every([part, covered, *asked])):
                    seen = []
                    while (case := solver.case(symbols.true, *seen)) is not None:
                        reading = register.reading(case)
                        seen.append(symbols.no(reading.holds))
                        listed = case.tells(register.in_a_clause)
                        yield reading.words, purpose, category, listed


def test_the_formula_covers_what_the_register_covers_and_its_clauses_list():
    said = set(_flows(Agreements([AGREEMENT])))
    answered = {
        (f"from {share_from} to {share_to}", terms.purpose, category, True)
        for terms in AGREEMENT.purposes
        for share in terms.shares
        for share_from in share.from_
        for share_to in share.to
        for category in share.covered()
    }
    assert said == answered


@pytest.mark.parametrize(
    "agreements",
    [Agreements(()), Agreements([AGREEMENT]), Agreements([AGREEMENT], [(AGREEMENT.id, 1)])],
    ids=["none", "one", "one suspended"],
)
def test_what_is_permitted_has_a_clause(agreements):
    assert _proof(agreements).holds


def test_nothing_is_permitted_by_an_agreement_that_is_over():
    assert _proof(Agreements([AGREEMENT]), dt.date(2031, 1, 1)).holds


class _Generous(Agreements):
    """A register with a fault: to one organisation it covers all, whatever the clauses say."""

    def between(self, holder, recipient, purpose, *, as_of) -> AgreementFacts:
        found = super().between(holder, recipient, purpose, as_of=as_of)
        if (recipient, purpose) != ("urn:999001", Purpose.EARLY_HELP):
            return found
        return replace(found, agreement_covers=ALL_CATEGORIES)


def test_a_register_that_answers_more_than_its_clauses_is_found_out():
    counterexample = _proof(_Generous([AGREEMENT])).counterexample
    assert any(words.endswith(" to urn:999001") for words in counterexample.because)
    assert "purpose is early_help" in counterexample.because
