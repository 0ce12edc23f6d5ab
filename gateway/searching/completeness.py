"""Proving that a list of a child's entries is complete.

An entry about a child bears a tag that only this child's key can make (`audit.entry`). So one pass
over all leaves finds every entry about it, whatever the index says; and because the same pass
builds the tree anew from these very leaves, and compares it with the log's signed checkpoint, none
was left out, changed or added; where the log was sealed and the next one begun, in none of them.
What was lost with a database, before a backup was put back, nobody can look at: it is named. Where
an index lacks an entry, or has one too many, that is said.
"""

from binascii import hexlify, unhexlify
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Final

from audit.canonical import encode_base64
from audit.checkpoint import open_checkpoint, require_growth
from audit.entry import NONCE_BYTES, TAG_BYTES
from audit.errors import AuditError
from audit.note import split
from audit.verify import verify_leaves
from gateway.storage.chain import verify_chain
from gateway.storage.log import Log
from gateway.storage.published import Published, lost_between

_NONCE: Final = b'"nonce":"'
_TAG: Final = b'"tag":"'
_BLOCK: Final = sha256().block_size
_INNER: Final = bytes(byte ^ 0x36 for byte in range(256))
_OUTER: Final = bytes(byte ^ 0x5C for byte in range(256))


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """The log that an answer was proved against: its checkpoint, and who vouches for it.

    *root* is in base64, as the checkpoint has it. *last* is the number of the last entry, which
    goes on through all logs; up to *cosigned_last* the witnesses *cosigned_by* saw each in its
    place. *lost* are the ranges of entries that are not there, ends included: nothing is proved of
    them. *fault* says what does not hold of the log; then nothing is proved.
    """

    origin: str
    size: int
    root: str
    last: int
    cosigned_last: int = -1
    cosigned_by: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class Pass:
    """What one pass over the log gave: the entries that *bear* the tag, and what it was of."""

    bearing: tuple[int, ...]
    checked: Checked


def newest(log: Log, fault: str | None = None) -> Checked:
    """Return the newest checkpoint of *log*, to prove against, with the *fault* that was found."""
    return _checked(log, log.refresh(), fault)


def pass_over(log: Log, tag_key: bytes) -> Pass:
    """Return which entries of *log* bear a tag of *tag_key*, and whether the log holds together.

    INVARIANT: the leaves that are asked for their tags are the ones that make the root.
    """
    bearing: list[int] = []
    bears, shards, faults = bearer_of(tag_key), log.shards(), []
    for published in shards:
        shard = published.shard
        checkpoint = open_checkpoint(published.note, log.verifiers_of(shard.origin))
        leaves = _noting(log.leaves(shard.base, published.end), bears, bearing)
        faults.append(verify_leaves(leaves, checkpoint).fault)
    fault = next(filter(None, [*faults, verify_chain(log, shards)]), None)
    checked = _checked(log, shards[-1], None if fault is None else fault.message)
    checked = replace(checked, lost=lost_between(shards))
    return Pass(tuple(bearing), _vouched_for(log, shards, checked))


def _checked(log: Log, published: Published, fault: str | None) -> Checked:
    checkpoint = open_checkpoint(published.note, log.verifiers_of(published.shard.origin))
    return Checked(
        origin=checkpoint.origin,
        size=checkpoint.size,
        root=encode_base64(checkpoint.root),
        last=published.end - 1,
        fault=fault,
    )


def _vouched_for(log: Log, shards: Sequence[Published], checked: Checked) -> Checked:
    """Return *checked* with how far witnesses vouch for it: the log must continue what they saw."""
    cosigned = log.cosigned
    if cosigned is None or checked.fault is not None:
        return checked
    shard = cosigned.shard
    (published,) = (one for one in shards if one.shard.number == shard.number)
    keys = log.verifiers_of(shard.origin)
    try:
        seen = open_checkpoint(cosigned.note, keys)
        growth = published.growth_from(seen.size)
        require_growth(seen, open_checkpoint(published.note, keys), growth)
    except AuditError as error:
        return replace(checked, fault=str(error))
    return replace(
        checked, cosigned_last=cosigned.end - 1, cosigned_by=_cosigners(cosigned.note, shard.origin)
    )


def _cosigners(note: bytes, origin: str) -> tuple[str, ...]:
    """Return the names of those who signed the checkpoint beside the log itself."""
    _, lines = split(note)
    return tuple(sorted({line.name for line in lines} - {origin}))


def _noting(
    leaves: Iterable[tuple[int, bytes]], bears: Callable[[bytes], bool], noted: list[int]
) -> Iterator[bytes]:
    for index, leaf in leaves:
        if bears(leaf):
            noted.append(index)
        yield leaf


def bearer_of(key: bytes) -> Callable[[bytes], bool]:
    """Return what tells whether a leaf bears a tag of *key*: `audit.entry.subject_tag`, unrolled.

    HMAC (RFC 2104) sets out from two states that depend on the key alone. They are made once
    here, and copied for each leaf: that is three times as fast as to set out from the key.
    """
    padded = key.ljust(_BLOCK, b"\0")
    inner, outer = sha256(padded.translate(_INNER)), sha256(padded.translate(_OUTER))
    nonce_at, tag_at = len(_NONCE), len(_TAG)

    def bears(leaf: bytes) -> bool:
        nonce = leaf.find(_NONCE) + nonce_at
        first, second = inner.copy(), outer.copy()
        first.update(unhexlify(leaf[nonce : nonce + 2 * NONCE_BYTES]))
        second.update(first.digest())
        tag = hexlify(second.digest()[:TAG_BYTES])
        return leaf.startswith(tag, leaf.find(_TAG, nonce) + tag_at)

    return bears
