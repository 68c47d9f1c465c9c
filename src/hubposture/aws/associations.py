"""Which controls are on in which standards of a target: asked in batches, paired by key."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from hubposture.aws.calls import Reply
from hubposture.aws.gateway import Gateway, Seat
from hubposture.controls.definitions import RegionDefinitions
from hubposture.controls.state import Universe
from hubposture.errors import RemoteUnavailable
from hubposture.model.controls import Standard, natural_key
from hubposture.reconcile.chunks import chunks

BATCH: Final = 100
ABSENT: Final = frozenset({"NOT_FOUND", "RESOURCE_NOT_FOUND"})
_TRIES: Final = 10

Key = tuple[str, str]
"""(StandardsArn, control id in lower case): what a reply is paired by."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Up to 100 associations to ask for: the request, and the bit of each key in the universe as a mask."""

    request: tuple[Mapping[str, str], ...]
    bits: Mapping[Key, int]


@dataclass(frozen=True, slots=True)
class Answered:
    """What replies said: masks of the pairs that exist and of those that are on."""

    known: int
    enabled: int


def key_of(one: Mapping[str, Any]) -> Key:
    """The key of anything that names a standard and a control."""
    return one["StandardsArn"], one["SecurityControlId"].casefold()


def batches(
    universe: Universe, definitions: RegionDefinitions, standards: Iterable[tuple[Standard, str]]
) -> tuple[Batch, ...]:
    """The batches for the standards (each with the ARN to ask with), over the controls the Region has.

    The same for every account of a Region with the same standards: worth keeping.
    """
    wanted = [
        (
            (arn, control),
            {"SecurityControlId": definition.shown, "StandardsArn": arn},
            universe.index[standard, control],
        )
        for standard, arn in sorted(standards)
        for control in sorted(definitions.standards.get(standard, ()), key=natural_key)
        if (definition := definitions.controls[control]).available and (standard, control) in universe.index
    ]
    return tuple(
        Batch(tuple(request for _, request, _ in chunk), {key: 1 << bit for key, _, bit in chunk})
        for chunk in chunks(wanted, BATCH)
    )


def read_associations(gateway: Gateway, seat: Seat, asked: Sequence[Batch]) -> Answered:
    """Read the pairs of some batches.

    A pair that the reply calls not found does not exist there. One that comes back with another code, or that the
    reply does not speak of, is asked again; silence twice is taken for absence, a code that stays is not.

    Raises:
        RemoteUnavailable: some pairs' state stays unknown, or the calls fail.
    """
    known = enabled = 0
    for batch in asked:
        answered = _read_batch(gateway, seat, batch)
        known |= answered.known
        enabled |= answered.enabled
    return Answered(known, enabled)


def _read_batch(gateway: Gateway, seat: Seat, batch: Batch) -> Answered:
    known = enabled = 0
    left: Sequence[Mapping[str, str]] = batch.request
    silent_before: set[Key] = set()
    codes: dict[Key, str] = {}
    for attempt in range(_TRIES):
        if attempt:
            gateway.caller.sleep(min(5.0, 0.2 * 2**attempt))
        reply = gateway.call(
            seat, "BatchGetStandardsControlAssociations", {"StandardsControlAssociationIds": list(left)}
        )
        found = pair_details(reply, left, batch.bits)
        known |= found.known
        enabled |= found.enabled
        codes = unprocessed_codes(reply)
        again = [one for one in left if not known & batch.bits[key_of(one)] and codes.get(key_of(one)) not in ABSENT]
        left = [one for one in again if key_of(one) in codes or key_of(one) not in silent_before]
        if not left:
            return Answered(known, enabled)
        silent_before |= {key_of(one) for one in left if key_of(one) not in codes}
    raise RemoteUnavailable(_unknown(seat, left, codes), code=next(iter(codes.values()), ""))


def pair_details(reply: Reply, asked: Sequence[Mapping[str, str]], bits: Mapping[Key, int]) -> Answered:
    """The pairs a reply describes, by key: it may come in any order and leave some out. `asked` is not its order."""
    del asked
    known = enabled = 0
    for detail in reply.get("StandardsControlAssociationDetails") or ():
        bit = bits.get(key_of(detail), 0)
        known |= bit
        if detail["AssociationStatus"] == "ENABLED":
            enabled |= bit
    return Answered(known, enabled)


def unprocessed_codes(reply: Reply) -> dict[Key, str]:
    """The codes of what a reply did not process, by key."""
    return {
        key_of(one["StandardsControlAssociationId"]): one["ErrorCode"]
        for one in reply.get("UnprocessedAssociations") or ()
    }


def _unknown(seat: Seat, left: Sequence[Mapping[str, str]], codes: Mapping[Key, str]) -> str:
    first = left[0]
    why = codes.get(key_of(first), "no answer")
    return (
        f"{seat}:BatchGetStandardsControlAssociations: {len(left)} controls stay unknown "
        f"({first['SecurityControlId']}: {why}); run again later"
    )
