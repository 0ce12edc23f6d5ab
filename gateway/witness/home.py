"""A witness's folder.

    witness.key   its name, and its Ed25519 seed in hexadecimal: readable by its owner alone
    logs          the verifier keys of the logs that it follows, one a line
    cosigned      the last checkpoint of each log that it cosigned (`audit.witness_file`)
    conflict      the first request that convicted a log: show it with that log's checkpoint in
                  `cosigned`, and move it away once somebody has seen to it
    lock          held by the one process that serves it

A witness whose `cosigned` is lost, or older than what it last said, must not be started again
under its name: it would cosign a log that was rolled back. Make another.
"""

import fcntl
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from audit.cosignature import CosigningKey
from audit.errors import NoteError, WitnessError
from audit.note import MAX_VKEYS_BYTES, KeyType, VerifierKey, parse_vkeys
from audit.witness import Witness
from audit.witness_file import WitnessFile
from gateway.errors import KeysError, SettingsError
from gateway.security.key_files import read_private, write_private

_SEED_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class WitnessHome:
    """The folder of one witness, at *path*."""

    path: Path

    def make(self, name: str) -> VerifierKey:
        """Make a witness called *name*, and return its verifier key.

        Raises `KeysError` where there is one in this folder, `NoteError` where that is no name.
        """
        seed = secrets.token_bytes(_SEED_BYTES)
        key = CosigningKey.from_seed(name, seed)
        if self._key.exists():
            message = f"there is already a witness in `{self.path}`"
            raise KeysError(message)
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._logs.touch()
        if not self._cosigned.path.exists():
            self._cosigned.write([])
        write_private(self._key, f"{name}\n{seed.hex()}\n")
        return key.verifier

    def key(self) -> CosigningKey:
        """Return the witness's key, or raise `SettingsError` or `KeysError`."""
        if not self._key.exists():
            message = f"there is no witness in `{self.path}`: `caf-gateway witness init` makes one"
            raise SettingsError(message)
        name, _, seed = read_private(self._key).removesuffix("\n").partition("\n")
        try:
            return CosigningKey.from_seed(name, bytes.fromhex(seed))
        except (ValueError, NoteError):
            message = f"`{self._key.name}` does not hold a name, and a seed in hexadecimal"
            raise KeysError(message) from None

    def logs(self) -> tuple[VerifierKey, ...]:
        """Return the keys of the logs that the witness follows, or raise `NoteError`."""
        with self._logs.open("rb") as file:
            data = file.read(MAX_VKEYS_BYTES + 1)
        try:
            text = data.decode()
        except UnicodeDecodeError:
            message = "the verifier keys are not text"
            raise NoteError(message) from None
        return parse_vkeys(text) if text.strip() else ()

    def trust(self, vkeys: Sequence[str]) -> tuple[VerifierKey, ...]:
        """Have the witness follow the logs of *vkeys*, too, once it is started again; return all.

        A log that changes its key has both for a while: that is another vkey of the same name.
        """
        self.key()
        new = [VerifierKey.parse(vkey) for vkey in vkeys]
        if any(key.type is not KeyType.ED25519 for key in new):
            message = "a key that is to be a log's does not sign checkpoints"
            raise WitnessError(message)
        keys = tuple(dict.fromkeys([*self.logs(), *new]))
        unfinished = self._logs.with_name("logs.new")
        unfinished.write_text("".join(f"{key.vkey}\n" for key in keys), encoding="utf-8")
        unfinished.replace(self._logs)
        return keys

    @contextmanager
    def open(self, now: Callable[[], int]) -> Iterator[Witness]:
        """Yield the witness, which no other process has at the same time.

        Raises `SettingsError` where another has, `WitnessError` or `OSError` where what it cosigned
        last cannot be read.
        """
        key = self.key()
        with (self.path / "lock").open("wb") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                message = f"another process serves the witness in `{self.path}`"
                raise SettingsError(message) from None
            yield Witness(key=key, logs=self.logs(), memory=self._cosigned, now=now)

    def keep_conflict(self, request: bytes) -> None:
        """Keep a *request* that convicts its log, unless one is kept, or the disk is full."""
        with suppress(OSError), (self.path / "conflict").open("xb") as file:
            file.write(request)

    @property
    def _key(self) -> Path:
        return self.path / "witness.key"

    @property
    def _logs(self) -> Path:
        return self.path / "logs"

    @property
    def _cosigned(self) -> WitnessFile:
        return WitnessFile(self.path / "cosigned")
