"""The stored log, opened to be read: by whoever verifies, exports or proves, never to append."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import func, select

from audit.note import VerifierKey
from gateway.errors import StorageError
from gateway.security.keys import Keys
from gateway.settings import KEYS, LAST_CHECKPOINT, Settings
from gateway.storage.child_keys import ChildKeys
from gateway.storage.cosignatures import Cosignatures
from gateway.storage.database import Database
from gateway.storage.details import Details
from gateway.storage.log import Log
from gateway.storage.memory import Memory
from gateway.storage.outbox import Outbox
from gateway.storage.tables import audit_leaf
from gateway.storage.vault import Vault
from gateway.witnessing.anchoring import Authority, authority_of
from gateway.witnessing.sections import Witnesses

_LAST_ENTRY = select(func.max(audit_leaf.c.seq))


@dataclass(frozen=True, slots=True)
class StoredLog:
    """One gateway's database and keys, for reading what is logged, and what it remembers of it."""

    database: Database
    keys: Keys
    origin: str
    memory: Memory
    witnesses: Witnesses
    authority: Authority | None

    @property
    def vault(self) -> Vault:
        """What opens the details of entries."""
        return Vault(ChildKeys(self.database, self.keys), self.keys.detail)

    @property
    def outbox(self) -> Outbox:
        """What was queued to be delivered."""
        return Outbox(self.database)

    def log(self) -> Log:
        """Return the log, or raise `IntegrityError` where its tail does not hold together.

        It knows what its witnesses cosigned, as far as that is stored.
        """
        log = Log(self.database, self.keys, self.origin)
        if self.witnesses.quorum is not None:
            self.cosignatures.recall(log, self.witnesses.quorum)
        return log

    @property
    def witness_keys(self) -> tuple[VerifierKey, ...]:
        """The keys with which cosignatures are verified."""
        quorum = self.witnesses.quorum
        return () if quorum is None else quorum.witnesses

    @property
    def cosignatures(self) -> Cosignatures:
        """What witnesses cosigned of the log."""
        return Cosignatures(self.database)

    def entries(self) -> int:
        """Return how many entries there are by the rows alone, whatever the head says."""
        row = self.database.row(_LAST_ENTRY)
        last = None if row is None else row[0]
        return last + 1 if isinstance(last, int) else 0

    def details(self) -> Details:
        """Return what opens entries, or raise `IntegrityError` as `log` does."""
        return Details(self.database, self.log(), self.vault)


@contextmanager
def open_stored_log(settings: Settings) -> Iterator[StoredLog]:
    """Open the log of the gateway of *settings*, or raise `StorageError` where there is none."""
    database = Database(settings.database_url)
    if not database.exists():
        message = "there is no database yet: make it with `caf-gateway db upgrade`"
        raise StorageError(message)
    try:
        yield stored_log(settings, database, Keys.load(settings.home / KEYS))
    finally:
        database.close()


def stored_log(settings: Settings, database: Database, keys: Keys) -> StoredLog:
    """Return the log of the gateway of *settings*, whose *database* and *keys* are open."""
    return StoredLog(
        database,
        keys,
        settings.origin,
        Memory(settings.home / LAST_CHECKPOINT),
        settings.witnesses,
        authority_of(settings.anchor, settings.home),
    )
