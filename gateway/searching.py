"""Searching the log: who was told what about a child, when and why. A search is itself an entry."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from audit.canonical import Json
from audit.entry import Detail
from audit.events import EntryType
from audit.parts import PARTS, Part
from gateway import entries
from gateway.office import Office
from gateway.storage.details import OpenedEntry
from gateway.storage.times import from_ms
from gateway.storage.unit import Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What is looked for: entries about a *child*, of a *service*, of a *type*; all that are given.

    *by* is who looks, *reason* why.
    """

    by: str
    child: str | None = None
    service: str | None = None
    type: EntryType | None = None
    reason: str = ""

    def admits(self, entry: OpenedEntry) -> bool:
        """Whether *entry* is looked for, as far as its leaf tells."""
        leaf = entry.leaf
        return (self.service is None or self.service in {leaf.sender, leaf.recipient}) and (
            self.type is None or leaf.type is self.type
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundEntry:
    """One entry; *detail* holds its parts, None where that was erased."""

    index: int
    at: datetime
    type: EntryType
    sender: str
    recipient: str
    purpose: str
    detail: Mapping[Part, Mapping[str, Json]] | None


def search(office: Office, wanted: Search) -> tuple[FoundEntry, ...]:
    """Return the entries that are *wanted*, once it is durable that they were asked for."""
    found = [_found(entry) for entry in _candidates(office, wanted) if wanted.admits(entry)]
    gateway: entries.Fields = {
        "user": wanted.by,
        "query": _query(wanted),
        "results": len(found),
    }
    if wanted.child is not None:
        gateway["child"] = wanted.child
    if wanted.reason:
        gateway["justification"] = wanted.reason
    entry = entries.entry(
        EntryType.AUDIT_READ, {Part.GATEWAY: gateway}, office.ports.random, child_id=wanted.child
    )
    office.committer.commit(Unit(entries=[entry]))
    return tuple(found)


def _candidates(office: Office, wanted: Search) -> Iterable[OpenedEntry]:
    if wanted.child is not None:
        return office.details.of_child(wanted.child)
    log = office.committer.log
    return (office.details.opened(index) for index, _ in log.leaves(0, log.refresh().end))


def _query(wanted: Search) -> list[Json]:
    named = {"service": wanted.service, "type": wanted.type}
    query: list[Json] = [f"{name} {value}" for name, value in named.items() if value is not None]
    return ["child", *query] if wanted.child is not None else query


def _found(entry: OpenedEntry) -> FoundEntry:
    leaf = entry.leaf
    return FoundEntry(
        index=entry.index,
        at=from_ms(leaf.at),
        type=leaf.type,
        sender=leaf.sender,
        recipient=leaf.recipient,
        purpose=leaf.purpose,
        detail=None if entry.detail is None else _parts(entry.detail),
    )


def _parts(detail: Detail) -> Mapping[Part, Mapping[str, Json]]:
    return {
        part: detail.open(part).fields()
        for part, content in zip(PARTS, detail.contents, strict=True)
        if content is not None
    }
