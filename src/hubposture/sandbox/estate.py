"""The engine's answers to a store of findings."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from hubposture.sandbox.answers import Params
from hubposture.sandbox.core import Core
from hubposture.sandbox.operations.extras import ExtraOperations


class EngineEstate:
    """Implements the seam `Estate` on the engine's state."""

    def __init__(self, core: Core, extras: ExtraOperations) -> None:
        self.core = core
        self.extras = extras

    def now(self) -> datetime:
        """Give the sandbox's time."""
        return self.core.now()

    def hub_on(self, account: str, region: str) -> bool:
        """Say whether Security Hub is on in a target."""
        return self.core.is_on(account, region)

    def recorder_on(self, account: str, region: str) -> bool:
        """Say whether AWS Config records in a target."""
        return self.core.hub(account, region).recorder_on

    def consolidated(self, account: str, region: str) -> bool:
        """Say whether a target's hub writes consolidated control findings."""
        return self.core.hub(account, region).consolidated

    def targets(self) -> Sequence[tuple[str, str]]:
        """List every (account, Region) with a hub that is on in an account that is active, sorted."""
        regions = set(self.core.spec.regions) | {region for _, region in self.core.hubs}
        regions |= {one.region for one in self.core.spec.targets}
        accounts = [one for one in sorted(self.core.organization.accounts) if self.core.is_active(one)]
        return [(account, one) for account in accounts for one in sorted(regions) if self.core.is_on(account, one)]

    def enabled_standards(self, account: str, region: str) -> Sequence[str]:
        """List the paths of the standards that are on and ready in a target, sorted."""
        if not self.core.is_on(account, region):
            return []
        hub = self.core.hub(account, region)
        return sorted(path for path in self.core.live_paths(hub) if self._is_ready(account, region, path))

    def _is_ready(self, account: str, region: str, path: str) -> bool:
        sub = self.core.hub(account, region).subscriptions[path]
        return sub.status(self.core.now(), self.core.timing) in {"READY", "INCOMPLETE"}

    def standards_of(self, account: str, region: str, control: str) -> Sequence[str]:
        """List the paths of the ready standards in which a control is enabled in a target; empty: it is off."""
        found = self.core.catalogue.control(control)
        hub = self.core.hub(account, region)
        if not found or not self.core.is_on(account, region):
            return []
        return [
            path
            for path in sorted(found.standards)
            if self.core.is_enabled(hub, path, found) and self._is_ready(account, region, path)
        ]

    def parameters_of(self, account: str, region: str, control: str) -> Mapping[str, Any]:
        """Give the values in force, default or custom, of a control's parameters in a target."""
        found = self.core.catalogue.control(control)
        if not found:
            return {}
        written = self.core.hub(account, region).parameters.get(found.id)
        custom = written.values if written else {}
        return {name: custom.get(name, one.default) for name, one in found.parameters.items()}

    def visible_accounts(self, account: str, region: str) -> frozenset[str]:
        """Give the accounts whose findings a caller of this account sees there: members for the administrator."""
        if account != self.core.organization.administrator:
            return frozenset({account})
        return frozenset({account, *self.core.members(region)})

    def visible_regions(self, account: str, region: str) -> tuple[str, ...]:
        """Give the Regions whose findings a caller sees from this Region: linked ones from the home Region."""
        belongs = account == self.core.organization.administrator or account in self.core.members(region)
        linked = self.core.linked() if belongs and region == self.core.home else ()
        return (region, *linked)

    def automation_rules(self, account: str, region: str) -> Sequence[Params]:
        """Give the enabled automation rules that apply to an account's findings there, in the order they run."""
        owner = self.core.organization.administrator if account in self.core.members(region) else account
        return [rule for rule in self.extras.in_order(owner, region) if rule["RuleStatus"] == "ENABLED"]

    def account_name(self, account: str) -> str:
        """Give an account's name."""
        return self.core.organization.accounts[account].name
