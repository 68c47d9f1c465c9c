"""What people do from messages, and what messages name.

Types are spelled plainly here, not taken from the code: a migration must do tomorrow what it did today.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table and the column; messages that are there name nothing."""
    op.create_table(
        "message_acts",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("organization", sa.Text, nullable=False),
        sa.Column("doing", sa.String(32), nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("where", sa.Text, nullable=False),
        sa.Column("thing", sa.Text, nullable=False),
        sa.Column("user", sa.Text, nullable=False),
        sa.Column("workspace", sa.Text, nullable=False),
        sa.Column("fields", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("ended_at", sa.DateTime),
        sa.Column("is_told", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_message_acts"),
    )
    op.create_index("ix_message_acts_organization_message", "message_acts", ["organization", "message"])
    op.create_index("ix_message_acts_organization_is_told", "message_acts", ["organization", "is_told"])
    op.add_column("messages", sa.Column("things", sa.Text, nullable=False, server_default="[]"))
    op.create_index("ix_messages_organization_where", "messages", ["organization", "where"])
