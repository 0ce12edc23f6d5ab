"""A register of agreements as a formula: what it answers, and what its clauses list.

What it answers of a holder, recipient and purpose is taken from the register itself; what its
clauses list, from the clauses. So a claim that compares the two is about the way between them.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import product
from typing import Final

import z3

from policies.agreements import Agreement, AgreementFacts, Agreements, Share
from policies.proving.case import Case, Reading
from policies.proving.symbols import Symbols, Truth
from policies.vocabulary import AgreementState, Category, Purpose

_Pair = tuple[str, str]
_Answer = tuple[AgreementState, bool, frozenset[Category]]
_Answers = frozenset[tuple[frozenset[Purpose], _Answer]]
_Clauses = frozenset[tuple[Purpose, frozenset[Category]]]
_FLOW: Final = "flow"
_AT_A_TIME: Final = 64
_ALL: Final = frozenset(Purpose)
_NO_AGREEMENT: Final[_Answers] = frozenset(
    {(_ALL, (AgreementState.NONE, False, frozenset[Category]()))}
)


class Register:
    """The register *agreements* on the day *as_of*, between any two organisations.

    Each two organisations that an agreement binds have a number, the flow between them; the last
    number stands for any two that none binds.
    """

    def __init__(self, agreements: Agreements, as_of: dt.date, symbols: Symbols) -> None:
        self._symbols = symbols
        self._agreements = agreements
        self._as_of = as_of
        self._bound = _bound(agreements)
        self._flow = z3.BitVec(_FLOW, (len(self._bound) + 1).bit_length(), symbols.context)
        self.in_a_clause: Truth = z3.Bool("in a clause", symbols.context)

    def reading(self, case: Case) -> Reading:
        """Return between which two organisations *case* is."""
        number = case.number(self._flow)
        holds = self._symbols.equal(self._flow, number)
        if number == len(self._bound):
            return Reading(_FLOW, "no agreement binds the two", holds)
        holder, recipient = list(self._bound)[number]
        return Reading(_FLOW, f"from {holder} to {recipient}", holds)

    def parts(self) -> Iterator[Truth]:
        """Yield, some flows at a time, that the facts are what this register says of them.

        These are what it answers about agreements, and whether a clause of an active one lists the
        category. In parts, because a solver looks at all of what it holds for each flow anew.
        """
        clauses = self._clauses()
        answered, listed = cache(self._answered), cache(self._listed)
        flows = [
            (answered(self._answers(pair, named)), listed(frozenset(clauses.get(pair, ()))))
            for pair, named in self._bound.items()
        ]
        flows.append((answered(_NO_AGREEMENT), self._symbols.false))
        numbered = list(enumerate(flows))
        for first in range(0, len(flows), _AT_A_TIME):
            yield self._symbols.either(
                [self._flow_is(*flow) for flow in numbered[first : first + _AT_A_TIME]]
            )

    def _flow_is(self, number: int, said: tuple[Truth, Truth]) -> Truth:
        answered, listed = said
        here = self._symbols.equal(self._flow, number)
        return self._symbols.every([here, answered, self.in_a_clause == listed])

    def _answered(self, answers: _Answers) -> Truth:
        symbols = self._symbols
        covered = symbols.within("agreement_covers")
        return symbols.either(
            [
                symbols.every(
                    [
                        symbols.among("purpose", purposes),
                        symbols.among("agreement", [state]),
                        symbols.among("agreement_purpose", [names_purpose]),
                        covered == symbols.category_among(covers),
                    ]
                )
                for purposes, (state, names_purpose, covers) in answers
            ]
        )

    def _listed(self, clauses: _Clauses) -> Truth:
        symbols = self._symbols
        return symbols.either(
            [
                symbols.every([symbols.among("purpose", [purpose]), symbols.category_among(listed)])
                for purpose, listed in clauses
            ]
        )

    def _answers(self, pair: _Pair, named: Iterable[Purpose]) -> _Answers:
        """Return what is answered about *pair*, with the purposes for which it is."""
        found: dict[_Answer, set[Purpose]] = defaultdict(set)
        for purpose in named:
            found[_answer(self._between(pair, purpose))].add(purpose)
        if others := _ALL.difference(named):
            found[_answer(self._between(pair, None))].update(others)
        return frozenset((frozenset(purposes), answer) for answer, purposes in found.items())

    def _between(self, pair: _Pair, purpose: Purpose | None) -> AgreementFacts:
        return self._agreements.between(*pair, purpose, as_of=self._as_of)

    def _clauses(self) -> Mapping[_Pair, set[tuple[Purpose, frozenset[Category]]]]:
        found: dict[_Pair, set[tuple[Purpose, frozenset[Category]]]] = defaultdict(set)
        for agreement in self._agreements.standing(self._as_of):
            if self._agreements.state(agreement, self._as_of) is AgreementState.ACTIVE:
                for purpose, share in _shares(agreement):
                    clause = (purpose, share.covered())
                    for pair in product(share.from_, share.to):
                        found[pair].add(clause)
        return found


def _shares(agreement: Agreement) -> Iterator[tuple[Purpose, Share]]:
    for terms in agreement.purposes:
        for share in terms.shares:
            yield terms.purpose, share


def _bound(agreements: Agreements) -> Mapping[_Pair, frozenset[Purpose]]:
    """Return every two organisations that one agreement binds, with the purposes it names."""
    found: dict[_Pair, set[Purpose]] = defaultdict(set)
    for agreement in agreements:
        parties = [party.organisation for party in agreement.parties]
        for pair in product(parties, parties):
            found[pair].update(terms.purpose for terms in agreement.purposes)
    return {pair: frozenset(purposes) for pair, purposes in sorted(found.items())}


def _answer(facts: AgreementFacts) -> _Answer:
    return facts.agreement, facts.agreement_purpose, facts.agreement_covers
