"""Runs, changes, the audit trail, first sightings of controls, leases.

Types are spelled plainly here, not taken from the code: a migration must do tomorrow what it did today.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_EMPTY_CHAIN = "0" * 64


def upgrade() -> None:
    """Create the tables, and refuse to change what is in the audit trail."""
    _runs_and_changes()
    _audit()
    op.create_table(
        "seen_controls",
        sa.Column("organization", sa.Text, nullable=False),
        sa.Column("control", sa.Text, nullable=False),
        sa.Column("first_seen", sa.DateTime),
        sa.PrimaryKeyConstraint("organization", "control", name="pk_seen_controls"),
    )
    op.create_table(
        "leases",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("holder", sa.Text, nullable=False),
        sa.Column("until", sa.DateTime, nullable=False),
        sa.Column("token", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_leases"),
    )


def _runs_and_changes() -> None:
    op.create_table(
        "runs",
        sa.Column("id", sa.String(26), nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("verb", "organization", "who", "commit")),
        sa.Column("started", sa.DateTime, nullable=False),
        sa.Column("ended", sa.DateTime),
        sa.Column("status", sa.String(16), nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("counts", "calls", "failures")),
        sa.PrimaryKeyConstraint("id", name="pk_runs"),
    )
    op.create_table(
        "changes",
        sa.Column("run", sa.String(26), nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("organization", "account", "region", "kind", "key")),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("stage", sa.Integer, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("current", "desired", "reason", "source")),
        sa.Column("weight", sa.Integer, nullable=False),
        sa.Column("because", sa.Text, nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("intended", sa.DateTime, nullable=False),
        sa.Column("sent", sa.DateTime),
        sa.Column("ended", sa.DateTime),
        sa.PrimaryKeyConstraint("run", "organization", "account", "region", "kind", "key", name="pk_changes"),
        sa.ForeignKeyConstraint(["run"], ["runs.id"], name="fk_changes_run_runs"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_changes_state_run_number", "changes", ["state", "run", "number"])


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("seq", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("at", sa.DateTime, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("who", "what", "before", "after", "why", "run")),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_audit"),
    )
    head = op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_head"),
    )
    op.bulk_insert(head, [{"id": 1, "seq": 0, "digest": _EMPTY_CHAIN}])
    for statement in _APPEND_ONLY[op.get_bind().dialect.name]:
        op.execute(statement)


_REFUSE = "RAISE(ABORT, 'the audit trail is append-only')"
_APPEND_ONLY = {
    "sqlite": (
        f"CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT {_REFUSE}; END",
        f"CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT {_REFUSE}; END",
    ),
    "postgresql": (
        """CREATE FUNCTION hubposture_append_only() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'the audit trail is append-only'; END $$""",
        """CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
        FOR EACH STATEMENT EXECUTE FUNCTION hubposture_append_only()""",
    ),
}
