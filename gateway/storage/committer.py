"""The committer: one thread through which everything is written, many units a transaction.

Whoever arrives while a transaction is being made durable is in the next one: one waiting caller
pays no delay, and a hundred share one fsync. The log adds none.

    submit ─▶ waiting ─▶ transaction ─▶ commit ─▶ sign ─▶ answer
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import replace
from typing import Final

from gateway.errors import (
    BusyError,
    DurabilityError,
    IntegrityError,
    StorageError,
    UnreachableError,
    WitnessesBehindError,
)
from gateway.ports import Ports
from gateway.security.keys import Keys
from gateway.storage.child_keys import ChildKeys
from gateway.storage.database import Database
from gateway.storage.details import Details
from gateway.storage.indexing import IndexKeys
from gateway.storage.log import Log
from gateway.storage.prepared import Preparation, Prepared
from gateway.storage.succession import Next
from gateway.storage.transaction import Outcome, Transaction
from gateway.storage.unit import Committed, Unit
from gateway.storage.vault import Vault

MAX_BATCH: Final = 128
MAX_WAITING: Final = 2048
IDLE_SECONDS: Final = 5.0
"""After so long without a commit, it is asked whether another process has erased a child."""


def _uncounted(_units: int) -> None:
    """Nobody counts."""


class Committer:
    """Commits units, in the order in which they were submitted, on the database's one log.

    *log* is that log, *details* opens its entries; *child_keys* is where a new child's key is made.
    *committed* is told how many units each transaction held. Where the database is an older one
    that was put back, *restored* says how the log goes on; it ends as it stands.
    Unless it *begins* at once, opening it appends nothing: see `begin`.
    Close it when done: what was submitted is still committed. Where the database cannot be reached,
    the units at hand fail with `UnreachableError`, and later ones are tried on a new connection.
    Where the log was changed behind the gateway's back, it halts: every unit fails with
    `IntegrityError` from then on.
    """

    def __init__(  # noqa: PLR0913 - what it is wired to, and its names
        self,
        database: Database,
        keys: Keys,
        ports: Ports,
        *,
        node: str,
        origin: str,
        restored: Next | None = None,
        begins: bool = True,
        committed: Callable[[int], None] = _uncounted,
    ) -> None:
        self.log = Log(database, keys, origin)
        self.child_keys = ChildKeys(database, keys)
        vault = Vault(self.child_keys, keys.detail)
        self.details = Details(database, self.log, vault)
        self._preparation = Preparation(vault, IndexKeys(keys), ports, node)
        self._ports = ports
        self._committed = committed
        with database.reading() as connection:  # as of one moment: others may write meanwhile
            self._state = self.log.open(connection)
        self._transaction = Transaction(database, self.log, self._preparation)
        if restored is not None:
            self._state = replace(self._state, following=restored)
        self._upkeep = database.upkeep()
        self._waiting: deque[Prepared] = deque()
        self._arrival = threading.Condition()
        self._closed = False
        self._halted: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="committer", daemon=True)
        self._thread.start()
        if begins:
            self.begin()

    def begin(self) -> bool:
        """Begin the log, or the next one, where there is none yet; return whether that was so.

        The first commit does so too: whoever is to be asked first what they know of the log is
        asked before.
        """
        is_due = self._state.following is not None
        if is_due:
            self.commit(Unit())
        return is_due

    def submit(self, unit: Unit) -> Future[Committed]:
        """Return the answer to *unit*, which comes once it is durable and its log signed.

        Raises `BusyError` where too many wait already. The answer is a `RefusedUnitError` where
        something that the unit rests on has moved; nothing of it is written then.
        """
        return self.enqueue(self.prepare(unit))

    def prepare(self, unit: Unit) -> Prepared:
        """Return *unit* made ready, as far as that needs no transaction; see `enqueue`."""
        return self._preparation.prepare(unit)

    def enqueue(self, prepared: Prepared) -> Future[Committed]:
        """Return the answer to a unit that is ready, as `submit` does."""
        with self._arrival:
            self._require_running()
            if len(self._waiting) >= MAX_WAITING:
                message = "too much waits to be committed"
                raise BusyError(message)
            self._waiting.append(prepared)
            self._arrival.notify()
        return prepared.answer

    def commit(self, unit: Unit) -> Committed:
        """Commit *unit* and wait for its answer."""
        return self.submit(unit).result()

    def halt(self, error: IntegrityError) -> None:
        """Take nothing more, and answer whatever waits with *error*: the log is not to grow."""
        with self._arrival:
            self._halted = error
            left = list(self._waiting)
            self._waiting.clear()
            self._arrival.notify()
        _fail(left, error)

    def close(self) -> None:
        """Commit what waits, then stop."""
        with self._arrival:
            self._closed = True
            self._arrival.notify()
        self._thread.join()
        self._transaction.close()
        self._upkeep.close()

    def _require_running(self) -> None:
        if self._halted is not None:
            message = "the committer has halted"
            kind = IntegrityError if isinstance(self._halted, IntegrityError) else StorageError
            raise kind(message) from self._halted
        if self._closed:
            message = "the committer is closed"
            raise StorageError(message)

    def _run(self) -> None:
        while (batch := self._take()) is not None:
            try:
                if batch:
                    self._commit(batch)
                else:
                    self._follow()
            except BaseException as error:  # noqa: BLE001 - whatever stopped it, callers must hear
                self._halt(error, batch)
                return

    def _take(self) -> list[Prepared] | None:
        """Return what waits, nothing after an idle while, or None once all is done."""
        with self._arrival:
            if not (self._waiting or self._closed or self._halted):
                self._arrival.wait(IDLE_SECONDS)
            if not self._waiting:
                return None if self._closed or self._halted else []
            batch: list[Prepared] = []
            self._join(batch)
            return batch

    def _join(self, batch: list[Prepared]) -> None:
        """Move what waits into *batch*, as far as there is room: called with `_arrival` held."""
        # Nothing follows what seals the log in one transaction: it belongs in the next log.
        while self._waiting and len(batch) < MAX_BATCH and not (batch and batch[-1].seals):
            batch.append(self._waiting.popleft())

    def _join_late(self, batch: list[Prepared]) -> None:
        """Let those join who arrived while we waited for other nodes to have written."""
        with self._arrival:
            self._join(batch)

    def _commit(self, batch: list[Prepared]) -> None:
        self._commit_with(batch, self._join_late)

    def _commit_with(self, batch: list[Prepared], begun: Callable[[list[Prepared]], None]) -> None:
        try:
            outcome = self._transaction.commit(batch, self._state, begun)
        except IntegrityError:
            raise
        except (UnreachableError, DurabilityError, WitnessesBehindError) as error:
            # No unit's fault, and no reason to halt: the next transaction tries again.
            self._transaction.roll_back()
            _fail(batch, error)
            return
        except Exception as error:  # noqa: BLE001 - one unit's fault must not be the others'
            self._transaction.roll_back()
            self._isolate(batch, error)
            return
        self._answer(outcome)
        self._upkeep.after_commit(self._transaction.connection)

    def _isolate(self, batch: Sequence[Prepared], error: Exception) -> None:
        """Try the units of a failed batch one by one, so that just the bad one fails."""
        if len(batch) > 1:
            for unit in batch:
                self._commit_with([unit], _nobody_joins)
            return
        failure = StorageError("the unit could not be written")
        failure.__cause__ = error
        _fail(batch, failure)

    def _answer(self, outcome: Outcome) -> None:
        """Sign what is durable now, and only then tell the callers."""
        self._ports.step("committer:after-commit")
        self._state = outcome.state
        if outcome.erasures != self.child_keys.erasures or _erases(outcome):
            self._follow()
        published = self.log.publish(outcome.state)
        self._ports.step("committer:signed")
        self._committed(len(outcome.written))
        for unit, error in outcome.refused:
            _fail([unit], error)
        for item in outcome.written:
            indices = tuple(range(item.first, item.first + len(item.leaves)))
            if item.unit.answer.set_running_or_notify_cancel():
                item.unit.answer.set_result(Committed(indices, item.leaves, published))
        self._ports.step("committer:answered")

    def _follow(self) -> None:
        """Drop the keys of children who were erased, by this process or another."""
        try:
            self.child_keys.follow()
        except Exception:  # noqa: BLE001 - not heard of an erasure: it is asked about again
            return  # and until then a unit about whomever it erased is refused

    def _halt(self, error: BaseException, batch: Sequence[Prepared]) -> None:
        self._transaction.roll_back()
        with self._arrival:
            self._halted = error
            left = [*batch, *self._waiting]
            self._waiting.clear()
        _fail([unit for unit in left if not unit.answer.done()], error)


def _nobody_joins(_batch: list[Prepared]) -> None:
    """Leave the batch as it is."""


def _erases(outcome: Outcome) -> bool:
    return any(item.unit.erasure is not None for item in outcome.written)


def _fail(units: Sequence[Prepared], error: BaseException) -> None:
    for unit in units:
        if unit.answer.set_running_or_notify_cancel():
            unit.answer.set_exception(error)
