"""What the log says of a decision: its facts, the day, the law, and what came out.

One entry may tell of several decisions: one for each holder whose record was asked about.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from audit.canonical import Json
from audit.events import EntryType
from audit.leaf import Leaf
from audit.parts import Part
from gateway.searching.criteria import parts_of
from gateway.storage.details import Details, OpenedEntry
from policies.attributes import Facts, categories_of
from policies.decision import Ruling
from policies.person_decisions import Choice, PersonDecision, Said
from policies.vocabulary import Category, Outcome

TYPES: Final = frozenset({EntryType.DISCLOSURE, EntryType.REFUSAL, EntryType.DECISION})
"""The entries that record decisions."""

_Fields = Mapping[str, Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedDecision:
    """One decision as its *entry* records it: on one *holder*'s record, for one recipient.

    *policy* is the digest of the law that decided. *rulings* and *obligations* are this decision's
    own where the entry has them; None in an entry of before they were written down. *said* is what
    people had decided, where the rules referred to them. *provenance* is what is told of who
    recorded the facts, when, and where they come from.
    """

    entry: int
    policy: str
    holder: str
    recipient: str
    purpose: str
    as_of: date
    facts: Facts
    rulings: Mapping[Category, Ruling] | None = None
    obligations: frozenset[str] | None = None
    said: Said = ()
    provenance: _Fields = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What an entry tells of all *decisions* on one record, and what came out of them together."""

    decisions: tuple[RecordedDecision, ...]
    rules: frozenset[str]
    obligations: frozenset[str]
    elements: tuple[_Fields, ...]
    decided_by: str = ""


def accounts_of(entry: OpenedEntry) -> tuple[Account, ...]:
    """Return the accounts of *entry*; none where it was erased, or records no decision.

    Raises `VocabularyError` where it names a fact or a value that there is not.
    """
    if entry.leaf.type not in TYPES:
        return ()
    part = parts_of(entry).get(Part.GATEWAY, {})
    accounts = part.get("accounts", [part])
    return tuple(
        _account(one, entry) for one in _rows(accounts) if isinstance(one.get("basis"), list)
    )


def entries_of(details: Details, within: range) -> Iterator[OpenedEntry]:
    """Yield the entries *within* a range of the log that record decisions, oldest first."""
    for stored in details.read(within):
        if Leaf.decode(stored.leaf).type in TYPES:
            yield details.open(stored)


def _account(part: _Fields, entry: OpenedEntry) -> Account:
    return Account(
        decisions=tuple(_decision(one, part, entry) for one in _rows(part.get("basis"))),
        rules=_texts(part.get("rules")),
        obligations=_texts(part.get("obligations")),
        elements=tuple(_rows(part.get("outcomes"))),
        decided_by=str(part.get("decided_by", "")),
    )


def _decision(basis: _Fields, part: _Fields, entry: OpenedEntry) -> RecordedDecision:
    facts = basis.get("facts")
    return RecordedDecision(
        entry=entry.index,
        policy=entry.leaf.policy,
        holder=str(basis.get("holder", "")),
        recipient=str(part.get("recipient", "")),
        purpose=str(part.get("purpose", "")),
        as_of=date.fromisoformat(str(basis.get("as_of"))),
        facts=Facts.parse(facts if isinstance(facts, Mapping) else {}),
        rulings=dict(_rulings(basis)) if "rulings" in basis else None,
        obligations=_texts(basis["obligations"]) if "obligations" in basis else None,
        said=tuple(map(_said, _rows(basis.get("decided")))),
        provenance={name: basis[name] for name in ("from", "recorded") if name in basis},
    )


def _rulings(basis: _Fields) -> Iterator[tuple[Category, Ruling]]:
    for row in _rows(basis.get("rulings")):
        ruling = Ruling(
            Outcome(str(row.get("outcome"))),
            tuple(sorted(_texts(row.get("rules")))),
            passed=_listed(row.get("passed")),
            decided_by=_listed(row.get("decided_by")),
        )
        for category in categories_of(_texts(row.get("categories"))):
            yield category, ruling


def _said(row: _Fields) -> PersonDecision:
    return PersonDecision(
        choice=Choice(str(row.get("decision"))),
        categories=categories_of(_texts(row.get("categories"))),
        rules=_texts(row.get("rules")),
        by=str(row.get("by", "")),
    )


def _rows(value: object) -> list[_Fields]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def _texts(value: object) -> frozenset[str]:
    return frozenset(map(str, value)) if isinstance(value, list) else frozenset()


def _listed(value: object) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list) else ()
