"""What wraps the keys of children: under a key that never leaves it, here or in a service.

    key-encryption.key         wraps
    key-encryption.next.key    there while all that was wrapped is wrapped anew: both unwrap

Both may come from the environment instead of files.
"""

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Final, Protocol

from gateway.errors import KeysError
from gateway.security import key_files
from gateway.security.sealing import open_sealed, seal

NAME: Final = "key-encryption"
ROTATED: Final = "key-encryption"
"""The kind of the entry that says that one was replaced."""

ID_BYTES: Final = 8

KEY_ENCRYPTION_VARIABLE: Final = "CAF_GATEWAY_KEY_ENCRYPTION_KEY"
"""The environment variable that may hold the key-encryption key instead of its file."""

NEXT_KEY_ENCRYPTION_VARIABLE: Final = "CAF_GATEWAY_NEXT_KEY_ENCRYPTION_KEY"
"""The same for the key that is to take its place."""


class KeyEncryption(Protocol):
    """What wraps keys under a key that never leaves it: here, or in a key management service."""

    @property
    def id(self) -> bytes:
        """What tells this key-encryption key from others, and nothing about it."""
        ...

    def wrap(self, key: bytes, context: bytes) -> bytes:
        """Return *key* wrapped, bound to *context*."""
        ...

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        """Return the key that was wrapped, or raise `SealError`."""
        ...


class LocalKeyEncryption:
    """Wraps keys under a key held in this process' memory.

    >>> encryption = LocalKeyEncryption(bytes(32))
    >>> encryption.unwrap(encryption.wrap(b"k" * 32, b"child 1"), b"child 1") == b"k" * 32
    True
    """

    def __init__(self, key: bytes) -> None:
        self.id = sha256(b"caf-gateway/key-encryption/v1" + key).digest()[:ID_BYTES]
        self._key = key

    def wrap(self, key: bytes, context: bytes) -> bytes:
        """Return *key* wrapped, bound to *context*."""
        return seal(self._key, key, context)

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        """Return the key that was wrapped, or raise `SealError`."""
        return open_sealed(self._key, wrapped, context)


def load(folder: Path, environment: Mapping[str, str]) -> tuple[KeyEncryption, ...]:
    """Return what wraps, and in the middle of a rotation what is to wrap, or raise `KeysError`."""
    text = environment.get(KEY_ENCRYPTION_VARIABLE)
    if text is None:
        found = key_files.read(folder, NAME), key_files.read_next(folder, NAME)
    else:
        following = environment.get(NEXT_KEY_ENCRYPTION_VARIABLE)
        found = (
            key_files.parse(text, KEY_ENCRYPTION_VARIABLE),
            None if following is None else key_files.parse(following, NEXT_KEY_ENCRYPTION_VARIABLE),
        )
    keys = dict.fromkeys(key for key in found if key is not None)
    return tuple(map(LocalKeyEncryption, keys))


def begin_rotation(folder: Path, environment: Mapping[str, str]) -> None:
    """Make the next key, unless it was made already.

    Raises `KeysError` where the key comes from the environment, and the next does not.
    """
    if KEY_ENCRYPTION_VARIABLE not in environment:
        key_files.make_next(folder, NAME)
    elif NEXT_KEY_ENCRYPTION_VARIABLE not in environment:
        message = f"the next key comes from the environment too: `{NEXT_KEY_ENCRYPTION_VARIABLE}`"
        raise KeysError(message)


def finish_rotation(folder: Path, environment: Mapping[str, str]) -> bool:
    """Let the next key take the place of the one that wraps nothing any more, which is destroyed.

    Returns whether it did: where they come from the environment, it is for whoever sets that.
    """
    if KEY_ENCRYPTION_VARIABLE in environment:
        return False
    key_files.replace_by_next(folder, NAME)
    return True
