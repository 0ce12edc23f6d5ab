"""The keys that sign the log's checkpoints: the one that does, its successor, those that did.

    log-signing.key         signs
    log-signing.next.key    there while it takes the other's place: both sign
    log-signing.past        public keys that signed once, one a line, the oldest first, each with
                            the names of the logs that it signed

While both sign, whoever knows either key goes on verifying. What an old key signed stays provable
for as long as its public half is known, so that is never forgotten. It proves nothing of a log
that began after it: where it was stolen, what a thief signs with it of that one is refused.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit.note import SigningKey, VerifierKey
from gateway.errors import KeysError
from gateway.security import key_files

NAME: Final = "log-signing"
BEGUN: Final = "log-signing-begun"
"""The kind of the entry after which two keys sign."""

FINISHED: Final = "log-signing-finished"
"""The kind of the entry after which the new key signs alone."""

_PAST: Final = "log-signing.past"


@dataclass(frozen=True, slots=True)
class PastKey:
    """The *public* half of a key that signed the logs *origins*, and signs no more."""

    public: bytes
    origins: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LogKeys:
    """The keys that are *signing*, one or, in the middle of a rotation, old and new; and the
    public halves of those of the *past*, oldest first.
    """  # noqa: D205 - one sentence names both

    signing: tuple[Ed25519PrivateKey, ...]
    past: tuple[PastKey, ...] = ()

    @classmethod
    def load(cls, folder: Path) -> "LogKeys":
        """Return the keys in *folder*, or raise `KeysError`."""
        found = key_files.read(folder, NAME), key_files.read_next(folder, NAME)
        keys = tuple(Ed25519PrivateKey.from_private_bytes(key) for key in found if key is not None)
        return cls(keys, _read_past(folder))

    @property
    def is_rotating(self) -> bool:
        """Whether one key is taking another's place."""
        return len(self.signing) > 1

    def signers(self, origin: str) -> tuple[SigningKey, ...]:
        """Return the keys under which the log *origin* signs."""
        return tuple(SigningKey(origin, key) for key in self.signing)

    def verifiers(self, origin: str) -> tuple[VerifierKey, ...]:
        """Return every key under which the log *origin* may have signed, the newest first.

        Of those of the past just the ones that did sign it.
        """
        now = [VerifierKey(origin, _public(key)) for key in reversed(self.signing)]
        signed = (past.public for past in reversed(self.past) if origin in past.origins)
        before = [VerifierKey(origin, public) for public in signed]
        return tuple(dict.fromkeys([*now, *before]))


def begin_rotation(folder: Path) -> LogKeys:
    """Make the next key, unless it was made already; both sign from now on."""
    key_files.make_next(folder, NAME)
    return LogKeys.load(folder)


def finish_rotation(folder: Path, origins: Iterable[str]) -> LogKeys:
    """Let the new key sign alone: the old one's public half is kept, its private half destroyed.

    *origins* are the logs that the old one signed: it is believed of no others from now on.
    Killed at any moment, it can be done again. Raises `KeysError` where no key is to take over.
    """
    keys = LogKeys.load(folder)
    if not keys.is_rotating:
        message = "no key is taking another's place"
        raise KeysError(message)
    past = {one.public: one.origins for one in keys.past}
    past[_public(keys.signing[0])] = tuple(origins)
    lines = (" ".join([public.hex(), *signed]) for public, signed in past.items())
    key_files.put(folder / _PAST, "".join(f"{line}\n" for line in lines))
    key_files.replace_by_next(folder, NAME)
    return LogKeys.load(folder)


def _read_past(folder: Path) -> tuple[PastKey, ...]:
    place = folder / _PAST
    if not place.exists():
        return ()
    past = []
    for line in place.read_text("utf-8", "replace").splitlines():
        public, *origins = line.split(" ")
        if not origins:
            message = f"a line of `{place.name}` does not name the logs that its key signed"
            raise KeysError(message)
        past.append(PastKey(key_files.parse(public, place.name), tuple(origins)))
    return tuple(past)


def _public(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes_raw()
