"""Reports that were frozen.

Types are spelled plainly here, not taken from the code: a migration must do tomorrow what it did today.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table; what is in the others stays as it is."""
    op.create_table(
        "reports",
        sa.Column("organization", sa.Text, nullable=False),
        sa.Column("of", sa.String(16), nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("week", sa.String(8), nullable=False),
        sa.Column("frozen_at", sa.DateTime, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("organization", "of", "key", "week", name="pk_reports"),
    )
