"""What a found entry tells of a decision: for each holder, what became of what it holds.

What was sent on has one account, in the gateway's part itself; an answer to somebody who asked has
one for each holder.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from audit.canonical import Json
from audit.parts import Part
from gateway.searching.search import FoundEntry

RELEASED = frozenset({"sent", "reduced"})
"""The outcomes of which a recipient got something; the others are withheld and referred."""


@dataclass(frozen=True, slots=True)
class ElementTold:
    """What became of one element: its *outcome* is sent, reduced, withheld or referred."""

    element: str
    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What one *holder*'s record gave: elements, and the *agreements* that it was decided under.

    *basis* are the provisions that it stood on, *without_consent* why consent was not relied on;
    *facts* are those that it was decided on, by the holder whom they were about.
    """

    holder: str
    elements: tuple[ElementTold, ...]
    agreements: tuple[str, ...]
    basis: tuple[str, ...]
    without_consent: tuple[str, ...]
    facts: Mapping[str, Mapping[str, Json]]

    @property
    def is_break_glass(self) -> bool:
        """Whether it was asked for, or given, as break-glass."""
        return any(facts.get("break_glass") is True for facts in self.facts.values())


def accounts_of(entry: FoundEntry) -> tuple[Account, ...]:
    """Return the accounts of a decision's *entry*; none where it was erased, or decides nothing."""
    part = entry.part(Part.GATEWAY)
    found: list[Mapping[str, Json]] = [
        one for one in _list(part.get("accounts")) if isinstance(one, dict)
    ]
    if not found and "outcomes" in part:
        found = [part]
    return tuple(_account(one, entry.sender) for one in found)


def _account(part: Mapping[str, Json], sender: str) -> Account:
    return Account(
        holder=str(part.get("sender") or sender),
        elements=tuple(_elements(part)),
        agreements=_texts(part.get("agreement")),
        basis=tuple(_provisions(part)),
        without_consent=_texts(part.get("without_consent")),
        facts=dict(_facts(part)),
    )


def _elements(part: Mapping[str, Json]) -> Iterator[ElementTold]:
    for row in _list(part.get("outcomes")):
        if isinstance(row, dict):
            yield ElementTold(str(row.get("element", "")), str(row.get("outcome", "")))


def _provisions(part: Mapping[str, Json]) -> Iterator[str]:
    for footing in _list(part.get("lawful_basis")):
        if isinstance(footing, dict):
            yield from _texts(footing.get("provisions"))


def _facts(part: Mapping[str, Json]) -> Iterator[tuple[str, Mapping[str, Json]]]:
    for basis in _list(part.get("basis")):
        if isinstance(basis, dict) and isinstance(facts := basis.get("facts"), dict):
            yield str(basis.get("holder", "")), facts


def _list(value: object) -> list[Json]:
    return value if isinstance(value, list) else []


def _texts(value: object) -> tuple[str, ...]:
    return tuple(str(one) for one in _list(value))
