"""Work: tickets and their members, cursors, messages, what people answered, what webhooks told.

Types are spelled plainly here, not taken from the code: a migration must do tomorrow what it did today.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables; what is in the others stays as it is."""
    _tickets()
    _members()
    _messages()
    _answers()
    _hooks()


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text, nullable=False) for name in names]


def _numbers(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.Integer, nullable=False) for name in names]


def _tickets() -> None:
    op.create_table(
        "tickets",
        *_texts("organization", "key"),
        sa.Column("by", sa.String(32), nullable=False),
        *_texts("control", "owner", "account", "subject"),
        *_numbers("number"),
        *_texts("team", "tracker", "place", "parent", "assignment_group", "assignee"),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("made_at", sa.DateTime, nullable=False),
        *_texts("id", "shown", "url", "written"),
        sa.Column("written_at", sa.DateTime),
        sa.Column("closed_at", sa.DateTime),
        sa.Column("outcome", sa.String(32)),
        sa.Column("is_full", sa.Boolean, nullable=False),
        *_numbers("attempts", "lookups"),
        sa.Column("sent_at", sa.DateTime),
        sa.Column("looked_at", sa.DateTime),
        *_numbers("hand_closed"),
        sa.Column("hand_closed_at", sa.DateTime),
        *_numbers("rung"),
        *_texts("previous", "trouble"),
        sa.Column("is_adopted", sa.Boolean, nullable=False),
        sa.Column("members", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("organization", "key", name="pk_tickets"),
    )


def _members() -> None:
    op.create_table(
        "ticket_members",
        *_texts("organization", "ticket"),
        *_numbers("place"),
        *_texts("subject"),
        sa.Column("since", sa.DateTime, nullable=False),
        sa.Column("standing", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("organization", "ticket", "place", name="pk_ticket_members"),
        sqlite_with_rowid=False,
    )


def _messages() -> None:
    op.create_table(
        "work_cursors",
        *_texts("organization", "name"),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.PrimaryKeyConstraint("organization", "name", name="pk_work_cursors"),
    )
    op.create_table(
        "messages",
        *_texts("organization", "key", "about", "team", "carrier", "to", "digest"),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        *_texts("where"),
        *_numbers("attempts"),
        *_texts("trouble"),
        sa.PrimaryKeyConstraint("organization", "key", name="pk_messages"),
    )


def _answers() -> None:
    op.create_table(
        "answers",
        *_texts("organization", "kind", "ticket"),
        sa.Column("digest", sa.String(64), nullable=False),
        *_texts("owner", "said", "by"),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        *_texts("decided_by", "detail"),
        sa.PrimaryKeyConstraint("organization", "kind", "ticket", "digest", name="pk_answers"),
    )


def _hooks() -> None:
    op.create_table(
        "hooks",
        *_texts("tracker", "delivery", "id"),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("is_settled", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("tracker", "delivery", name="pk_hooks"),
    )
    op.create_index("ix_hooks_tracker_is_settled_at", "hooks", ["tracker", "is_settled", "at"])
