"""Searching the log: who was told what about a child, when and why. A search is itself an entry.

To answer a search we must:

(1) fix the part of the log that it is of: what it held at this moment, between the given times;
(2) find the entries: a child's by whose key seals them, others by the index or leaf by leaf;
(3) where a proof is asked for, pass over the whole log, and hold what it gave against (2);
(4) open the page of results that was asked for;
(5) commit the entry that says who looked, for what, why, and how much was found.

Only then is the answer given.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from audit.canonical import Json
from audit.events import EntryType
from audit.parts import Part
from gateway import entries
from gateway.errors import RequestError
from gateway.observability import Event, log
from gateway.office import Office
from gateway.searching.completeness import Checked
from gateway.searching.criteria import Criteria, first_since, parts_of
from gateway.searching.looking import Discrepancy, Looking
from gateway.storage.details import OpenedEntry
from gateway.storage.log import Log
from gateway.storage.times import from_ms
from gateway.storage.unit import Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Who looks: a person, or a *service*'s system with its *caller* and *request*; and why."""

    user: str = ""
    caller: str = ""
    request: str = ""
    service: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What *reader* looks for, and how much of it they want to see.

    *skip* results are left out and at most *most* shown, of a log of *size* entries (None: as it
    is now), so that pages of one search fit together while the log grows. *complete*: the answer
    is proved to be all that the log has on the child.
    """

    reader: Reader
    criteria: Criteria
    complete: bool = False
    skip: int = 0
    most: int | None = None
    size: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundEntry:
    """One entry; *detail* holds its parts, None where that was erased, as *child* is then."""

    index: int
    child: str | None
    at: datetime
    type: EntryType
    sender: str
    recipient: str
    purpose: str
    detail: Mapping[Part, Mapping[str, Json]] | None

    def part(self, part: Part) -> Mapping[str, Json]:
        """Return what one part of the entry says; nothing where there is none."""
        return (self.detail or {}).get(part, {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a search found: a page of *entries*, out of *total*.

    *size* is how many entries the log held. *complete*: it was proved, against *checked*, that
    there are no others about the child, and never were: none of the log was lost.
    """

    entries: tuple[FoundEntry, ...]
    total: int
    size: int
    complete: bool
    checked: Checked | None
    discrepancies: tuple[Discrepancy, ...]

    @property
    def is_sound(self) -> bool:
        """Whether nothing was found changed or missing on the way."""
        return not self.discrepancies and (self.checked is None or self.checked.fault is None)

    @property
    def statement(self) -> str:
        """What may be said of the list's completeness."""
        if self.checked is None:
            return "not proved complete: these entries were found by the index"
        if self.checked.fault is not None:
            return f"not proved complete: {self.checked.fault}"
        of = f"{self.checked.origin} {self.checked.size} {self.checked.root}"
        but = ", ".join(self.checked.lost)
        but = f" but for entries {but}, lost with a database," if but else ""
        said = f"complete{but} up to entry {self.checked.last}: checkpoint {of}"
        if not self.checked.cosigned_by:
            return f"{said}; no witness vouches for it"
        witnesses = ", ".join(self.checked.cosigned_by)
        return f"{said}; vouched for up to entry {self.checked.cosigned_last} by {witnesses}"


def search(office: Office, wanted: Search) -> Answer:
    """Return the entries that are *wanted*, once it is durable that they were asked for.

    Raises `RequestError` where a proof is asked for without a child.
    """
    if wanted.complete and wanted.criteria.child is None:
        message = "it is about one child that an answer is proved complete"
        raise RequestError(message)

    # (1) The part of the log.
    size, within = _extent(office.committer.log, wanted)

    # (2) The entries, and (3) the proof.
    looking = Looking(office, wanted.criteria, within)
    checked = looking.prove() if wanted.complete else None
    matching = looking.matching()

    # (4) The page.
    stop = None if wanted.most is None else wanted.skip + wanted.most
    page = tuple(_shown(entry) for entry in looking.opened(matching[wanted.skip : stop]))
    answer = Answer(
        entries=page,
        total=len(matching),
        size=size,
        complete=checked is not None and checked.fault is None and not checked.lost,
        checked=checked,
        discrepancies=tuple(dict.fromkeys(looking.discrepancies)),
    )

    # (5) The entry.
    child = wanted.criteria.child
    query = [] if child is None else ["child"]
    query += [f"{name} {value}" for name, value in wanted.criteria.named().items()]
    # Of a child who is not known (any more) nothing is written down, the id least of all.
    known = child if looking.knows_the_child else None
    _record(office, wanted.reader, known, query, results=answer.total, size=size)
    _alarm(wanted.reader, answer.discrepancies)
    return answer


def _extent(whole: Log, wanted: Search) -> tuple[int, range]:
    """Return how many entries are searched, and which of them are of the time that is wanted."""
    size, criteria = whole.refresh().end, wanted.criteria
    if wanted.size is not None:
        size = min(size, wanted.size)
    start = 0 if criteria.since is None else first_since(criteria.since, size, whole.leaf_from)
    stop = size if criteria.until is None else first_since(criteria.until, size, whole.leaf_from)
    return size, range(start, max(start, stop))


def _shown(entry: OpenedEntry) -> FoundEntry:
    leaf = entry.leaf
    return FoundEntry(
        index=entry.index,
        child=entry.child,
        at=from_ms(leaf.at),
        type=leaf.type,
        sender=leaf.sender,
        recipient=leaf.recipient,
        purpose=leaf.purpose,
        detail=None if entry.detail is None else parts_of(entry),
    )


def read_one(office: Office, reader: Reader, index: int, *, of: str = "entry") -> FoundEntry | None:
    """Return entry *index*, or None where there is none, once it is durable that it was read.

    *of* says what of it was looked at.
    """
    size = office.committer.log.refresh().end
    looking = Looking(office, Criteria(), range(size))
    found = [_shown(one) for one in looking.opened([index] if index < size else [])]
    child = found[0].child if found else None
    _record(office, reader, child, [f"{of} {index}"], results=len(found), size=size)
    _alarm(reader, looking.discrepancies)
    return found[0] if found else None


def _record(  # noqa: PLR0913 - each by its name
    office: Office,
    reader: Reader,
    child: str | None,
    query: Sequence[str],
    *,
    results: int,
    size: int,
) -> None:
    """Commit the entry that says who looked, for what, and how much there was."""
    act = entries.Act(caller=reader.caller, request=reader.request, user=reader.user)
    gateway: entries.Fields = act.fields() | {
        "query": list(query),
        "results": results,
        "size": size,
    }
    if child is not None:
        gateway["child"] = child
    if reader.reason:
        gateway["justification"] = reader.reason
    entry = entries.entry(
        EntryType.AUDIT_READ,
        {Part.GATEWAY: gateway},
        office.ports.random,
        recipient=reader.service,
        child_id=child,
    )
    office.committer.commit(Unit(entries=[entry]))


def _alarm(reader: Reader, discrepancies: Iterable[Discrepancy]) -> None:
    for found in discrepancies:
        log(Event.LOG_DISAGREES, request_id=reader.request or None, entry=found.entry)
