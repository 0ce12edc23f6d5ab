"""The Merkle tree of RFC 6962, section 2.1: hashes, and the verification of proofs.

A leaf is hashed with the prefix 0x00 and an inner node with 0x01, so that neither can
be passed off as the other. Verification follows the algorithms of RFC 9162, sections
2.1.3.2 and 2.1.4.2.
"""

from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256

from audit.errors import ProofError

HASH_BYTES = 32
EMPTY_ROOT = sha256(b"").digest()
"""The root of a tree without leaves: the hash of nothing (RFC 6962, section 2.1)."""

MAX_SIZE = 2**63 - 1
"""Sizes and indices are signed 64-bit integers in every implementation that we talk to."""


def leaf_hash(leaf: bytes) -> bytes:
    """Return the hash under which *leaf* stands in the tree.

    >>> leaf_hash(b"").hex()[:16]
    '6e340b9cffb37a98'
    """
    return sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of the inner node above *left* and *right*."""
    return sha256(b"\x01" + left + right).digest()


def leaf_hashes(leaves: Iterable[bytes]) -> list[bytes]:
    """Return the hashes of *leaves*: one call for many of them.

    >>> leaf_hashes([b"", b"a"]) == [leaf_hash(b""), leaf_hash(b"a")]
    True
    """
    return [sha256(b"\x00" + leaf).digest() for leaf in leaves]


def node_hashes(hashes: Iterable[bytes]) -> list[bytes]:
    """Return the nodes above *hashes*, taken two by two; above one that is left over, none.

    >>> node_hashes([bytes(32), bytes(32), bytes(32)]) == [node_hash(bytes(32), bytes(32))]
    True
    """
    one_by_one = iter(hashes)
    pairs = zip(one_by_one, one_by_one, strict=False)
    return [sha256(b"\x01" + left + right).digest() for left, right in pairs]


def fold(subtrees: Sequence[bytes]) -> bytes:
    """Return the root above perfect *subtrees*, which are given from largest to smallest."""
    if not subtrees:
        return EMPTY_ROOT
    root = subtrees[-1]
    for left in reversed(subtrees[:-1]):
        root = node_hash(left, root)
    return root


def fold_perfect(hashes: bytes) -> bytes:
    """Return the root above *hashes*, a power of two of them, which stand side by side."""
    while len(hashes) > HASH_BYTES:
        pairs = range(0, len(hashes), 2 * HASH_BYTES)
        hashes = b"".join(
            [sha256(b"\x01" + hashes[at : at + 2 * HASH_BYTES]).digest() for at in pairs]
        )
    return hashes


def perfect_subtrees(start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield (height, index) of the perfect subtrees that make up the leaves *start* to *end*.

    *start* is a place where RFC 6962 splits a tree: a multiple of the largest power of two
    that the range holds.

    >>> list(perfect_subtrees(0, 7))
    [(2, 0), (1, 2), (0, 6)]
    """
    while start < end:
        height = (end - start).bit_length() - 1
        yield height, start >> height
        start += 1 << height


def inclusion_ranges(index: int, size: int) -> list[tuple[int, int]]:
    """Return the ranges of leaves whose hashes prove that leaf *index* is in a tree of *size*.

    They stand in the order of the proof, from the leaf's sibling up (RFC 6962, 2.1.1).

    >>> inclusion_ranges(4, 7)
    [(5, 6), (6, 7), (0, 4)]
    """
    start, end, ranges = 0, size, []
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            ranges.append((middle, end))
            end = middle
        else:
            ranges.append((start, middle))
            start = middle
    ranges.reverse()
    return ranges


def consistency_ranges(old: int, new: int) -> list[tuple[int, int]]:
    """Return the ranges of leaves whose hashes prove that a tree of *old* grew to one of *new*.

    They stand in the order of the proof (RFC 6962, 2.1.2). An empty tree is consistent with
    any tree, and a tree with itself, without proof.

    >>> consistency_ranges(3, 7)
    [(2, 3), (3, 4), (0, 2), (4, 7)]
    """
    if old in {0, new}:
        return []
    start, end, ranges = 0, new, []
    while old != end:
        middle = start + _split(end - start)
        if old <= middle:
            ranges.append((middle, end))
            end = middle
        else:
            ranges.append((start, middle))
            start = middle
    if start:  # otherwise the old tree itself is the subtree, and its root is known
        ranges.append((start, end))
    ranges.reverse()
    return ranges


def _split(width: int) -> int:
    """Return the largest power of two below *width* (RFC 6962, section 2.1)."""
    return 1 << ((width - 1).bit_length() - 1)


def verify_inclusion(
    leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> None:
    """Verify that the leaf with hash *leaf* is leaf *index* of the tree with *size* and *root*.

    Raises `ProofError` if the proof does not show that (RFC 9162, section 2.1.3.2).

    >>> verify_inclusion(leaf_hash(b"a"), 0, 1, [], leaf_hash(b"a"))
    >>> verify_inclusion(leaf_hash(b"b"), 0, 1, [], leaf_hash(b"a"))
    Traceback (most recent call last):
        ...
    audit.errors.ProofError: the proof leads to another root than the checkpoint's
    """
    _require_hashes([leaf, root, *proof])
    if not 0 <= index < size <= MAX_SIZE:
        message = "the tree is too small to hold an entry with this index"
        raise ProofError(message)
    position, last, node = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            message = "the proof is longer than the tree is high"
            raise ProofError(message)
        if position & 1 or position == last:
            node = node_hash(sibling, node)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            node = node_hash(node, sibling)
        position, last = position >> 1, last >> 1
    if last:
        message = "the proof is shorter than the tree is high"
        raise ProofError(message)
    if node != root:
        message = "the proof leads to another root than the checkpoint's"
        raise ProofError(message)


def verify_consistency(
    old: int, old_root: bytes, new: int, new_root: bytes, proof: Sequence[bytes]
) -> None:
    """Verify that the tree of size *new* holds the tree of size *old* unchanged, as its beginning.

    Raises `ProofError` if the proof does not show that (RFC 9162, section 2.1.4.2).
    """
    _require_hashes([old_root, new_root, *proof])
    if not 0 <= old <= new <= MAX_SIZE:
        message = "a tree cannot grow from a larger size to a smaller"
        raise ProofError(message)
    if old in {0, new}:
        _verify_trivially(old, old_root, new, new_root, proof)
        return
    path = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    if not path:
        message = "the consistency proof is empty"
        raise ProofError(message)
    position, last = old - 1, new - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    old_node = new_node = path[0]
    for sibling in path[1:]:
        if last == 0:
            message = "the consistency proof is longer than the tree is high"
            raise ProofError(message)
        if position & 1 or position == last:
            old_node, new_node = node_hash(sibling, old_node), node_hash(sibling, new_node)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            new_node = node_hash(new_node, sibling)
        position, last = position >> 1, last >> 1
    if last or old_node != old_root or new_node != new_root:
        message = "the consistency proof leads to other roots than the checkpoints'"
        raise ProofError(message)


def _verify_trivially(
    old: int, old_root: bytes, new: int, new_root: bytes, proof: Sequence[bytes]
) -> None:
    if proof:
        message = "the consistency proof holds hashes where none are needed"
        raise ProofError(message)
    expected = EMPTY_ROOT if old == 0 else new_root
    if old_root != expected or (new == 0 and new_root != EMPTY_ROOT):
        message = "the roots differ although the proof allows for no change"
        raise ProofError(message)


def _require_hashes(hashes: Sequence[bytes]) -> None:
    if any(len(item) != HASH_BYTES for item in hashes):
        message = f"a hash is not `{HASH_BYTES}` bytes long"
        raise ProofError(message)
