"""The past of a resource: asked of AWS once for everybody who wants it, and kept."""

import datetime as dt
import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from hubposture.errors import RemoteUnavailable
from hubposture.ports.ledger import Ledger
from hubposture.ports.resource_history import ConfigHistory, WriteHistory
from hubposture.ports.seen import SeenLedger
from hubposture.timeline.facts import Past
from hubposture.timeline.resource import Resource
from hubposture.verbs.held import Elsewhere, held

_WAIT: Final = dt.timedelta(seconds=40)
"""How long somebody waits for an answer that another is asking for."""
_LOOK_SECONDS: Final = 0.25


class Pasts(Ledger, SeenLedger, Protocol):
    """The ledger, for what was asked and who is asking."""


@dataclass(frozen=True)
class Means:
    """What asking needs: both sources, how far back, for how long an answer is new enough, and how many are kept.

    `now` is aware UTC; `clock` gives seconds and `sleep` waits, for who waits for another's answer.
    """

    organization: str
    ledger: Pasts
    config: ConfigHistory
    trail: WriteHistory
    holder: str
    who: str
    now: Callable[[], dt.datetime]
    days: int
    again: dt.timedelta
    keep: int
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


def resource_key(resource: Resource) -> str:
    """32 hex digits of a resource: account, Region and id."""
    text = f"{resource.account}\x1f{resource.region}\x1f{resource.id}".encode("utf-8", "surrogatepass")
    return hashlib.blake2b(text, digest_size=16).hexdigest()


def kept_past(ledger: SeenLedger, organization: str, resource: Resource) -> Past | None:
    """What was said of a resource when it was last asked; None where it never was."""
    return ledger.past(organization, resource_key(resource))


def ask_past(means: Means, resource: Resource) -> Past:
    """The past of a resource: the kept one where that is new enough, else AWS is asked; one asks while others wait.

    Raises RemoteUnavailable where somebody else's asking takes too long. What AWS does not say is a gap in it.
    """
    name = f"past/{means.organization}/{resource_key(resource)}"
    until = means.clock() + _WAIT.total_seconds()
    while True:
        if (kept := _fresh(means, resource)) is not None:
            return kept
        try:
            with held(means.ledger, name, means.holder, what="asking for the resource's history"):
                return _fresh(means, resource) or _asked(means, resource)
        except Elsewhere as busy:
            if means.clock() >= until:
                raise RemoteUnavailable("somebody else is asking for this history just now; look again soon") from busy
            means.sleep(_LOOK_SECONDS)


def _fresh(means: Means, resource: Resource) -> Past | None:
    kept = kept_past(means.ledger, means.organization, resource)
    return kept if kept is not None and means.now() - kept.asked_at < means.again else None


def _asked(means: Means, resource: Resource) -> Past:
    now = means.now()
    since = now - dt.timedelta(days=means.days)
    recorded = means.config.recorded(resource, since=since, until=now)
    told = means.trail.writes(resource, since=since, until=now)
    past = Past(now, means.who, since, recorded.items, told.writes, (*recorded.gaps, *told.gaps))
    means.ledger.put_past(means.organization, resource_key(resource), past, most=means.keep)
    return past
