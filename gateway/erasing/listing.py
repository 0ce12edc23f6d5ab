"""The list of erasures: a small file beside the database, and kept apart from its backups.

    erasures.jsonl    {"subject": "<keyed hash of the child's id>", "entry": 512}

A backup from before an erasure holds the child again. The list is what a restored database is
purged by (`gateway.erasing.erasure.replay_erasures`); whoever reads it learns nothing of anybody.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct

from gateway.errors import StorageError

FILE: Final = "erasures.jsonl"


class KnownErasure(Struct, frozen=True, forbid_unknown_fields=True):
    """One child who was erased: the *subject* is a keyed hash of the id, the *entry* records it."""

    subject: Annotated[str, Meta(pattern=r"\A([0-9a-f]{2})+\Z")]
    entry: int


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(KnownErasure).decode


@dataclass(frozen=True, slots=True)
class ErasureList:
    """The list in the file at *path*, which need not be there yet."""

    path: Path

    def read(self) -> tuple[KnownErasure, ...]:
        """Return all that is listed, or raise `StorageError` for a line that is not of the list.

        A last line that was not written to its end is none.
        """
        if not self.path.exists():
            return ()
        return tuple(self._lines())

    def add(self, erased: Mapping[bytes, int]) -> None:
        """Add those of *erased* (subject, entry) that are not listed, durably."""
        listed = {one.subject for one in self.read()}
        fresh = [
            KnownErasure(subject.hex(), entry)
            for subject, entry in erased.items()
            if subject.hex() not in listed
        ]
        if fresh:
            self._append(b"".join(_encode(one) + b"\n" for one in fresh))

    def _lines(self) -> Iterator[KnownErasure]:
        *whole, _torn = self.path.read_bytes().split(b"\n")
        for number, line in enumerate(whole, 1):
            try:
                yield _decode(line)
            except msgspec.DecodeError:
                message = f"line `{number}` of `{self.path.name}` is not of the list of erasures"
                raise StorageError(message) from None

    def _append(self, lines: bytes) -> None:
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "r+b") as file:
            held = file.read()
            file.truncate(held.rfind(b"\n") + 1)
            file.seek(0, os.SEEK_END)
            file.write(lines)
            file.flush()
            os.fsync(file.fileno())
