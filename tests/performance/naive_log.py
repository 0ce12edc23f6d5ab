"""Naive audit logs: one transaction, one chained hash and one signature an event.

What a competent engineer writes first: an event's hash covers the one before it, both are signed,
and each event is durable by itself. Rows, sealing and entries are the gateway's own, made ready by
the callers; just the log is another.
"""

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from hashlib import sha256
from typing import Final

from sqlalchemy import BigInteger, Column, LargeBinary, MetaData, Table, insert
from sqlalchemy.dialects.postgresql import insert as upsert

from gateway.security.keys import Keys
from gateway.storage import tables
from gateway.storage.database import Connection, Database
from gateway.storage.outbox import Delivery
from gateway.storage.prepared import Prepared
from tests.performance.disclosures import Disclosures

_metadata: Final = MetaData()
_chain: Final = Table(
    "naive_chain",
    _metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("entry", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("signature", LargeBinary, nullable=False),
)
_PUT_LINK: Final = insert(_chain)
_PUT_OUTBOX: Final = insert(tables.outbox)
_PUT_DETAIL: Final = insert(tables.audit_detail)
_PUT_INDEX: Final = upsert(tables.audit_index).on_conflict_do_nothing()
_LAST: Final = "SELECT seq, hash FROM naive_chain ORDER BY seq DESC LIMIT 1"
_LOCK: Final = "SELECT pg_advisory_xact_lock(1)"
_START: Final = (0, bytes(32))


class NaiveLog:
    """Writes *disclosures* one by one to SQLite.

    One thread writes, since SQLite takes one writer, and to wait for a thread is cheaper than to
    wait for a lock on a file.
    """

    def __init__(self, database: Database, keys: Keys, disclosures: Disclosures) -> None:
        self.disclosures = disclosures
        self._links = _Links(database, keys)
        self._preparation = disclosures.preparation
        self._connection = database.writer()
        self._connection.execute("PRAGMA wal_autocheckpoint = 1000")  # as SQLite has it
        self._thread = ThreadPoolExecutor(1)

    def submit(self, delivery: Delivery) -> Future[None]:
        """Return the answer to this disclosure, once it is durable."""
        prepared = self._preparation.prepare(self.disclosures.audited(delivery))
        return self._thread.submit(self._write, prepared)

    def close(self) -> None:
        """Write what waits, then stop."""
        self._thread.shutdown()
        self._connection.close()

    def _write(self, prepared: Prepared) -> None:
        self._connection.begin_writing()
        self._links.put(self._connection, prepared)
        self._links.put_rows(self._connection, prepared)
        self._connection.commit()


class LockedChain:
    """Writes *disclosures* one by one to PostgreSQL, the chain under an advisory lock.

    Each of so many *writers* has a connection of its own, and takes the lock when all that needs
    no place in the chain is written.
    """

    def __init__(
        self, database: Database, keys: Keys, disclosures: Disclosures, writers: int
    ) -> None:
        self.disclosures = disclosures
        self._database = database
        self._links = _Links(database, keys)
        self._preparation = disclosures.preparation
        self._own = threading.local()
        self._threads = ThreadPoolExecutor(writers)

    def submit(self, delivery: Delivery) -> Future[None]:
        """Return the answer to this disclosure, once it is durable."""
        prepared = self._preparation.prepare(self.disclosures.audited(delivery))
        return self._threads.submit(self._write, prepared)

    def close(self) -> None:
        """Write what waits, then stop."""
        self._threads.shutdown()

    def _write(self, prepared: Prepared) -> None:
        connection: Connection | None = getattr(self._own, "connection", None)
        if connection is None:
            connection = self._own.connection = self._database.writer()
        connection.execute("BEGIN")
        self._links.put_rows(connection, prepared)
        connection.execute(_LOCK)
        self._links.put(connection, prepared)
        connection.commit()


class _Links:
    """Puts links of the chain, and what stands beside them, into the database."""

    def __init__(self, database: Database, keys: Keys) -> None:
        _metadata.create_all(database.engine)
        self._database = database
        self._signing = keys.log.signers("naive")[-1].private

    def put(self, connection: Connection, prepared: Prepared) -> None:
        """Append the entry of *prepared* to the chain, with its detail and index."""
        seq, before = connection.execute(_LAST).fetchone() or _START
        seq += 1
        (entry,) = prepared.entries
        link = sha256(bytes(before) + entry.leaf).digest()
        put = self._database.insert
        put(connection, _PUT_LINK, [(seq, entry.leaf, link, self._signing.sign(link))])
        put(connection, _PUT_DETAIL, [(seq, entry.key_id, entry.sealed)])
        put(connection, _PUT_INDEX, [key.row(seq) for key in entry.indexed])

    def put_rows(self, connection: Connection, prepared: Prepared) -> None:
        """Put the other rows of *prepared*: their entry is found by the message's id."""
        rows = [row.filed(0) for row in prepared.rows]
        self._database.insert(connection, _PUT_OUTBOX, rows)
