"""Randomness: the operating system's own, fetched for many draws at once.

A message draws some forty times, for salts, nonces and ids, and the system call costs more than
the bytes.
"""

import os
from io import BytesIO
from typing import Final

_AT_ONCE: Final = 4096


class _Pool:
    """Bytes that nobody has been given yet."""

    def __init__(self) -> None:
        self._left = BytesIO()
        os.register_at_fork(after_in_child=self._drop)

    def draw(self, count: int) -> bytes:
        """Return so many of them."""
        # INVARIANT: no byte is given twice, or a nonce would be: a read moves on as it takes, and
        # what is fetched is there for others only once our own part has been taken.
        drawn = self._left.read(count)
        if len(drawn) == count:
            return drawn
        if count > _AT_ONCE:
            return os.urandom(count)
        fetched = BytesIO(os.urandom(_AT_ONCE))
        drawn = fetched.read(count)
        self._left = fetched
        return drawn

    def _drop(self) -> None:
        """Forget them all: a forked process must not draw what its parent draws."""
        self._left = BytesIO()


_pool = _Pool()


def draw(count: int) -> bytes:
    """Return *count* random bytes, fit for keys, salts and nonces.

    >>> len(draw(12)), draw(12) == draw(12)
    (12, False)
    """
    return _pool.draw(count)
