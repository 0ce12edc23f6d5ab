"""Delivery into a folder: one file for the payload, one beside it for the receipt.

    early-help/0196….json
    early-help/0196….json.receipt.json

Files appear whole or not at all. The receipt is there first, so that a payload that can be seen
always has one.
"""

import os
import re
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Final

from gateway.errors import DeliveryError, UndeliverableError
from gateway.transport.contract import Acknowledgement, Released

_MESSAGE_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}", re.ASCII)
_SUFFIXES: Final = (("json", ".json"), ("xml", ".xml"), ("", ".bin"))


class FolderTransport:
    """Hands over payloads in folders below *root*."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()

    def send(self, released: Released, address: str) -> Acknowledgement:
        """Write payload and receipt into the folder *address*; see `Transport.send`."""
        folder = self._folder(address)
        if not _MESSAGE_ID.fullmatch(released.message_id):
            message = "the message id cannot be the name of a file"
            raise UndeliverableError(message)
        path = folder / f"{released.message_id}{_suffix(released.media_type)}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if not _holds(path, released.payload):
                _write(path.with_name(f"{path.name}.receipt.json"), released.receipt)
                _write(path, released.payload)
        except OSError as error:
            message = "the recipient's folder cannot be written to"
            raise DeliveryError(message) from error
        return Acknowledgement("stored", sha256(released.payload).digest())

    def _folder(self, address: str) -> Path:
        folder = (self._root / address).resolve()
        if not folder.is_relative_to(self._root) or folder == self._root:
            message = "the recipient's folder is not below the folder for deliveries"
            raise UndeliverableError(message)
        return folder


def _holds(path: Path, payload: bytes) -> bool:
    """Return whether the payload is there already, or raise where another one is in its place."""
    try:
        there = path.read_bytes()
    except FileNotFoundError:
        return False
    if there != payload:
        message = "another payload was delivered under this message id"
        raise UndeliverableError(message)
    return True


def _write(path: Path, content: bytes) -> None:
    """Write the file whole: under another name, made durable, then renamed."""
    partial = path.with_name(f".{path.name}.part")
    with partial.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        with suppress(OSError):  # some network folders cannot be made durable by name
            os.fsync(folder)
    finally:
        os.close(folder)


def _suffix(media_type: str) -> str:
    return next(suffix for kind, suffix in _SUFFIXES if kind in media_type)
