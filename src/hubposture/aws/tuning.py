"""Sets the parameters of one control in a target."""

from typing import Final

from hubposture.aws.gateway import Gateway, Seat
from hubposture.aws.values import parameter_update, plain_reason
from hubposture.controls.definitions import Definition
from hubposture.errors import RemoteError
from hubposture.reconcile.change import Edit

_BUSY: Final = "ResourceInUseException"
_FIRST_LOOK_SECONDS: Final = 1.0
_RAREST_LOOK_SECONDS: Final = 15.0


def tune_control(
    gateway: Gateway, seat: Seat, definition: Definition | None, edit: Edit, *, longest_seconds: float
) -> str:
    """Take a control from the edit's current to its desired custom values; '' when done, else why not.

    Waits while an earlier update of the control is still under way, at most `longest_seconds`.
    """
    if definition is None:
        return f"{seat.region} does not have the control {edit.key[0]}"
    try:
        update = parameter_update(edit.desired, edit.current, definition.parameters)
    except ValueError as problem:
        return str(problem)
    if not update:
        return ""
    params = {
        "SecurityControlId": definition.shown,
        "Parameters": update,
        "LastUpdateReason": plain_reason(edit.reason),
    }
    until = gateway.caller.clock() + longest_seconds
    pause = _FIRST_LOOK_SECONDS
    while True:
        try:
            gateway.call(seat, "UpdateSecurityControl", params)
        except RemoteError as problem:
            if problem.code != _BUSY or gateway.caller.clock() + pause > until:
                return str(problem)
        else:
            return ""
        gateway.caller.sleep(pause)
        pause = min(_RAREST_LOOK_SECONDS, pause * 2)
