"""The tables of people: sessions, sign-ins in progress, tokens."""

from sqlalchemy import Column, Index, String, Table

from hubposture.ledger.columns import CleanText, Json, UtcDateTime
from hubposture.ledger.schema import METADATA

SESSIONS = Table(
    "sessions",
    METADATA,
    Column("id", String(64), primary_key=True),
    Column("key", CleanText, nullable=False),  # the person's name as rules compare it
    Column("person", CleanText, nullable=False),
    Column("groups", Json, nullable=False),
    Column("agent", CleanText, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("ends_at", UtcDateTime, nullable=False),
    Index(None, "key"),
    Index(None, "ends_at"),
)

SIGN_INS = Table(
    "sign_ins",
    METADATA,
    Column("state", String(64), primary_key=True),
    Column("browser", String(64), nullable=False),
    Column("where", CleanText, nullable=False),
    Column("ends_at", UtcDateTime, nullable=False),
    Index(None, "ends_at"),
)

API_TOKENS = Table(
    "api_tokens",
    METADATA,
    Column("id", String(26), primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("key", CleanText, nullable=False),
    Column("person", CleanText, nullable=False),
    Column("label", CleanText, nullable=False),
    Column("actions", Json, nullable=False),
    Column("groups", Json, nullable=False),
    Column("made_by", CleanText, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("ends_at", UtcDateTime, nullable=False),
    Column("used_at", UtcDateTime),
    Column("revoked_at", UtcDateTime),
    Column("revoked_by", CleanText, nullable=False),
    Index(None, "digest", unique=True),
    Index(None, "key"),
)
