"""A unit of work: all that one step of the gateway writes, with its log entries.

    Unit(stamps, writes, changes, entries)  ->  committer  ->  Committed(indices, receipts)

The committer puts everything that waits into one transaction: it checks the stamps, writes the
rows, appends the leaves, moves the head, and commits once. An entry's index is known only then;
a row that refers to it says which entry of its unit it means.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from audit.entry import Detail
from audit.events import EntryType
from audit.parts import Opening
from gateway.storage.database import Value
from gateway.storage.indexing import Term
from gateway.storage.published import Published

ERASURES: Final = ("erasures", "")
"""The stamp that each erasure moves: whoever has keys in memory then drops those that are gone."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a decision was made on: the version of *kind* (registers, policy, child) for *key*.

    The committer refuses the unit with `StampMovedError` where the stored version is another.
    """

    kind: str
    key: str
    version: int


class Table(StrEnum):
    """The tables that a unit may insert into."""

    REGISTER = "register"
    CHILD = "child"
    CHILD_INDEX = "child_index"
    CHILD_FACT = "child_fact"
    CONSENT = "consent"
    RECORD = "record"
    RECORD_KEY = "record_key"
    EPISODE = "episode"
    ASSESSMENT = "assessment"
    ATTACHMENT = "attachment"
    OUTBOX = "outbox"
    TASK = "task"
    IDEMPOTENCY = "idempotency"
    REPLAY = "replay"
    AUDIT_CHECKPOINT = "audit_checkpoint"
    AUDIT_COSIGNATURE = "audit_cosignature"
    ERASURE = "erasure"


@dataclass(frozen=True, slots=True)
class Write:
    """One row to insert; *entry* is the position of the unit's entry whose index goes to `leaf`."""

    table: Table
    row: Mapping[str, Value]
    entry: int | None = None


class ChangeKind(StrEnum):
    """The few updates that exist: everything else is an insert."""

    OUTBOX_STATE = "outbox-state"
    TASK_STATE = "task-state"
    EPISODE_STATE = "episode-state"
    ATTACHMENT_STATE = "attachment-state"


@dataclass(frozen=True, slots=True)
class Change:
    """One row to move from state *before* to the values of *row*, or the unit is refused.

    `ConflictError` where the row is not in state *before*: somebody else moved it first. *entry*
    is the position of the unit's entry whose index goes to `closing_leaf`.
    """

    kind: ChangeKind
    id: str
    before: str
    row: Mapping[str, Value]
    entry: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One log entry to append; the committer gives it its time and index.

    *sender*, *recipient* are service ids (never people); *purpose* a purpose code; *policy* the
    digest of the bundle that decided. *child_id* names whose key seals the detail (None: the
    gateway's own). *terms* are what it is found by beside that: kind and text, of which the index
    holds keyed hashes; sender and recipient are found without being named here.
    """

    type: EntryType
    detail: Detail
    sender: str = ""
    recipient: str = ""
    purpose: str = ""
    policy: str = ""
    child_id: str | None = None
    terms: tuple[Term, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """All that is kept of one child, as it was read, to be destroyed in the unit's transaction.

    *entries* are the indices of the child's entries, *records* the ids of the records that
    concern no other child. The unit is refused with `StampMovedError` where the child has other
    entries by now.
    """

    child_id: str
    entries: tuple[int, ...]
    records: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Removal:
    """One row to delete, by its primary *key*: of something that is filed anew elsewhere.

    A stamp of the unit's sees to it that the row is still what it was.
    """

    table: Table
    key: tuple[Value, ...]


class Sweep(StrEnum):
    """What is of no use after its time, and is no record of anything: deleted without an entry."""

    USED_TOKENS = "used-tokens"
    ANSWERS = "answers"


@dataclass(slots=True, kw_only=True)
class Unit:
    """All that is committed together. *moves* are stamps to advance by one.

    *removals* are deleted before anything is written; *erasure* destroys what is kept of a child;
    *sweeps* delete what is older than a time, given in milliseconds since 1970.
    """

    stamps: tuple[Stamp, ...] = ()
    writes: list[Write] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    moves: tuple[tuple[str, str], ...] = ()
    removals: list[Removal] = field(default_factory=list)
    erasure: Erasure | None = None
    sweeps: tuple[tuple[Sweep, int], ...] = ()

    @property
    def stamps_after(self) -> tuple[Stamp, ...]:
        """The unit's stamps, as they are once it is committed."""
        return tuple(
            replace(stamp, version=stamp.version + ((stamp.kind, stamp.key) in self.moves))
            for stamp in self.stamps
        )


@dataclass(frozen=True, slots=True)
class Committed:
    """Where a unit's entries stand: their *indices* and *leaves*, in the order of the unit.

    *published* is the signed checkpoint that covers them, from which proofs are made on demand.
    """

    indices: tuple[int, ...]
    leaves: tuple[bytes, ...]
    published: Published

    def receipt(self, position: int, opening: Opening) -> bytes:
        """Return the receipt for the unit's entry at *position*, for the holder of *opening*."""
        return self.published.receipt(self.indices[position], self.leaves[position], opening)
