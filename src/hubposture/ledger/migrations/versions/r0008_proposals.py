"""Proposed changes of the workbook.

Types are spelled plainly here, not taken from the code: a migration must do tomorrow what it did today.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table; what is in the others stays as it is."""
    op.create_table(
        "proposals",
        sa.Column("organization", sa.Text, nullable=False),
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("control", sa.Text, nullable=False),
        sa.Column("scope", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("branch", sa.Text, nullable=False),
        sa.Column("base", sa.String(64), nullable=False),
        sa.Column("severity", sa.String(16), nullable=False),
        sa.Column("places", sa.Text, nullable=False),
        sa.Column("row", sa.Text, nullable=False),
        sa.Column("plan", sa.Text, nullable=False),
        sa.Column("commit", sa.String(64), nullable=False),
        sa.Column("pushed_to", sa.Text, nullable=False),
        sa.Column("trouble", sa.Text, nullable=False),
        sa.Column("withdrawn_by", sa.Text, nullable=False),
        sa.Column("withdrawn_at", sa.DateTime),
        sa.PrimaryKeyConstraint("organization", "id", name="pk_proposals"),
    )
