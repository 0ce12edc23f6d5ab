"""A register of agreements as a formula: what it answers, and what its clauses list.

What it answers of a holder, recipient and purpose is taken from the register itself; what its
clauses list, from the clauses. So a claim that compares the two is about the way between them.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from itertools import product
from typing import Final, TypeVar

import z3

from policies.agreements import AgreementFacts, Agreements
from policies.proving.case import Case, Reading
from policies.proving.symbols import Symbols, Truth
from policies.vocabulary import AgreementState, Purpose

Pair = tuple[str, str]
_Answers = Mapping[frozenset[Purpose], AgreementFacts]
_Value = TypeVar("_Value", bound=Hashable)
_FLOW: Final = "flow"
_ALL: Final = frozenset(Purpose)


class Register:
    """The register *agreements* on the day *as_of*, between any two organisations.

    Each two organisations that an agreement binds have a number; the last one stands for any two
    that none binds.
    """

    def __init__(self, agreements: Agreements, as_of: dt.date, symbols: Symbols) -> None:
        self._symbols = symbols
        self._agreements = agreements
        self._as_of = as_of
        self._bound = _bound(agreements)
        self._number = {pair: number for number, pair in enumerate(self._bound)}
        width = (len(self._number) + 1).bit_length()
        self._flow = z3.BitVec(_FLOW, width, symbols.context)
        self._is = [symbols.equal(self._flow, number) for number in range(len(self._number))]

    def reading(self, case: Case) -> Reading:
        """Return between which two organisations *case* is."""
        number = case.number(self._flow)
        if number >= len(self._is):
            words = "no agreement binds the two"
            return Reading(_FLOW, words, self._symbols.no(self._symbols.either(self._is)))
        holder, recipient = list(self._number)[number]
        return Reading(_FLOW, f"from {holder} to {recipient}", self._is[number])

    def answers(self) -> Truth:
        """Return that the facts about agreements are what this register answers."""
        symbols = self._symbols
        answers = {pair: self._answers(pair) for pair in self._bound}
        states = _table(answers, lambda answer: answer.agreement)
        named = _table(answers, lambda answer: answer.agreement_purpose)
        covers = _table(answers, lambda answer: answer.agreement_covers)
        anywhere = symbols.either(self._is)
        stands = [
            symbols.every([self._where(rows), symbols.among("agreement", [state])])
            for state, rows in states.items()
        ]
        nowhere = symbols.every(
            [symbols.no(anywhere), symbols.among("agreement", [AgreementState.NONE])]
        )
        covered = [
            symbols.every([self._where(rows), symbols.category_among(categories)])
            for categories, rows in covers.items()
            if categories
        ]
        return symbols.every(
            [
                symbols.either([*stands, nowhere]),
                symbols.among("agreement_purpose", [True]) == self._where(named.get(True, {})),
                symbols.within("agreement_covers") == symbols.either(covered),
            ]
        )

    def lists(self) -> Truth:
        """Return that a clause of an active agreement lists the category for this very flow."""
        symbols = self._symbols
        return symbols.either(
            [
                symbols.every(
                    [
                        self._where({frozenset({terms.purpose}): product(share.from_, share.to)}),
                        symbols.category_among(share.covered()),
                    ]
                )
                for agreement in self._agreements.standing(self._as_of)
                if self._agreements.state(agreement, self._as_of) is AgreementState.ACTIVE
                for terms in agreement.purposes
                for share in terms.shares
            ]
        )

    def _where(self, rows: Mapping[frozenset[Purpose], Iterable[Pair]]) -> Truth:
        """Return that the flow is between one of the pairs, for one of the purposes beside it."""
        symbols = self._symbols
        found = []
        for purposes, pairs in rows.items():
            numbers = sorted(self._number[pair] for pair in pairs)
            between = symbols.either([self._is[number] for number in numbers])
            asked = [] if purposes == _ALL else [symbols.among("purpose", purposes)]
            found.append(symbols.every([between, *asked]))
        return symbols.either(found)

    def _answers(self, pair: Pair) -> _Answers:
        named = self._bound[pair]
        found = {frozenset({purpose}): self._answer(pair, purpose) for purpose in named}
        if named != _ALL:
            found[_ALL - named] = self._answer(pair, None)
        return found

    def _answer(self, pair: Pair, purpose: Purpose | None) -> AgreementFacts:
        return self._agreements.between(*pair, purpose, as_of=self._as_of)


def _bound(agreements: Agreements) -> Mapping[Pair, frozenset[Purpose]]:
    """Return every two organisations that one agreement binds, with the purposes it names."""
    found: dict[Pair, set[Purpose]] = defaultdict(set)
    for agreement in agreements:
        parties = [party.organisation for party in agreement.parties]
        for pair in product(parties, parties):
            found[pair].update(terms.purpose for terms in agreement.purposes)
    return {pair: frozenset(purposes) for pair, purposes in sorted(found.items())}


def _table(
    answers: Mapping[Pair, _Answers], value_of: Callable[[AgreementFacts], _Value]
) -> Mapping[_Value, Mapping[frozenset[Purpose], list[Pair]]]:
    """Return the pairs by one value of their answers, and by the purposes for which it is so."""
    found: dict[_Value, dict[frozenset[Purpose], list[Pair]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for pair, by_purpose in answers.items():
        purposes: dict[_Value, frozenset[Purpose]] = {}
        for named, answer in by_purpose.items():
            value = value_of(answer)
            purposes[value] = purposes.get(value, frozenset()) | named
        for value, named in purposes.items():
            found[value][named].append(pair)
    return found
