"""Find what two law sets, or two versions of an agreement, decide differently.

Every way in which an outcome can change is found, each once, with an example: the solver is asked
for one case after another, until there is none whose endings were not seen.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import product
from typing import Final, NamedTuple

import msgspec

from policies import rules
from policies.agreements import Agreement, AgreementFacts, Agreements
from policies.proving.difference import Change, Difference, Flow, Shift, Version
from policies.proving.formula import Formula
from policies.proving.pair import Pair
from policies.proving.symbols import Symbols
from policies.rules import LawSet
from policies.vocabulary import ALL_CATEGORIES, AgreementState, Category, Purpose

_QUESTIONS_KEPT: Final = 8


def law_differences(old: LawSet, new: LawSet, *, as_of: dt.date) -> Difference:
    """Return what the law *new* decides otherwise than *old*, by the rules of the day *as_of*.

    Raise `ProofError` where the solver cannot tell.

    >>> law_differences(rules.shipped(), rules.shipped(), as_of=dt.date(2026, 11, 2)).is_empty
    True
    """
    symbols = Symbols()
    pair = Pair(Formula(old, as_of, symbols), Formula(new, as_of, symbols))
    return Difference(
        old=_law_version(old),
        new=_law_version(new),
        as_of=as_of,
        changes=tuple(pair.changes()),
        duties=tuple(pair.duties()),
    )


def agreement_differences(
    old: Agreement | None, new: Agreement | None, *, as_of: dt.date, law: LawSet | None = None
) -> Difference:
    """Return what is decided otherwise between the parties where *new* is in force and not *old*.

    Each version is taken as active, and as the only agreement between its parties: where another
    binds the same two, the change is at most this. `None` is no agreement. Decided by *law*, or
    by the law that we ship. Raise `ProofError` where the solver cannot tell.
    """
    law = law or rules.shipped()
    return _agreement_difference(_Question(old, new, as_of, law.digest, law))


@dataclass(frozen=True, slots=True)
class _Question:
    """What is compared; two laws of one digest say the same."""

    old: Agreement | None
    new: Agreement | None
    as_of: dt.date
    law_digest: str
    law: LawSet = field(compare=False)


# Whoever proposes a change is shown it, and whoever approves it again.
@lru_cache(maxsize=_QUESTIONS_KEPT)
def _agreement_difference(question: _Question) -> Difference:
    before, after = _Answers(question.old), _Answers(question.new)
    return Difference(
        old=_agreement_version(question.old),
        new=_agreement_version(question.new),
        as_of=question.as_of,
        changes=tuple(_agreement_changes(before, after, question.law, question.as_of)),
    )


class _Answer(NamedTuple):
    """What a version answers of one flow and category: the facts about agreements."""

    agreement: AgreementState
    agreement_purpose: bool
    agreement_covers: bool


class _Turn(NamedTuple):
    """How the answer turns, for which purpose (`None`: any that neither version names)."""

    purpose: Purpose | None
    before: _Answer
    after: _Answer


class _Answers:
    """What one version of an agreement answers, while it is in force; `None` is no agreement."""

    def __init__(self, agreement: Agreement | None) -> None:
        self.parties = (
            [] if agreement is None else [each.organisation for each in agreement.parties]
        )
        self.purposes = (
            set() if agreement is None else {each.purpose for each in agreement.purposes}
        )
        self._register = Agreements(() if agreement is None else (agreement,))
        self._day = dt.date.min if agreement is None else agreement.effective_on

    def of(self, flow: Flow) -> AgreementFacts:
        """Return what the version answers about *flow*."""
        return self._register.between(flow.sender, flow.recipient, flow.purpose, as_of=self._day)


def _agreement_changes(old: _Answers, new: _Answers, law: LawSet, as_of: dt.date) -> list[Change]:
    others = [each for each in Purpose if each not in old.purposes | new.purposes]
    found: dict[Hashable, Change] = {}
    for turn, flows in _turns(old, new).items():
        asked = {} if turn.purpose is None else {"purpose": turn.purpose}
        before = Symbols(fixed={**asked, **turn.before._asdict()})
        after = Symbols(before, _Answer._fields, fixed={**asked, **turn.after._asdict()})
        pair = Pair(Formula(law, as_of, before), Formula(law, as_of, after))
        given = before.true if turn.purpose else before.among("purpose", others)
        for change in pair.changes(given, frozenset().union(*flows.values())):
            concerned = (flow for flow, those in flows.items() if change.category in those)
            _merge(found, change, concerned)
    return sorted(found.values(), key=_place)


def _merge(found: dict[Hashable, Change], change: Change, flows: Iterable[Flow]) -> None:
    """Add *change* to what was *found*; where that changes alike, add just the *flows*."""
    ways = tuple((way.before, way.after) for way in change.ways)
    key = (change.shift, change.category, ways)
    known = found.get(key, change)
    both = sorted({*known.flows, *flows}, key=_order)
    found[key] = msgspec.structs.replace(known, flows=tuple(both))


def _place(change: Change) -> tuple[int, int, list[tuple[str, str, str]]]:
    flows = [_order(flow) for flow in change.flows]
    return list(Shift).index(change.shift), list(Category).index(change.category), flows


def _order(flow: Flow) -> tuple[str, str, str]:
    return flow.purpose or "", flow.sender, flow.recipient


def _turns(old: _Answers, new: _Answers) -> Mapping[_Turn, Mapping[Flow, frozenset[Category]]]:
    """Return how answers turn, between whom and for which categories."""
    found: dict[_Turn, dict[Flow, frozenset[Category]]] = defaultdict(dict)
    parties = sorted({*old.parties, *new.parties})
    purposes = [each for each in Purpose if each in old.purposes | new.purposes]
    for flow in (Flow(*each) for each in product(parties, parties, [*purposes, None])):
        before, after = old.of(flow), new.of(flow)
        for covered, covers in product((True, False), (True, False)):
            turn = _Turn(flow.purpose, _answer(before, covered), _answer(after, covers))
            those = _covered(before, covered) & _covered(after, covers)
            if those and turn.before != turn.after:
                found[turn][flow] = those
    return found


def _answer(facts: AgreementFacts, covers: bool) -> _Answer:  # noqa: FBT001 - of this category or that
    return _Answer(facts.agreement, facts.agreement_purpose, covers)


def _covered(facts: AgreementFacts, covers: bool) -> frozenset[Category]:  # noqa: FBT001 - or the others
    return facts.agreement_covers if covers else ALL_CATEGORIES - facts.agreement_covers


def _law_version(law: LawSet) -> Version:
    return Version(f"{law.id}/{law.version}", law.digest)


def _agreement_version(agreement: Agreement | None) -> Version | None:
    if agreement is None:
        return None
    return Version(f"{agreement.id}/{agreement.version}", agreement.digest)
