"""Moving what was committed from SQLite's write-ahead log into the database file.

SQLite would do that inside some unlucky caller's commit. Here a thread of its own does the bulk
of it beside the writer. It can never quite catch up with a writer that does not pause, and the
write-ahead log is begun anew only once all of it was moved; so when it has grown large the
writer moves the small rest itself, between two transactions.
"""

import threading
from typing import Final

from gateway.errors import DatabaseError
from gateway.storage.system import Connection

INTERVAL_SECONDS: Final = 0.5
LARGE_FRAMES: Final = 16 * 1024  # pages of 4 KiB: 64 MiB

_MOVE: Final = "PRAGMA wal_checkpoint(PASSIVE)"


class Checkpointing:
    """The thread that moves commits into the database file, and the writer's share in that.

    *own* is the thread's own connection.
    """

    def __init__(self, own: Connection) -> None:
        self._connection = own
        self._stop = threading.Event()
        self._large = threading.Event()
        self._thread = threading.Thread(target=self._run, name="checkpointing", daemon=True)
        self._thread.start()

    def after_commit(self, connection: Connection) -> None:
        """Let the writer finish the work where the write-ahead log has grown large."""
        if self._large.is_set():
            self._large.clear()
            connection.execute(_MOVE)

    def close(self) -> None:
        """Stop, and close the connection."""
        self._stop.set()
        self._thread.join()
        self._connection.close()

    def _run(self) -> None:
        while not self._stop.wait(INTERVAL_SECONDS):
            try:
                _, frames, _ = self._connection.execute(_MOVE).fetchone()
            except DatabaseError:
                continue  # somebody else is moving, or the disk is full: the next round tries again
            if frames >= LARGE_FRAMES:
                self._large.set()
