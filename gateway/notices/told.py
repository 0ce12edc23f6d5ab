"""Who was told what of a child, by the log: whoever is to hear that it is not so any more.

It goes by messages that were not recalled or given up, and by answers to those who asked. Rather
one too many is named than one too few.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from audit.events import EntryType
from audit.leaf import Leaf
from audit.parts import Part
from gateway import entries
from gateway.notices.document import About
from gateway.office import Office
from gateway.storage.details import StoredEntry

_UNTOLD = {EntryType.RECALLED, EntryType.DELIVERY_FAILED}


@dataclass(frozen=True, slots=True)
class Told:
    """One disclosure that arrived, or may: to whom, for which purpose, from whose record."""

    recipient: str
    purpose: str
    holders: frozenset[str]
    about: About


def told_of(office: Office, child_id: str, holder: str) -> Mapping[str, tuple[About, ...]]:
    """Return what was disclosed of what *holder* says of a child, by the service it went to."""
    found: dict[str, list[About]] = {}
    for told in disclosures_of(office, child_id):
        if holder in told.holders and told.recipient != holder:
            found.setdefault(told.recipient, []).append(told.about)
    return {recipient: tuple(found[recipient]) for recipient in sorted(found)}


def disclosures_of(office: Office, child_id: str) -> Iterator[Told]:
    """Yield what was disclosed of a child, oldest first."""
    within = range(office.committer.log.refresh().end)
    stored = office.details.of_child(child_id, within)
    untold = set(_untold(office, stored))
    for one in stored:
        leaf = Leaf.decode(one.leaf)
        if leaf.type is EntryType.DISCLOSURE and leaf.recipient and one.index not in untold:
            said = _gateway(office, one)
            holders = frozenset({leaf.sender}) if leaf.sender else _holders(said)
            yield Told(leaf.recipient, leaf.purpose, holders, _about(one.index, said))


def _untold(office: Office, stored: Iterable[StoredEntry]) -> Iterator[object]:
    """Yield the indices of the disclosures that never arrived."""
    for one in stored:
        if Leaf.decode(one.leaf).type in _UNTOLD:
            yield _gateway(office, one).get("entry")


def _holders(said: entries.Fields) -> frozenset[str]:
    """Return from whose records somebody who asked was answered."""
    accounts = said.get("accounts")
    rows = accounts if isinstance(accounts, list) else []
    return frozenset(str(row.get("sender")) for row in rows if isinstance(row, dict))


def _about(index: int, said: entries.Fields) -> About:
    return About(
        message=str(said.get("message_id", "")),
        request="" if "message_id" in said else str(said.get("request", "")),
        entry=index,
    )


def _gateway(office: Office, one: StoredEntry) -> entries.Fields:
    detail = office.details.open(one).detail
    if detail is None or not detail.holds(Part.GATEWAY):
        return {}
    return dict(detail.open(Part.GATEWAY).fields())
