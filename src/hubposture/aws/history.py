"""Who suppressed a finding, from GetFindingHistory: kept by AWS as long as the finding lives."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hubposture.aws.gateway import Gateway, Seat
from hubposture.aws.pool import Pool
from hubposture.errors import RemoteError
from hubposture.findings.finding import finding_key
from hubposture.ports.findings import Suppression


def suppressions(
    gateway: Gateway, pool: Pool, seat: Seat, ids: Sequence[tuple[str, str]]
) -> Iterator[Suppression | RemoteError]:
    """Who set each finding (ProductArn, Id) to SUPPRESSED last, in the order given; one failing stops no other."""
    found: dict[tuple[str, str], Suppression | RemoteError] = {}
    for one, answer in pool.spread(lambda asked: read_suppression(gateway, seat, asked), dict.fromkeys(ids)):
        if isinstance(answer, Exception) and not isinstance(answer, RemoteError):
            raise answer
        found[one] = answer
    return (found[one] for one in ids)


def read_suppression(gateway: Gateway, seat: Seat, one: tuple[str, str]) -> Suppression:
    """The newest change to SUPPRESSED in a finding's history; without `who` where there is none. Raises RemoteError."""
    product, id_ = one
    asked = {"FindingIdentifier": {"Id": id_, "ProductArn": product}, "MaxResults": 100}
    newest: tuple[dt.datetime, str] | None = None
    for record in gateway.items(seat, "GetFindingHistory", "Records", asked):
        if _suppresses(record):
            made = (_naive(record["UpdateTime"]), (record.get("UpdateSource") or {}).get("Identity") or "")
            newest = made if newest is None or made[0] >= newest[0] else newest
    at, who = newest if newest is not None else (None, "")
    return Suppression(finding_key(product, id_), who, at)


def _suppresses(record: Mapping[str, Any]) -> bool:
    """Whether a record sets the workflow status to SUPPRESSED; also where a field is given whole, as JSON."""
    return any(
        update.get("UpdatedField") in ("Workflow.Status", "Workflow") and "SUPPRESSED" in (update.get("NewValue") or "")
        for update in record.get("Updates") or ()
    )


def _naive(at: dt.datetime | str) -> dt.datetime:
    aware = dt.datetime.fromisoformat(at) if isinstance(at, str) else at
    return aware.astimezone(dt.UTC).replace(tzinfo=None)
