"""The head of the log: the row from which the next append goes on.

Somebody who can write to the database but has no key could otherwise edit the head so that the
log goes on from a tree of his making. A node believes a head only with its authentication code.
"""

import hmac
from dataclasses import dataclass

from audit.errors import HeadError
from audit.merkle import HASH_BYTES, MAX_SIZE, fold

_CONTEXT = b"caf-gateway/audit-head/v1"


@dataclass(frozen=True, slots=True)
class Head:
    """The *size* of the log and its *frontier*, the roots of its perfect subtrees.

    >>> Head(3, bytes(32))
    Traceback (most recent call last):
        ...
    audit.errors.HeadError: the frontier does not fit the size of the log
    """

    size: int
    frontier: bytes

    def __post_init__(self) -> None:
        fits = len(self.frontier) == HASH_BYTES * self.size.bit_count()
        if not 0 <= self.size <= MAX_SIZE or not fits:
            message = "the frontier does not fit the size of the log"
            raise HeadError(message)

    def root(self) -> bytes:
        """Return the root hash that the frontier folds to."""
        ends = range(HASH_BYTES, len(self.frontier) + 1, HASH_BYTES)
        return fold([self.frontier[end - HASH_BYTES : end] for end in ends])

    def code(self, key: bytes) -> bytes:
        """Return the authentication code of this head under the node's *key* (HMAC-SHA256)."""
        return hmac.digest(key, _CONTEXT + self.size.to_bytes(8, "big") + self.frontier, "sha256")

    def check(self, key: bytes, code: bytes) -> None:
        """Raise `HeadError` unless *code* is this head's, in time that tells nothing of it."""
        if not hmac.compare_digest(self.code(key), code):
            message = "the stored head of the log was not written by this gateway"
            raise HeadError(message)
