"""Documents that come with records: kept as received, until a scanner and a person say more."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the table and its indexes."""
    op.create_table(
        "attachment",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("child_id", sa.Text(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_detail", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("leaf", sa.BigInteger(), nullable=False),
        sa.Column("closing_leaf", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("state IN ('held', 'clean', 'quarantined')", name="state"),
        sa.ForeignKeyConstraint(["child_id"], ["child.id"], name="fk_attachment_child_id"),
        sa.PrimaryKeyConstraint("id", name="pk_attachment"),
    )
    op.create_index("ix_attachment_state_next_at", "attachment", ["state", "next_at"])
    op.create_index("ix_attachment_child_id", "attachment", ["child_id"])


def downgrade() -> None:
    """Remove it."""
    op.drop_table("attachment")
