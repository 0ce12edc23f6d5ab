"""Replaying: what an entry records is decided again, under the law of then, on the facts of then.

Nothing of today comes into it: not the law in force, not the case file, not the clock. Where the
answer is another than the one recorded, either the entry or the engine is not what it was.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from audit.canonical import Json
from gateway.bundles import History
from gateway.errors import UnknownDecisionError
from gateway.replaying.decisions import Account, RecordedDecision, accounts_of
from gateway.storage.details import OpenedEntry
from policies.decision import Decision, Ruling
from policies.errors import PolicyError
from policies.person_decisions import carried_out
from policies.vocabulary import Category, Outcome

_ALL: Final = frozenset(Category)
_SENT_AS: Final[Mapping[str, frozenset[Outcome]]] = {
    "sent": frozenset({Outcome.PERMIT, Outcome.BREAK_GLASS}),
    "reduced": frozenset({Outcome.REDACT}),
    "referred": frozenset({Outcome.REFER}),
}


@dataclass(frozen=True, slots=True)
class Difference:
    """What of a decision comes out otherwise: *what*, as it was *recorded*, and as it is *decided*.

    *Holder* is the service whose record it was about, by id.
    """

    holder: str
    what: str
    recorded: str
    decided: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """What came of replaying one *entry*: how many *decisions* it has, and what differs.

    *policy* is the digest of the law that decided, *decided_by* the person who answered what was
    asked, where one did.
    """

    entry: int
    policy: str
    decisions: int
    decided_by: tuple[str, ...]
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What came of replaying many entries; *erased* can be decided by nobody any more."""

    entries: int
    decisions: int
    erased: int
    differing: tuple[Replayed, ...]


def replay_all(entries: Iterable[OpenedEntry], history: History) -> Summary:
    """Return what comes of replaying all of *entries*, which record decisions."""
    count, decisions, erased = 0, 0, 0
    differing = []
    for entry in entries:
        count += 1
        if entry.detail is None:
            erased += 1
            continue
        replayed = _replayed(entry, history)
        decisions += replayed.decisions
        if replayed.differences:
            differing.append(replayed)
    return Summary(entries=count, decisions=decisions, erased=erased, differing=tuple(differing))


def replay(entry: OpenedEntry, history: History) -> Replayed:
    """Return what comes of replaying *entry*.

    Raises `UnknownDecisionError` where it records no decision, or was erased.
    """
    if entry.detail is None:
        message = "the entry was erased: what it recorded can be decided by nobody any more"
        raise UnknownDecisionError(message)
    replayed = _replayed(entry, history)
    if not replayed.decisions and not replayed.differences:
        message = "the entry records no decision"
        raise UnknownDecisionError(message)
    return replayed


def _replayed(entry: OpenedEntry, history: History) -> Replayed:
    try:
        accounts = accounts_of(entry)
        differences = tuple(row for one in accounts for row in _differences(one, history))
    except (PolicyError, ValueError) as error:
        # What cannot be read or decided is as far from the record as what comes out otherwise.
        accounts, differences = (), (Difference("", "the whole", "a decision", str(error)),)
    return Replayed(
        entry=entry.index,
        policy=entry.leaf.policy,
        decisions=sum(len(one.decisions) for one in accounts),
        decided_by=tuple(dict.fromkeys(one.decided_by for one in accounts if one.decided_by)),
        differences=differences,
    )


def _differences(account: Account, history: History) -> Iterator[Difference]:
    decided = []
    for recorded in account.decisions:
        bundle = history.bundle(recorded.policy)
        facts, day = recorded.facts, recorded.as_of
        anew = bundle.decide_anew(facts, _ALL, as_of=day)
        decision = carried_out(anew, bundle, facts, recorded.said, day)
        yield from _of_decision(recorded, decision)
        decided.append(decision)
    rules = {rule for one in decided for ruling in one.rulings.values() for rule in ruling.rules}
    yield from _unlike("rules", account.rules, rules)
    owed = {str(each) for one in decided for each in one.obligations}
    yield from _unlike("obligations", account.obligations, owed)
    rulings = [ruling for one in decided for ruling in one.rulings.values()]
    for row in account.elements:
        if not any(_is_told(row, ruling) for ruling in rulings):
            said = f"{row.get('outcome')} by {_listed(_texts(row.get('rules')))}"
            yield Difference("", str(row.get("element")), said, "no such ruling")


def _of_decision(recorded: RecordedDecision, decision: Decision) -> Iterator[Difference]:
    """Yield what differs for one holder, where the entry has it holder by holder."""
    for category, was in (recorded.rulings or {}).items():
        now = decision.rulings[category]
        if _matters(was) != _matters(now):
            yield Difference(recorded.holder, category, _told(was), _told(now))
    if recorded.obligations is not None:
        owed = {str(each) for each in decision.obligations}
        for one in _unlike("obligations", recorded.obligations, owed):
            yield Difference(recorded.holder, one.what, one.recorded, one.decided)


def _matters(ruling: Ruling) -> tuple[object, ...]:
    return ruling.outcome, sorted(ruling.rules), ruling.passed, ruling.decided_by


def _unlike(what: str, recorded: Iterable[str], decided: Iterable[str]) -> Iterator[Difference]:
    if set(recorded) != set(decided):
        yield Difference("", what, _listed(recorded), _listed(decided))


def _is_told(row: Mapping[str, Json], ruling: Ruling) -> bool:
    """Whether *ruling* can have given what *row* says became of an element."""
    fits = _SENT_AS.get(str(row.get("outcome")))
    return sorted(_texts(row.get("rules"))) == sorted(ruling.rules) and (
        fits is None or ruling.outcome in fits
    )


def _told(ruling: Ruling) -> str:
    passed = f", past {_listed(ruling.passed)}" if ruling.passed else ""
    people = f", decided by {_listed(ruling.decided_by)}" if ruling.decided_by else ""
    return f"{ruling.outcome} by {_listed(ruling.rules)}{passed}{people}"


def _listed(words: Iterable[str]) -> str:
    return ", ".join(sorted(words)) or "none"


def _texts(value: object) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else []
