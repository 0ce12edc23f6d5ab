"""A log as a folder of files, in the layout of C2SP tlog-tiles (`audit.tiles`)."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from audit import durable
from audit.errors import NoteError, TamperedError
from audit.merkle import HASH_BYTES
from audit.note import MAX_NOTE_BYTES, MAX_VKEYS_BYTES, VerifierKey, parse_vkeys
from audit.tiles import MAX_ENTRY_BYTES, Bundle, Tile, decode_bundle, encode_bundle

CHECKPOINT = "checkpoint"
VKEYS = "vkeys"
"""The verifier keys, one a line, the log's own first."""


@dataclass(frozen=True, slots=True)
class LogFolder:
    """The folder at *path*. What is missing or too long there raises `TamperedError`."""

    path: Path

    def checkpoint(self) -> bytes:
        """Return the signed checkpoint."""
        return self._read(CHECKPOINT, MAX_NOTE_BYTES)

    def has_checkpoint(self) -> bool:
        """Say whether a log was ever exported to this folder."""
        return (self.path / CHECKPOINT).exists()

    def keys(self) -> tuple[VerifierKey, ...]:
        """Return the verifier keys that the folder names, or raise `NoteError`."""
        text = self._read(VKEYS, MAX_VKEYS_BYTES)
        try:
            return parse_vkeys(text.decode())
        except UnicodeDecodeError:
            message = "the verifier keys are not text"
            raise NoteError(message) from None

    def has_keys(self) -> bool:
        """Say whether the folder names any keys."""
        return (self.path / VKEYS).exists()

    def tile(self, tile: Tile) -> bytes:
        """Return the hashes of *tile*, side by side."""
        data = self._read(tile.path, tile.width * HASH_BYTES)
        if len(data) != tile.width * HASH_BYTES:
            raise TamperedError(tile.path, "the file is shorter than its tile")
        return data

    def full_tile(self, level: int, index: int) -> bytes:
        """Return the full tile with this level and index, as `audit.tree.ReadTile` does."""
        return self.tile(Tile(level, index))

    def bundle(self, bundle: Bundle) -> list[bytes]:
        """Return the entries of *bundle*; raises `TreeError` too, where it is malformed."""
        data = self._read(bundle.path, bundle.width * (MAX_ENTRY_BYTES + 2))
        return decode_bundle(data, bundle.width)

    def put_bundle(self, bundle: Bundle, entries: Sequence[bytes]) -> None:
        """Write the *entries* of *bundle*."""
        self.put(bundle.path, encode_bundle(entries))

    def put(self, name: str, data: bytes) -> None:
        """Write *data* to the file *name*, durably: what is put after it is never there without.

        A reader sees all of it, or what was there before.
        """
        place = self.path / name
        place.parent.mkdir(parents=True, exist_ok=True)
        durable.write(place, data)

    def _read(self, name: str, limit: int) -> bytes:
        try:
            with (self.path / name).open("rb") as file:
                data = file.read(limit + 1)
        except OSError as error:
            raise TamperedError(name, "the file is missing or cannot be read") from error
        if len(data) > limit:
            raise TamperedError(name, "the file is longer than it may be")
        return data
