"""Turning Security Hub on and off in an account and Region, and its settings."""

from collections.abc import Mapping

from hubposture.sandbox.answers import Call, Params, ServiceError
from hubposture.sandbox.core import Core
from hubposture.sandbox.guards import Guards
from hubposture.sandbox.hubs import Hub
from hubposture.sandbox.operations.standards import new_subscription
from hubposture.sandbox.seams import Operation


class HubOperations:
    """EnableSecurityHub, DisableSecurityHub, DescribeHub, UpdateSecurityHubConfiguration."""

    def __init__(self, core: Core, guards: Guards) -> None:
        self.core = core
        self.guards = guards

    def operations(self) -> Mapping[str, Operation]:
        """Give the operations by name."""
        return {
            "EnableSecurityHub": self.enable,
            "DisableSecurityHub": self.disable,
            "DescribeHub": self.describe,
            "UpdateSecurityHubConfiguration": self.update,
        }

    def enable(self, call: Call, params: Params) -> Params:
        """Turn the hub on, by default with the default standards."""
        self.guards.account_write(call)
        hub = self.core.hub(call.account, call.region)
        if self.core.is_on(call.account, call.region):
            raise ServiceError(
                "ResourceConflictException", f"Account {call.account} is already subscribed to AWS Security Hub"
            )
        turn_on(self.core, hub)
        hub.consolidated = params.get("ControlFindingGenerator", "SECURITY_CONTROL") == "SECURITY_CONTROL"
        if params.get("EnableDefaultStandards", True):
            for standard in self.core.catalogue.standards.values():
                if standard.default_on:
                    hub.subscriptions[standard.path] = new_subscription(self.core, hub)
        if params.get("Tags"):
            self.core.tags[self.core.arn(call, "hub/default")] = dict(params["Tags"])
        return {}

    def disable(self, call: Call, _params: Params) -> Params:
        """Turn the hub off; its standards and what was set in them are forgotten."""
        self.guards.account_write(call)
        hub = self.core.hub_of(call)
        if self.core.is_administrator(call):
            raise ServiceError("InvalidInputException", "The administrator account cannot disable Security Hub")
        turn_off(hub)
        return {}

    def describe(self, call: Call, params: Params) -> Params:
        """Say since when the hub is on and how it is set."""
        hub = self.core.hub_of(call)
        arn = self.core.arn(call, "hub/default")
        if params.get("HubArn", arn) != arn:
            raise ServiceError("ResourceNotFoundException", f"Hub {params['HubArn']} does not exist")
        return {
            "HubArn": arn,
            "SubscribedAt": hub.since.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "AutoEnableControls": hub.auto_enable_controls,
            "ControlFindingGenerator": "SECURITY_CONTROL" if hub.consolidated else "STANDARD_CONTROL",
        }

    def update(self, call: Call, params: Params) -> Params:
        """Set whether new controls come on by themselves, and the administrator's way of writing findings."""
        hub = self.core.hub_of(call)
        hub.auto_enable_controls = params.get("AutoEnableControls", hub.auto_enable_controls)
        if "ControlFindingGenerator" not in params:
            return {}
        if call.account in self.core.members(call.region):
            raise ServiceError("AccessDeniedException", "Only the administrator may set ControlFindingGenerator")
        hub.consolidated = params["ControlFindingGenerator"] == "SECURITY_CONTROL"
        for member in self.core.members(call.region) if self.core.is_administrator(call) else ():
            self.core.hub(member, call.region).consolidated = hub.consolidated
        return {}


def turn_on(core: Core, hub: Hub) -> None:
    """Turn a hub on as a new one, with nothing in it."""
    hub.on = True
    hub.since = core.now()
    hub.subscriptions.clear()
    hub.parameters.clear()


def turn_off(hub: Hub) -> None:
    """Turn a hub off and forget its standards."""
    hub.on = False
    hub.subscriptions.clear()
    hub.parameters.clear()
