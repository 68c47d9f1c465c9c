"""Why controls are off in a target, and since when: read on demand, for the few that are asked about."""

from collections.abc import Mapping, Sequence
from typing import Any

from hubposture.aws.associations import BATCH
from hubposture.aws.gateway import Gateway, reader_of
from hubposture.aws.standards import subscriptions
from hubposture.catalog.standards import parse_standard_arn
from hubposture.model.controls import control_id, natural_key
from hubposture.model.targets import Target
from hubposture.reconcile.chunks import chunks


def read_reasons(
    gateway: Gateway, target: Target, controls: Sequence[str]
) -> Mapping[tuple[str, str], tuple[str, str]]:
    """(standard key, control id) -> (UpdatedReason or '', UpdatedAt as ISO 8601 or '') of pairs that are off.

    Asks for the controls in every standard that is on: what is in none of them is simply not found. Raises RemoteError.
    """
    seat = reader_of(target)
    on = [one.standards_arn for one in subscriptions(gateway, seat).values()]
    wanted = [
        {"SecurityControlId": control, "StandardsArn": arn}
        for arn in sorted(on)
        for control in sorted(set(controls), key=natural_key)
    ]
    found: dict[tuple[str, str], tuple[str, str]] = {}
    for chunk in chunks(wanted, BATCH):
        reply = gateway.call(seat, "BatchGetStandardsControlAssociations", {"StandardsControlAssociationIds": chunk})
        found |= dict(_off(one) for one in reply.get("StandardsControlAssociationDetails") or () if _is_off(one))
    return found


def _is_off(one: Mapping[str, Any]) -> bool:
    return bool(one["AssociationStatus"] == "DISABLED")


def _off(one: Mapping[str, Any]) -> tuple[tuple[str, str], tuple[str, str]]:
    key = (parse_standard_arn(one["StandardsArn"]).key, control_id(one["SecurityControlId"]))
    return key, (one.get("UpdatedReason") or "", one.get("UpdatedAt") or "")
