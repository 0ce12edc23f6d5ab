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
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.errors import KeysError
from gateway.security.sealing import KEY_BYTES, open_sealed, seal

KEY_ENCRYPTION_VARIABLE: Final = "CAF_GATEWAY_KEY_ENCRYPTION_KEY"
"""The environment variable that may hold the key-encryption key instead of its file."""

_KEY_ENCRYPTION: Final = "key-encryption"
_OTHERS: Final = ("index", "head", "detail", "log-signing", "token-signing")


class KeyEncryption(Protocol):
    """What wraps keys under a key that never leaves it: here, or in a key management service."""

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
        self._key = key

    def wrap(self, key: bytes, context: bytes) -> bytes:
        """Return *key* wrapped, bound to *context*."""
        return seal(self._key, key, context)

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        """Return the key that was wrapped, or raise `SealError`."""
        return open_sealed(self._key, wrapped, context)


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """A new key: to use now, and *wrapped* to keep."""

    key: bytes
    wrapped: bytes


class Keys:
    """All of the gateway's keys. Never printed, logged or sent: `repr` shows none of them."""

    def __init__(  # noqa: PLR0913 - six keys, each passed by its name
        self,
        *,
        encryption: KeyEncryption,
        index: bytes,
        head: bytes,
        detail: bytes,
        log_signing: Ed25519PrivateKey,
        token_signing: Ed25519PrivateKey,
    ) -> None:
        self.head = head
        self.detail = detail
        self.log_signing = log_signing
        self.token_signing = token_signing
        self._index = hmac.new(index, digestmod="sha256")
        self._encryption = encryption

    @classmethod
    def make(cls, folder: Path) -> "Keys":
        """Make new keys in *folder*, readable by this user only, and return them.

        Raises `KeysError` where any of them is there already: nothing is ever overwritten.
        """
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in (_KEY_ENCRYPTION, *_OTHERS):
            key = secrets.token_bytes(KEY_BYTES)
            write_private(folder / f"{name}.key", f"{key.hex()}\n")
        return cls.load(folder, {})

    @classmethod
    def load(cls, folder: Path, environment: Mapping[str, str] = os.environ) -> "Keys":
        """Return the keys in *folder*, the key-encryption key perhaps from the *environment*.

        Raises `KeysError` for a file that is missing, malformed, or readable by others.
        """
        text = environment.get(KEY_ENCRYPTION_VARIABLE)
        if text is None:
            encryption = _read(folder / f"{_KEY_ENCRYPTION}.key")
        else:
            encryption = _parse(text, KEY_ENCRYPTION_VARIABLE)
        index, head, detail, log, token = (_read(folder / f"{name}.key") for name in _OTHERS)
        return cls(
            encryption=LocalKeyEncryption(encryption),
            index=index,
            head=head,
            detail=detail,
            log_signing=Ed25519PrivateKey.from_private_bytes(log),
            token_signing=Ed25519PrivateKey.from_private_bytes(token),
        )

    def new_key(self, context: bytes) -> WrappedKey:
        """Return a new key for what *context* names: a child, say."""
        key = secrets.token_bytes(KEY_BYTES)
        return WrappedKey(key, self._encryption.wrap(key, context))

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        """Return the key that was wrapped for *context*, or raise `SealError`."""
        return self._encryption.unwrap(wrapped, context)

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


def subject_key(key: bytes) -> bytes:
    """Return the key of the blinded subject tags of whoever's things are sealed under *key*."""
    # Not `hmac.digest`, which would give the interpreter's lock away.
    return hmac.new(key, b"caf-gateway/subject-tag/v1", "sha256").digest()


def write_private(path: Path, text: str) -> None:
    """Write *text* to a new file that only this user reads, durably.

    Raises `KeysError` where there is such a file: nothing is ever overwritten.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    try:
        descriptor = os.open(path, flags, 0o600)
    except FileExistsError as error:
        message = f"there is already a key in `{path.name}`"
        raise KeysError(message) from error
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def read_private(path: Path) -> str:
    """Return the text of a file; raises `KeysError` where it is missing, or others may read it."""
    try:
        mode = path.stat().st_mode
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        message = f"the key in `{path.name}` cannot be read"
        raise KeysError(message) from error
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        message = f"others than its owner may read or write `{path.name}`: chmod 600 it"
        raise KeysError(message)
    return text


def _read(path: Path) -> bytes:
    return _parse(read_private(path), path.name)


def _parse(text: str, place: str) -> bytes:
    try:
        key = bytes.fromhex(text.strip())
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        message = f"`{place}` does not hold `{KEY_BYTES}` bytes in hexadecimal"
        raise KeysError(message)
    return key
