"""What AWS Config and CloudTrail said: pasts of resources, and writes to Security Hub that are not ours.

Types are spelled plainly here, not taken from the code: a migration must do tomorrow what it did today.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables; what is in the others stays as it is."""
    op.create_table(
        "resource_pasts",
        sa.Column("organization", sa.Text, nullable=False),
        sa.Column("resource", sa.String(32), nullable=False),
        sa.Column("asked_at", sa.DateTime, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("organization", "resource", name="pk_resource_pasts"),
    )
    op.create_table(
        "outside_writes",
        sa.Column("organization", sa.Text, nullable=False),
        sa.Column("event", sa.String(64), nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("organization", "event", name="pk_outside_writes"),
    )
    op.create_table(
        "outside_readings",
        sa.Column("organization", sa.Text, nullable=False),
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("region", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("organization", "account", "region", name="pk_outside_readings"),
    )
