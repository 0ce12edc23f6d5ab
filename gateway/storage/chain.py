"""Verifying the shards of the log, and that they are one history: each goes on from the last."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from operator import itemgetter
from typing import Protocol

from audit.canonical import Json
from audit.checkpoint import Checkpoint, open_checkpoint
from audit.errors import AuditError
from audit.events import EntryType
from audit.leaf import Leaf
from audit.note import VerifierKey
from audit.verify import Fault, Report, verify_leaves
from gateway.errors import GatewayError, IntegrityError
from gateway.storage.published import Published


class Statements(Protocol):
    """What a log says of itself, and under which keys it says so."""

    def leaf(self, seq: int) -> bytes:
        """Return the bytes of entry *seq*."""
        ...

    def leaves(self, start: int, stop: int) -> Iterator[tuple[int, bytes]]:
        """Yield number and bytes of the entries from *start* up to, not including, *stop*."""
        ...

    def fields(self, seq: int) -> Mapping[str, Json]:
        """Return what entry *seq*, which is about the log itself, says."""
        ...

    def verifiers_of(self, origin: str) -> tuple[VerifierKey, ...]:
        """Return every key under which the log of this name may be signed."""
        ...


def verify_shards(log: Statements, shards: Sequence[Published]) -> Report:
    """Verify each of the *shards*, its entries and tiles, against its last checkpoint; their chain.

    The checkpoint of the report is the newest, or that of the shard that is at fault.
    """
    for published in shards:
        report = _verify(log, published)
        if not report.holds:
            break
    else:
        return replace(report, fault=verify_chain(log, shards))
    return report


def _verify(log: Statements, published: Published) -> Report:
    shard, read_tile = published.shard, published.read_tile

    def tile_or_nothing(level: int, index: int) -> bytes:
        try:
            return read_tile(level, index)
        except IntegrityError:
            return b""

    checkpoint = open_checkpoint(published.note, log.verifiers_of(shard.origin))
    entries = map(itemgetter(1), log.leaves(shard.base, published.end))
    report = verify_leaves(entries, checkpoint, tile_or_nothing)
    if report.fault is None or shard.number == 1:
        return report
    where = f"log {shard.origin}, {report.fault.where}"
    return replace(report, fault=Fault(where, report.fault.message))


def verify_chain(log: Statements, shards: Sequence[Published]) -> Fault | None:
    """Return the first place at which a shard does not go on from the one before it, or None.

    Each shard's first entry must embed the last signed checkpoint of the one before. Where entries
    were lost with a database, that checkpoint is of a larger tree than is left: then it is the
    witness of what was lost, and all that is verified here is that it is signed, and how many it
    says there were.
    """
    for before, after in pairwise(shards):
        try:
            complaint = _complaint(log, before, after)
        except (AuditError, GatewayError) as error:
            complaint = str(error)
        if complaint:
            return Fault(f"entry {after.shard.base}", complaint)
    return None


def _complaint(log: Statements, before: Published, after: Published) -> str:
    """Return what is wrong where *after* begins: empty where nothing is."""
    said = log.fields(after.shard.base)
    note, lost = str(said.get("previous_checkpoint", "")), said.get("lost")
    keys = log.verifiers_of(str(said.get("previous_origin", "")))
    embedded = open_checkpoint(note.encode(), keys)
    ended = open_checkpoint(before.note, log.verifiers_of(before.shard.origin))
    kind = Leaf.decode(log.leaf(after.shard.base)).type
    if kind is not EntryType.LOG_START or said.get("origin") != after.shard.origin:
        return "the log does not begin with an entry that names it"
    if not isinstance(lost, int) or after.shard.base != before.end + lost:
        return "the log begins with another number than its first entry says"
    if lost == 0 and embedded != ended:
        return "the log does not embed the last checkpoint of the one before"
    if not _is_enough(embedded, ended, lost):
        return "the embedded checkpoint is not of as many entries as were lost"
    return _unsealed(log, before, after) if lost == 0 and not said.get("reason") else ""


def _is_enough(embedded: Checkpoint, ended: Checkpoint, lost: int) -> bool:
    """Whether the embedded checkpoint fits what is left and what is said to be lost.

    It may be that of a later log, all of which was lost.
    """
    if embedded.origin != ended.origin:
        return embedded.size <= lost
    if embedded.size == ended.size:
        return embedded.root == ended.root
    return ended.size < embedded.size <= ended.size + lost


def _unsealed(log: Statements, before: Published, after: Published) -> str:
    last = before.end - 1
    if Leaf.decode(log.leaf(last)).type is not EntryType.LOG_SEAL:
        return "the log before was not sealed, and no reason is given"
    if log.fields(last).get("next_origin") != after.shard.origin:
        return "the log before was sealed to go on under another name"
    return ""
