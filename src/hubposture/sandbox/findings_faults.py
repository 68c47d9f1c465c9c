"""What goes wrong in a BatchUpdateFindings beyond a whole call: findings left out by code, forgotten, or named twice."""

from collections.abc import Sequence
from typing import Any

from hubposture.sandbox.answers import Call, Params, ServiceError
from hubposture.sandbox.faults import Faults, Telling
from hubposture.sandbox.seams import Operation

_BUSY = "ConcurrentUpdateError"


def update_with_faults(call: Call, params: Params, operation: Operation, faults: Faults) -> Params:
    """The answer to a BatchUpdateFindings under the faults that are set.

    Findings that are left out with a code are not updated; those that the answer forgets or names twice, as processed
    and as unprocessed, are.
    """
    named: Sequence[Params] = params["FindingIdentifiers"]
    if poison := sorted(one["Id"] for one in named if one["Id"] in faults.poison):
        raise ServiceError("InvalidInputException", f"Invalid parameter: {poison[0]}")
    key = (call.service, call.operation, call.account, call.region)
    codes = faults.codes(key, len(named))
    kept = [one for one, code in zip(named, codes, strict=True) if not code]
    answer = operation(call, {**params, "FindingIdentifiers": kept}) if kept else {}
    left = [_left(one, code) for one, code in zip(named, codes, strict=True) if code]
    done = list(answer.get("ProcessedFindings", ()))
    told = list(zip(done, faults.tellings(key, len(done)), strict=True))
    again = [_left(one, _BUSY) for one, how in told if how is Telling.TWICE]
    return {
        "ProcessedFindings": [one for one, how in told if how is not Telling.NOT],
        "UnprocessedFindings": [*answer.get("UnprocessedFindings", ()), *left, *again],
    }


def _left(one: Params, code: str) -> dict[str, Any]:
    return {"FindingIdentifier": one, "ErrorCode": code, "ErrorMessage": "Not processed: a fault of the sandbox"}
