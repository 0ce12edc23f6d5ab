"""The log in shards, one sealed and the next begun; and the cosignatures of its witnesses."""

import sqlalchemy as sa
from alembic import op

from gateway.errors import StorageError

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Give head, tiles and checkpoints their shard: what there is, is the first."""
    bind = op.get_bind()
    heads = bind.execute(sa.text("SELECT head FROM audit_head")).all()
    notes = (
        bind.execute(sa.text("SELECT size, note FROM audit_checkpoint ORDER BY size"))
        .mappings()
        .all()
    )
    tiles = bind.execute(sa.text("SELECT level, idx, hashes FROM audit_tile")).mappings().all()
    for table in ("audit_head", "audit_tile", "audit_checkpoint"):
        op.drop_table(table)
    head, tile, checkpoint = _create()
    origin = bytes(notes[-1]["note"]).split(b"\n", 1)[0].decode() if notes else ""
    op.bulk_insert(
        head, [{"shard": 1, "origin": origin, "base": 0, "head": row.head} for row in heads]
    )
    op.bulk_insert(tile, [{"shard": 1, **row} for row in tiles])
    op.bulk_insert(checkpoint, [{"shard": 1, **row} for row in notes])


def downgrade() -> None:
    """Take the shards away again, which can be done while there is only the first."""
    bind = op.get_bind()
    heads = bind.execute(sa.text("SELECT shard, head FROM audit_head")).all()
    if any(row.shard != 1 for row in heads):
        message = "a log of several shards does not fit into the tables of before"
        raise StorageError(message)
    notes = bind.execute(sa.text("SELECT size, note FROM audit_checkpoint")).mappings().all()
    tiles = bind.execute(sa.text("SELECT level, idx, hashes FROM audit_tile")).mappings().all()
    for table in ("audit_head", "audit_tile", "audit_checkpoint", "audit_cosignature"):
        op.drop_table(table)
    head, tile, checkpoint = _create_as_before()
    op.bulk_insert(head, [{"id": 1, "head": row.head} for row in heads])
    op.bulk_insert(tile, [{**row} for row in tiles])
    op.bulk_insert(checkpoint, [{**row} for row in notes])


def _create() -> tuple[sa.Table, sa.Table, sa.Table]:
    head = op.create_table(
        "audit_head",
        sa.Column("shard", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("base", sa.BigInteger(), nullable=False),
        sa.Column("head", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("shard", name="pk_audit_head"),
    )
    tile = op.create_table(
        "audit_tile",
        sa.Column("shard", sa.Integer(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("idx", sa.BigInteger(), nullable=False),
        sa.Column("hashes", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("shard", "level", "idx", name="pk_audit_tile"),
    )
    checkpoint = op.create_table(
        "audit_checkpoint",
        sa.Column("shard", sa.Integer(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("shard", "size", name="pk_audit_checkpoint"),
    )
    op.create_table(
        "audit_cosignature",
        sa.Column("shard", sa.Integer(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("witness", sa.Text(), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("cosigned_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("shard", "size", "witness", name="pk_audit_cosignature"),
    )
    return head, tile, checkpoint


def _create_as_before() -> tuple[sa.Table, sa.Table, sa.Table]:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    head = op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("head", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_head"),
        sa.CheckConstraint("id = 1", name="one_row"),
    )
    tile = op.create_table(
        "audit_tile",
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("idx", sa.BigInteger(), nullable=False),
        sa.Column("hashes", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("level", "idx", name="pk_audit_tile"),
    )
    checkpoint = op.create_table(
        "audit_checkpoint",
        sa.Column("size", number, autoincrement=False, nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("size", name="pk_audit_checkpoint"),
    )
    return head, tile, checkpoint
