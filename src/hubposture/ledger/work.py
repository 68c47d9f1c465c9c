"""Tickets with their members, and the times that polling remembers."""

import datetime as dt
import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select

from hubposture.ledger.columns import clean, dump
from hubposture.ledger.engine import Lock, lock, reading, reading_one_state, writing
from hubposture.ledger.part import Part, insert_into, replace_rows, texts
from hubposture.ledger.schema_work import TICKET_MEMBERS, TICKETS, WORK_CURSORS
from hubposture.reconcile.chunks import chunks
from hubposture.work.subject import Standing
from hubposture.work.ticket import By, Group, Member, Outcome, Route, State, Ticket

_MANY = 5000
_TICKET = TICKETS.c
_MEMBER = TICKET_MEMBERS.c
_PLAIN = (
    *("key", "number", "made_at", "id", "shown", "url", "written", "written_at", "closed_at", "is_full"),
    *("attempts", "lookups", "sent_at", "looked_at", "hand_closed", "hand_closed_at", "rung", "previous"),
    *("trouble", "is_adopted"),
)
"""Columns that are fields of a ticket, by the same name."""
_STANDINGS = {one.value: one for one in Standing}
_Members = dict[str, list[Member]]


class Work(Part):
    """Tickets by organization and key. Writers of work go one at a time (`Lock.WORK`)."""

    def tickets(
        self, organization: str, *, keys: Collection[str] | None = None, subjects: Collection[str] | None = None
    ) -> Sequence[Ticket]:
        """See `ports.work`."""
        query = select(TICKETS).where(_TICKET.organization == organization)
        columns = (_MEMBER.ticket, _MEMBER.subject, _MEMBER.since, _MEMBER.standing)
        inside = select(*columns).where(_MEMBER.organization == organization).order_by(_MEMBER.ticket, _MEMBER.place)
        with reading_one_state(self._engine) as connection:
            if keys is not None:
                query = query.where(_TICKET.key.in_(texts(connection, keys)))
                inside = inside.where(_MEMBER.ticket.in_(texts(connection, keys)))
            if subjects is not None:
                among = (_MEMBER.organization == organization, _MEMBER.subject.in_(texts(connection, subjects)))
                holding = [ticket for (ticket,) in connection.execute(select(_MEMBER.ticket).where(*among).distinct())]
                query = query.where(_TICKET.key.in_(texts(connection, holding)))
                inside = inside.where(_MEMBER.ticket.in_(texts(connection, holding)))
            rows = list(connection.execute(query))
            members = _members(connection.execute(inside))
        # Sorted here: databases differ in how they order text.
        return tuple(sorted((_ticket(row, members) for row in rows), key=lambda one: one.key))

    def put_tickets(self, tickets: Iterable[Ticket]) -> None:
        """See `ports.work`. Members are written only where they are not what the ledger has."""
        found = {(clean(one.group.organization), clean(one.key)): one for one in tickets}
        digests = {at: _digest(one) for at, one in found.items()}
        with writing(self._engine) as connection:
            lock(connection, Lock.WORK)
            known = _known(connection, found)
            for chunk in chunks(found.items(), _MANY):
                replace_rows(connection, TICKETS, [_row(one, digests[at]) for at, one in chunk])
            changed = {at: one for at, one in found.items() if known.get(at) != digests[at]}
            _replace_members(connection, changed, [at for at in changed if at in known])

    def work_cursor(self, organization: str, name: str) -> dt.datetime | None:
        """See `ports.work`."""
        table = WORK_CURSORS.c
        query = select(table.at).where(table.organization == organization, table.name == name)
        with reading(self._engine) as connection:
            found: dt.datetime | None = connection.execute(query).scalar()
        return found

    def put_work_cursor(self, organization: str, name: str, at: dt.datetime) -> None:
        """See `ports.work`."""
        with writing(self._engine) as connection:
            statement = insert_into(connection, WORK_CURSORS).values(organization=organization, name=name, at=at)
            primary = list(WORK_CURSORS.primary_key)
            connection.execute(statement.on_conflict_do_update(index_elements=primary, set_={"at": at}))


def _by_organization(places: Iterable[tuple[str, str]]) -> Mapping[str, list[str]]:
    """Keys by organization."""
    found: dict[str, list[str]] = {}
    for organization, key in places:
        found.setdefault(organization, []).append(key)
    return found


def _known(connection: Connection, wanted: Iterable[tuple[str, str]]) -> Mapping[tuple[str, str], str]:
    """The digests of the members that are there, by organization and key."""
    found: dict[tuple[str, str], str] = {}
    for organization, keys in _by_organization(wanted).items():
        query = select(_TICKET.key, _TICKET.members).where(
            _TICKET.organization == organization, _TICKET.key.in_(texts(connection, keys))
        )
        found.update(((organization, row.key), row.members) for row in connection.execute(query))
    return found


def _replace_members(
    connection: Connection, tickets: Mapping[tuple[str, str], Ticket], old: Iterable[tuple[str, str]]
) -> None:
    """Write the members of these tickets; `old` are those that may have some."""
    for organization, keys in _by_organization(old).items():
        named = _MEMBER.ticket.in_(texts(connection, keys))
        connection.execute(delete(TICKET_MEMBERS).where(_MEMBER.organization == organization, named))
    rows = (
        {
            "organization": organization,
            "ticket": key,
            "subject": member.subject,
            "place": place,
            "since": member.since,
            "standing": member.standing.value,
        }
        for (organization, key), ticket in tickets.items()
        for place, member in enumerate(ticket.members)
    )
    for chunk in chunks(rows, _MANY):
        connection.execute(insert(TICKET_MEMBERS), chunk)


def _digest(ticket: Ticket) -> str:
    """One text for equal members in the same order."""
    rows = [(clean(one.subject), one.since.isoformat(), one.standing.value) for one in ticket.members]
    return hashlib.sha256(dump(rows).encode()).hexdigest()


def _row(ticket: Ticket, members: str) -> dict[str, object]:
    group, route = ticket.group, ticket.route
    return {name: getattr(ticket, name) for name in _PLAIN} | {
        "organization": group.organization,
        "by": group.by.value,
        "control": group.control,
        "owner": group.owner,
        "account": group.account,
        "subject": group.subject,
        "team": route.team,
        "tracker": route.tracker,
        "place": route.place,
        "parent": route.parent,
        "assignment_group": route.group,
        "assignee": route.assignee,
        "state": ticket.state.value,
        "outcome": None if ticket.outcome is None else ticket.outcome.value,
        "members": members,
    }


def _members(rows: Iterable[Sequence[Any]]) -> _Members:
    """Members by ticket, from rows in their order."""
    found: _Members = {}
    for row in rows:
        found.setdefault(row[0], []).append(Member(row[1], row[2], _STANDINGS[row[3]]))
    return found


def _ticket(row: Row[Any], members: _Members) -> Ticket:
    group = Group(row.organization, By(row.by), row.control, row.owner, row.account, row.subject)
    route = Route(row.team, row.tracker, row.place, row.parent, row.assignment_group, row.assignee)
    return Ticket(
        group=group,
        route=route,
        state=State(row.state),
        members=tuple(members.get(row.key, ())),
        outcome=None if row.outcome is None else Outcome(row.outcome),
        **{name: getattr(row, name) for name in _PLAIN},
    )
