"""A naive audit log: one transaction, one chained hash and one signature an event.

What a competent engineer writes first: an event's hash covers the one before it, both are signed,
and each event is durable by itself. One thread writes, since SQLite takes one writer and waiting
for a thread is cheaper than waiting for a lock on a file. Rows, sealing and entries are the
gateway's own, made ready by the callers; just the log is another.
"""

from concurrent.futures import Future, ThreadPoolExecutor
from hashlib import sha256
from typing import Final

from sqlalchemy import Column, Integer, LargeBinary, MetaData, Table, insert
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
    Column("seq", Integer, primary_key=True),
    Column("entry", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("signature", LargeBinary, nullable=False),
)
_PUT_LINK: Final = insert(_chain)
_PUT_OUTBOX: Final = insert(tables.outbox)
_PUT_DETAIL: Final = insert(tables.audit_detail)
_PUT_INDEX: Final = upsert(tables.audit_index).on_conflict_do_nothing()
_LAST: Final = "SELECT seq, hash FROM naive_chain ORDER BY seq DESC LIMIT 1"
_START: Final = (0, bytes(32))


class NaiveLog:
    """Writes *disclosures* one by one."""

    def __init__(self, database: Database, keys: Keys, disclosures: Disclosures) -> None:
        _metadata.create_all(database.engine)
        self._database = database
        self._signing = keys.log.signers("naive")[-1].private
        self.disclosures = disclosures
        self._preparation = disclosures.preparation
        self._connection: Connection = database.writer()
        self._connection.execute("PRAGMA wal_autocheckpoint = 1000").fetchall()  # SQLite's own
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
        connection = self._connection
        connection.begin_writing()
        seq, before = connection.execute(_LAST).fetchone() or _START
        seq += 1
        (entry,) = prepared.entries
        link = sha256(before + entry.leaf).digest()
        put = self._database.insert
        put(connection, _PUT_LINK, [(seq, entry.leaf, link, self._signing.sign(link))])
        put(connection, _PUT_DETAIL, [(seq, entry.key_id, entry.sealed)])
        put(connection, _PUT_INDEX, [key.row(seq) for key in entry.indexed])
        put(connection, _PUT_OUTBOX, [row.filed(seq) for row in prepared.rows])
        connection.commit()
