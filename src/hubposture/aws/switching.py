"""Switches controls on and off in the standards of a target: in batches, with partial answers paired by key."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from hubposture.aws.associations import BATCH, Key, key_of
from hubposture.aws.calls import Reply
from hubposture.aws.gateway import Gateway, Seat
from hubposture.errors import RemoteError, RemoteRefused
from hubposture.reconcile.chunks import chunks, split_reply

_AGAIN: Final = frozenset({"LIMIT_EXCEEDED"})
_NOT_READY: Final = frozenset({"NOT_FOUND", "RESOURCE_NOT_FOUND"})
_TRIES: Final = 10

Update = Mapping[str, str]
"""One item of BatchUpdateStandardsControlAssociations."""


def switch_controls(
    gateway: Gateway, seat: Seat, updates: Sequence[Update], *, settle: Callable[[], bool]
) -> dict[Key, str]:
    """Send updates, at most 100 a call; those that were not done, by key, with why.

    Items that come back throttled are sent again; so are items not found, once, if `settle` says that it had to wait
    for a standard. After a refusal of a whole call nothing more is sent.
    """
    problems: dict[Key, str] = {}
    for chunk in chunks(updates, BATCH):
        try:
            problems |= _send(gateway, seat, chunk, settle)
        except RemoteRefused as problem:
            rest = [key_of(one) for one in updates if key_of(one) not in problems]
            begun = rest.index(key_of(chunk[0])) if key_of(chunk[0]) in rest else 0
            return problems | dict.fromkeys(rest[begun:], str(problem))
        except RemoteError as problem:
            problems |= dict.fromkeys((key_of(one) for one in chunk), f"{problem}; reading back decides")
    return problems


def _send(gateway: Gateway, seat: Seat, chunk: Sequence[Update], settle: Callable[[], bool]) -> dict[Key, str]:
    left = {key_of(one): one for one in chunk}
    problems: dict[Key, str] = {}
    settled = False
    for attempt in range(_TRIES):
        if attempt:
            gateway.caller.sleep(min(5.0, 0.2 * 2**attempt))
        reply = gateway.call(
            seat,
            "BatchUpdateStandardsControlAssociations",
            {"StandardsControlAssociationUpdates": list(left.values())},
        )
        _, refused = split_reply(list(left), unprocessed_updates(reply))
        again = {key for key, code in refused.items() if code in _AGAIN}
        missing = {key for key, code in refused.items() if code in _NOT_READY}
        if missing and not settled:
            settled = True
            again |= missing if settle() else set()
        problems |= {key: _why(code) for key, code in refused.items() if key not in again}
        left = {key: one for key, one in left.items() if key in again}
        if not left:
            return problems
    return problems | dict.fromkeys(left, f"still throttled after {_TRIES} tries; run again later")


def unprocessed_updates(reply: Reply) -> dict[Key, str]:
    """The codes of the updates a reply did not process, by key; empty when all were done."""
    return {
        key_of(one["StandardsControlAssociationUpdate"]): _code(one)
        for one in reply.get("UnprocessedAssociationUpdates") or ()
    }


def _code(one: Mapping[str, Any]) -> str:
    return str(one["ErrorCode"])


def _why(code: str) -> str:
    reasons = {
        "NOT_FOUND": "this account does not have the control in this Region (NOT_FOUND)",
        "RESOURCE_NOT_FOUND": "the control or its standard is not there (RESOURCE_NOT_FOUND)",
        "ACCESS_DENIED": "not allowed: governed by a policy, or the writer role lacks securityhub:UpdateStandardsControl",
    }
    return reasons.get(code, f"not processed: {code}")
