"""The gateway's own keys: made once, kept in files that only it can read.

    key-encryption.key   wraps the keys of children and records (or from the environment, or a KMS)
    index.key            keyed hashes under which children and entries are found
    head.key             authenticates the head of the log
    detail.key           seals the log details that concern no child
    log-signing.key      Ed25519: signs the log's checkpoints
    token-signing.key    Ed25519: signs access tokens

Each file holds 32 bytes in hexadecimal. Losing `key-encryption.key` loses every record; whoever
holds it and the database reads everything. A backup of the one never lies beside the other.
"""

import hmac
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.errors import KeysError
from gateway.security import key_encryption, key_files, log_keys
from gateway.security.key_encryption import ID_BYTES, KeyEncryption
from gateway.security.log_keys import LogKeys
from gateway.security.sealing import KEY_BYTES

_OTHERS: Final = ("index", "head", "detail", "token-signing")


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """A new key: to use now, and *wrapped* to keep."""

    key: bytes
    wrapped: bytes


class Keys:
    """All of the gateway's keys. Never printed, logged or sent: `repr` shows none of them.

    *encryptions* wrap keys: the one in force, and in the middle of a rotation its successor. They
    and *log* are replaced while the gateway runs: `refresh` reads them again.
    """

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.folder = folder
        self._environment = environment
        self.refresh()
        index, self.head, self.detail, token = (key_files.read(folder, name) for name in _OTHERS)
        self.token_signing = Ed25519PrivateKey.from_private_bytes(token)
        self._index = hmac.new(index, digestmod="sha256")

    @classmethod
    def make(cls, folder: Path) -> "Keys":
        """Make new keys in *folder*, readable by this user only, and return them.

        Raises `KeysError` where any of them is there already: nothing is ever overwritten.
        """
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in (key_encryption.NAME, log_keys.NAME, *_OTHERS):
            key_files.make(folder, name)
        return cls.load(folder, {})

    @classmethod
    def load(cls, folder: Path, environment: Mapping[str, str] = os.environ) -> "Keys":
        """Return the keys in *folder*, the key-encryption key perhaps from the *environment*.

        Raises `KeysError` for a file that is missing, malformed, or readable by others.
        """
        return cls(folder, environment)

    def refresh(self) -> None:
        """Read again what may have been rotated, or raise `KeysError`."""
        self.encryptions = key_encryption.load(self.folder, self._environment)
        self.log = LogKeys.load(self.folder)

    def new_key(self, context: bytes, encryption: KeyEncryption | None = None) -> WrappedKey:
        """Return a new key for what *context* names: a child, say.

        It is wrapped by *encryption*, or by the first there is.
        """
        key = secrets.token_bytes(KEY_BYTES)
        return WrappedKey(key, self.wrap(key, context, encryption or self.encryptions[0]))

    def wrap(self, key: bytes, context: bytes, encryption: KeyEncryption) -> bytes:
        """Return *key* wrapped by *encryption*, whose id goes before it."""
        return encryption.id + encryption.wrap(key, context)

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        """Return the key that was wrapped for *context*, or raise `SealError`.

        Raises `KeysError` where what wrapped it is not here: other nodes may well have it.
        """
        encryption = self._encryption(wrapped)
        if encryption is None:
            self.refresh()  # its key was replaced since, and this process has not heard of it
            encryption = self._encryption(wrapped)
        if encryption is None:
            message = "a key is wrapped under a key-encryption key that is not here"
            raise KeysError(message)
        return encryption.unwrap(wrapped[ID_BYTES:], context)

    def begin_encryption(self) -> None:
        """Make the key that is to wrap all others, unless it is there, or raise `KeysError`."""
        key_encryption.begin_rotation(self.folder, self._environment)
        self.refresh()

    def finish_encryption(self) -> bool:
        """Let it take the other's place, once that wraps nothing; return whether the other is gone.

        It is not where it came from the environment.
        """
        is_gone = key_encryption.finish_rotation(self.folder, self._environment)
        self.refresh()
        return is_gone

    def index_value(self, kind: str, text: str) -> bytes:
        """Return the keyed hash under which *text* is found, in an index of this *kind*.

        Without the index key nobody can try all NHS numbers against a stolen index.
        """
        # A copy of the keyed state: `hmac.digest` would set out from the key each time, and give
        # the interpreter's lock away for it.
        keyed = self._index.copy()
        keyed.update(f"{kind}\0{text}".encode())
        return keyed.digest()

    def __repr__(self) -> str:
        return "Keys(...)"

    def _encryption(self, wrapped: bytes) -> KeyEncryption | None:
        return next((one for one in self.encryptions if one.id == wrapped[:ID_BYTES]), None)


def subject_key(key: bytes) -> bytes:
    """Return the key of the blinded subject tags of whoever's things are sealed under *key*."""
    # Not `hmac.digest`, which would give the interpreter's lock away.
    return hmac.new(key, b"caf-gateway/subject-tag/v1", "sha256").digest()
