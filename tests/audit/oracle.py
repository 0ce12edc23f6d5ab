"""RFC 6962, section 2.1, word for word: slow, recursive, and independent of `audit`."""

from hashlib import sha256


def root(hashes):
    """MTH: the root above the leaves with these *hashes*."""
    if not hashes:
        return sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    middle = _middle(len(hashes))
    return sha256(b"\x01" + root(hashes[:middle]) + root(hashes[middle:])).digest()


def path(index, hashes):
    """PATH: the proof that leaf *index* is among the leaves with these *hashes*."""
    if len(hashes) == 1:
        return []
    middle = _middle(len(hashes))
    if index < middle:
        return [*path(index, hashes[:middle]), root(hashes[middle:])]
    return [*path(index - middle, hashes[middle:]), root(hashes[:middle])]


def proof(old, hashes):
    """PROOF: that the tree of the first *old* of these *hashes* grew into the tree of all."""
    return _subproof(old, hashes, is_whole=True) if 0 < old < len(hashes) else []


def _subproof(old, hashes, *, is_whole):
    if old == len(hashes):
        return [] if is_whole else [root(hashes)]
    middle = _middle(len(hashes))
    if old <= middle:
        left = _subproof(old, hashes[:middle], is_whole=is_whole)
        return [*left, root(hashes[middle:])]
    right = _subproof(old - middle, hashes[middle:], is_whole=False)
    return [*right, root(hashes[:middle])]


def _middle(size):
    middle = 1
    while 2 * middle < size:
        middle *= 2
    return middle
