"""The tables as this version of the code knows them; `migrations/` is how a database gets there."""

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    UniqueConstraint,
)

from hubposture.ledger.columns import CleanText, Document, Json, NaiveUtc, UtcDateTime

HEAD = "0011"
"""The newest migration; a test holds it equal to the migrations' own."""

METADATA = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    }
)

RUNS = Table(
    "runs",
    METADATA,
    Column("id", String(26), primary_key=True),
    Column("verb", CleanText, nullable=False),
    Column("organization", CleanText, nullable=False),
    Column("who", CleanText, nullable=False),
    Column("commit", CleanText, nullable=False),
    Column("started", UtcDateTime, nullable=False),
    Column("ended", UtcDateTime),
    Column("status", String(16), nullable=False),
    Column("counts", Json, nullable=False),
    Column("calls", Json, nullable=False),
    Column("failures", Json, nullable=False),
)

CHANGES = Table(
    "changes",
    METADATA,
    Column("run", String(26), ForeignKey("runs.id"), nullable=False),
    Column("organization", CleanText, nullable=False),
    Column("account", CleanText, nullable=False),
    Column("region", CleanText, nullable=False),
    Column("kind", CleanText, nullable=False),
    Column("key", Json, nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("stage", Integer, nullable=False),
    Column("current", Json, nullable=False),
    Column("desired", Json, nullable=False),
    Column("reason", CleanText, nullable=False),
    Column("source", CleanText, nullable=False),
    Column("weight", Integer, nullable=False),
    Column("because", CleanText, nullable=False),
    Column("state", String(8), nullable=False),
    Column("detail", CleanText, nullable=False),
    Column("intended", UtcDateTime, nullable=False),
    Column("sent", UtcDateTime),
    Column("ended", UtcDateTime),
    PrimaryKeyConstraint("run", "organization", "account", "region", "kind", "key"),
    Index(None, "state", "run", "number"),
    sqlite_with_rowid=False,
)

AUDIT = Table(
    "audit",
    METADATA,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at", UtcDateTime, nullable=False),
    Column("who", CleanText, nullable=False),
    Column("what", CleanText, nullable=False),
    Column("before", CleanText, nullable=False),  # JSON, decoded with care: see audit.py
    Column("after", CleanText, nullable=False),
    Column("why", CleanText, nullable=False),
    Column("run", CleanText, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("digest", String(64), nullable=False),
)

AUDIT_HEAD = Table(
    "audit_head",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, nullable=False),
    Column("digest", String(64), nullable=False),
)

SEEN_CONTROLS = Table(
    "seen_controls",
    METADATA,
    Column("organization", CleanText, nullable=False),
    Column("control", CleanText, nullable=False),
    Column("first_seen", UtcDateTime),
    PrimaryKeyConstraint("organization", "control"),
)

LEASES = Table(
    "leases",
    METADATA,
    Column("name", CleanText, primary_key=True),
    Column("holder", CleanText, nullable=False),
    Column("until", UtcDateTime, nullable=False),
    Column("token", BigInteger, nullable=False),
)

LAKE_VERSIONS = Table(
    "lake_versions",
    METADATA,
    Column("lake", CleanText, nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("parent", BigInteger, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("manifest", Document, nullable=False),
    PrimaryKeyConstraint("lake", "number"),
    Index(None, "lake", "at", "number"),
)

LAKE_HEADS = Table(
    "lake_heads",
    METADATA,
    Column("lake", CleanText, primary_key=True),
    Column("number", BigInteger, nullable=False),
)

LAKE_CURSORS = Table(
    "lake_cursors",
    METADATA,
    Column("lake", CleanText, nullable=False),
    Column("source", CleanText, nullable=False),
    Column("value", Document, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    PrimaryKeyConstraint("lake", "source"),
)

LAKE_PINS = Table(
    "lake_pins",
    METADATA,
    Column("lake", CleanText, nullable=False),
    Column("name", CleanText, nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("why", CleanText, nullable=False),
    Column("until", UtcDateTime),
    PrimaryKeyConstraint("lake", "name"),
    ForeignKeyConstraint(["lake", "number"], ["lake_versions.lake", "lake_versions.number"]),
)

OUTBOX = Table(
    "outbox",
    METADATA,
    Column("id", String(26), primary_key=True),
    Column("topic", CleanText, nullable=False),
    Column("key", CleanText, nullable=False),
    Column("body", Document, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    UniqueConstraint("topic", "key"),
)

CALL_BUDGETS = Table(
    "call_budgets",
    METADATA,
    Column("name", CleanText, primary_key=True),
    Column("tokens", Double, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("unserved", Document, nullable=False),
)

WAIVER_MARKS = Table(
    "waiver_marks",
    METADATA,
    Column("organization", CleanText, nullable=False),
    Column("finding", CleanText, nullable=False),
    Column("subject", CleanText, nullable=False),
    Column("product", CleanText, nullable=False),
    Column("id", CleanText, nullable=False),
    Column("waiver", CleanText, nullable=False),
    Column("until", NaiveUtc, nullable=False),
    Column("state", String(16), nullable=False),
    Column("wanted", CleanText, nullable=False),
    Column("written_at", NaiveUtc, nullable=False),
    Column("seen_at", NaiveUtc),
    Column("run", CleanText, nullable=False),
    Column("tries", Integer, nullable=False),
    PrimaryKeyConstraint("organization", "finding"),
    sqlite_with_rowid=False,
)

PERSONS_NOTES = Table(
    "persons_notes",
    METADATA,
    Column("finding", CleanText, nullable=False),
    Column("digest", String(64), nullable=False),  # of the text, which may be too long for an index
    Column("text", CleanText, nullable=False),
    Column("by", CleanText, nullable=False),
    Column("at", NaiveUtc),
    Column("kept", String(26), nullable=False),  # a ULID: in which order they were kept
    PrimaryKeyConstraint("finding", "digest"),
)

RESOLVED_FINDINGS = Table(
    "resolved_findings",
    METADATA,
    Column("organization", CleanText, nullable=False),
    Column("finding", CleanText, nullable=False),
    Column("since", NaiveUtc, nullable=False),
    PrimaryKeyConstraint("organization", "finding"),
)

SUPPRESSORS = Table(
    "suppressors",
    METADATA,
    Column("organization", CleanText, nullable=False),
    Column("finding", CleanText, nullable=False),
    Column("who", CleanText, nullable=False),
    Column("at", NaiveUtc),
    PrimaryKeyConstraint("organization", "finding"),
)

ADMITTED_SUBJECTS = Table(
    "admitted_subjects",
    METADATA,
    Column("organization", CleanText, nullable=False),
    Column("waiver", CleanText, nullable=False),
    Column("subject", CleanText, nullable=False),
    Column("at", NaiveUtc, nullable=False),
    PrimaryKeyConstraint("organization", "waiver", "subject"),
)

DECIDED_WAIVERS = Table(
    "decided_waivers",
    METADATA,
    Column("organization", CleanText, nullable=False),
    Column("waiver", CleanText, nullable=False),
    Column("at", NaiveUtc, nullable=False),
    PrimaryKeyConstraint("organization", "waiver"),
)

WAIVER_NOTICES = Table(
    "waiver_notices",
    METADATA,
    Column("organization", CleanText, nullable=False),
    Column("waiver", CleanText, nullable=False),
    Column("kind", CleanText, nullable=False),
    Column("until", Date, nullable=False),
    Column("at", NaiveUtc, nullable=False),
    Column("body", Document, nullable=False),
    PrimaryKeyConstraint("organization", "waiver", "kind", "until"),
)

APPROVAL_REQUESTS = Table(
    "approval_requests",
    METADATA,
    Column("id", String(26), primary_key=True),
    Column("waiver", CleanText, nullable=False),
    Column("digest", CleanText, nullable=False),
    Column("system", CleanText, nullable=False),
    Column("state", String(32), nullable=False),
    Column("asked_by", CleanText, nullable=False),
    Column("asked_at", NaiveUtc, nullable=False),
    Column("until", Date, nullable=False),
    Column("subjects", CleanText, nullable=False),
    Column("number", CleanText, nullable=False),
    Column("record", CleanText, nullable=False),
    Column("decided_by", CleanText, nullable=False),
    Column("decided_at", NaiveUtc),
    Column("detail", CleanText, nullable=False),
    Column("commit", CleanText, nullable=False),
)

CONFIRMATIONS = Table(
    "confirmations",
    METADATA,
    Column("waiver", CleanText, nullable=False),
    Column("digest", CleanText, nullable=False),
    Column("system", CleanText, nullable=False),
    Column("number", CleanText, nullable=False),
    Column("by", CleanText, nullable=False),
    Column("verdict", String(32), nullable=False),
    Column("until", Date, nullable=False),
    Column("checked_at", NaiveUtc, nullable=False),
    PrimaryKeyConstraint("waiver", "digest", "system"),
)

JOBS = Table(
    "jobs",
    METADATA,
    Column("organization", CleanText, nullable=False),
    Column("name", CleanText, nullable=False),
    Column("schedule", CleanText, nullable=False),
    Column("zone", CleanText, nullable=False),
    Column("next_at", UtcDateTime),
    Column("holder", CleanText, nullable=False),
    Column("until", UtcDateTime, nullable=False),
    Column("token", BigInteger, nullable=False),
    Column("set_at", UtcDateTime, nullable=False),  # when `next_at` or `until` was set: the clock must not be before it
    Column("attempts", Integer, nullable=False),
    Column("last_started", UtcDateTime),
    Column("last_ended", UtcDateTime),
    Column("last_status", String(16), nullable=False),
    Column("last_detail", CleanText, nullable=False),
    PrimaryKeyConstraint("organization", "name"),
    Index(None, "next_at"),
)
