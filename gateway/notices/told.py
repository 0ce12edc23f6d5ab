"""Who was told what of a child, by the log: whoever is to hear that it is not so any more.

It goes by messages that were not recalled or given up, and by answers to those who asked. Rather
one too many is named than one too few.
"""

from collections.abc import Iterable, Iterator, Mapping

from audit.events import EntryType
from audit.leaf import Leaf
from audit.parts import Part
from gateway import entries
from gateway.notices.document import About
from gateway.office import Office
from gateway.storage.details import StoredEntry

_UNTOLD = {EntryType.RECALLED, EntryType.DELIVERY_FAILED}


def told_of(office: Office, child_id: str, holder: str = "") -> Mapping[str, tuple[About, ...]]:
    """Return what was disclosed of a child, by the service that it was disclosed to.

    All of it, or what a *holder* said alone: what went to that service itself is then left out.
    """
    within = range(office.committer.log.refresh().end)
    stored = office.details.of_child(child_id, within)
    untold = set(_untold(office, stored))
    found: dict[str, list[About]] = {}
    for one in stored:
        leaf = Leaf.decode(one.leaf)
        if leaf.type is not EntryType.DISCLOSURE or one.index in untold:
            continue
        said = _gateway(office, one)
        if leaf.recipient and (not holder or _is_of(holder, leaf, said)):
            found.setdefault(leaf.recipient, []).append(_about(one.index, said))
    found.pop(holder, None)
    return {recipient: tuple(found[recipient]) for recipient in sorted(found)}


def _untold(office: Office, stored: Iterable[StoredEntry]) -> Iterator[object]:
    """Yield the indices of the disclosures that never arrived."""
    for one in stored:
        if Leaf.decode(one.leaf).type in _UNTOLD:
            yield _gateway(office, one).get("entry")


def _is_of(holder: str, leaf: Leaf, said: entries.Fields) -> bool:
    if leaf.sender:
        return leaf.sender == holder
    accounts = said.get("accounts")
    rows = accounts if isinstance(accounts, list) else []
    return any(isinstance(row, dict) and row.get("sender") == holder for row in rows)


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
