"""Who was erased, by a keyed hash; and an index on whatever refers to a row that goes with them."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_INDEXES = ("episode_id", "record_id")


def upgrade() -> None:
    """Make the table and the indexes."""
    op.create_table(
        "erasure",
        sa.Column("subject", sa.LargeBinary(), nullable=False),
        sa.Column("leaf", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("subject", name="pk_erasure"),
        sqlite_with_rowid=False,
    )
    for column in _INDEXES:
        op.create_index(f"ix_assessment_{column}", "assessment", [column])


def downgrade() -> None:
    """Remove them."""
    for column in _INDEXES:
        op.drop_index(f"ix_assessment_{column}", "assessment")
    op.drop_table("erasure")
