"""Column types that hold the same in SQLite and PostgreSQL."""

import json
import re
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime, Dialect, Text, TypeDecorator

from hubposture.reconcile.change import Value

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
# Made once: `json.dumps` would make one for every text.
_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC datetime, stored without a zone: both databases then compare and show it alike."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """UTC without its zone; a naive datetime is a defect of the caller."""
        del dialect
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a time without a zone cannot go into the ledger: {value.isoformat()}")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The stored time with its zone, UTC."""
        del dialect
        return None if value is None else value.replace(tzinfo=UTC)


class NaiveUtc(TypeDecorator[datetime]):
    """UTC without a zone, in the code as in the database: for what is compared with the lake's times."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The time as it is; one with a zone is a defect of the caller."""
        del dialect
        if value is not None and value.tzinfo is not None:
            raise ValueError(f"this time goes into the ledger as UTC without a zone: {value.isoformat()}")
        return value


class CleanText(TypeDecorator[str]):
    """Text that both databases can hold: PostgreSQL takes no NUL, and neither takes half a surrogate pair."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """The text with what cannot be stored replaced."""
        del dialect
        return None if value is None else clean(value)


class Json(TypeDecorator[Any]):
    """A JSON document as sorted, ASCII text; lists come back as tuples."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str:
        """The document as text."""
        del dialect
        return dump(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        """The document, its lists as tuples."""
        del dialect
        return None if value is None else frozen(json.loads(value))


class Document(TypeDecorator[Any]):
    """A JSON document as sorted, ASCII text; it comes back as `json` reads it, lists as lists."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str:
        """The document as text."""
        del dialect
        return dump(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        """The document."""
        del dialect
        return None if value is None else json.loads(value)


def clean(text: str) -> str:
    """A text with NUL and unpaired surrogates replaced by U+FFFD."""
    return _UNSTORABLE.sub("\ufffd", text)


def dump(value: Any) -> str:
    """One text for equal documents: sorted keys, no blanks, ASCII."""
    return _ENCODER.encode(value)


def frozen(value: Any) -> Any:
    """A document from JSON with tuples for lists, as `Value` has them."""
    if isinstance(value, list):
        return tuple(frozen(item) for item in value)
    if isinstance(value, dict):
        return {key: frozen(item) for key, item in value.items()}
    return value


def load_value(text: str) -> Value:
    """A `Value` from its JSON text."""
    found: Value = frozen(json.loads(text))
    return found
