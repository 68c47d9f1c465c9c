"""Custom parameters of a target's controls: asked in batches, paired by key."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from hubposture.aws.associations import ABSENT, BATCH
from hubposture.aws.gateway import Gateway, Seat
from hubposture.aws.values import custom_values
from hubposture.controls.definitions import RegionDefinitions
from hubposture.controls.state import Universe
from hubposture.errors import RemoteUnavailable
from hubposture.model.controls import ControlId, control_id
from hubposture.model.parameters import Parameters
from hubposture.reconcile.chunks import chunks

_TRIES: Final = 10


@dataclass(frozen=True, slots=True)
class Customized:
    """Custom values by control, sorted, and the controls whose parameters cannot be written yet."""

    values: tuple[tuple[ControlId, Parameters], ...]
    updating: frozenset[ControlId]


def parametered(universe: Universe, definitions: RegionDefinitions, known: int) -> tuple[str, ...]:
    """The ids, as AWS writes them, of controls that take parameters and exist in a target with these known pairs.

    Controls that are off are among them: what they hold counts again the moment they are switched on.
    """
    masks = universe.of_control
    return tuple(
        definition.shown
        for control, definition in definitions.controls.items()
        if definition.parameters and masks.get(control, 0) & known
    )


def read_parameters(gateway: Gateway, seat: Seat, ids: Iterable[str]) -> Customized:
    """Read the custom parameters of some controls (BatchGetSecurityControls).

    Raises:
        RemoteUnavailable: some controls stay unprocessed, or the calls fail.
    """
    values: dict[ControlId, Parameters] = {}
    updating: set[ControlId] = set()
    for chunk in chunks(ids, BATCH):
        for control, one in _read_batch(gateway, seat, chunk).items():
            if custom := custom_values(one.get("Parameters") or {}):
                values[control] = custom
            if one.get("UpdateStatus") == "UPDATING":
                updating.add(control)
    return Customized(tuple(sorted(values.items())), frozenset(updating))


def _read_batch(gateway: Gateway, seat: Seat, ids: Sequence[str]) -> Mapping[ControlId, Mapping[str, Any]]:
    found: dict[ControlId, Mapping[str, Any]] = {}
    left = list(ids)
    silent_before: set[str] = set()
    codes: dict[str, str] = {}
    for attempt in range(_TRIES):
        if attempt:
            gateway.caller.sleep(min(5.0, 0.2 * 2**attempt))
        reply = gateway.call(seat, "BatchGetSecurityControls", {"SecurityControlIds": left})
        found |= {control_id(one["SecurityControlId"]): one for one in reply.get("SecurityControls") or ()}
        codes = {_bare(one["SecurityControlId"]): one["ErrorCode"] for one in reply.get("UnprocessedIds") or ()}
        again = [one for one in left if control_id(one) not in found and codes.get(_bare(one)) not in ABSENT]
        left = [one for one in again if _bare(one) in codes or _bare(one) not in silent_before]
        if not left:
            return found
        silent_before |= {_bare(one) for one in left if _bare(one) not in codes}
    raise RemoteUnavailable(
        f"{seat}:BatchGetSecurityControls: the parameters of {len(left)} controls stay unknown "
        f"({left[0]}: {codes.get(_bare(left[0]), 'no answer')}); run again later"
    )


def _bare(text: str) -> str:
    """The control id of an id or ARN, in lower case."""
    return text.rpartition("/")[2].casefold()
