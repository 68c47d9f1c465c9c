"""Waivers that people ask for on our pages, and what was said about them.

Types are spelled plainly here, not taken from the code: a migration must do tomorrow what it did today.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables; what is in the others stays as it is."""
    op.create_table(
        "waiver_drafts",
        sa.Column("request", sa.String(26), nullable=False),
        sa.Column("waiver", sa.Text, nullable=False),
        sa.Column("taken", sa.Text),
        sa.Column("organization", sa.Text, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("people", sa.Text, nullable=False),
        sa.Column("edited_by", sa.Text, nullable=False),
        sa.Column("edited_at", sa.DateTime, nullable=False),
        sa.Column("branch", sa.Text, nullable=False),
        sa.Column("commit", sa.Text, nullable=False),
        sa.Column("trouble", sa.Text, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("request", name="pk_waiver_drafts"),
        sa.UniqueConstraint("taken", name="uq_waiver_drafts_taken"),
    )
    op.create_table(
        "waiver_said",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("request", sa.String(26), nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("what", sa.String(32), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_waiver_said"),
    )
    op.create_index("ix_waiver_said_request_id", "waiver_said", ["request", "id"])
