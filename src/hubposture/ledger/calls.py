"""Budgets of calls to AWS, shared by all processes on the ledger."""

from datetime import datetime

from sqlalchemy import Connection, select

from hubposture.ledger.bucket import Bucket, Rate, take
from hubposture.ledger.engine import writing
from hubposture.ledger.part import Part, insert_if_absent, replace_rows
from hubposture.ledger.schema import CALL_BUDGETS


class CallBudgets(Part):
    """One row per budget, held while it is worked on.

    Limit: hosts whose clocks differ by more than `bucket.SKEW` look like a clock that jumps to and fro, and together
    take more than the rate, though never more than a burst at once.
    """

    def take_calls(self, name: str, *, priority: int, most: int, per_second: float, burst: float) -> tuple[int, float]:
        """See `ports.versions`."""
        rate = Rate(per_second, burst)
        with writing(self._engine) as connection:
            bucket = self._bucket(connection, name, rate)
            # The clock is read after the row is ours: whoever had it before read an earlier time.
            after, given, wait = take(bucket, self._now(), priority=priority, most=most, rate=rate)
            replace_rows(connection, CALL_BUDGETS, [_row(name, after)])
        return given, wait

    def _bucket(self, connection: Connection, name: str, rate: Rate) -> Bucket:
        """The stored bucket, locked until the transaction ends; a new one is full."""
        insert_if_absent(connection, CALL_BUDGETS, _row(name, Bucket(rate.burst, self._now(), {})))
        query = select(CALL_BUDGETS).where(CALL_BUDGETS.c.name == name).with_for_update()
        row = connection.execute(query).one()
        unserved = {int(priority): datetime.fromisoformat(at) for priority, at in row.unserved.items()}
        return Bucket(row.tokens, row.at, unserved)


def _row(name: str, bucket: Bucket) -> dict[str, object]:
    unserved = {str(priority): at.isoformat() for priority, at in bucket.unserved.items()}
    return {"name": name, "tokens": bucket.tokens, "at": bucket.at, "unserved": unserved}
