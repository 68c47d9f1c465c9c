"""Standards: which there are, which are on, turning them on and off, and the older per-standard view of controls."""

from collections.abc import Mapping
from dataclasses import replace

from hubposture.sandbox.answers import Call, Params, ServiceError
from hubposture.sandbox.catalogue import ControlDefinition, StandardDefinition
from hubposture.sandbox.core import FRESH, Core, without_none
from hubposture.sandbox.guards import Guards
from hubposture.sandbox.hubs import DISABLED, ENABLED, Association, Hub, Subscription
from hubposture.sandbox.quirks import DisableDisabledStandard, EnableEnabledStandard
from hubposture.sandbox.seams import Operation


class StandardsOperations:
    """DescribeStandards, GetEnabledStandards, BatchEnable/DisableStandards, DescribeStandardsControls and its update."""

    def __init__(self, core: Core, guards: Guards) -> None:
        self.core = core
        self.guards = guards

    def operations(self) -> Mapping[str, Operation]:
        """Give the operations by name."""
        return {
            "DescribeStandards": self.describe,
            "GetEnabledStandards": self.enabled,
            "BatchEnableStandards": self.enable,
            "BatchDisableStandards": self.disable,
            "DescribeStandardsControls": self.controls,
            "UpdateStandardsControl": self.update_control,
        }

    def describe(self, call: Call, params: Params) -> Params:
        """List the standards there are."""
        aws = "AWS" in params.get("Providers", ["AWS"])
        rows = [self._row(one, call.region) for one in self.core.catalogue.standards.values()] if aws else []
        page, more = self.core.page(call, params, rows)
        return {"Standards": page, **more}

    def _row(self, standard: StandardDefinition, region: str) -> Params:
        row: Params = {
            "StandardsArn": standard.arn(region, self.core.spec.partition),
            "Name": standard.name,
            "Description": standard.description,
            "EnabledByDefault": standard.default_on,
            "Provider": "AWS",
        }
        if standard.managed_by:
            row["StandardsManagedBy"] = {"Company": "AWS", "Product": standard.managed_by}
        return row

    def enabled(self, call: Call, params: Params) -> Params:
        """List the standards that are on, with their status."""
        hub = self.core.hub_of(call)
        wanted = params.get("StandardsSubscriptionArns")
        rows = [self._subscription(hub, path) for path in self.core.live_paths(hub)]
        if wanted is not None:
            rows = [row for row in rows if row["StandardsSubscriptionArn"] in wanted]
        page, more = self.core.page(call, params, rows)
        return {"StandardsSubscriptions": page, **more}

    def _subscription(self, hub: Hub, path: str) -> Params:
        core, sub, standard = self.core, hub.subscriptions[path], self.core.catalogue.standards[path]
        status = sub.status(core.now(), core.timing)
        ready = sub.is_updatable(core.now(), core.timing)
        row: Params = {
            "StandardsSubscriptionArn": standard.subscription_arn(hub.region, hub.account, core.spec.partition),
            "StandardsArn": standard.arn(hub.region, core.spec.partition),
            "StandardsInput": {},
            "StandardsStatus": status,
            "StandardsControlsUpdatable": "READY_FOR_UPDATES" if ready else "NOT_READY_FOR_UPDATES",
            "Provider": "AWS",
        }
        if status == "INCOMPLETE":
            row["StandardsStatusReason"] = {"StatusReasonCode": "NO_AVAILABLE_CONFIGURATION_RECORDER"}
        return row

    def enable(self, call: Call, params: Params) -> Params:
        """Turn standards on; they are PENDING at first and start with all their controls enabled."""
        self.guards.account_write(call)
        hub = self.core.hub_of(call)
        paths = [self._path(one["StandardsArn"], hub) for one in params["StandardsSubscriptionRequests"]]
        for path in paths:
            sub = self.core.subscription(hub, path)
            if not sub or sub.deleting_at is not None:
                hub.subscriptions[path] = new_subscription(self.core, hub)
            elif self.core.quirks.enable_enabled_standard is EnableEnabledStandard.ENABLES_CONTROLS:
                sub.base = FRESH
                sub.associations.clear()
        return {"StandardsSubscriptions": [self._subscription(hub, path) for path in paths]}

    def _path(self, arn: str, hub: Hub) -> str:
        standard = self.core.standard(arn, hub.region)
        if not standard:
            raise ServiceError("InvalidInputException", f"Invalid StandardsArn {arn}")
        if standard.managed_by:
            raise ServiceError("AccessDeniedException", f"{arn} is managed by {standard.managed_by}")
        return standard.path

    def disable(self, call: Call, params: Params) -> Params:
        """Turn standards off; which of their controls were disabled is forgotten."""
        self.guards.account_write(call)
        hub = self.core.hub_of(call)
        ignores = self.core.quirks.disable_disabled_standard is DisableDisabledStandard.IGNORED
        paths = [path for arn in params["StandardsSubscriptionArns"] if (path := self._subscribed(arn, hub, ignores))]
        for path in paths:
            hub.subscriptions[path].deleting_at = self.core.now()
        return {"StandardsSubscriptions": [self._subscription(hub, path) for path in paths]}

    def _subscribed(self, arn: str, hub: Hub, ignores: bool) -> str:
        standard = self.core.catalogue.standard_of(arn) if ":subscription/" in arn else None
        if not standard or standard.subscription_arn(hub.region, hub.account, self.core.spec.partition) != arn:
            raise ServiceError("InvalidInputException", f"Invalid StandardsSubscriptionArn {arn}")
        sub = self.core.subscription(hub, standard.path)
        if sub and standard.managed_by:
            raise ServiceError("AccessDeniedException", f"{arn} is managed by {standard.managed_by}")
        if (not sub or sub.deleting_at is not None) and not ignores:
            raise ServiceError("InvalidInputException", f"Standard {arn} is not enabled")
        return standard.path if sub and sub.deleting_at is None else ""

    def controls(self, call: Call, params: Params) -> Params:
        """List a standard's controls with their state and reason, the older way."""
        hub = self.core.hub_of(call)
        arn = params["StandardsSubscriptionArn"]
        standard = self.core.catalogue.standard_of(arn)
        sub = self.core.subscription(hub, standard.path) if standard else None
        if not standard or not sub:
            raise ServiceError("ResourceNotFoundException", f"Standards subscription {arn} does not exist")
        rows = [
            self._control(hub, sub, standard, control)
            for control in self.core.catalogue.members(standard.path)
            if self.core.has(hub, control)
        ]
        page, more = self.core.page(call, params, rows)
        return {"Controls": page, **more}

    def _control(self, hub: Hub, sub: Subscription, standard: StandardDefinition, control: ControlDefinition) -> Params:
        state = self.core.association(hub, sub, standard.path, control, lag=True)
        off = state is not None and state.status == DISABLED
        return without_none(
            {
                "StandardsControlArn": standard.control_arn(
                    hub.region, hub.account, control.id, self.core.spec.partition
                ),
                "ControlStatus": DISABLED if off else ENABLED,
                "DisabledReason": (state.reason or None) if state and off else None,
                "ControlStatusUpdatedAt": state.at if state else sub.enabled_at,
                "ControlId": control.id,
                "Title": control.title,
                "Description": control.description,
                "RemediationUrl": control.remediation_url,
                "SeverityRating": control.severity,
                "RelatedRequirements": related(standard, control),
            }
        )

    def update_control(self, call: Call, params: Params) -> Params:
        """Enable or disable one control of one standard, the older way."""
        self.guards.account_write(call)
        hub = self.core.hub_of(call)
        arn = params["StandardsControlArn"]
        short, _, control_id = arn.partition(":control/")[2].rpartition("/")
        control = self.core.control(hub, control_id)
        standard = next((one for one in self.core.catalogue.standards.values() if one.short == short), None)
        sub = self.core.subscription(hub, standard.path) if standard else None
        if not control or not standard or not sub or standard.path not in control.standards:
            raise ServiceError("ResourceNotFoundException", f"Control {arn} does not exist")
        status, reason = params.get("ControlStatus", ENABLED), params.get("DisabledReason", "")
        if status == DISABLED and not reason:
            raise ServiceError("InvalidInputException", "DisabledReason is required to disable a control")
        before = self.core.association(hub, sub, standard.path, control)
        sub.associations[control.id] = Association(
            status, reason, self.core.now(), replace(before, before=None) if before else None
        )
        return {}


def new_subscription(core: Core, hub: Hub) -> Subscription:
    """Give a standard's subscription as it is right after enabling: pending, all controls on."""
    return Subscription(FRESH, core.now(), incomplete=not hub.recorder_on)


def related(standard: StandardDefinition, control: ControlDefinition) -> list[str]:
    """List the requirements a control stands for in a standard, as AWS writes them."""
    return [f"{standard.requirement_prefix}/{number}" for number in control.standards.get(standard.path, ())]
