r"""The scanner: what looks for viruses. One port, and clamd behind it, over a local socket.

clamd's INSTREAM (clamd(8)): `zINSTREAM\0`, then the bytes in chunks, each behind its length as
four bytes, big-endian; a chunk of none ends them. It answers `stream: OK`, `stream: NAME FOUND` or
`... ERROR`, and a NUL. Whatever else comes, or nothing in time, is no answer.
"""

import re
import socket
import struct
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from gateway.errors import ScannerError

_CHUNK: Final = 64 * 1024
_MOST_ANSWER: Final = 4_096
_TCP: Final = re.compile(r"tcp:\[?([^\]]+?)\]?:(\d+)")


class Verdict(StrEnum):
    """What a scanner found."""

    CLEAN = "clean"
    INFECTED = "infected"


class Scanner(Protocol):
    """Looks for viruses."""

    def scan(self, content: bytes) -> Verdict:
        """Return what is found in *content*, or raise `ScannerError` where there is no answer."""
        ...


@dataclass(frozen=True, slots=True)
class ClamdScanner:
    """clamd at *address*, `unix:/path` or `tcp:host:port`, which is given so many *seconds*."""

    address: str
    seconds: float

    def scan(self, content: bytes) -> Verdict:
        """Return what clamd finds: see `Scanner`."""
        answer = self._ask(b"zINSTREAM\0", *_chunks(content))
        if answer == b"stream: OK":
            return Verdict.CLEAN
        if answer.startswith(b"stream: ") and answer.endswith(b" FOUND"):
            return Verdict.INFECTED
        message = "the scanner did not say whether the document is clean"
        raise ScannerError(message)

    def require_answer(self) -> None:
        """Raise `ScannerError` unless clamd is there."""
        if self._ask(b"zPING\0") != b"PONG":
            message = "what listens at `attachments.scanner` is no clamd"
            raise ScannerError(message)

    def _ask(self, *parts: bytes) -> bytes:
        try:
            with closing(self._connected()) as peer:
                for part in parts:
                    peer.sendall(part)
                return _answer(peer)
        except OSError:
            message = "the scanner at `attachments.scanner` does not answer"
            raise ScannerError(message) from None

    def _connected(self) -> socket.socket:
        found = _TCP.fullmatch(self.address)
        if found is not None:
            return socket.create_connection((found[1], int(found[2])), self.seconds)
        peer = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        peer.settimeout(self.seconds)
        try:
            peer.connect(self.address.removeprefix("unix:"))
        except OSError:
            peer.close()
            raise
        return peer


def _chunks(content: bytes) -> Iterator[bytes]:
    for start in range(0, len(content), _CHUNK):
        chunk = content[start : start + _CHUNK]
        yield struct.pack(">I", len(chunk)) + chunk
    yield struct.pack(">I", 0)


def _answer(peer: socket.socket) -> bytes:
    """Return what *peer* says up to a NUL, or to its end."""
    said = b""
    while b"\0" not in said and len(said) < _MOST_ANSWER:
        more = peer.recv(_MOST_ANSWER)
        if not more:
            break
        said += more
    return said.partition(b"\0")[0].strip()


def scanner_at(address: str, seconds: float) -> ClamdScanner | None:
    """Return the scanner at *address*; None where there is none.

    >>> scanner_at("", 1.0) is None, scanner_at("tcp:127.0.0.1:3310", 1.0).address
    (True, 'tcp:127.0.0.1:3310')
    """
    return ClamdScanner(address, seconds) if address else None
