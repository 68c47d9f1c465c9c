"""Proposed changes of the workbook."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, select, update

from hubposture.ledger.engine import reading, writing
from hubposture.ledger.part import Part, replace_rows
from hubposture.ledger.schema_proposals import PROPOSALS
from hubposture.ports.proposals import Proposal

_NAMES = tuple(column.name for column in PROPOSALS.c)


class Proposals(Part):
    """Proposals by organization and id."""

    def put_proposal(self, proposal: Proposal) -> None:
        """See `ports.proposals`."""
        row: dict[str, object] = {name: getattr(proposal, name) for name in _NAMES}
        made = {
            "places": [list(one) for one in proposal.places],
            "row": dict(proposal.row),
            "plan": dict(proposal.plan),
        }
        with writing(self._engine) as connection:
            replace_rows(connection, PROPOSALS, [row | made])

    def proposals(self, organization: str, *, limit: int = 500) -> Sequence[Proposal]:
        """See `ports.proposals`."""
        newest = PROPOSALS.c.at.desc(), PROPOSALS.c.id.desc()
        query = select(PROPOSALS).where(PROPOSALS.c.organization == organization).order_by(*newest).limit(limit)
        with reading(self._engine) as connection:
            return tuple(_proposal(row) for row in connection.execute(query))

    def proposal(self, organization: str, name: str) -> Proposal | None:
        """See `ports.proposals`."""
        query = select(PROPOSALS).where(PROPOSALS.c.organization == organization, PROPOSALS.c.id == name)
        with reading(self._engine) as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else _proposal(row)

    def withdraw_proposal(self, organization: str, name: str, *, by: str, at: dt.datetime) -> bool:
        """See `ports.proposals`."""
        columns = PROPOSALS.c
        found = columns.organization == organization, columns.id == name, columns.withdrawn_at.is_(None)
        with writing(self._engine) as connection:
            done = connection.execute(update(PROPOSALS).where(*found).values(withdrawn_by=by, withdrawn_at=at))
            return done.rowcount > 0


def _proposal(row: Row[Any]) -> Proposal:
    values = {name: getattr(row, name) for name in _NAMES}
    return Proposal(**{**values, "places": tuple((kind, name) for kind, name in row.places)})
