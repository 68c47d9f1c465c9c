"""Hooks: what trackers tell us is believed when it is signed, kept once, and acted on by looking at the ticket itself."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus

from hubposture.errors import HubpostureError
from hubposture.ports.work import Hook, WorkLedger

Read = Callable[[Mapping[str, str], bytes], "Told | None"]
"""Verifies a hook by its headers and raw body; None where it is not believed."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a believed hook speaks of: its own id, and the ticket's id there, '' where it speaks of none of interest."""

    delivery: str
    id: str


@dataclass(frozen=True)
class Means:
    """What taking hooks needs; `readers` by the name of the system, `now` is naive UTC."""

    ledger: WorkLedger
    readers: Mapping[str, Read]
    now: Callable[[], dt.datetime]


def accept(means: Means, name: str, headers: Mapping[str, str], body: bytes) -> int:
    """Take one hook and give the HTTP status to answer. What the hook says of the ticket is never used, only which one.

    A repeated delivery is taken and changes nothing. Where the ledger is away it asks to be sent again.
    """
    read = means.readers.get(name)
    if read is None:
        return HTTPStatus.NOT_FOUND
    told = read(headers, body)
    if told is None:
        return HTTPStatus.UNAUTHORIZED
    if told.id:
        try:
            means.ledger.take_hook(Hook(name, told.delivery, told.id, means.now()))
        except HubpostureError:
            return HTTPStatus.SERVICE_UNAVAILABLE
    return HTTPStatus.NO_CONTENT
