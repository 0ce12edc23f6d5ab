"""Times: whether what the log says of them agrees with its witnesses, and with its anchors.

A witness says when it saw a checkpoint. Every entry that this holds was there by then, and every
later one was not: so the time that the gateway gave an entry is bounded from both sides, by clocks
that are not ours (a backdated entry stands out by as much as it is older than the last cosignature
before it). An anchor's token does the same for the entries before it.
"""

from base64 import b64decode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from audit.checkpoint import Checkpoint, open_checkpoint, require_growth
from audit.errors import AuditError
from audit.events import EntryType
from audit.leaf import Leaf
from audit.note import VerifierKey
from audit.parts import Part
from audit.quorum import Quorum
from gateway.errors import GatewayError
from gateway.storage.cosignatures import CosignedNote
from gateway.storage.details import Details
from gateway.storage.log import Log
from gateway.storage.times import from_ms
from gateway.stored_log import StoredLog
from gateway.verifying.faults import Act, Fault
from gateway.witnessing.anchoring import Authority

_MOST_WINDOWS: Final = 20_000
"""Of more cosigned checkpoints every other, or third, ... is gone by: each costs signatures."""


@dataclass(frozen=True, slots=True)
class Window:
    """That the entries from *start* up to, not including, *stop* have times within these bounds.

    The times are milliseconds since 1970; None: nothing bounds them on this side.
    """

    start: int
    stop: int
    earliest: int | None
    latest: int | None

    def complaint(self, at: int) -> str | None:
        """Return what is wrong with an entry of this window whose time is *at*, if anything.

        >>> Window(0, 2, 1000, 5000).complaint(999)
        'the entry is dated before the witnesses saw the log without it'
        >>> Window(0, 2, None, 5000).complaint(1)
        """
        if self.earliest is not None and at < self.earliest:
            return "the entry is dated before the witnesses saw the log without it"
        if self.latest is not None and at > self.latest:
            return "the entry is dated after the witnesses saw the log with it"
        return None


def wrong_times(stored: StoredLog, log: Log) -> Iterator[Fault]:
    """Yield the entries whose times the witnesses, or the anchors, of the *stored* log deny."""
    skew = timedelta(seconds=stored.witnesses.skew_seconds)
    quorum, authority = stored.witnesses.quorum, stored.authority
    if quorum is not None:
        bases = {one.shard.number: one.shard.base for one in log.shards()}
        notes = [
            replace(one, size=bases[one.shard] + one.size)
            for one in stored.cosignatures.all()
            if one.shard in bases
        ]
        bounds = windows(notes, quorum, log.verifiers, skew)
        for index, complaint in out_of_window(log, bounds):
            yield Fault(f"entry {index}", complaint, Act.EXPLAIN)
    if authority is not None:
        details = Details(stored.database, log, stored.vault)
        for index, complaint in wrong_anchors(log, details, authority, skew):
            yield Fault(f"entry {index}", complaint, Act.EXPLAIN)


def windows(
    notes: Sequence[CosignedNote], quorum: Quorum, keys: Sequence[VerifierKey], skew: timedelta
) -> Iterator[Window]:
    """Yield the windows that the *quorum*'s cosignatures in *notes* bound, in the log's order.

    *keys* are the log's own; *skew* is how far its clock and theirs may be apart, and how long a
    witness may take to answer. A note that does not verify bounds nothing.
    """
    width, start, earliest = skew // timedelta(milliseconds=1), 0, None
    for note in notes[:: len(notes) // _MOST_WINDOWS + 1]:
        try:
            at = quorum.cosigned_at(note.note, keys)
        except AuditError:
            continue
        if at is not None:
            yield Window(start, note.size, earliest, at * 1000 + 999 + width)
            start, earliest = note.size, at * 1000 - width
    yield Window(start, 2**63 - 1, earliest, None)


def out_of_window(log: Log, bounds: Iterator[Window]) -> Iterator[tuple[int, str]]:
    """Yield index and complaint for each entry of *log* whose time is out of its *bounds*."""
    window = next(bounds)
    for index, leaf in log.leaves(0, log.published.end):
        while index >= window.stop:
            window = next(bounds)
        complaint = window.complaint(_at(leaf))
        if complaint is not None:
            yield index, complaint


def wrong_anchors(
    log: Log, details: Details, authority: Authority, skew: timedelta
) -> Iterator[tuple[int, str]]:
    """Yield index and complaint for each anchor whose token does not stamp *log* as it is.

    One whose detail cannot be opened is left to whoever verifies details.
    """
    for stored in details.of_child("", range(log.published.end)):
        if Leaf.decode(stored.leaf).type is EntryType.ANCHOR:
            try:
                complaint = _wrong(log, details, stored.index, authority, skew)
            except (AuditError, GatewayError, ValueError):
                complaint = "the anchor's token does not stamp the log as it was then"
            if complaint is not None:
                yield stored.index, complaint


def _wrong(
    log: Log,
    details: Details,
    index: int,
    authority: Authority,
    skew: timedelta,
) -> str | None:
    fields = details.detail(index).open(Part.GATEWAY).fields()
    size, root, token = fields["size"], fields["root"], fields["token"]
    published = log.holding(index)
    newest = open_checkpoint(published.note, log.verifiers)
    if not isinstance(size, int) or not 0 < size <= index - published.shard.base:
        return "the anchor stamps what was not there"
    old = Checkpoint(newest.origin, size, b64decode(str(root), validate=True))
    stamp = authority.verify(old, b64decode(str(token), validate=True))
    require_growth(old, newest, published.growth_from(size))
    if fields.get("stamped_at") != stamp.at.isoformat():
        return "the anchor states another time than its token"
    first, last = (from_ms(_at(log.leaf(one))) for one in (index, published.shard.base + size - 1))
    if last > stamp.at + skew or first < stamp.at - skew:
        return "the anchor's time does not agree with its entry's, or the one before it"
    return None


def _at(leaf: bytes) -> int:
    """Return the time in a *leaf*: the first member of its canonical JSON; 0 where it has none.

    >>> _at(b'{"at":1700000000000,"commit":"..."}')
    1700000000000
    """
    digits = leaf[6 : leaf.find(b",")]
    return int(digits) if leaf.startswith(b'{"at":') and digits.isdigit() else 0
