"""The tables, the same on SQLite and PostgreSQL. Times are whole milliseconds since 1970, UTC.

    who            register                                    services, clients, agreements, ...
    whose          child · child_index · child_fact · consent · episode
    what           record · record_key · assessment · attachment
    to whom        outbox
    what waits     task
    once only      idempotency · replay
    as of          stamp                                       what a decision was made on
    the log        audit_leaf · audit_detail · audit_index · audit_head · audit_tile ·
                   audit_checkpoint · audit_cosignature
    what is gone   erasure                                     by a keyed hash, with its entry

A log is sealed one day and the next begins: a `shard` each. Entries are numbered on through all of
them (`seq`); the first of a shard is its `base`, and its place in that shard's tree is seq - base.

`leaf` is the index of the log entry that was committed with the row. `sealed` columns hold
AES-256-GCM ciphertext; `key` columns of an index hold keyed hashes. No column in the clear
says anything about a child.
"""

from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite's rowid tables number themselves only where the column is declared INTEGER.
_Number = BigInteger().with_variant(Integer, "sqlite")


def _id() -> Column[Any]:
    return Column("id", Text, primary_key=True)


def _text(name: str, *, primary_key: bool = False) -> Column[Any]:
    return Column(name, Text, nullable=False, primary_key=primary_key)


def _number(name: str) -> Column[Any]:
    return Column(name, BigInteger, nullable=False)


def _bytes(name: str) -> Column[Any]:
    return Column(name, LargeBinary, nullable=False)


def _child(*, nullable: bool = False) -> Column[Any]:
    return Column("child_id", Text, ForeignKey("child.id"), nullable=nullable)


def _leaf() -> Column[Any]:
    return Column("leaf", BigInteger, nullable=False)


register = Table(
    "register",
    metadata,
    _text("kind", primary_key=True),
    Column("id", Text, primary_key=True),
    Column("version", BigInteger, primary_key=True),
    _text("document"),
    _number("recorded_at"),
    _text("recorded_by"),
    _leaf(),
)

child = Table("child", metadata, _id(), _bytes("wrapped_key"), _number("created_at"))

child_index = Table(
    "child_index",
    metadata,
    _text("kind", primary_key=True),
    Column("key", LargeBinary, primary_key=True),
    _child(),
    Index(None, "child_id"),
    sqlite_with_rowid=False,
)

child_fact = Table(
    "child_fact",
    metadata,
    _id(),
    _child(),
    _bytes("fact"),
    Column("service_id", Text),
    _bytes("sealed"),
    _number("recorded_at"),
    _text("recorded_by"),
    Column("expires_at", BigInteger),
    _leaf(),
    Index(None, "child_id"),
)

consent = Table(
    "consent",
    metadata,
    _id(),
    _child(),
    _bytes("grantor"),
    _bytes("sealed"),
    _number("recorded_at"),
    _text("recorded_by"),
    _leaf(),
    Index(None, "child_id"),
)

record = Table(
    "record",
    metadata,
    _id(),
    _text("sender"),
    _text("adapter"),
    _text("media_type"),
    _bytes("sha256"),
    _number("size"),
    _bytes("sealed"),
    Column("sealed_frame", LargeBinary),
    _number("received_at"),
    _leaf(),
)

record_key = Table(
    "record_key",
    metadata,
    Column("record_id", Text, ForeignKey("record.id"), primary_key=True),
    Column("child_id", Text, ForeignKey("child.id"), primary_key=True),
    _bytes("wrapped"),
    Index(None, "child_id"),
)

episode = Table(
    "episode",
    metadata,
    _id(),
    _child(),
    _text("holder"),
    _text("state"),
    _number("opened_at"),
    Column("closed_at", BigInteger),
    Column("closing_leaf", BigInteger),
    Index(None, "child_id"),
)

assessment = Table(
    "assessment",
    metadata,
    _id(),
    _child(),
    # Indexed, as is whatever refers to a row that an erasure deletes.
    Column("episode_id", Text, ForeignKey("episode.id"), index=True),
    _number("version"),
    Column("record_id", Text, ForeignKey("record.id"), index=True),
    _text("holder"),
    _bytes("sealed"),
    _number("created_at"),
    _leaf(),
    Index(None, "child_id", "holder", "version", unique=True),
)

attachment = Table(
    "attachment",
    metadata,
    _id(),
    _child(),
    _text("sender"),
    # What it was found to be: it says nothing about a child.
    _text("media_type"),
    _number("size"),
    _bytes("sealed"),
    _bytes("sealed_detail"),
    _text("state"),
    Column("attempts", Integer, nullable=False, default=0),
    _number("next_at"),
    _number("created_at"),
    _leaf(),
    Column("closing_leaf", BigInteger),
    CheckConstraint("state IN ('held', 'clean', 'quarantined')", name="state"),
    Index(None, "state", "next_at"),
    Index(None, "child_id"),
)

outbox = Table(
    "outbox",
    metadata,
    _id(),
    _text("message_id"),
    _text("recipient"),
    # No foreign key: what was written here by hand must be found, refused and reported.
    _text("child_id"),
    _bytes("sealed"),
    _bytes("payload_sha256"),
    _text("media_type"),
    _number("leaf"),
    _text("state"),
    Column("urgent", Integer, nullable=False, default=0),
    Column("attempts", Integer, nullable=False, default=0),
    _number("next_at"),
    _number("created_at"),
    _bytes("sealed_stamps"),
    _bytes("sealed_context"),
    _bytes("sealed_content"),
    Column("answer_sha256", LargeBinary),
    Column("closing_leaf", BigInteger),
    CheckConstraint(
        "state IN ('pending', 'sending', 'delivered', 'failed', 'recalled')", name="state"
    ),
    Index(None, "state", "recipient", "next_at"),
    Index(None, "recipient", "child_id", "state", "leaf"),
    Index(None, "child_id"),
)

task = Table(
    "task",
    metadata,
    _id(),
    _text("kind"),
    _text("owner_role"),
    _number("due_at"),
    Column("escalate_at", BigInteger),
    _text("state"),
    _child(nullable=True),
    _bytes("sealed"),
    _number("created_at"),
    Column("resolved_at", BigInteger),
    Column("resolved_by", Text),
    _leaf(),
    Column("closing_leaf", BigInteger),
    CheckConstraint("state IN ('open', 'resolved')", name="state"),
    Index(None, "state", "due_at"),
    Index(None, "child_id"),
)

idempotency = Table(
    "idempotency",
    metadata,
    Column("key", LargeBinary, primary_key=True),
    _bytes("body_sha256"),
    Column("status", Integer, nullable=False),
    _bytes("sealed_answer"),
    _child(nullable=True),
    _number("created_at"),
    _leaf(),
    Index(None, "child_id"),
)

replay = Table(
    "replay",
    metadata,
    _text("client_id", primary_key=True),
    _text("jti", primary_key=True),
    _number("expires_at"),
    Index(None, "expires_at"),
)

erasure = Table(
    "erasure",
    metadata,
    # The keyed hash of the child's id, by which a restored backup is purged of the child.
    Column("subject", LargeBinary, primary_key=True),
    _leaf(),
    sqlite_with_rowid=False,
)

stamp = Table(
    "stamp",
    metadata,
    _text("kind", primary_key=True),
    _text("key", primary_key=True),
    _number("version"),
    sqlite_with_rowid=False,
)

audit_leaf = Table(
    "audit_leaf",
    metadata,
    Column("seq", _Number, primary_key=True, autoincrement=False),
    _bytes("entry"),
)

audit_detail = Table(
    "audit_detail",
    metadata,
    Column("seq", _Number, primary_key=True, autoincrement=False),
    # The child whose key seals the detail; empty: the gateway's own.
    _text("key_id"),
    _bytes("sealed"),
    Index(None, "key_id"),
)

audit_index = Table(
    "audit_index",
    metadata,
    _text("kind", primary_key=True),
    Column("key", LargeBinary, primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    sqlite_with_rowid=False,
)

audit_head = Table(
    "audit_head",
    metadata,
    Column("shard", Integer, primary_key=True, autoincrement=False),
    _text("origin"),
    _number("base"),
    _bytes("head"),
)

audit_tile = Table(
    "audit_tile",
    metadata,
    Column("shard", Integer, primary_key=True),
    Column("level", Integer, primary_key=True),
    Column("idx", BigInteger, primary_key=True),
    _bytes("hashes"),
)

audit_checkpoint = Table(
    "audit_checkpoint",
    metadata,
    Column("shard", Integer, primary_key=True),
    Column("size", BigInteger, primary_key=True),
    _bytes("note"),
)

audit_cosignature = Table(
    "audit_cosignature",
    metadata,
    Column("shard", Integer, primary_key=True),
    Column("size", BigInteger, primary_key=True),
    _text("witness", primary_key=True),
    # The signature line as the witness gave it; the newest replaces the one before.
    _text("line"),
    _number("cosigned_at"),
)
