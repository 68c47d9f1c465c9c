"""Which standards a target has, and when they can be changed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from hubposture.aws.definitions import PAGE, known_standard
from hubposture.aws.gateway import Gateway, Seat
from hubposture.model.controls import Standard


class Readiness(StrEnum):
    """What can be done with a subscription now.

    `ready`: its controls can be changed. `settling`: enabled, but not to be touched yet. `leaving`: being disabled; it
    counts as off, and can neither be disabled nor enabled until it is gone. `failed`: Security Hub could not enable it;
    it counts as off, so that it is tried again.
    """

    READY = "ready"
    SETTLING = "settling"
    LEAVING = "leaving"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Subscription:
    """A standard as enabled in one target. `why` is Security Hub's reason code, or ''."""

    standard: Standard
    arn: str
    standards_arn: str
    readiness: Readiness
    why: str = ""

    @property
    def is_ready(self) -> bool:
        """Whether its controls can be changed now."""
        return self.readiness is Readiness.READY

    @property
    def is_leaving(self) -> bool:
        """Whether it is being disabled."""
        return self.readiness is Readiness.LEAVING

    @property
    def is_failed(self) -> bool:
        """Whether Security Hub could not enable it."""
        return self.readiness is Readiness.FAILED


_USABLE: Final = frozenset({"READY", "INCOMPLETE"})
"""INCOMPLETE is for ever where no recorder runs; its controls can be changed all the same."""


def subscriptions(gateway: Gateway, seat: Seat) -> dict[Standard, Subscription]:
    """A target's subscriptions by standard (GetEnabledStandards); other clouds' are left out. Raises RemoteError."""
    return {one.standard: one for one in _listed(gateway, seat)}


def _listed(gateway: Gateway, seat: Seat) -> Iterator[Subscription]:
    for one in gateway.items(seat, "GetEnabledStandards", "StandardsSubscriptions", {"MaxResults": PAGE}):
        standard = known_standard(one)
        if standard is not None:
            yield _subscription(standard, one)


def _subscription(standard: Standard, one: Mapping[str, Any]) -> Subscription:
    return Subscription(
        standard=standard,
        arn=one["StandardsSubscriptionArn"],
        standards_arn=one["StandardsArn"],
        readiness=readiness(one["StandardsStatus"], one.get("StandardsControlsUpdatable", "READY_FOR_UPDATES")),
        why=(one.get("StandardsStatusReason") or {}).get("StatusReasonCode", ""),
    )


def readiness(status: str, updatable: str) -> Readiness:
    """What StandardsStatus and StandardsControlsUpdatable mean together."""
    if status == "FAILED":
        return Readiness.FAILED
    if status == "DELETING":
        return Readiness.LEAVING
    if status in _USABLE and updatable == "READY_FOR_UPDATES":
        return Readiness.READY
    return Readiness.SETTLING
