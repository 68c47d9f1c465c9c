"""A record of the instance as a ticket, and what of it is asked for."""

import datetime as dt
from typing import Final

from hubposture.connectors.servicenow.tables import Row
from hubposture.connectors.servicenow.ticket_shape import KEY, TicketShape
from hubposture.connectors.servicenow.values import moment
from hubposture.work.ticket import Seen

_LONG_AGO: Final = dt.datetime(1970, 1, 1)  # noqa: DTZ001 - naive UTC, as everywhere in the ledger
_ENDS: Final = ("resolved_at", "closed_at")
_PEOPLE: Final = ("resolved_by.email", "closed_by.email")


def fields_of(shape: TicketShape, *more: str) -> tuple[str, ...]:
    """What is asked for to show a ticket. Fields that a table does not have are left out of answers, and so of tickets."""
    ours = (shape.key, shape.title, *shape.states, shape.resolution)
    assignee = f"{shape.assignee}.email" if shape.assignee else ""
    system = ("sys_id", "number", "sys_created_on", "sys_updated_on", "sys_updated_by")
    return tuple(sorted({one for one in (*ours, assignee, *system, *_ENDS, *_PEOPLE, *more) if one}))


def seen_of(row: Row, shape: TicketShape, *, text: str = "") -> Seen:
    """A row as a ticket. Times that are not told are long ago; who and when count only for what is done."""
    is_done = shape.is_done(row)
    created = moment(row.get("sys_created_on", "")) or _LONG_AGO
    key = row.get(shape.key, "").casefold()
    return Seen(
        id=row["sys_id"],
        shown=row.get("number") or row["sys_id"],
        url=shape.browse(row["sys_id"]),
        place=shape.table,
        keys=(key,) if KEY.fullmatch(key) else (),
        status=", ".join(f"{name}={row[name]}" for name in shape.states if row.get(name)),
        is_done=is_done,
        created=created,
        updated=moment(row.get("sys_updated_on", "")) or created,
        done_at=next((at for name in _ENDS if (at := moment(row.get(name, "")))), None) if is_done else None,
        resolution=row.get(shape.resolution, "") if is_done else "",
        by=_who(row) if is_done else "",
        assignee=row.get(f"{shape.assignee}.email", ""),
        title=row.get(shape.title, ""),
        text=text,
    )


def _who(row: Row) -> str:
    """Who ended it: by address, else whoever wrote last."""
    return next((row[name] for name in _PEOPLE if row.get(name)), "") or row.get("sys_updated_by", "")
