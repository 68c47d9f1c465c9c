"""STS, IAM, Account Management, EC2's Regions, AWS Config's recorders and history, CloudTrail's events."""

from collections.abc import Mapping
from typing import Any

from hubposture.sandbox.answers import Call, Params, ServiceError
from hubposture.sandbox.calls import CallLog
from hubposture.sandbox.core import Core
from hubposture.sandbox.identity import Identities
from hubposture.sandbox.seams import Findings, Operation
from hubposture.sandbox.services.recorded import RecordedOperations
from hubposture.sandbox.services.trail import TrailOperations
from hubposture.sandbox.world import AccountSpec


class OtherServices:
    """Operations of the smaller services, by service and name."""

    def __init__(self, core: Core, identities: Identities, calls: CallLog, findings: Findings | None = None) -> None:
        self.core = core
        self.identities = identities
        self.trail = TrailOperations(core, calls, findings)
        self.recorded = RecordedOperations(core, findings, core.catalogue)

    def operations(self) -> Mapping[str, Mapping[str, Operation]]:
        """Give the operations by service and name."""
        return {
            "sts": {"AssumeRole": self.identities.assume, "GetCallerIdentity": self.caller},
            "iam": {"ListAccountAliases": self.aliases},
            "ec2": {"DescribeRegions": self.ec2_regions},
            "account": {
                "ListRegions": self.regions,
                "GetRegionOptStatus": self.region_status,
                "GetAlternateContact": self.alternate_contact,
                "GetContactInformation": self.contact,
                "GetAccountInformation": self.information,
            },
            "config": {
                "DescribeConfigurationRecorders": self.recorders,
                "DescribeConfigurationRecorderStatus": self.recorder_status,
                "GetResourceConfigHistory": self.recorded.history,
                "ListDiscoveredResources": self.recorded.discovered,
            },
            "cloudtrail": {"LookupEvents": self.trail.events},
        }

    def caller(self, call: Call, _params: Params) -> Params:
        """Say who calls."""
        return {"UserId": call.principal.user_id, "Account": call.account, "Arn": call.principal.arn}

    def aliases(self, call: Call, _params: Params) -> Params:
        """Give the account's alias, if it has one."""
        alias = self.core.organization.accounts[call.account].alias
        return {"AccountAliases": [alias] if alias else [], "IsTruncated": False}

    def _statuses(self, account: str) -> dict[str, str]:
        known = self.core.organization.accounts[account]
        open_to_all = set(self.core.usable_regions())
        regions = open_to_all | set(self.core.spec.regions)
        for one in self.core.organization.accounts.values():
            regions |= one.opted_in_regions
        return {
            region: "ENABLED_BY_DEFAULT"
            if region in open_to_all
            else ("ENABLED" if region in known.opted_in_regions else "DISABLED")
            for region in sorted(regions)
        }

    def ec2_regions(self, call: Call, params: Params) -> Params:
        """List Regions as EC2 does."""
        names = {"ENABLED_BY_DEFAULT": "opt-in-not-required", "ENABLED": "opted-in", "DISABLED": "not-opted-in"}
        if params.get("Filters"):
            raise ServiceError("NotImplemented", "ec2 DescribeRegions: Filters are not emulated")
        return {
            "Regions": [
                {"RegionName": region, "OptInStatus": names[status], "Endpoint": f"ec2.{region}.amazonaws.com"}
                for region, status in self._statuses(call.account).items()
                if (status != "DISABLED" or params.get("AllRegions")) and region in params.get("RegionNames", [region])
            ]
        }

    def _account(self, call: Call, params: Params) -> AccountSpec:
        wanted = params.get("AccountId", call.account)
        may = {self.core.spec.management_account, self.core.organization.administrator}
        if wanted != call.account and call.account not in may:
            raise ServiceError("AccessDeniedException", "User is not authorized for the specified account")
        found = self.core.organization.accounts.get(wanted)
        if not found:
            raise ServiceError("AccessDeniedException", "The specified account is not in the organization")
        return found

    def regions(self, call: Call, params: Params) -> Params:
        """List an account's Regions with their opt-in status."""
        wanted = params.get("RegionOptStatusContains")
        rows = [
            {"RegionName": region, "RegionOptStatus": status}
            for region, status in self._statuses(self._account(call, params).id).items()
            if not wanted or status in wanted
        ]
        page, more = self.core.page(call, params, rows, default=50)
        return {"Regions": page, **more}

    def region_status(self, call: Call, params: Params) -> Params:
        """Give the opt-in status of one Region."""
        status = self._statuses(self._account(call, params).id).get(params["RegionName"])
        if not status:
            raise ServiceError("ValidationException", f"Region {params['RegionName']} does not exist")
        return {"RegionName": params["RegionName"], "RegionOptStatus": status}

    def alternate_contact(self, call: Call, params: Params) -> Params:
        """Give one alternate contact of an account."""
        kind = params["AlternateContactType"]
        found = next((one for one in self._account(call, params).contacts if one.kind == kind), None)
        if not found:
            raise ServiceError("ResourceNotFoundException", "No contact of the inputted alternate contact type found.")
        return {
            "AlternateContact": {
                "Name": found.name,
                "Title": found.title,
                "EmailAddress": found.email,
                "PhoneNumber": found.phone,
                "AlternateContactType": kind,
            }
        }

    def contact(self, call: Call, params: Params) -> Params:
        """Give the primary contact of an account."""
        account = self._account(call, params)
        return {
            "ContactInformation": {
                "FullName": account.owner_name or account.name,
                "AddressLine1": "1 Example Street",
                "City": "Exampletown",
                "PostalCode": "00000",
                "CountryCode": "US",
                "PhoneNumber": "+15550100",
            }
        }

    def information(self, call: Call, params: Params) -> Params:
        """Give an account's name."""
        account = self._account(call, params)
        return {"AccountId": account.id, "AccountName": account.name, "AccountCreatedDate": self.core.began}

    def recorders(self, call: Call, _params: Params) -> Params:
        """List the configuration recorder of a target."""
        partition = self.core.spec.partition
        role = f"arn:{partition}:iam::{call.account}:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig"
        group = {"allSupported": True, "includeGlobalResourceTypes": call.region == self.core.home}
        return {"ConfigurationRecorders": [{"name": "default", "roleARN": role, "recordingGroup": group}]}

    def recorder_status(self, call: Call, _params: Params) -> Params:
        """Say whether the recorder of a target records."""
        on = self.core.hub(call.account, call.region).recorder_on
        row: dict[str, Any] = {"name": "default", "recording": on, "lastStatusChangeTime": self.core.began}
        row |= {"lastStatus": "Success"} if on else {}
        return {"ConfigurationRecordersStatus": [row]}
