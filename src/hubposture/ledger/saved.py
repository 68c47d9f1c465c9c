"""What people keep for themselves: filters under a name, and answers to what may be asked twice."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.exc import IntegrityError

from hubposture.ledger.columns import clean
from hubposture.ledger.engine import reading, writing
from hubposture.ledger.part import Part, insert_if_absent
from hubposture.ledger.schema_saved import KEPT_ANSWERS, SAVED_FILTERS
from hubposture.ports.saved import Asked, AskedForOther, NameTaken, SavedFilter, StillAsked

_KEPT = dt.timedelta(days=1)


class Saved(Part):
    """Filters by organization, person and name; answers by organization, person and key."""

    def save_filter(self, saved: SavedFilter) -> bool:
        """See `ports.saved`."""
        key: dict[str, object] = {"organization": saved.organization, "owner": saved.owner, "name": saved.name}
        shared = saved.name if saved.is_shared else None
        values: dict[str, object] = {"text": saved.text, "shared": shared, "made_at": saved.made_at}
        mine = update(SAVED_FILTERS).where(*_of_person(saved.organization, saved.owner, saved.name)).values(values)
        try:
            with writing(self._engine) as connection:
                if insert_if_absent(connection, SAVED_FILTERS, key | values):
                    return True
                is_mine = connection.execute(mine).rowcount > 0
        except IntegrityError as error:
            raise _taken(saved.name) from error
        if not is_mine:
            raise _taken(saved.name)
        return False

    def saved_filters(self, organization: str) -> Sequence[SavedFilter]:
        """See `ports.saved`."""
        query = select(SAVED_FILTERS).where(SAVED_FILTERS.c.organization == organization)
        with reading(self._engine) as connection:
            rows = connection.execute(query).all()
        found = [
            SavedFilter(row.organization, row.name, row.text, row.owner, row.shared is not None, row.made_at)
            for row in rows
        ]
        return tuple(sorted(found, key=lambda one: (one.name.casefold(), one.name, one.owner)))

    def delete_filter(self, organization: str, owner: str, name: str) -> bool:
        """See `ports.saved`."""
        with writing(self._engine) as connection:
            return connection.execute(delete(SAVED_FILTERS).where(*_of_person(organization, owner, name))).rowcount > 0

    def begin_answer(self, asked: Asked) -> Mapping[str, Any] | None:
        """See `ports.saved`."""
        now = self._now()
        row: dict[str, object] = {
            "organization": asked.organization, "who": asked.who, "key": asked.key, "digest": asked.digest,
            "answer": None, "at": now,
        }  # fmt: skip
        with writing(self._engine) as connection:
            connection.execute(delete(KEPT_ANSWERS).where(KEPT_ANSWERS.c.at < now - _KEPT))
            if insert_if_absent(connection, KEPT_ANSWERS, row):
                return None
            found = connection.execute(select(KEPT_ANSWERS).where(*_of_key(asked))).one_or_none()
        if found is not None and found.digest != asked.digest:
            raise AskedForOther(f"the key {asked.key} was used for something else within a day; take a new one")
        if found is None or found.answer is None:
            raise StillAsked(
                f"what was asked under the key {asked.key} has no answer yet; look whether it was done before you ask "
                "under another key"
            )
        answer: Mapping[str, Any] = found.answer
        return answer

    def keep_answer(self, asked: Asked, answer: Mapping[str, Any]) -> None:
        """See `ports.saved`."""
        with writing(self._engine) as connection:
            connection.execute(update(KEPT_ANSWERS).where(*_of_key(asked)).values(answer=dict(answer)))

    def drop_answer(self, asked: Asked) -> None:
        """See `ports.saved`."""
        with writing(self._engine) as connection:
            connection.execute(delete(KEPT_ANSWERS).where(*_of_key(asked), KEPT_ANSWERS.c.digest == asked.digest))


def _taken(name: str) -> NameTaken:
    return NameTaken(f"somebody else shares a filter called {name}; take another name, or keep it to yourself")


def _of_person(organization: str, owner: str, name: str) -> tuple[ColumnElement[bool], ...]:
    columns = SAVED_FILTERS.c
    return columns.organization == organization, columns.owner == clean(owner), columns.name == clean(name)


def _of_key(asked: Asked) -> tuple[ColumnElement[bool], ...]:
    columns = KEPT_ANSWERS.c
    return columns.organization == asked.organization, columns.who == asked.who, columns.key == asked.key
