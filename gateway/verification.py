"""Verifying all that is stored of the log, and what was stored on the strength of it.

To say that the stored log holds we must verify that:

(1) its head, tiles, last entries and last signed checkpoint belong together;
(2) it holds all that was remembered of it outside of the database, and what others remember;
(3) every entry and every tile is what the signed checkpoint says;
(4) every detail that was not erased is there, and the one that its entry commits to;
(5) every row that an entry recorded is there, unchanged: registers, policies, consents, facts,
    assessments, received records, and the outbox;
(6) every such row was recorded by an entry, and every row of the outbox is what its entry permits:
    this payload, to this recipient.

Nothing is written. Where the log cannot even be opened, (4) and (5) still say what was changed.
"""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Final

from audit.checkpoint import Checkpoint
from audit.verify import Report
from gateway.errors import IntegrityError
from gateway.storage.children import Children
from gateway.storage.details import Details
from gateway.storage.log import Log
from gateway.storage.memory import require_continued
from gateway.storage.records import Records
from gateway.storage.registers import Registers
from gateway.stored_log import StoredLog
from gateway.verifying.entries import read_slice, slices
from gateway.verifying.faults import Act, Fault
from gateway.verifying.outbox import wrong_deliveries, wrong_rows
from gateway.verifying.registers import History, strays, wrong_decisions, wrong_registers
from gateway.verifying.rows import after, all_pages
from gateway.verifying.statements import wrong_statements

MOST_FAULTS: Final = 100
"""More are not listed: whoever has so many needs the backup, not the list."""

_AT_ONCE: Final = 1024
_UNREADABLE: Final = Fault("database", "a part of it cannot be read", Act.RESTORE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What was found; *size* and *root* are of the checkpoint that was verified against."""

    origin: str
    size: int | None
    root: str | None
    faults: tuple[Fault, ...]

    @property
    def holds(self) -> bool:
        """Whether everything that is stored is as the log says."""
        return not self.faults


class Verifier:
    """Verifies what is *stored*, slice by slice; *log* is None where it cannot be opened."""

    def __init__(self, stored: StoredLog, log: Log | None) -> None:
        self._log = log
        self._database = stored.database
        self._vault = vault = stored.vault
        self._outbox = stored.outbox
        self._registers = Registers(stored.database)
        self._children = Children(stored.database, stored.keys, vault)
        self._records = Records(stored.database, vault)
        self._details = None if log is None else Details(stored.database, log, vault)

    def entries(self, start: int, stop: int, history: History) -> Iterator[Fault]:
        """Yield what is wrong with the entries from *start* to *stop*, and their rows: (4), (5)."""
        part = read_slice(self._database, self._vault, start, stop)
        yield from part.faults
        yield from wrong_registers(part, history)
        yield from wrong_decisions(part, history)
        yield from wrong_statements(part, self._children, self._records)
        yield from wrong_deliveries(part, self._outbox)

    def history(self) -> History:
        """Return what the registers hold, for `entries`."""
        return History.read(self._registers)

    def outbox_page(self, start: str, most: int) -> tuple[tuple[Fault, ...], str | None]:
        """Return what is wrong with the next rows of the outbox, and where to go on: (6)."""
        rows = self._outbox.page(start, most)
        if self._log is None or self._details is None:
            return (), None
        faults = tuple(wrong_rows(rows, self._log, self._details, self._vault))
        return faults, after(rows[-1][0]) if len(rows) == most else None
