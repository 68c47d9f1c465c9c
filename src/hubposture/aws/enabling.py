"""Switches standards on and off in a target, and waits until their controls can be changed."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from hubposture.aws.gateway import Gateway, Seat
from hubposture.aws.standards import Readiness, Subscription, subscriptions
from hubposture.errors import AnswerLost, RemoteError
from hubposture.model.controls import Standard
from hubposture.reconcile.chunks import chunks

BATCH: Final = 25


@dataclass(frozen=True, slots=True)
class Wait:
    """How long to wait for standards, and how often to look, in seconds."""

    longest_seconds: float = 600.0
    first_look_seconds: float = 1.0
    rarest_look_seconds: float = 10.0


def enable_standards(gateway: Gateway, seat: Seat, arns: Mapping[Standard, str]) -> dict[Standard, str]:
    """Ask for standards to be enabled; the ones that were refused, with why.

    A lost answer is no refusal: waiting shows whether it was done. One that is on already must not be among them.
    """
    problems: dict[Standard, str] = {}
    for chunk in chunks(sorted(arns), BATCH):
        wanted = [{"StandardsArn": arns[standard]} for standard in chunk]
        problems |= _asked(
            lambda: gateway.call(seat, "BatchEnableStandards", {"StandardsSubscriptionRequests": wanted}),  # noqa: B023 - called at once
            chunk,
        )
    return problems


def disable_standards(gateway: Gateway, seat: Seat, arns: Mapping[Standard, str]) -> dict[Standard, str]:
    """Ask for standards to be disabled, by subscription ARN; the ones that were refused, with why."""
    problems: dict[Standard, str] = {}
    for chunk in chunks(sorted(arns), BATCH):
        wanted = [arns[standard] for standard in chunk]
        problems |= _asked(
            lambda: gateway.call(seat, "BatchDisableStandards", {"StandardsSubscriptionArns": wanted}),  # noqa: B023 - called at once
            chunk,
        )
    return problems


def _asked(ask: Callable[[], object], standards: Iterable[Standard]) -> dict[Standard, str]:
    try:
        ask()
    except AnswerLost:
        return {}
    except RemoteError as problem:
        return dict.fromkeys(standards, str(problem))
    return {}


def wait_for_standards(
    gateway: Gateway, seat: Seat, *, on: Iterable[Standard], off: Iterable[Standard], wait: Wait
) -> dict[Standard, str]:
    """Wait until `on` are READY and READY_FOR_UPDATES and `off` are gone; those that are not in time, with why.

    Raises RemoteError when the standards cannot be read.
    """
    wanted_on, wanted_off = frozenset(on), frozenset(off)
    until = gateway.caller.clock() + wait.longest_seconds
    pause = wait.first_look_seconds
    while True:
        pending = not_there_yet(subscriptions(gateway, seat), wanted_on, wanted_off)
        if not pending or all(why.startswith(_FAILED) for why in pending.values()):
            return pending
        if gateway.caller.clock() + pause > until:
            return {standard: f"{why} after {wait.longest_seconds:.0f} s" for standard, why in pending.items()}
        gateway.caller.sleep(pause)
        pause = min(wait.rarest_look_seconds, pause * 1.5)


_FAILED: Final = "Security Hub could not enable it"


def not_there_yet(
    found: Mapping[Standard, Subscription], on: frozenset[Standard], off: frozenset[Standard]
) -> dict[Standard, str]:
    """The standards that are not yet as wanted, with how they are."""
    pending: dict[Standard, str] = {}
    for standard in on:
        subscription = found.get(standard)
        if subscription is None:
            pending[standard] = "not enabled yet"
        elif subscription.readiness is Readiness.FAILED:
            pending[standard] = f"{_FAILED}: {subscription.why or 'no reason given'}"
        elif subscription.readiness is not Readiness.READY:
            pending[standard] = "its controls cannot be changed yet (not READY_FOR_UPDATES)"
    for standard in off:
        if standard in found and found[standard].readiness is not Readiness.FAILED:
            pending[standard] = "still there"
    return pending
