"""AWS Organizations: accounts, units, tags, delegated administrators, effective policies; reads, moves and tags."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson

from hubposture.sandbox.answers import Call, Params, ServiceError
from hubposture.sandbox.core import Core
from hubposture.sandbox.organization import ACCOUNT, ROOT, UNIT
from hubposture.sandbox.seams import Operation
from hubposture.sandbox.world import AccountSpec, AccountState, DeclarativeSpec, OuSpec

POLICY_TYPE = "SECURITYHUB_CSPM_POLICY"
SECURITY_HUB = "securityhub.amazonaws.com"
_STATUSES = {AccountState.PENDING_CLOSURE: "PENDING_CLOSURE", AccountState.SUSPENDED: "SUSPENDED"}


class OrganizationsOperations:
    """What the management account and delegated administrators may read; pages hold at most 20 items."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self.org = core.organization

    def operations(self) -> Mapping[str, Operation]:
        """Give the operations by name."""
        reads: dict[str, Operation] = {
            "DescribeOrganization": self.describe,
            "ListRoots": self.roots,
            "ListAccounts": self.list_accounts,
            "ListAccountsForParent": self.list_accounts_for_parent,
            "ListOrganizationalUnitsForParent": self.list_units_for_parent,
            "ListParents": self.parents,
            "ListChildren": self.children,
            "DescribeAccount": self.describe_account,
            "DescribeOrganizationalUnit": self.describe_unit,
            "ListTagsForResource": self.list_tags,
            "ListDelegatedAdministrators": self.delegated_administrators,
            "ListDelegatedServicesForAccount": self.delegated_services,
            "ListAWSServiceAccessForOrganization": self.service_access,
            "DescribeEffectivePolicy": self.effective_policy,
            "ListPolicies": self.policies,
            "DescribePolicy": self.policy,
            "ListTargetsForPolicy": self.targets,
        }
        writes: dict[str, Operation] = {
            "MoveAccount": self.move,
            "TagResource": self.tag,
            "UntagResource": self.untag,
        }
        guarded = {name: self._for(self._reader, one) for name, one in reads.items() if name != "DescribeOrganization"}
        changing = {name: self._for(self._manager, one) for name, one in writes.items()}
        return {"DescribeOrganization": self.describe, **guarded, **changing}

    def _for(self, guard: Callable[[Call], None], operation: Operation) -> Operation:
        def guarded(call: Call, params: Params) -> Params:
            guard(call)
            return operation(call, params)

        return guarded

    def _reader(self, call: Call) -> None:
        if call.account not in {self.core.spec.management_account, self.org.administrator}:
            self._deny()

    def _manager(self, call: Call) -> None:
        if call.account != self.core.spec.management_account:
            self._deny()

    def _deny(self) -> None:
        raise ServiceError("AccessDeniedException", "You don't have permissions to access this resource.", status=400)

    def _arn(self, tail: str) -> str:
        spec = self.core.spec
        return f"arn:{spec.partition}:organizations::{spec.management_account}:{tail}"

    def describe(self, _call: Call, _params: Params) -> Params:
        """Describe the organization; every account in it may."""
        spec = self.core.spec
        master = self.org.accounts[spec.management_account]
        return {
            "Organization": {
                "Id": spec.id,
                "Arn": self._arn(f"organization/{spec.id}"),
                "FeatureSet": "ALL",
                "MasterAccountArn": self._arn(f"account/{spec.id}/{master.id}"),
                "MasterAccountId": master.id,
                "MasterAccountEmail": master.email,
                "AvailablePolicyTypes": [],
            }
        }

    def roots(self, call: Call, params: Params) -> Params:
        """List the root."""
        spec = self.core.spec
        types = [{"Type": POLICY_TYPE, "Status": "ENABLED"}] if self.org.declarative else []
        row = {"Id": spec.root, "Arn": self._arn(f"root/{spec.id}/{spec.root}"), "Name": "Root", "PolicyTypes": types}
        return self._page(call, params, "Roots", [row])

    def _page(self, call: Call, params: Params, name: str, items: Sequence[Any]) -> Params:
        page, more = self.core.page(call, params, items, default=20)
        return {name: page, **more}

    def list_accounts(self, call: Call, params: Params) -> Params:
        """List every account."""
        return self._page(
            call, params, "Accounts", [self._account(one) for _, one in sorted(self.org.accounts.items())]
        )

    def _account(self, account: AccountSpec) -> Params:
        spec = self.core.spec
        nodes = [node for node in reversed(self.org.ancestry(account.id)) if node != account.id]
        return {
            "Id": account.id,
            "Arn": self._arn(f"account/{spec.id}/{account.id}"),
            "Email": account.email,
            "Name": account.name,
            "Status": _STATUSES.get(account.state, "ACTIVE"),
            "State": str(account.state),
            "Paths": [f"{spec.id}/{'/'.join(nodes)}/{account.id}/"],
            "JoinedMethod": "CREATED",
            "JoinedTimestamp": self.core.began,
        }

    def _parent(self, params: Params) -> str:
        parent = str(params["ParentId"])
        if self.org.kind(parent) not in {UNIT, ROOT}:
            raise ServiceError("ParentNotFoundException", "You specified a parent that doesn't exist.")
        return parent

    def list_accounts_for_parent(self, call: Call, params: Params) -> Params:
        """List the accounts directly below a unit or the root."""
        parent = self._parent(params)
        rows = [self._account(one) for _, one in sorted(self.org.accounts.items()) if one.ou == parent]
        return self._page(call, params, "Accounts", rows)

    def list_units_for_parent(self, call: Call, params: Params) -> Params:
        """List the units directly below a unit or the root."""
        parent = self._parent(params)
        rows = [self._unit(one) for _, one in sorted(self.org.ous.items()) if one.parent == parent]
        return self._page(call, params, "OrganizationalUnits", rows)

    def _unit(self, unit: OuSpec) -> Params:
        spec = self.core.spec
        path = "/".join(reversed(self.org.ancestry(unit.id)))
        arn = self._arn(f"ou/{spec.id}/{unit.id}")
        return {"Id": unit.id, "Arn": arn, "Name": unit.name, "Path": f"{spec.id}/{path}/"}

    def parents(self, call: Call, params: Params) -> Params:
        """Give the one parent of an account or unit."""
        parent = self.org.parent(params["ChildId"])
        if not parent:
            raise ServiceError("ChildNotFoundException", "You specified a child that doesn't exist.")
        return self._page(call, params, "Parents", [{"Id": parent, "Type": self.org.kind(parent)}])

    def children(self, call: Call, params: Params) -> Params:
        """List the ids of the accounts or units directly below a unit or the root."""
        parent, kind = self._parent(params), params["ChildType"]
        of_kind = self.org.accounts if kind == ACCOUNT else self.org.ous
        rows = [{"Id": one, "Type": kind} for one in sorted(of_kind) if self.org.parent(one) == parent]
        return self._page(call, params, "Children", rows)

    def describe_account(self, _call: Call, params: Params) -> Params:
        """Describe an account."""
        found = self.org.accounts.get(params["AccountId"])
        if not found:
            raise ServiceError("AccountNotFoundException", "You specified an account that doesn't exist.")
        return {"Account": self._account(found)}

    def describe_unit(self, _call: Call, params: Params) -> Params:
        """Describe a unit."""
        found = self.org.ous.get(params["OrganizationalUnitId"])
        if not found:
            raise ServiceError("OrganizationalUnitNotFoundException", "You specified an OU that doesn't exist.")
        return {"OrganizationalUnit": self._unit(found)}

    def _tags_of(self, node: str) -> Mapping[str, str]:
        if node in self.org.accounts:
            return self.org.accounts[node].tags
        if node in self.org.ous:
            return self.org.ous[node].tags
        if self.org.kind(node) == ROOT:
            return {}
        raise ServiceError("TargetNotFoundException", "You specified a target that doesn't exist.")

    def list_tags(self, call: Call, params: Params) -> Params:
        """List the tags of an account or unit."""
        tags = self._tags_of(params["ResourceId"])
        return self._page(call, params, "Tags", [{"Key": key, "Value": tags[key]} for key in sorted(tags)])

    def delegated_administrators(self, call: Call, params: Params) -> Params:
        """List the delegated administrators; Security Hub's is the only one."""
        principal = params.get("ServicePrincipal", SECURITY_HUB)
        account = self.org.accounts.get(self.org.administrator)
        rows = []
        if principal == SECURITY_HUB and account:
            row = self._account(account) | {"DelegationEnabledDate": self.core.began}
            rows = [{name: value for name, value in row.items() if name != "Paths"}]
        return self._page(call, params, "DelegatedAdministrators", rows)

    def delegated_services(self, call: Call, params: Params) -> Params:
        """List what is delegated to an account."""
        if params["AccountId"] != self.org.administrator:
            raise ServiceError("AccountNotRegisteredException", "The account isn't a delegated administrator.")
        row = {"ServicePrincipal": SECURITY_HUB, "DelegationEnabledDate": self.core.began}
        return self._page(call, params, "DelegatedServices", [row])

    def service_access(self, call: Call, params: Params) -> Params:
        """List the services with trusted access."""
        names = ("account.amazonaws.com", "config.amazonaws.com", SECURITY_HUB)
        rows = [{"ServicePrincipal": name, "DateEnabled": self.core.began} for name in names]
        return self._page(call, params, "EnabledServicePrincipals", rows)

    def effective_policy(self, call: Call, params: Params) -> Params:
        """Give the effective Security Hub CSPM policy of an account."""
        target = params.get("TargetId", call.account)
        if target not in self.org.accounts:
            raise ServiceError("TargetNotFoundException", "You specified a target that doesn't exist.")
        found = self.org.effective(target) if params["PolicyType"] == POLICY_TYPE else None
        if not found:
            raise ServiceError("EffectivePolicyNotFoundException", "The target has no effective policy of this type.")
        return {
            "EffectivePolicy": {
                "PolicyContent": _content(found, inherited=True),
                "LastUpdatedTimestamp": self.core.began,
                "TargetId": target,
                "PolicyType": POLICY_TYPE,
            }
        }

    def policies(self, call: Call, params: Params) -> Params:
        """List the Security Hub CSPM policies; of other types there are none."""
        found = self.org.declarative.values() if params["Filter"] == POLICY_TYPE else ()
        return self._page(
            call, params, "Policies", [self._policy(one) for one in sorted(found, key=lambda one: one.id)]
        )

    def _policy(self, policy: DeclarativeSpec) -> Params:
        arn = self._arn(f"policy/{self.core.spec.id}/securityhub_cspm_policy/{policy.id}")
        return {"Id": policy.id, "Arn": arn, "Name": policy.name, "Type": POLICY_TYPE, "AwsManaged": False}

    def _known_policy(self, policy_id: str) -> DeclarativeSpec:
        found = next((one for one in self.org.declarative.values() if one.id == policy_id), None)
        if not found:
            raise ServiceError("PolicyNotFoundException", "You specified a policy that doesn't exist.")
        return found

    def policy(self, _call: Call, params: Params) -> Params:
        """Give a policy with its content."""
        found = self._known_policy(params["PolicyId"])
        return {"Policy": {"PolicySummary": self._policy(found), "Content": _content(found, inherited=False)}}

    def targets(self, call: Call, params: Params) -> Params:
        """List where a policy is attached."""
        target = self._known_policy(params["PolicyId"]).target
        row = {"TargetId": target, "Type": self.org.kind(target), "Name": target, "Arn": self._arn(f"target/{target}")}
        return self._page(call, params, "Targets", [row])

    def move(self, _call: Call, params: Params) -> Params:
        """Move an account to another unit or the root."""
        account, source, destination = params["AccountId"], params["SourceParentId"], params["DestinationParentId"]
        if account not in self.org.accounts:
            raise ServiceError("AccountNotFoundException", "You specified an account that doesn't exist.")
        if self.org.parent(account) != source:
            raise ServiceError("SourceParentNotFoundException", "The account is not under the source parent.")
        if self.org.kind(destination) not in {UNIT, ROOT}:
            raise ServiceError("DestinationParentNotFoundException", "You specified a parent that doesn't exist.")
        self.org.move(account, destination)
        return {}

    def tag(self, _call: Call, params: Params) -> Params:
        """Add tags to an account or unit."""
        new = {one["Key"]: one["Value"] for one in params["Tags"]}
        self.org.set_tags(params["ResourceId"], dict(self._tags_of(params["ResourceId"])) | new)
        return {}

    def untag(self, _call: Call, params: Params) -> Params:
        """Take tags off an account or unit."""
        left = {
            key: value for key, value in self._tags_of(params["ResourceId"]).items() if key not in params["TagKeys"]
        }
        self.org.set_tags(params["ResourceId"], left)
        return {}


def _content(policy: DeclarativeSpec, *, inherited: bool) -> str:
    """Write a policy's content; only the names of the two Region lists are documented, the rest of the form is assumed."""
    enable, disable = list(policy.enable_in_regions), list(policy.disable_in_regions)
    assign = (lambda value: value) if inherited else (lambda value: {"@@assign": value})
    lists = {"enable_in_regions": assign(enable), "disable_in_regions": assign(disable)}
    return orjson.dumps({"securityhub_cspm": {"cspm_enablement": lists}}).decode()
