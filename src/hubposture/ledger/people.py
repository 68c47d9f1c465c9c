"""Who is signed in, who is about to."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, delete, insert, select, update

from hubposture.access.people import person_key
from hubposture.access.sessions import Session
from hubposture.ledger.audit import append
from hubposture.ledger.columns import clean
from hubposture.ledger.engine import reading, writing
from hubposture.ledger.part import Part
from hubposture.ledger.schema_people import API_TOKENS, SESSIONS, SIGN_INS
from hubposture.ports.ledger import Entry
from hubposture.ports.people import SignIn

_SESSION = ("id", "person", "groups", "agent", "made_at", "seen_at", "ends_at")


class People(Part):
    """Sessions and sign-ins in progress, by digests of what browsers keep."""

    def begin_sign_in(self, begun: SignIn) -> None:
        """See `ports.people`."""
        row = {"state": begun.state, "browser": begun.browser, "where": begun.where, "ends_at": begun.ends_at}
        with writing(self._engine) as connection:
            connection.execute(delete(SIGN_INS).where(SIGN_INS.c.ends_at <= self._now()))
            connection.execute(insert(SIGN_INS).values(row))

    def end_sign_in(self, state: str, browser: str) -> SignIn | None:
        """See `ports.people`."""
        mine = (SIGN_INS.c.state == state, SIGN_INS.c.browser == browser)
        with writing(self._engine) as connection:
            row = connection.execute(delete(SIGN_INS).where(*mine).returning(*SIGN_INS.c)).one_or_none()
        if row is None or row.ends_at <= self._now():
            return None
        return SignIn(row.state, row.browser, row.where, row.ends_at)

    def begin_session(self, session: Session, *, instead_of: str = "", address: str = "") -> None:
        """See `ports.people`."""
        row: dict[str, object] = {name: getattr(session, name) for name in _SESSION}
        key = clean(person_key(session.person))
        why = f"signed in from {address}" if address else "signed in"
        with writing(self._engine) as connection:
            over = SESSIONS.c.ends_at <= self._now()
            connection.execute(delete(SESSIONS).where(over | (SESSIONS.c.id == instead_of)))
            connection.execute(insert(SESSIONS).values(row | {"key": key}))
            signed_in = (API_TOKENS.c.key == key) & (API_TOKENS.c.made_by == API_TOKENS.c.person)
            connection.execute(update(API_TOKENS).where(signed_in).values(groups=session.groups))
            entry = Entry(session.person, "session", None, session.groups, why)
            append(connection, [entry], at=self._now())

    def session(self, id_: str) -> Session | None:
        """See `ports.people`."""
        with reading(self._engine) as connection:
            row = connection.execute(select(SESSIONS).where(SESSIONS.c.id == id_)).one_or_none()
        return None if row is None or row.ends_at <= self._now() else _session(row)

    def seen_session(self, id_: str, at: dt.datetime) -> None:
        """See `ports.people`."""
        with writing(self._engine) as connection:
            connection.execute(update(SESSIONS).where(SESSIONS.c.id == id_).values(seen_at=at))

    def sessions(self, person: str = "") -> Sequence[Session]:
        """See `ports.people`."""
        query = select(SESSIONS).where(SESSIONS.c.ends_at > self._now())
        if person:
            query = query.where(SESSIONS.c.key == clean(person_key(person)))
        with reading(self._engine) as connection:
            found = [_session(row) for row in connection.execute(query)]
        newest = sorted(found, key=lambda one: (one.made_at, one.id), reverse=True)
        return tuple(sorted(newest, key=lambda one: person_key(one.person)))

    def end_sessions(self, *, by: str, person: str = "", id_: str = "", why: str = "") -> int:
        """See `ports.people`."""
        assert person or id_, "sessions of somebody, or one of them"
        wanted = [SESSIONS.c.key == clean(person_key(person))] if person else []
        wanted += [SESSIONS.c.id == id_] if id_ else []
        with writing(self._engine) as connection:
            ended = connection.execute(delete(SESSIONS).where(*wanted).returning(SESSIONS.c.person)).all()
            if ended:
                entries = [Entry(by, "session", row.person, None, why or "ended") for row in ended]
                append(connection, entries, at=self._now())
        return len(ended)

    def refused(self, what: str, *, who: str, why: str) -> None:
        """See `ports.people`."""
        with writing(self._engine) as connection:
            append(connection, [Entry(who, what, None, None, why)], at=self._now())


def _session(row: Row[Any]) -> Session:
    return Session(**{name: getattr(row, name) for name in _SESSION})
