"""The tables as this version of the code knows them; `migrations/` is how a database gets there."""

from sqlalchemy import (
    BigInteger,
    Column,
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

from hubposture.ledger.columns import CleanText, Document, Json, UtcDateTime

HEAD = "0002"
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
