"""The same writes without a log: one committer, many units a transaction, no entries.

It is our committer without what the log adds: the same queue, batches, checks, statements and
answers. What it does faster is what the log costs.
"""

import threading
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from typing import Final

from sqlalchemy import insert

from gateway.storage import tables
from gateway.storage.checks import Checks
from gateway.storage.committer import MAX_BATCH
from gateway.storage.database import Database
from gateway.storage.outbox import Delivery
from gateway.storage.prepared import Prepared
from gateway.storage.unit import Committed
from tests.performance.disclosures import Disclosures

_PUT_OUTBOX: Final = insert(tables.outbox)


class UnauditedCommitter:
    """Commits *disclosures* in batches, each *begun* so, and records nothing of them."""

    def __init__(self, database: Database, disclosures: Disclosures, begin: str) -> None:
        self._database = database
        self._begin = begin
        self.disclosures = disclosures
        self._preparation = disclosures.preparation
        self._connection = database.writer()
        self._upkeep = database.upkeep()
        self._waiting: deque[Prepared] = deque()
        self._arrival = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="unaudited", daemon=True)
        self._thread.start()

    def submit(self, delivery: Delivery) -> Future[Committed]:
        """Return the answer to this disclosure, once it is durable."""
        prepared = self._preparation.prepare(self.disclosures.unaudited(delivery))
        with self._arrival:
            self._waiting.append(prepared)
            self._arrival.notify()
        return prepared.answer

    def close(self) -> None:
        """Commit what waits, then stop."""
        with self._arrival:
            self._closed = True
            self._arrival.notify()
        self._thread.join()
        self._upkeep.close()
        self._connection.close()

    def _run(self) -> None:
        while batch := self._take():
            self._commit(batch)

    def _take(self) -> list[Prepared]:
        with self._arrival:
            while not self._waiting and not self._closed:
                self._arrival.wait()
            return [self._waiting.popleft() for _ in range(min(MAX_BATCH, len(self._waiting)))]

    def _commit(self, batch: Sequence[Prepared]) -> None:
        connection = self._connection
        connection.execute(self._begin)
        checks = Checks.read(self._database, connection, batch)
        admitted = [unit for unit in batch if checks.admit(unit) is None]
        rows = [row.values for unit in admitted for row in unit.rows]
        self._database.insert(connection, _PUT_OUTBOX, rows)
        connection.commit()
        for unit in admitted:
            unit.answer.set_result(None)
        self._upkeep.after_commit(connection)
