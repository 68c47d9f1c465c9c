"""Control associations: whether a control is on in a standard, listed, read and written in batches."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from hubposture.sandbox.answers import Call, Params, ServiceError
from hubposture.sandbox.catalogue import ControlDefinition, StandardDefinition
from hubposture.sandbox.core import Core
from hubposture.sandbox.guards import CENTRAL_REFUSAL, Guards
from hubposture.sandbox.hubs import DISABLED, ENABLED, Association, Hub, Subscription
from hubposture.sandbox.operations.standards import related
from hubposture.sandbox.quirks import (
    BatchUnderPolicy,
    DisabledStandardRead,
    DuplicateItems,
    IdCasing,
    MissingControl,
    NotReadyWrite,
    PendingStandardRead,
    ReasonWhenEnabled,
    SameStateWrite,
    UnavailableWrite,
)
from hubposture.sandbox.seams import Operation

NOT_READY = "The standard is not ready for updates; its StandardsControlsUpdatable is NOT_READY_FOR_UPDATES"


class Unprocessed(Exception):
    """Why an item of a batch is not processed: the item's error code and reason; '' leaves it out without a word."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


@dataclass(frozen=True, slots=True)
class _Place:
    """An association found: the control, the standard and, if it is on, its subscription."""

    control: ControlDefinition
    standard: StandardDefinition
    sub: Subscription | None


class AssociationOperations:
    """ListStandardsControlAssociations and the batch operations that get and update associations."""

    def __init__(self, core: Core, guards: Guards) -> None:
        self.core = core
        self.guards = guards

    def operations(self) -> Mapping[str, Operation]:
        """Give the operations by name."""
        return {
            "ListStandardsControlAssociations": self.list_all,
            "BatchGetStandardsControlAssociations": self.batch_get,
            "BatchUpdateStandardsControlAssociations": self.batch_update,
        }

    def list_all(self, call: Call, params: Params) -> Params:
        """List one control's associations with the standards that are on."""
        hub = self.core.hub_of(call)
        given = params["SecurityControlId"]
        control = self.core.control(hub, given)
        if not control:
            raise ServiceError("InvalidInputException", f"Invalid SecurityControlId {given}")
        places = [
            _Place(control, self.core.catalogue.standards[path], self.core.subscription(hub, path))
            for path in self.core.live_paths(hub)
            if path in control.standards
        ]
        page, more = self.core.page(call, params, places, default=25)
        rows = [self._row(hub, place, given) for place in page]
        return {"StandardsControlAssociationSummaries": rows, **more}

    def batch_get(self, call: Call, params: Params) -> Params:
        """Read associations by control and standard; what cannot be read comes back unprocessed."""
        hub = self.core.hub_of(call)
        items = params["StandardsControlAssociationIds"]
        found, failed = self._each(call, items, lambda item: self._read(hub, item))
        return {
            "StandardsControlAssociationDetails": self.core.in_reply_order(found, _order),
            "UnprocessedAssociations": self.core.in_reply_order(
                [{"StandardsControlAssociationId": item, **why} for item, why in failed],
                lambda row: _order(row["StandardsControlAssociationId"]),
            ),
        }

    def _each(
        self, call: Call, items: list[Params], work: Callable[[Params], Params]
    ) -> tuple[list[Params], list[tuple[Params, Params]]]:
        dropped = self.core.dropped(call, len(items))
        done: list[Params] = []
        failed: list[tuple[Params, Params]] = []
        for at, item in enumerate(items):
            if at in dropped:
                failed.append((item, {"ErrorCode": "LIMIT_EXCEEDED", "ErrorReason": "Too many requests"}))
                continue
            try:
                done.append(work(item))
            except Unprocessed as why:
                if why.code:
                    failed.append((item, {"ErrorCode": why.code, "ErrorReason": why.reason}))
        return done, failed

    def _find(self, hub: Hub, item: Params) -> _Place | None:
        """Find an association; None is a control the target lacks, what the item gets wrong otherwise is Unprocessed."""
        standard = self.core.standard(item["StandardsArn"], hub.region)
        if not standard:
            raise Unprocessed("INVALID_INPUT", f"Invalid StandardsArn {item['StandardsArn']}")
        control = self.core.control(hub, item["SecurityControlId"])
        if not control:
            return None
        if standard.path not in control.standards:
            raise Unprocessed("RESOURCE_NOT_FOUND", f"{control.id} is not a control of {item['StandardsArn']}")
        return _Place(control, standard, self.core.subscription(hub, standard.path))

    def _read(self, hub: Hub, item: Params) -> Params:
        place = self._find(hub, item)
        if not place:
            absent = self.core.quirks.missing_control is MissingControl.ABSENT
            raise Unprocessed("" if absent else "NOT_FOUND", f"Control {item['SecurityControlId']} does not exist")
        if place.sub and not place.sub.is_updatable(self.core.now(), self.core.timing):
            self._not_ready_read()
        if not place.sub and self.core.quirks.disabled_standard_read is DisabledStandardRead.UNPROCESSED:
            raise Unprocessed("RESOURCE_NOT_FOUND", f"Standard {item['StandardsArn']} is not enabled")
        row = self._row(hub, place, item["SecurityControlId"])
        arn = place.standard.control_arn(hub.region, hub.account, place.control.id, self.core.spec.partition)
        return row | {"StandardsControlArns": [arn]}

    def _not_ready_read(self) -> None:
        match self.core.quirks.pending_standard_read:
            case PendingStandardRead.UNPROCESSED:
                raise Unprocessed("RESOURCE_NOT_FOUND", NOT_READY)
            case PendingStandardRead.CALL_FAILS:
                raise ServiceError("ResourceNotFoundException", NOT_READY)
            case PendingStandardRead.SHOWN_ENABLED:
                return

    def _row(self, hub: Hub, place: _Place, given: str) -> Params:
        control, standard, sub = place.control, place.standard, place.sub
        state = self.core.association(hub, sub, standard.path, control, lag=True) if sub else None
        row: Params = {
            "StandardsArn": standard.arn(hub.region, self.core.spec.partition),
            "SecurityControlId": shown_id(self.core, control, given),
            "SecurityControlArn": self.core.control_arn(hub, control.id),
            "AssociationStatus": (state.status if state else ENABLED) if sub else DISABLED,
            "RelatedRequirements": related(standard, control),
            "StandardsControlTitle": control.title,
            "StandardsControlDescription": control.description,
        }
        if sub:
            row["UpdatedAt"] = state.at if state else sub.enabled_at
        if state and state.reason:
            row["UpdatedReason"] = state.reason
        return row

    def batch_update(self, call: Call, params: Params) -> Params:
        """Enable and disable controls in standards; what cannot be changed comes back unprocessed."""
        self.guards.declarative_write(call)
        hub = self.core.hub_of(call)
        items = params["StandardsControlAssociationUpdates"]
        central = self.guards.is_central(call)
        if central and self.core.quirks.batch_under_policy is BatchUnderPolicy.CALL_FAILS:
            raise ServiceError("AccessDeniedException", CENTRAL_REFUSAL)
        self._refuse_duplicates(items)

        def work(item: Params) -> Params:
            if central:
                raise Unprocessed("ACCESS_DENIED", CENTRAL_REFUSAL)
            return self._write(hub, item)

        _, failed = self._each(call, items, work)
        rows = [{"StandardsControlAssociationUpdate": item, **why} for item, why in failed]
        return {
            "UnprocessedAssociationUpdates": self.core.in_reply_order(
                rows, lambda row: _order(row["StandardsControlAssociationUpdate"])
            )
        }

    def _refuse_duplicates(self, items: list[Params]) -> None:
        seen = {_order(item) for item in items}
        if len(seen) < len(items) and self.core.quirks.duplicate_items is DuplicateItems.CALL_FAILS:
            raise ServiceError("InvalidInputException", "The request names an association twice")

    def _write(self, hub: Hub, item: Params) -> Params:
        place = self._find(hub, item)
        if not place:
            self._write_unavailable(item)
            return item
        if place.standard.managed_by:
            raise Unprocessed("ACCESS_DENIED", f"The standard is managed by {place.standard.managed_by}")
        if not place.sub:
            raise Unprocessed("RESOURCE_NOT_FOUND", f"Standard {item['StandardsArn']} is not enabled")
        if not place.sub.is_updatable(self.core.now(), self.core.timing):
            if self.core.quirks.not_ready_write is NotReadyWrite.CALL_FAILS:
                raise ServiceError("ResourceNotFoundException", NOT_READY)
            raise Unprocessed("RESOURCE_NOT_FOUND", NOT_READY)
        self._set(hub, place.sub, place, item["AssociationStatus"], item.get("UpdatedReason", ""))
        return item

    def _write_unavailable(self, item: Params) -> None:
        match self.core.quirks.unavailable_write:
            case UnavailableWrite.NOT_FOUND:
                raise Unprocessed("NOT_FOUND", f"Control {item['SecurityControlId']} does not exist")
            case UnavailableWrite.INVALID:
                raise Unprocessed("INVALID_INPUT", f"Control {item['SecurityControlId']} is not available here")
            case UnavailableWrite.IGNORED:
                return

    def _set(self, hub: Hub, sub: Subscription, place: _Place, status: str, reason: str) -> None:
        quirks = self.core.quirks
        before = self.core.association(hub, sub, place.standard.path, place.control)
        same = (before.status if before else ENABLED) == status
        if same and quirks.same_state_write is SameStateWrite.KEEPS:
            return
        if status == ENABLED and quirks.reason_when_enabled is ReasonWhenEnabled.DROPPED:
            reason = ""
        shown = self.core.association(hub, sub, place.standard.path, place.control, lag=True)
        shown = replace(shown, before=None) if shown else Association(ENABLED, "", sub.enabled_at)
        sub.associations[place.control.id] = Association(status, reason, self.core.now(), shown)


def shown_id(core: Core, control: ControlDefinition, given: str) -> str:
    """Write a control's id in a reply, in the catalogue's casing or the caller's."""
    if core.quirks.id_casing is IdCasing.ECHOED and given.lower() == control.id.lower():
        return given
    return control.id


def _order(item: Params) -> tuple[str, str]:
    return item["StandardsArn"], item["SecurityControlId"].lower()
