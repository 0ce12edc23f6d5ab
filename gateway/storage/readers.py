"""Connections for reads: lent to whoever reads, as many as read at one time.

A thread that reads as of one moment has one connection for all that it reads meanwhile. One that
turns out to be gone (the database was restarted) is replaced, and the read is done again.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TypeVar

from gateway.errors import UnreachableError
from gateway.storage.system import Connection

_T = TypeVar("_T")


class Readers:
    """Lends connections that *connect* makes."""

    def __init__(self, connect: Callable[[], Connection]) -> None:
        self._connect = connect
        self._idle: list[Connection] = []  # INVARIANT: used by no thread, in no transaction
        self._moments = threading.local()

    @contextmanager
    def moment(self) -> Iterator[Connection]:
        """Lend a connection in one transaction; inside another moment, that one's."""
        current = self._current
        if current is not None:
            yield current
            return
        connection = self._lasting(_begun)
        self._moments.connection = connection
        try:
            yield connection
        finally:
            self._moments.connection = None
            self._take_back(connection)

    def read(self, what: Callable[[Connection], _T]) -> _T:
        """Return *what*, of one statement, reads: of this thread's moment, or as it is now."""
        current = self._current
        if current is not None:
            return what(current)
        connection, answer = self._lasting(lambda connection: (connection, what(connection)))
        self._take_back(connection)
        return answer

    def close(self) -> None:
        """Close every connection that is not lent."""
        while (idle := self._pop()) is not None:
            idle.close()

    @property
    def _current(self) -> Connection | None:
        return getattr(self._moments, "connection", None)

    def _lasting(self, use: Callable[[Connection], _T]) -> _T:
        """Return what *use* makes of a connection; where an idle one is gone, of a new one."""
        while (idle := self._pop()) is not None:
            with suppress(UnreachableError):
                return _used(idle, use)
        return _used(self._connect(), use)

    def _pop(self) -> Connection | None:
        try:
            return self._idle.pop()
        except IndexError:
            return None

    def _take_back(self, connection: Connection) -> None:
        connection.roll_back()
        self._idle.append(connection)


def _used(connection: Connection, use: Callable[[Connection], _T]) -> _T:
    try:
        return use(connection)
    except BaseException:
        connection.close()
        raise


def _begun(connection: Connection) -> Connection:
    connection.begin_reading()
    return connection
