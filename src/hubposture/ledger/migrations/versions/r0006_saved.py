"""Filters under a name, and answers to what may be asked twice.

Types are spelled plainly here, not taken from the code: a migration must do tomorrow what it did today.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables; what is in the others stays as it is."""
    op.create_table(
        "saved_filters",
        sa.Column("organization", sa.Text, nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("shared", sa.Text),
        sa.Column("made_at", sa.DateTime, nullable=False),
        sa.PrimaryKeyConstraint("organization", "owner", "name", name="pk_saved_filters"),
        sa.UniqueConstraint("organization", "shared", name="uq_saved_filters_organization_shared"),
    )
    op.create_table(
        "kept_answers",
        sa.Column("organization", sa.Text, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("answer", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.PrimaryKeyConstraint("organization", "who", "key", name="pk_kept_answers"),
    )
