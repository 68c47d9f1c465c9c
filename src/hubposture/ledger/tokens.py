"""Tokens of the API, by their digests."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Row, insert, select, update

from hubposture.access.people import person_key
from hubposture.access.sessions import Token
from hubposture.ledger.audit import append
from hubposture.ledger.columns import clean
from hubposture.ledger.engine import reading, writing
from hubposture.ledger.part import Part
from hubposture.ledger.schema_people import API_TOKENS
from hubposture.ports.ledger import Entry

_TOKEN = tuple(column.name for column in API_TOKENS.c if column.name != "key")


class Tokens(Part):
    """Tokens, never forgotten: what one did is in the audit trail under its id."""

    def keep_token(self, new: Token) -> Token:
        """See `ports.people`."""
        token = replace(new, id=self._store.new_id())
        row: dict[str, object] = {name: getattr(token, name) for name in _TOKEN}
        said = (token.person, token.label, token.actions, token.ends_at.isoformat())
        with writing(self._engine) as connection:
            connection.execute(insert(API_TOKENS).values(row | {"key": clean(person_key(token.person))}))
            append(connection, [Entry(token.made_by, f"token {token.id}", None, said, "made")], at=self._now())
        return token

    def token(self, digest: str) -> Token | None:
        """See `ports.people`."""
        with reading(self._engine) as connection:
            row = connection.execute(select(API_TOKENS).where(API_TOKENS.c.digest == digest)).one_or_none()
        return None if row is None else _token(row)

    def used_token(self, id_: str, at: dt.datetime) -> None:
        """See `ports.people`."""
        with writing(self._engine) as connection:
            connection.execute(update(API_TOKENS).where(API_TOKENS.c.id == id_).values(used_at=at))

    def tokens(self, person: str = "") -> Sequence[Token]:
        """See `ports.people`."""
        query = select(API_TOKENS)
        if person:
            query = query.where(API_TOKENS.c.key == clean(person_key(person)))
        with reading(self._engine) as connection:
            found = [_token(row) for row in connection.execute(query)]
        newest = sorted(found, key=lambda one: (one.made_at, one.id), reverse=True)
        return tuple(sorted(newest, key=lambda one: person_key(one.person)))

    def revoke_token(self, id_: str, *, by: str, person: str = "") -> Token | None:
        """See `ports.people`."""
        now, columns = self._now(), API_TOKENS.c
        wanted = [columns.id == clean(id_), columns.revoked_at.is_(None), columns.ends_at > now]
        wanted += [columns.key == clean(person_key(person))] if person else []
        change = update(API_TOKENS).where(*wanted).values(revoked_at=now, revoked_by=by).returning(*columns)
        with writing(self._engine) as connection:
            row = connection.execute(change).one_or_none()
            if row is None:
                return None
            append(connection, [Entry(by, f"token {row.id}", row.person, None, "revoked")], at=now)
        return _token(row)


def _token(row: Row[Any]) -> Token:
    return Token(**{name: getattr(row, name) for name in _TOKEN})
