"""What was told to people, what they answered, and what trackers told by webhooks."""

import datetime as dt
import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, delete, func, select, update

from hubposture.ledger.audit import append
from hubposture.ledger.columns import clean
from hubposture.ledger.engine import Lock, lock, reading, writing
from hubposture.ledger.part import Part, insert_if_absent, replace_rows, texts
from hubposture.ledger.schema_work import ANSWERS, HOOKS, MESSAGES
from hubposture.ports.ledger import Entry
from hubposture.ports.work import Delivery, Hook, KeptAnswer, SentMessage
from hubposture.work.action import Answer
from hubposture.work.offers import Kind, Thing

_MESSAGE = tuple(column.name for column in MESSAGES.c)
_ANSWER = ("kind", "ticket", "owner", "said", "by", "at")
_DIGEST = 64
"""How long the digest of what is said is; that of what was taken back is shorter."""
_KEPT_DAYS = 30
"""How long a delivery that was looked at is remembered, so that it counts once."""


class Told(Part):
    """Messages by organization and key, answers by what was said, hooks by tracker and delivery."""

    def messages(self, organization: str, *, keys: Collection[str] | None = None) -> Sequence[SentMessage]:
        """See `ports.work`."""
        query = select(MESSAGES).where(MESSAGES.c.organization == organization)
        with reading(self._engine) as connection:
            if keys is not None:
                query = query.where(MESSAGES.c.key.in_(texts(connection, keys)))
            found = [message_of(row) for row in connection.execute(query)]
        return tuple(sorted(found, key=lambda one: one.key))

    def put_messages(self, messages: Iterable[SentMessage]) -> None:
        """See `ports.work`."""
        rows = [_message_row(one) for one in messages]
        with writing(self._engine) as connection:
            lock(connection, Lock.WORK)
            replace_rows(connection, MESSAGES, rows)

    def answers(self, organization: str) -> Sequence[KeptAnswer]:
        """See `ports.work`."""
        query = select(ANSWERS).where(ANSWERS.c.organization == organization)
        with reading(self._engine) as connection:
            found = [_answer(row) for row in connection.execute(query)]
        return tuple(sorted(found, key=_oldest_first))

    def keep_answers(
        self, organization: str, found: Iterable[Answer], *, heard: Collection[str] = ()
    ) -> Sequence[Answer]:
        """See `ports.work`. What was taken back is kept, under a digest that nothing said has."""
        rows = [(one, _answer_row(organization, one)) for one in found]
        with writing(self._engine) as connection:
            lock(connection, Lock.WORK)
            self._take_back(connection, organization, heard, [row for _, row in rows])
            return tuple(one for one, row in rows if insert_if_absent(connection, ANSWERS, row))

    def _take_back(
        self, connection: Connection, organization: str, heard: Collection[str], said: Iterable[Mapping[str, object]]
    ) -> None:
        table = ANSWERS.c
        key = (table.kind, table.ticket, table.digest)
        decided = select(*key).where(table.organization == organization, table.state != "open")
        decided = decided.where(table.ticket.in_(texts(connection, heard)), func.length(table.digest) == _DIGEST)
        still = {(row["kind"], clean(str(row["ticket"])), row["digest"]) for row in said}
        for kind, ticket, digest in connection.execute(decided).all():
            if (kind, ticket, digest) not in still:
                row = update(ANSWERS).where(table.organization == organization, table.kind == kind)
                row = row.where(table.ticket == ticket, table.digest == digest)
                connection.execute(row.values(digest=self._store.new_id()))

    def decide_answer(self, organization: str, kind: str, ticket: str, *, state: str, by: str, detail: str) -> bool:
        """See `ports.work`. Open answers of the same kind in the same ticket are decided together."""
        table = ANSWERS.c
        statement = (
            update(ANSWERS)
            .where(table.organization == organization, table.kind == kind, table.ticket == ticket)
            .where(table.state == "open")
            .values(state=state, decided_by=by, detail=detail)
        )
        with writing(self._engine) as connection:
            lock(connection, Lock.WORK)
            is_decided = connection.execute(statement).rowcount > 0
            if is_decided:
                entry = Entry(by, f"answer '{kind}' in ticket {ticket}", "open", state, detail)
                append(connection, [entry], at=self._now())
            return is_decided

    def take_hook(self, hook: Hook) -> bool:
        """See `ports.work`. It waits for no other writer of work: whoever calls wants a quick answer."""
        row: dict[str, object] = {
            "tracker": hook.tracker,
            "delivery": hook.delivery,
            "id": hook.id,
            "at": hook.at,
            "is_settled": False,
        }
        with writing(self._engine) as connection:
            return insert_if_absent(connection, HOOKS, row)

    def hooks(self, tracker: str) -> Mapping[str, dt.datetime]:
        """See `ports.work`."""
        latest = func.max(HOOKS.c.at)
        query = select(HOOKS.c.id, latest).where(HOOKS.c.tracker == tracker, HOOKS.c.is_settled.is_(False))
        with reading(self._engine) as connection:
            rows = connection.execute(query.group_by(HOOKS.c.id))
            return dict(sorted((id_, at) for id_, at in rows))

    def settle_hooks(self, tracker: str, ids: Collection[str], *, until: dt.datetime) -> None:
        """See `ports.work`. Deliveries stay known for 30 days."""
        mine = HOOKS.c.tracker == tracker
        with writing(self._engine) as connection:
            lock(connection, Lock.WORK)
            told = HOOKS.c.id.in_(texts(connection, ids))
            settled = update(HOOKS).where(mine, told, HOOKS.c.at <= until, HOOKS.c.is_settled.is_(False))
            connection.execute(settled.values(is_settled=True))
            old = HOOKS.c.at < until - dt.timedelta(days=_KEPT_DAYS)
            connection.execute(delete(HOOKS).where(mine, HOOKS.c.is_settled.is_(True), old))


def message_of(row: Row[Any]) -> SentMessage:
    """A row of the messages."""
    values = {name: getattr(row, name) for name in _MESSAGE}
    things = tuple(Thing(Kind(kind), *more) for kind, *more in row.things)
    return SentMessage(**values | {"state": Delivery(row.state), "things": things})


def _message_row(one: SentMessage) -> dict[str, object]:
    things = [[thing.kind.value, thing.id, thing.shown, thing.owner, thing.account] for thing in one.things]
    return {name: getattr(one, name) for name in _MESSAGE} | {"state": one.state.value, "things": things}


def _answer(row: Row[Any]) -> KeptAnswer:
    answer = Answer(**{name: getattr(row, name) for name in _ANSWER})
    return KeptAnswer(answer, row.state, row.decided_by, row.detail)


def _oldest_first(kept: KeptAnswer) -> tuple[dt.datetime, str, str, str]:
    one = kept.answer
    return (one.at, one.ticket, one.kind, one.said)


def _answer_row(organization: str, answer: Answer) -> dict[str, object]:
    said = clean(answer.said)
    return {name: getattr(answer, name) for name in _ANSWER} | {
        "organization": organization,
        "digest": hashlib.sha256(said.encode()).hexdigest(),
        "state": "open",
        "decided_by": "",
        "detail": "",
    }
