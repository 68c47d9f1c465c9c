"""Waivers that people ask for on our pages."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Row, select, update

from hubposture.ledger.approvals import confirmation_row, request_of, request_row
from hubposture.ledger.audit import append
from hubposture.ledger.engine import Lock, lock, reading, writing
from hubposture.ledger.part import Part, insert_absent, insert_if_absent, insert_into, replace_rows
from hubposture.ledger.schema import APPROVAL_REQUESTS, CONFIRMATIONS
from hubposture.ledger.schema_asking import WAIVER_DRAFTS, WAIVER_SAID
from hubposture.ports.asking import Draft, Kind, Said, What
from hubposture.ports.ledger import Entry
from hubposture.ports.waivers import Request
from hubposture.waivers.standing import Confirmation

_DRAFT = tuple(column.name for column in WAIVER_DRAFTS.c if column.name != "taken")
_SAID = tuple(column.name for column in WAIVER_SAID.c)


class Asking(Part):
    """Drafts by request, and what was said."""

    def begin_ask(self, request: Request, draft: Draft, said: Said, *, entries: Iterable[Entry] = ()) -> bool:
        """See `ports.asking`."""
        taken = draft.waiver.casefold() if draft.kind is Kind.NEW else None
        with writing(self._engine) as connection:
            lock(connection, Lock.WAIVERS)
            statement = insert_into(connection, WAIVER_DRAFTS).values(_draft_row(draft) | {"taken": taken})
            made = statement.on_conflict_do_nothing().returning(WAIVER_DRAFTS.c.request)
            if connection.execute(made).one_or_none() is None:
                return False
            replace_rows(connection, APPROVAL_REQUESTS, [request_row(request)])
            insert_if_absent(connection, WAIVER_SAID, _said_row(said))
            append(connection, entries, at=self._now())
            return True

    def move_ask(
        self,
        request: Request,
        draft: Draft,
        said: Said | None = None,
        *,
        confirmations: Iterable[Confirmation] = (),
        entries: Iterable[Entry] = (),
    ) -> Draft | None:
        """See `ports.asking`."""
        moved = replace(draft, revision=draft.revision + 1)
        found = WAIVER_DRAFTS.c.request == draft.request, WAIVER_DRAFTS.c.revision == draft.revision
        with writing(self._engine) as connection:
            lock(connection, Lock.WAIVERS)
            if not connection.execute(update(WAIVER_DRAFTS).where(*found).values(_draft_row(moved))).rowcount:
                return None
            replace_rows(connection, APPROVAL_REQUESTS, [request_row(request)])
            replace_rows(connection, CONFIRMATIONS, [confirmation_row(one) for one in confirmations])
            insert_absent(connection, WAIVER_SAID, [_said_row(said)] if said is not None else [])
            append(connection, entries, at=self._now())
            return moved

    def asked(self, organization: str) -> Sequence[tuple[Request, Draft]]:
        """See `ports.asking`."""
        return self._asked(WAIVER_DRAFTS.c.organization == organization)

    def asked_by_id(self, request: str) -> tuple[Request, Draft] | None:
        """See `ports.asking`."""
        return next(iter(self._asked(WAIVER_DRAFTS.c.request == request)), None)

    def said_of(self, request: str) -> Sequence[Said]:
        """See `ports.asking`."""
        query = select(WAIVER_SAID).where(WAIVER_SAID.c.request == request)
        with reading(self._engine) as connection:
            found = [_said(row) for row in connection.execute(query)]
        return tuple(sorted(found, key=lambda one: (one.at, one.id)))

    def _asked(self, condition: Any) -> Sequence[tuple[Request, Draft]]:
        drafts = select(WAIVER_DRAFTS).where(condition)
        ids = select(WAIVER_DRAFTS.c.request).where(condition)
        requests = select(APPROVAL_REQUESTS).where(APPROVAL_REQUESTS.c.id.in_(ids))
        with reading(self._engine) as connection:
            found = {one.id: one for one in map(request_of, connection.execute(requests))}
            made = [_draft(row) for row in connection.execute(drafts)]
        pairs = [(found[one.request], one) for one in made if one.request in found]
        return tuple(sorted(pairs, key=lambda pair: pair[0].id, reverse=True))


def _draft_row(draft: Draft) -> dict[str, object]:
    values: dict[str, object] = {name: getattr(draft, name) for name in _DRAFT}
    return values | {"kind": draft.kind.value, "people": list(draft.people)}


def _draft(row: Row[Any]) -> Draft:
    values = {name: getattr(row, name) for name in _DRAFT}
    return Draft(**values | {"kind": Kind(row.kind), "people": tuple(row.people)})


def _said_row(said: Said) -> dict[str, object]:
    return {name: getattr(said, name) for name in _SAID} | {"what": said.what.value}


def _said(row: Row[Any]) -> Said:
    return Said(**{name: getattr(row, name) for name in _SAID} | {"what": What(row.what)})
