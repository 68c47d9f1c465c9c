"""The lake's versions, heads, cursors and pins, the outbox, budgets of calls.

Types are spelled plainly here, not taken from the code: a migration must do tomorrow what it did today.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables; what is in the others stays as it is."""
    _versions()
    _cursors_and_pins()
    op.create_table(
        "outbox",
        sa.Column("id", sa.String(26), nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("topic", "key", "body")),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sa.UniqueConstraint("topic", "key", name="uq_outbox_topic_key"),
    )
    op.create_table(
        "call_budgets",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("tokens", sa.Double, nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("unserved", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_call_budgets"),
    )


def _versions() -> None:
    op.create_table(
        "lake_versions",
        sa.Column("lake", sa.Text, nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("parent", sa.BigInteger, nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("manifest", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("lake", "number", name="pk_lake_versions"),
    )
    op.create_index("ix_lake_versions_lake_at_number", "lake_versions", ["lake", "at", "number"])
    op.create_table(
        "lake_heads",
        sa.Column("lake", sa.Text, nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("lake", name="pk_lake_heads"),
    )


def _cursors_and_pins() -> None:
    op.create_table(
        "lake_cursors",
        *(sa.Column(name, sa.Text, nullable=False) for name in ("lake", "source", "value")),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.PrimaryKeyConstraint("lake", "source", name="pk_lake_cursors"),
    )
    op.create_table(
        "lake_pins",
        *(sa.Column(name, sa.Text, nullable=False) for name in ("lake", "name")),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("until", sa.DateTime),
        sa.PrimaryKeyConstraint("lake", "name", name="pk_lake_pins"),
        sa.ForeignKeyConstraint(
            ["lake", "number"],
            ["lake_versions.lake", "lake_versions.number"],
            name="fk_lake_pins_lake_lake_versions",
        ),
    )
