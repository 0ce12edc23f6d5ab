"""The patrol: the whole stored log verified over and over, a little at a time, beside other work.

    entries 0-255, 256-511, ...      each proved under the signed checkpoint, opened, and compared
                                     with its rows (`gateway.verifying.verification.Verifier`)
    rows of consent, child_fact, ... each traced to its entry
    a rest, until the next pass begins

After each step it rests nine times as long as that took, so that it never has more than a tenth of
a processor; where it stands is kept in a file, so that a worker that starts goes on where the last
one was. A start looks at the log's tail alone (`gateway.storage.log`); this looks at all of it.

What it finds is told (an event, a gauge, an entry with a task for a person). Where the log itself
is at fault nothing is taken or released any more, by any process of this home, until `caf-gateway
audit verify` finds that all holds again: see `gateway.storage.memory`.
"""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from audit.checkpoint import open_checkpoint
from audit.errors import AuditError
from audit.merkle import leaf_hash
from audit.tiles import TILE_BYTES, TILE_WIDTH, Tile
from gateway.errors import DatabaseError, IntegrityError, UnreachableError
from gateway.storage.chain import verify_chain
from gateway.storage.log import Log
from gateway.storage.published import Published
from gateway.stored_log import StoredLog
from gateway.verifying.faults import Act, Fault
from gateway.verifying.rows import ROW_KINDS
from gateway.verifying.verification import UNREADABLE, Verifier

PASS_EVERY: Final = timedelta(hours=1)
"""A pass begins so long after the last one did, at the earliest."""

_ENTRIES: Final = "entries"
_ROWS_AT_ONCE: Final = 128
_REST: Final = 9
_SHORTEST_REST_SECONDS: Final = 0.05
_LONGEST_REST_SECONDS: Final = 5.0


class Progress(Struct, frozen=True, kw_only=True):
    """How far the patrol is: at row *start* of this *kind*, or at that entry.

    *faults* is how many this pass has found; *completed_at* when the last whole pass was done.
    """

    kind: str = _ENTRIES
    start: str = "0"
    faults: int = 0
    began_at: datetime | None = None
    completed_at: datetime | None = None

    def silence(self, now: datetime) -> float:
        """Return how many seconds ago the last whole pass was done; infinitely many, if never."""
        done = self.completed_at
        return float("inf") if done is None else (now - done).total_seconds()


@dataclass(frozen=True, slots=True)
class Notes:
    """The file at *path*, in which the patrol of one home keeps its progress."""

    path: Path

    def read(self) -> Progress:
        """Return how far the patrol is: at the beginning, where nothing readable is kept."""
        try:
            return msgspec.json.decode(self.path.read_bytes(), type=Progress)
        except (OSError, msgspec.MsgspecError):
            return Progress()

    def keep(self, progress: Progress) -> None:
        """Keep *progress*; to lose it costs a pass begun anew."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = self.path.with_name(f"{self.path.name}.new")
        unfinished.write_bytes(msgspec.json.encode(progress))
        unfinished.replace(self.path)


@dataclass(slots=True)
class Patrol:
    """Verifies the *stored* log step by step; *told* is called with each fault of each pass.

    *notes* is where it keeps how far it is.
    """

    stored: StoredLog
    log: Log
    notes: Notes
    now: Callable[[], datetime]
    told: Callable[[Fault], None]

    def run(self, stop: threading.Event) -> None:
        """Verify until *stop* is set; raise `IntegrityError` where the log is found at fault."""
        rest = 0.0
        while not stop.wait(rest):
            began = time.monotonic()
            self.step()
            self.stored.memory.require_sound()
            took = time.monotonic() - began
            rest = min(max(_REST * took, _SHORTEST_REST_SECONDS), _LONGEST_REST_SECONDS)

    def step(self) -> tuple[Fault, ...]:
        """Verify the next entries or rows, and return what is wrong with them.

        Between two passes there is nothing to do.
        """
        progress = self._begun(self.notes.read())
        if progress is None:
            return ()
        try:
            faults, following = self._look(progress)
        except UnreachableError:
            return ()  # the next step looks at the same
        except DatabaseError:
            faults, following = (UNREADABLE,), progress
        except IntegrityError as error:
            faults, following = (Fault("head of the log", str(error), Act.RESTORE),), progress
        for fault in faults:
            self.told(fault)
        for fault in filter(_is_of_the_log, faults):
            self.stored.memory.condemn(f"{fault.where}: {fault.message}")
        self.notes.keep(replace(following, faults=following.faults + len(faults)))
        return faults

    def _begun(self, progress: Progress) -> Progress | None:
        """Return *progress*, or that of a new pass; None where it is not time for that yet."""
        now = self.now()
        if progress.kind in {_ENTRIES, *ROW_KINDS} and progress.began_at is not None:
            return progress
        if progress.began_at is not None and now < progress.began_at + PASS_EVERY:
            return None
        return Progress(began_at=now, completed_at=progress.completed_at)

    def _look(self, progress: Progress) -> tuple[tuple[Fault, ...], Progress]:
        verifier = Verifier(self.stored, self.log)
        if progress.kind != _ENTRIES:
            page = verifier.rows(progress.kind, progress.start, _ROWS_AT_ONCE)
            if page.next is not None:
                return page.faults, replace(progress, start=page.next)
            return page.faults, self._after(progress)
        shards = self.log.shards()
        span = _span(shards, int(progress.start))
        if span is None:
            faults = (*_unchained(self.log, shards), *verifier.registers())
            return faults, self._after(progress)
        faults = (*_unproved(self.log, span), *verifier.entries(span.start, span.stop))
        return faults, replace(progress, start=str(span.stop))

    def _after(self, progress: Progress) -> Progress:
        """Return where to go on when all of one kind was looked at."""
        kinds = (_ENTRIES, *ROW_KINDS, "")
        kind = kinds[kinds.index(progress.kind) + 1]
        completed_at = progress.completed_at if kind else self.now()
        return replace(progress, kind=kind, start="", completed_at=completed_at)


@dataclass(frozen=True, slots=True)
class _Span:
    """The entries from *start* up to, not including, *stop*, all of one tile of *published*."""

    published: Published
    start: int
    stop: int


def _span(shards: Sequence[Published], start: int) -> _Span | None:
    """Return the first entries from *start* on, if there are any: lost numbers are passed over."""
    for published in shards:
        if start < published.end:
            base = published.shard.base
            first = max(start, base)
            stop = first + TILE_WIDTH - (first - base) % TILE_WIDTH
            return _Span(published, first, min(stop, published.end))
    return None


def _unproved(log: Log, span: _Span) -> Iterator[Fault]:
    """Yield the entries of *span* that the signed checkpoint does not prove, and a wrong tile."""
    published, shard = span.published, span.published.shard
    checkpoint = open_checkpoint(published.note, log.verifiers_of(shard.origin))
    leaves = dict(log.leaves(span.start, span.stop))
    for seq in range(span.start, span.stop):
        try:
            published.proof(seq).require_included(leaves.get(seq, b""), checkpoint)
        except (AuditError, IntegrityError) as error:
            yield Fault(f"entry {seq}", str(error), Act.RESTORE)
    if span.stop - span.start == TILE_WIDTH:
        # Proofs at the right edge are made from memory, and need no tile.
        tile = Tile(0, (span.start - shard.base) // TILE_WIDTH)
        stored = published.read_tile(tile.level, tile.index)[:TILE_BYTES]
        if stored != b"".join(map(leaf_hash, leaves.values())):
            yield Fault(tile.path, "the tile is not that of its entries", Act.RESTORE)


def _unchained(log: Log, shards: Sequence[Published]) -> Iterator[Fault]:
    fault = verify_chain(log, shards)
    if fault is not None:
        yield Fault(fault.where, fault.message, Act.RESTORE)


def _is_of_the_log(fault: Fault) -> bool:
    return fault.is_of_the_log
