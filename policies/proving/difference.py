"""What two versions of law, or of an agreement, decide differently: values, text and digest.

Nothing here needs the solver: a difference that was found can be kept, shown and signed anywhere.
`policies.proving.comparison` finds it.
"""

import datetime as dt
import hashlib
from collections.abc import Hashable, Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Final

import msgspec

from policies.vocabulary import Category, Obligation, Outcome, Purpose


class Shift(StrEnum):
    """In which direction an outcome moved."""

    RELEASED = "newly released"
    REFERRED = "newly referred"
    WITHHELD = "newly withheld"


# How much an outcome releases, most first. To refer rather than to deny releases nothing more.
RELEASES: Final[Mapping[Outcome, int]] = {
    Outcome.PERMIT: 3,
    Outcome.BREAK_GLASS: 2,
    Outcome.REDACT: 1,
    Outcome.REFER: 0,
    Outcome.DENY: 0,
}


def shift(before: Outcome, after: Outcome) -> Shift:
    """Return in which direction an outcome moved that is not the same.

    >>> shift(Outcome.DENY, Outcome.REDACT).value
    'newly released'
    >>> shift(Outcome.PERMIT, Outcome.REFER).value
    'newly referred'
    >>> shift(Outcome.REFER, Outcome.DENY).value
    'newly withheld'
    """
    if RELEASES[after] > RELEASES[before]:
        return Shift.RELEASED
    return Shift.REFERRED if after is Outcome.REFER else Shift.WITHHELD


class Ending(msgspec.Struct, frozen=True, order=True):
    """How a category ended: its outcome, and the rule that settled it."""

    outcome: Outcome
    rule: str

    def __str__(self) -> str:
        return f"{self.outcome} by {self.rule}"


class Version(msgspec.Struct, frozen=True):
    """Which version of what was compared: its name, and the digest of what it says."""

    name: str
    digest: str


class Flow(msgspec.Struct, frozen=True):
    """Between which parties of an agreement, and for which purpose (`None`: any it leaves out)."""

    sender: str
    recipient: str
    purpose: Purpose | None


class Way(msgspec.Struct, frozen=True):
    """One way in which a change comes about, with an example in the words of the facts.

    *Because* holds the facts that matter, each as a condition that a rule could state: whatever the
    other facts are, these give the change. *Facts* is one whole case, which `policy decide` reads.
    """

    before: Ending
    after: Ending
    because: tuple[str, ...]
    facts: Mapping[str, object]

    def __str__(self) -> str:
        return f"{self.before} becomes {self.after}"


class Change(msgspec.Struct, frozen=True):
    """What one category becomes; an agreement changes it only for its *flows*."""

    shift: Shift
    category: Category
    ways: tuple[Way, ...]
    flows: tuple[Flow, ...] = ()


class DutyChange(msgspec.Struct, frozen=True):
    """An obligation that is newly owed, or no longer owed, with an example as in `Way`."""

    obligation: Obligation
    is_owed: bool
    category: Category
    because: tuple[str, ...]
    facts: Mapping[str, object]

    def __str__(self) -> str:
        return f"{self.obligation} is {'newly' if self.is_owed else 'no longer'} owed"


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """All that changes between two versions; *terms* are changes of dates, parties and conditions.

    *Old* is `None` where there was nothing before, *new* where nothing follows.
    """

    old: Version | None
    new: Version | None
    as_of: dt.date
    changes: tuple[Change, ...] = ()
    duties: tuple[DutyChange, ...] = ()
    terms: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing changes."""
        return not (self.changes or self.duties or self.terms)

    def shifted(self, towards: Shift) -> tuple[Change, ...]:
        """Return the changes in one direction."""
        return tuple(change for change in self.changes if change.shift is towards)

    @property
    def text(self) -> str:
        """What is approved: the changes, in one order, without the examples.

        A solver may choose another example in another version; which changes there are it cannot.
        """
        return "\n".join([*self._head(), *self._body()]) + "\n"

    @property
    def digest(self) -> str:
        """The SHA-256 of `text`, in hexadecimal: what the people who approve it put a name to."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    def _head(self) -> Iterator[str]:
        for side, version in (("old", self.old), ("new", self.new)):
            yield f"{side}: {f'{version.name} {version.digest}' if version else 'nothing'}"
        yield f"on: {self.as_of.isoformat()}"

    def _body(self) -> Iterator[str]:
        if self.is_empty:
            yield "nothing changes"
        for term in self.terms:
            yield f"term: {term}"
        for alike in _alike(self.changes):
            yield f"{alike[0].shift}: {', '.join(change.category for change in alike)}"
            yield from (f"  {flows}" for flows in _listed(alike[0].flows))
            yield from (f"  {way}" for way in alike[0].ways)
        for duty in self.duties:
            yield f"duty: {duty}"


def _alike(changes: Iterable[Change]) -> Iterable[list[Change]]:
    """Return the *changes* in lists of those that differ in their category alone."""
    found: dict[Hashable, list[Change]] = {}
    for change in changes:
        ways = tuple(str(way) for way in change.ways)
        found.setdefault((change.shift, change.flows, ways), []).append(change)
    return found.values()


def _listed(flows: Iterable[Flow]) -> Iterator[str]:
    """Yield *flows* in lines, one for each purpose and sender."""
    found: dict[tuple[Purpose | None, str], list[str]] = {}
    for flow in flows:
        found.setdefault((flow.purpose, flow.sender), []).append(flow.recipient)
    for (purpose, sender), recipients in found.items():
        asked = purpose or "any other purpose"
        yield f"for {asked}, from {sender} to {', '.join(recipients)}"
