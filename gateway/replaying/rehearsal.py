"""A rehearsal: what was decided is decided again under law or agreements not yet in force.

Both sides are decided anew, on the facts of the record and the same day, so that what differs is
the work of what is rehearsed, and of nothing else. Nothing of a child is in the answer: counts,
rules, kinds of information and of recipients, and the indices of entries.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Final

from msgspec.structs import replace

from gateway.casefile import duty_in_force
from gateway.office import Office
from gateway.registers import Registers
from gateway.replaying.decisions import RecordedDecision, accounts_of, entries_of
from gateway.searching.criteria import first_since
from policies import person_decisions
from policies.agreements import Agreements
from policies.attributes import Facts
from policies.decision import Bundle, Decision, Ruling
from policies.person_decisions import Said
from policies.vocabulary import Category, Outcome

_INDICES_SHOWN: Final = 20
_PAIRS_KEPT: Final = 4_096
_RELEASES: Final = {Outcome.PERMIT: 2, Outcome.BREAK_GLASS: 2, Outcome.REDACT: 1}


class Change(StrEnum):
    """In which way something would come out otherwise."""

    RELEASED = "newly released"
    WITHHELD = "newly withheld"
    REFERRED = "newly referred"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """One way in which decisions would come out otherwise, *count* times.

    *recipient* is the recipient's kind of service; *before* and *after* are outcomes, with the ids
    of the rules that give them; *entries* are the first of the entries concerned.
    """

    change: Change
    category: Category
    recipient: str
    before: Outcome
    after: Outcome
    rules_before: tuple[str, ...]
    rules_after: tuple[str, ...]
    count: int
    entries: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """What would become of the decisions recorded since a time.

    *decided* is how many there were, *changed* how many would come out otherwise for at least one
    kind of information; of *erased* entries nothing can be decided any more.
    """

    since: datetime
    decided: int
    changed: int
    erased: int
    shifts: tuple[Shift, ...]

    def total(self, change: Change) -> int:
        """Return how often a kind of information would change in this way."""
        return sum(shift.count for shift in self.shifts if shift.change is change)


@dataclass(frozen=True, slots=True, kw_only=True)
class Under:
    """What decisions are made under: a *bundle* of law, and the *agreements*.

    *on* is the first day that it can be in force: what was decided before is rehearsed for then.
    """

    bundle: Bundle
    agreements: Agreements
    on: date = date.min


def rehearse(office: Office, under: Under, since: datetime) -> Rehearsal:
    """Return what would become of the decisions recorded *since* a time, *under* what is planned.

    It is compared with what is in force in *office* now. Raises `AuditError` or `SealError` where
    an entry's detail is not the one that the entry commits to.
    """
    log = office.committer.log
    size = log.refresh().end
    within = range(first_since(since, size, log.leaf_from), size)
    now = Under(bundle=office.rulebook.bundle, agreements=office.rulebook.agreements, on=under.on)
    comparison = _Comparison(now, under, office.rulebook.registers)
    decided, changed, erased = 0, set[int](), 0
    for entry in entries_of(office.details, within):
        erased += entry.detail is None
        for account in accounts_of(entry):
            for decision in account.decisions:
                decided += 1
                if comparison.differs(decision):
                    changed.add(decided)
    return Rehearsal(
        since=since,
        decided=decided,
        changed=len(changed),
        erased=erased,
        shifts=tuple(comparison.shifts()),
    )


_Row = tuple[Change, Category, str, Outcome, Outcome, tuple[str, ...], tuple[str, ...]]


class _Comparison:
    """Compares what is in force *now* with what is *planned*, decision by decision."""

    def __init__(self, now: Under, planned: Under, registers: Registers) -> None:
        self._now, self._planned, self._registers = now, planned, registers
        self._count: Counter[_Row] = Counter()
        self._entries: defaultdict[_Row, list[int]] = defaultdict(list)
        # Decisions recur: what two sets of facts differ in is found out once.
        self._rows = lru_cache(maxsize=_PAIRS_KEPT)(self._compare)

    def differs(self, decision: RecordedDecision) -> bool:
        """Whether *decision* would come out otherwise; in which ways is added up."""
        day = max(decision.as_of, self._planned.on)
        sides = (_facts(decision, one, self._registers, day) for one in (self._now, self._planned))
        rows = self._rows(*sides, day, decision.said)
        for row in rows:
            self._count[row] += 1
            if len(self._entries[row]) < _INDICES_SHOWN:
                self._entries[row].append(decision.entry)
        return bool(rows)

    def shifts(self) -> Iterator[Shift]:
        """Yield all the ways in which decisions differ, the most frequent first."""
        for row, count in self._count.most_common():
            change, category, recipient, before, after, rules_before, rules_after = row
            yield Shift(
                change=change,
                category=category,
                recipient=recipient,
                before=before,
                after=after,
                rules_before=rules_before,
                rules_after=rules_after,
                count=count,
                entries=tuple(dict.fromkeys(self._entries[row])),
            )

    def _compare(self, now: Facts, planned: Facts, day: date, said: Said) -> tuple[_Row, ...]:
        before = _decide(self._now.bundle, now, day, said).rulings
        after = _decide(self._planned.bundle, planned, day, said).rulings
        recipient = now.recipient or "unknown"
        return tuple(
            (change, one, recipient, old.outcome, new.outcome, old.rules, new.rules)
            for one, old in before.items()
            if (change := change_between(old, new := after[one])) is not None
        )


def change_between(before: Ruling, after: Ruling) -> Change | None:
    """Return in which way *after* differs from *before* for a recipient; None where it does not.

    >>> change_between(Ruling(Outcome.DENY, ("E9",)), Ruling(Outcome.REDACT, ("G6",))).value
    'newly released'
    >>> change_between(Ruling(Outcome.REFER, ("U",)), Ruling(Outcome.DENY, ("E9",))).value
    'newly withheld'
    >>> change_between(Ruling(Outcome.DENY, ("E9",)), Ruling(Outcome.DENY, ("E3",))) is None
    True
    """
    old, new = before.outcome, after.outcome
    if old is new:
        return None
    if new is Outcome.REFER:
        return Change.REFERRED
    less, more = _RELEASES.get(old, 0), _RELEASES.get(new, 0)
    if less == more:
        # A refer that becomes a deny is withheld for good; both ways of opening all are one.
        return Change.WITHHELD if old is Outcome.REFER else None
    return Change.RELEASED if less < more else Change.WITHHELD


def _decide(bundle: Bundle, facts: Facts, day: date, said: Said) -> Decision:
    as_of = max(day, bundle.law.begins)
    return person_decisions.decide(bundle, facts, frozenset(Category), said, as_of=as_of)


def _facts(decision: RecordedDecision, under: Under, registers: Registers, day: date) -> Facts:
    """Return the facts of *decision* as they are *under* these agreements and this law."""
    facts = replace(decision.facts, duty_in_force=duty_in_force(under.bundle.law, day))
    holder = registers.services.get(decision.holder)
    recipient = registers.services.get(decision.recipient)
    if holder is None or recipient is None:
        return facts
    agreed = under.agreements.between(
        holder.organisation, recipient.organisation, facts.purpose, as_of=day
    )
    return replace(
        facts,
        agreement=agreed.agreement,
        agreement_purpose=agreed.agreement_purpose,
        agreement_covers=agreed.agreement_covers,
    )
