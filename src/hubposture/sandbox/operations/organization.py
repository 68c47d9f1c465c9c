"""The organization in Security Hub: its configuration, administrator, members and finding aggregator."""

from collections.abc import Mapping
from typing import Any

from hubposture.sandbox.answers import Call, Params, ServiceError
from hubposture.sandbox.core import Aggregator, Core
from hubposture.sandbox.operations.hub import turn_on
from hubposture.sandbox.operations.standards import new_subscription
from hubposture.sandbox.quirks import CentralWithDeclarative
from hubposture.sandbox.seams import Operation
from hubposture.sandbox.standings import Standings
from hubposture.sandbox.world import AccountState


class OrganizationOperations:
    """Organization configuration, delegated administrator, members, finding aggregator."""

    def __init__(self, core: Core, standings: Standings) -> None:
        self.core = core
        self.standings = standings

    def operations(self) -> Mapping[str, Operation]:
        """Give the operations by name."""
        return {
            "DescribeOrganizationConfiguration": self.describe_configuration,
            "UpdateOrganizationConfiguration": self.update_configuration,
            "EnableOrganizationAdminAccount": self.enable_administrator,
            "DisableOrganizationAdminAccount": self.disable_administrator,
            "ListOrganizationAdminAccounts": self.list_administrators,
            "GetAdministratorAccount": self.administrator,
            "GetMasterAccount": self.master,
            "ListMembers": self.list_members,
            "GetMembers": self.get_members,
            "CreateMembers": self.create_members,
            "DisassociateMembers": self.disassociate_members,
            "DeleteMembers": self.delete_members,
            "CreateFindingAggregator": self.create_aggregator,
            "GetFindingAggregator": self.get_aggregator,
            "ListFindingAggregators": self.list_aggregators,
            "UpdateFindingAggregator": self.update_aggregator,
            "DeleteFindingAggregator": self.delete_aggregator,
        }

    # Configuration

    def describe_configuration(self, call: Call, _params: Params) -> Params:
        """Say whether the organization is configured locally or centrally."""
        self.core.hub_of(call)
        self.core.require_administrator(call, "InvalidAccessException")
        state = self.core.configuration
        return {
            "AutoEnable": not state.central and state.auto_enable.get(call.region, False),
            "MemberAccountLimitReached": False,
            "AutoEnableStandards": "NONE" if state.central else state.auto_standards.get(call.region, "DEFAULT"),
            "OrganizationConfiguration": {
                "ConfigurationType": "CENTRAL" if state.central else "LOCAL",
                "Status": self._status(),
            },
        }

    def _status(self) -> str:
        state = self.core.configuration
        if not state.central:
            return "ENABLED"
        disabled = self.core.quirks.central_with_declarative is CentralWithDeclarative.DISABLED
        if disabled and self.core.organization.declarative:
            return "DISABLED"
        ready = state.changed_at is None or self.core.now() >= state.changed_at + self.core.timing.central_configuration
        return "ENABLED" if ready else "PENDING"

    def update_configuration(self, call: Call, params: Params) -> Params:
        """Set how new accounts are treated, or go over to central configuration and back."""
        self.core.hub_of(call)
        self.core.require_administrator(call)
        state = self.core.configuration
        wanted = params.get("OrganizationConfiguration", {}).get("ConfigurationType")
        central = wanted == "CENTRAL" if wanted else state.central
        if central and (params["AutoEnable"] or params.get("AutoEnableStandards", "NONE") != "NONE"):
            raise ServiceError(
                "InvalidInputException", "With CENTRAL, AutoEnable must be false and AutoEnableStandards NONE"
            )
        if central != state.central:
            self._switch(call, central=central)
        if not central:
            state.auto_enable[call.region] = params["AutoEnable"]
            state.auto_standards[call.region] = params.get("AutoEnableStandards", "DEFAULT")
        return {}

    def _switch(self, call: Call, *, central: bool) -> None:
        if not self.core.aggregator:
            raise ServiceError("ResourceNotFoundException", "Central configuration needs a finding aggregator")
        if call.region != self.core.home:
            raise ServiceError("InvalidAccessException", f"Central configuration is switched in {self.core.home} only")
        self.core.configuration.central = central
        self.core.configuration.changed_at = self.core.now()
        if not central:
            self.standings.applied.clear()
            self.standings.accounts.clear()
            self.standings.pending.clear()

    # Administrator

    def enable_administrator(self, call: Call, params: Params) -> Params:
        """Designate the organization's administrator; only one can be."""
        self._require_management(call)
        account = params["AdminAccountId"]
        if params.get("Feature", "SecurityHub") != "SecurityHub":
            raise ServiceError(
                "NotImplemented", "securityhub EnableOrganizationAdminAccount: only the SecurityHub feature"
            )
        if account not in self.core.organization.accounts:
            raise ServiceError("InvalidInputException", f"Account {account} is not in the organization")
        if self.core.organization.administrator not in {"", account}:
            raise ServiceError("InvalidAccessException", "The organization has another Security Hub administrator")
        self.core.organization.administrator = account
        hub = self.core.hub(account, call.region)
        if not hub.on:
            turn_on(self.core, hub)
        return {"AdminAccountId": account, "Feature": "SecurityHub"}

    def disable_administrator(self, call: Call, params: Params) -> Params:
        """Take the designation back."""
        self._require_management(call)
        if params["AdminAccountId"] != self.core.organization.administrator:
            raise ServiceError("InvalidInputException", f"Account {params['AdminAccountId']} is not the administrator")
        self.core.organization.administrator = ""
        return {}

    def list_administrators(self, call: Call, params: Params) -> Params:
        """Name the administrator."""
        self._require_management(call, "InvalidAccessException")
        account = self.core.organization.administrator
        rows = [{"AccountId": account, "Status": "ENABLED"}] if account else []
        page, more = self.core.page(call, params, rows, default=10)
        return {"AdminAccounts": page, "Feature": "SecurityHub", **more}

    def _require_management(self, call: Call, code: str = "AccessDeniedException") -> None:
        if call.account != self.core.spec.management_account:
            raise ServiceError(code, f"Account {call.account} is not the organization management account")

    def administrator(self, call: Call, _params: Params) -> Params:
        """Say whose member the account is; nothing for the administrator and for accounts of none."""
        found = self._administrator(call)
        return {"Administrator": found} if found else {}

    def master(self, call: Call, _params: Params) -> Params:
        """Say the same under the older name."""
        found = self._administrator(call)
        return {"Master": found} if found else {}

    def _administrator(self, call: Call) -> Params:
        self.core.hub_of(call)
        if call.account not in self.core.members(call.region):
            return {}
        return {"AccountId": self.core.organization.administrator, "MemberStatus": "Enabled"}

    # Members

    def _member(self, account: str, region: str) -> Params:
        status = "Enabled" if self.core.is_on(account, region) else "Created"
        known = self.core.organization.accounts[account]
        if known.state is not AccountState.ACTIVE or account in self.core.faults.suspended:
            status = "AccountSuspended"
        if account in self.core.removed_members.get(region, set()):
            status = "Removed"
        return {
            "AccountId": account,
            "Email": known.email,
            "MasterId": self.core.organization.administrator,
            "AdministratorId": self.core.organization.administrator,
            "MemberStatus": status,
            "InvitedAt": self.core.began,
            "UpdatedAt": self.core.began,
        }

    def _require_administrator(self, call: Call) -> None:
        self.core.hub_of(call)
        self.core.require_administrator(call, "InvalidAccessException")

    def list_members(self, call: Call, params: Params) -> Params:
        """List the members; only the enabled ones unless asked otherwise."""
        self._require_administrator(call)
        accounts = [one for one in sorted(self.core.organization.accounts) if one != call.account]
        rows = [self._member(one, call.region) for one in accounts]
        if params.get("OnlyAssociated", True):
            rows = [row for row in rows if row["MemberStatus"] == "Enabled"]
        page, more = self.core.page(call, params, rows, default=50)
        return {"Members": page, **more}

    def get_members(self, call: Call, params: Params) -> Params:
        """Give the members asked for."""
        self._require_administrator(call)
        known = self.core.organization.accounts
        return {
            "Members": [self._member(one, call.region) for one in params["AccountIds"] if one in known],
            "UnprocessedAccounts": [_unprocessed(one) for one in params["AccountIds"] if one not in known],
        }

    def create_members(self, call: Call, params: Params) -> Params:
        """Make accounts of the organization members; a hub that is off comes on with the default standards."""
        self._require_administrator(call)
        failed: list[Any] = []
        for one in params["AccountDetails"]:
            account = one["AccountId"]
            if not self.core.is_active(account):
                failed.append(_unprocessed(account))
                continue
            self.core.removed_members.get(call.region, set()).discard(account)
            hub = self.core.hub(account, call.region)
            if not hub.on:
                turn_on(self.core, hub)
                for standard in self.core.catalogue.standards.values():
                    if standard.default_on:
                        hub.subscriptions[standard.path] = new_subscription(self.core, hub)
        return {"UnprocessedAccounts": failed}

    def disassociate_members(self, call: Call, params: Params) -> Params:
        """Let members go; their hubs stay as they are."""
        self._require_administrator(call)
        for account in params["AccountIds"]:
            if account not in self.core.organization.accounts:
                raise ServiceError("ResourceNotFoundException", f"Account {account} is not a member")
        self.core.removed_members.setdefault(call.region, set()).update(params["AccountIds"])
        return {}

    def delete_members(self, call: Call, params: Params) -> Params:
        """Refuse: members of an organization cannot be deleted."""
        self._require_administrator(call)
        return {"UnprocessedAccounts": [_unprocessed(one) for one in params["AccountIds"]]}

    # Finding aggregator

    def create_aggregator(self, call: Call, params: Params) -> Params:
        """Make this Region the home Region and link others to it."""
        self.core.hub_of(call)
        self._require_aggregator_rights(call)
        if self.core.aggregator:
            raise ServiceError("LimitExceededException", "A finding aggregator exists already")
        arn = self.core.arn(call, f"finding-aggregator/{self.core.new_id('aggregator')}")
        self.core.aggregator = Aggregator(arn, call.region, params["RegionLinkingMode"], _regions(params))
        return self._aggregator()

    def _require_aggregator_rights(self, call: Call) -> None:
        if call.account in self.core.members(call.region):
            raise ServiceError("AccessDeniedException", "Only the administrator manages the finding aggregator")
        if not self.core.is_administrator(call):
            raise ServiceError("NotImplemented", "securityhub: finding aggregators of standalone accounts")

    def _aggregator(self, arn: str = "") -> Params:
        found = self.core.aggregator
        if not found or arn not in {"", found.arn}:
            raise ServiceError("ResourceNotFoundException", f"Finding aggregator {arn} does not exist")
        row: Params = {
            "FindingAggregatorArn": found.arn,
            "FindingAggregationRegion": found.home,
            "RegionLinkingMode": found.mode,
        }
        return row | ({"Regions": sorted(set(found.regions) - self.core.faults.unlinked)} if found.regions else {})

    def get_aggregator(self, call: Call, params: Params) -> Params:
        """Give the aggregator; members see their administrator's."""
        self.core.hub_of(call)
        return self._aggregator(params["FindingAggregatorArn"])

    def list_aggregators(self, call: Call, params: Params) -> Params:
        """Name the aggregator, if there is one."""
        self.core.hub_of(call)
        found = self.core.aggregator
        page, more = self.core.page(call, params, [{"FindingAggregatorArn": found.arn}] if found else [])
        return {"FindingAggregators": page, **more}

    def update_aggregator(self, call: Call, params: Params) -> Params:
        """Change which Regions are linked."""
        self.core.hub_of(call)
        self._require_aggregator_rights(call)
        self._aggregator(params["FindingAggregatorArn"])
        if call.region != self.core.home:
            raise ServiceError("InvalidInputException", f"The finding aggregator is updated in {self.core.home} only")
        if self.core.aggregator:
            self.core.aggregator.mode = params["RegionLinkingMode"]
            self.core.aggregator.regions = _regions(params)
        self.standings.again()
        return self._aggregator()

    def delete_aggregator(self, call: Call, params: Params) -> Params:
        """Unlink all Regions."""
        self.core.hub_of(call)
        self._require_aggregator_rights(call)
        self._aggregator(params["FindingAggregatorArn"])
        self.core.aggregator = None
        return {}


def _regions(params: Params) -> tuple[str, ...]:
    mode, regions = params["RegionLinkingMode"], params.get("Regions", [])
    if mode not in {"ALL_REGIONS", "ALL_REGIONS_EXCEPT_SPECIFIED", "SPECIFIED_REGIONS", "NO_REGIONS"}:
        raise ServiceError("InvalidInputException", f"Invalid RegionLinkingMode {mode}")
    if bool(regions) != (mode in {"ALL_REGIONS_EXCEPT_SPECIFIED", "SPECIFIED_REGIONS"}):
        raise ServiceError("InvalidInputException", f"Regions do not go with RegionLinkingMode {mode}")
    return tuple(regions)


def _unprocessed(account: str) -> Params:
    return {"AccountId": account, "ProcessingResult": "The account cannot be processed"}
