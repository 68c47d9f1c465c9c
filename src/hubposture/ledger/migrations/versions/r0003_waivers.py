"""What waivers left behind (marks, notes, admissions, notices, requests, confirmations), and jobs.

Types are spelled plainly here, not taken from the code: a migration must do tomorrow what it did today.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables; what is in the others stays as it is."""
    _marks_and_notes()
    _seen()
    _waivers()
    _approvals()
    _jobs()


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text, nullable=False) for name in names]


def _marks_and_notes() -> None:
    op.create_table(
        "waiver_marks",
        *_texts("organization", "finding", "subject", "product", "id", "waiver"),
        sa.Column("until", sa.DateTime, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        *_texts("wanted"),
        sa.Column("written_at", sa.DateTime, nullable=False),
        sa.Column("seen_at", sa.DateTime),
        *_texts("run"),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("organization", "finding", name="pk_waiver_marks"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "persons_notes",
        *_texts("finding"),
        sa.Column("digest", sa.String(64), nullable=False),
        *_texts("text", "by"),
        sa.Column("at", sa.DateTime),
        sa.Column("kept", sa.String(26), nullable=False),
        sa.PrimaryKeyConstraint("finding", "digest", name="pk_persons_notes"),
    )


def _seen() -> None:
    op.create_table(
        "resolved_findings",
        *_texts("organization", "finding"),
        sa.Column("since", sa.DateTime, nullable=False),
        sa.PrimaryKeyConstraint("organization", "finding", name="pk_resolved_findings"),
    )
    op.create_table(
        "suppressors",
        *_texts("organization", "finding", "who"),
        sa.Column("at", sa.DateTime),
        sa.PrimaryKeyConstraint("organization", "finding", name="pk_suppressors"),
    )


def _waivers() -> None:
    op.create_table(
        "admitted_subjects",
        *_texts("organization", "waiver", "subject"),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.PrimaryKeyConstraint("organization", "waiver", "subject", name="pk_admitted_subjects"),
    )
    op.create_table(
        "decided_waivers",
        *_texts("organization", "waiver"),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.PrimaryKeyConstraint("organization", "waiver", name="pk_decided_waivers"),
    )
    op.create_table(
        "waiver_notices",
        *_texts("organization", "waiver", "kind"),
        sa.Column("until", sa.Date, nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        *_texts("body"),
        sa.PrimaryKeyConstraint("organization", "waiver", "kind", "until", name="pk_waiver_notices"),
    )


def _approvals() -> None:
    op.create_table(
        "approval_requests",
        sa.Column("id", sa.String(26), nullable=False),
        *_texts("waiver", "digest", "system"),
        sa.Column("state", sa.String(32), nullable=False),
        *_texts("asked_by"),
        sa.Column("asked_at", sa.DateTime, nullable=False),
        sa.Column("until", sa.Date, nullable=False),
        *_texts("subjects", "number", "record", "decided_by"),
        sa.Column("decided_at", sa.DateTime),
        *_texts("detail", "commit"),
        sa.PrimaryKeyConstraint("id", name="pk_approval_requests"),
    )
    op.create_table(
        "confirmations",
        *_texts("waiver", "digest", "system", "number", "by"),
        sa.Column("verdict", sa.String(32), nullable=False),
        sa.Column("until", sa.Date, nullable=False),
        sa.Column("checked_at", sa.DateTime, nullable=False),
        sa.PrimaryKeyConstraint("waiver", "digest", "system", name="pk_confirmations"),
    )


def _jobs() -> None:
    op.create_table(
        "jobs",
        *_texts("organization", "name", "schedule", "zone"),
        sa.Column("next_at", sa.DateTime),
        *_texts("holder"),
        sa.Column("until", sa.DateTime, nullable=False),
        sa.Column("token", sa.BigInteger, nullable=False),
        sa.Column("set_at", sa.DateTime, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("last_started", sa.DateTime),
        sa.Column("last_ended", sa.DateTime),
        sa.Column("last_status", sa.String(16), nullable=False),
        *_texts("last_detail"),
        sa.PrimaryKeyConstraint("organization", "name", name="pk_jobs"),
    )
    op.create_index("ix_jobs_next_at", "jobs", ["next_at"])
