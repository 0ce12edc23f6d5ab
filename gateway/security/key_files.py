"""The files that hold keys: 32 bytes in hexadecimal, for their owner alone, never half-written.

A key that takes another's place is made beside it as `<name>.next.key` first. Both are in use from
then on; at last the new one takes the name, and the old one is overwritten and gone.
"""

import os
import secrets
import stat
from pathlib import Path
from typing import Final

from gateway.errors import KeysError
from gateway.security.sealing import KEY_BYTES

_NEXT: Final = ".next"


def place_of(folder: Path, name: str) -> Path:
    """Return the file of the key *name*."""
    return folder / f"{name}.key"


def next_place_of(folder: Path, name: str) -> Path:
    """Return the file of the key that is to take the place of the key *name*."""
    return folder / f"{name}{_NEXT}.key"


def make(folder: Path, name: str) -> None:
    """Make a new key, or raise `KeysError` where there is one: nothing is ever overwritten."""
    _write(place_of(folder, name))


def make_next(folder: Path, name: str) -> None:
    """Make the key that is to take the place of *name*, unless it was made already."""
    if not next_place_of(folder, name).exists():
        _write(next_place_of(folder, name))


def read(folder: Path, name: str) -> bytes:
    """Return the key *name*, or raise `KeysError`: missing, malformed, or readable by others."""
    return _read(place_of(folder, name))


def read_next(folder: Path, name: str) -> bytes | None:
    """Return the key that is to take the place of *name*, None where there is none."""
    place = next_place_of(folder, name)
    return _read(place) if place.exists() else None


def replace_by_next(folder: Path, name: str) -> None:
    """Give the next key the name of the one that it replaces, which is overwritten and gone.

    A file system that copies on writing, a disk that levels wear and a backup may still hold it.
    """
    place, following = place_of(folder, name), next_place_of(folder, name)
    with place.open("r+b") as old:
        following.replace(place)
        _flush_folder(folder)
        # Just now: until the new key had the name, the old one might have been needed.
        old.write(bytes(os.fstat(old.fileno()).st_size))
        old.flush()
        os.fsync(old.fileno())


def parse(text: str, place: str) -> bytes:
    """Return the key in *text*, which stood at *place*, or raise `KeysError`.

    >>> parse("abcd", "index.key")
    Traceback (most recent call last):
        ...
    gateway.errors.KeysError: `index.key` does not hold `32` bytes in hexadecimal
    """
    try:
        key = bytes.fromhex(text.strip())
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        message = f"`{place}` does not hold `{KEY_BYTES}` bytes in hexadecimal"
        raise KeysError(message)
    return key


def put(place: Path, text: str) -> None:
    """Write *text* to the file at *place*: all of it, durably, or what was there before."""
    _unfinished(place, text).replace(place)
    _flush_folder(place.parent)


def write_private(place: Path, text: str) -> None:
    """Write *text* to a new file that only this user reads, durably.

    Raises `KeysError` where there is such a file: nothing is ever overwritten.
    """
    unfinished = _unfinished(place, text)
    try:
        place.hardlink_to(unfinished)
    except FileExistsError as error:
        message = f"there is already a key in `{place.name}`"
        raise KeysError(message) from error
    finally:
        unfinished.unlink()
    _flush_folder(place.parent)


def read_private(place: Path) -> str:
    """Return the text of a file; raises `KeysError` where it is missing, or others may read it."""
    try:
        mode = place.stat().st_mode
        text = place.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        message = f"the key in `{place.name}` cannot be read"
        raise KeysError(message) from error
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        message = f"others than its owner may read or write `{place.name}`: chmod 600 it"
        raise KeysError(message)
    return text


def _write(place: Path) -> None:
    write_private(place, f"{secrets.token_bytes(KEY_BYTES).hex()}\n")


def _unfinished(place: Path, text: str) -> Path:
    unfinished = place.with_name(f"{place.name}.new")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    return unfinished


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _read(place: Path) -> bytes:
    return parse(read_private(place), place.name)
