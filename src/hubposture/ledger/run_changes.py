"""Changes of runs, so many at a time, and counted."""

from collections.abc import Collection, Sequence

from sqlalchemy import func, select

from hubposture.ledger.changes import intent_of
from hubposture.ledger.engine import reading
from hubposture.ledger.part import Part, texts
from hubposture.ledger.schema import CHANGES
from hubposture.ports.ledger import Intent, IntentState
from hubposture.ports.run_changes import ChangeCount


class RunChanges(Part):
    """Reading what runs meant to change."""

    def change_counts(self, runs: Collection[str]) -> Sequence[ChangeCount]:
        """See `ports.run_changes`."""
        columns = CHANGES.c
        keys = columns.run, columns.organization, columns.account, columns.state
        with reading(self._engine) as connection:
            query = select(*keys, func.count()).where(columns.run.in_(texts(connection, runs))).group_by(*keys)
            rows = sorted(tuple(row) for row in connection.execute(query))
        return tuple(
            ChangeCount(run, name, account, IntentState(state), number) for run, name, account, state, number in rows
        )

    def change_page(
        self,
        run: str,
        *,
        organization: str,
        accounts: Collection[str] | None = None,
        states: Collection[IntentState] = (),
        limit: int = 100,
        offset: int = 0,
    ) -> Sequence[Intent]:
        """See `ports.run_changes`."""
        columns = CHANGES.c
        with reading(self._engine) as connection:
            query = select(CHANGES).where(columns.run == run, columns.organization == organization)
            if accounts is not None:
                query = query.where(columns.account.in_(texts(connection, accounts)))
            if states:
                query = query.where(columns.state.in_([state.value for state in states]))
            query = query.order_by(columns.number).limit(limit).offset(offset)
            return tuple(intent_of(row) for row in connection.execute(query))
