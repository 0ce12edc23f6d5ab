"""A go-between that cuts the connection between the gateway and PostgreSQL at the worst moment.

    with a_go_between(server().folder, folder) as go_between:
        go_between.cut(Moment.BEFORE_COMMIT)

It listens on a socket in *folder*, and passes on what it hears. Once told to cut, it waits for
the next `COMMIT`.
"""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import StrEnum
from pathlib import Path

_SOCKET = ".s.PGSQL.5432"
_COMMIT = b"COMMIT\0"


class Moment(StrEnum):
    """When the connection is cut."""

    BEFORE_COMMIT = "before the server hears of the commit"
    DURING_COMMIT = "while the server commits"
    AFTER_COMMIT = "after the commit, before the gateway hears of it"


class GoBetween:
    """Passes on each connection to the server whose socket is in the folder *behind*."""

    def __init__(self, behind: Path, listener: socket.socket) -> None:
        self._behind = behind
        self._listener = listener
        self._moment: Moment | None = None
        self.cuts = 0

    def cut(self, moment: Moment) -> None:
        """Cut the next connection that commits, at this *moment*."""
        self._moment = moment

    def serve(self) -> None:
        """Take connections until the listener is closed."""
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.socket(socket.AF_UNIX)
                far.connect(str(self._behind / _SOCKET))
                heard = threading.Event()
                for work in (self._to_server, self._to_gateway):
                    threading.Thread(target=work, args=(near, far, heard), daemon=True).start()

    def _to_server(
        self, near: socket.socket, far: socket.socket, answered: threading.Event
    ) -> None:
        with suppress(OSError):
            while heard := near.recv(65_536):
                moment = self._moment if _COMMIT in heard else None
                if moment is None:
                    far.sendall(heard)
                    continue
                self._moment = None
                self.cuts += 1
                if moment is Moment.BEFORE_COMMIT:
                    break
                # Nobody passes on the answer any more: for the gateway, the connection is gone.
                near.shutdown(socket.SHUT_RDWR)
                answered.clear()
                far.sendall(heard)
                if moment is Moment.AFTER_COMMIT:
                    answered.wait(10)
                break
        _end(near, far)

    def _to_gateway(
        self, near: socket.socket, far: socket.socket, answered: threading.Event
    ) -> None:
        with suppress(OSError):
            while heard := far.recv(65_536):
                answered.set()
                near.sendall(heard)
        _end(near, far)


def _end(*sockets: socket.socket) -> None:
    for one in sockets:
        with suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
        one.close()


@contextmanager
def a_go_between(behind: Path, folder: Path) -> Iterator[GoBetween]:
    """Listen in *folder* until the block ends."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(folder / _SOCKET))
    listener.listen()
    go_between = GoBetween(behind, listener)
    threading.Thread(target=go_between.serve, daemon=True).start()
    try:
        yield go_between
    finally:
        _end(listener)
