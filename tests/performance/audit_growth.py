"""Whether appending costs more when the log is long: at a million entries, and at ten thousand."""

import os
import statistics
from concurrent.futures import Future
from contextlib import ExitStack, closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from sqlalchemy import insert

from gateway.ports import Ports
from gateway.security.keys import Keys
from gateway.serve import settle
from gateway.storage import tables
from gateway.storage.committer import Committer
from gateway.storage.database import Database
from gateway.storage.indexing import KEY_BYTES, PAGES, IndexKey, IndexKind
from gateway.storage.migrations import upgrade
from gateway.storage.outbox import Delivery
from gateway.storage.unit import Committed, Unit
from tests.performance.audit_reading import MILLION, begun, fill
from tests.performance.contestants import ORIGIN
from tests.performance.disclosures import Disclosures
from tests.performance.measurement import Measurement
from tests.performance.writing import Contestant

SHORT: Final = 10_000
TARGET: Final = 1.2
_APPENDS: Final = 3_000
_AT_ONCE: Final = 2_048
_SEALED_BYTES: Final = 64
_ENTRIES_OF_A_CHILD: Final = 4
_REQUEST: Final = IndexKind.REQUEST
_PUT_DETAIL: Final = insert(tables.audit_detail)
_PUT_INDEX: Final = insert(tables.audit_index)


class Appends:
    """Appends the entries of disclosures and nothing else, to a log that has *size* of them."""

    def __init__(self, folder: Path, size: int) -> None:
        self._database = Database(f"sqlite:///{folder / str(size)}.db")
        upgrade(self._database.engine)
        keys = Keys.make(folder / f"keys-{size}")
        fill(self._database, begun(self._database, keys), size)
        _fill_beside(self._database, size)
        self._committer = Committer(self._database, keys, Ports(), node="n1", origin=ORIGIN)
        self.disclosures = Disclosures.make(keys, self._committer.child_keys)

    def submit(self, delivery: Delivery) -> Future[Committed]:
        """Return the answer to the entry of this disclosure."""
        return self._committer.submit(Unit(entries=[self.disclosures.entry(delivery)]))

    def close(self) -> None:
        """Commit what waits, then stop."""
        self._committer.close()
        self._database.close()


def growth(rounds: int) -> Measurement:
    """Return what an append costs the processor at a million entries, against ten thousand."""
    settle()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        sides = []
        for size in (MILLION, SHORT):
            appends = Appends(folder, size)
            stack.callback(appends.close)
            sides.append(Contestant(appends))
        for side in sides:
            side.run(_APPENDS)
        costs = [[side.run(_APPENDS).cpu_us for side in sides] for _ in range(rounds)]
    long, short = map(statistics.median, zip(*costs, strict=True))
    return Measurement(
        name="audit-append-growth",
        value=round(long),
        unit="us/append",
        against=round(short),
        ratio=round(long / short, 2),
        target=TARGET,
        met=long / short < TARGET,
    )


def _fill_beside(database: Database, size: int) -> None:
    """Write what stands beside so many entries: details, of children in turn, and index rows.

    They are those of the entries after the first, which every log begins with.
    """
    with closing(database.writer()) as connection, closing(database.upkeep()) as upkeep:
        for start in range(1, size + 1, _AT_ONCE):
            numbers = range(start, min(start + _AT_ONCE, size + 1))
            connection.begin_writing()
            database.insert(connection, _PUT_DETAIL, [_detail(number) for number in numbers])
            database.insert(connection, _PUT_INDEX, [_indexed(number) for number in numbers])
            connection.commit()
            upkeep.after_commit(connection)


def _detail(number: int) -> tuple[int, str, bytes]:
    return number, f"{number // _ENTRIES_OF_A_CHILD:032x}", os.urandom(_SEALED_BYTES)


def _indexed(number: int) -> tuple[str, bytes, int]:
    return IndexKey(_REQUEST.value, os.urandom(KEY_BYTES), PAGES[_REQUEST]).row(number)
