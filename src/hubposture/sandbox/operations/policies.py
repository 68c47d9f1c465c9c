"""Central configuration: configuration policies, their associations with accounts, units and the root, their effect."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from hubposture.sandbox.answers import Call, Params, ServiceError
from hubposture.sandbox.core import Core, given, without_none
from hubposture.sandbox.operations.parameters import apply_parameters
from hubposture.sandbox.operations.policy_effect import Policy, known_control, put_under, settings_of
from hubposture.sandbox.organization import ACCOUNT, ROOT, UNIT
from hubposture.sandbox.quirks import (
    CentralWithDeclarative,
    ParentOfFailed,
    PolicyIdForm,
    PolicyListOrder,
    PolicyNameTwice,
    UnassociatedTarget,
)
from hubposture.sandbox.seams import Operation
from hubposture.sandbox.standings import FAILED, PENDING, SELF_MANAGED, SUCCESS, Standing, Standings

MOST_POLICIES = 20
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class PolicyOperations:
    """The configuration policy operations; only for the delegated administrator, in the home Region, under CENTRAL."""

    def __init__(self, core: Core, standings: Standings) -> None:
        self.core = core
        self.standings = standings
        self.policies: dict[str, Policy] = {}
        standings.revision_of = self._revision
        if core.spec.central:
            self._begin()

    def operations(self) -> Mapping[str, Operation]:
        """Give the operations by name."""
        return {
            "CreateConfigurationPolicy": self.create,
            "UpdateConfigurationPolicy": self.update,
            "DeleteConfigurationPolicy": self.delete,
            "GetConfigurationPolicy": self.get,
            "ListConfigurationPolicies": self.list_all,
            "StartConfigurationPolicyAssociation": self.associate,
            "StartConfigurationPolicyDisassociation": self.disassociate,
            "GetConfigurationPolicyAssociation": self.get_association,
            "BatchGetConfigurationPolicyAssociations": self.batch_get_associations,
            "ListConfigurationPolicyAssociations": self.list_associations,
        }

    # What the world begins with

    def _begin(self) -> None:
        """Take in the world's policies, as if they had been applied long ago."""
        core = self.core
        for spec in core.spec.policies:
            self.policies[spec.id] = Policy(
                spec.id, spec.name, spec.description, settings_of(core, spec), core.began, core.began
            )
            core.tags[self._arn(spec.id)] = dict(spec.tags)
            for node in spec.targets:
                self.standings.apply(node, spec.id)
        for node in core.spec.self_managed:
            self.standings.apply(node, SELF_MANAGED)
        for standing in self.standings.accounts.values():
            standing.at = standing.due = core.began
        self.settle()
        for account in self.standings.accounts:
            for region in core.central_regions():
                for sub in core.hub(account, region).subscriptions.values():
                    sub.instant, sub.enabled_at = True, core.began

    # Policies

    def _require(self, call: Call) -> None:
        self.core.require_administrator(call)
        central = self.core.configuration.central
        disabled = self.core.quirks.central_with_declarative is CentralWithDeclarative.DISABLED
        if not central or (disabled and self.core.organization.declarative):
            raise ServiceError("AccessDeniedException", "Central configuration is not enabled for this organization")
        if call.region != self.core.home:
            raise ServiceError("InvalidAccessException", f"Configuration policies are managed in {self.core.home} only")

    def _arn(self, policy_id: str) -> str:
        spec = self.core.spec
        account = self.core.organization.administrator
        return f"arn:{spec.partition}:securityhub:{self.core.home}:{account}:configuration-policy/{policy_id}"

    def create(self, call: Call, params: Params) -> Params:
        """Make a policy, applied to nothing yet."""
        self._require(call)
        if len(self.policies) >= MOST_POLICIES:
            raise ServiceError(
                "LimitExceededException", f"The limit of {MOST_POLICIES} configuration policies is reached"
            )
        self._refuse_name(params["Name"], "")
        self._check(params["ConfigurationPolicy"])
        now, policy_id = self.core.now(), self.core.new_id("policy")
        policy = Policy(
            policy_id, params["Name"], params.get("Description", ""), params["ConfigurationPolicy"], now, now
        )
        self.policies[policy_id] = policy
        self.core.tags[self._arn(policy_id)] = dict(params.get("Tags", {}))
        return self._row(policy)

    def _refuse_name(self, name: str, own: str) -> None:
        taken = any(one.name == name and one.id != own for one in self.policies.values())
        if taken and self.core.quirks.policy_name_twice is PolicyNameTwice.CONFLICT:
            raise ServiceError("ResourceConflictException", f"A configuration policy named {name} exists")

    def _check(self, settings: Params) -> None:
        """Refuse settings that contradict themselves or name what does not exist."""
        hub = settings.get("SecurityHub") or {}
        if "ServiceEnabled" not in hub:
            raise ServiceError("InvalidInputException", "SecurityHub.ServiceEnabled is required")
        controls = hub.get("SecurityControlsConfiguration") or {}
        lists = [name for name in controls if name != "SecurityControlCustomParameters"]
        if not hub["ServiceEnabled"]:
            if hub.get("EnabledStandardIdentifiers") or controls:
                raise ServiceError(
                    "InvalidInputException", "A policy that disables the service takes no other settings"
                )
            return
        if len(lists) != 1:
            raise ServiceError("InvalidInputException", "Give either enabled or disabled security control identifiers")
        for arn in hub.get("EnabledStandardIdentifiers", ()):
            standard = self.core.standard(arn, self.core.home)
            if not standard or standard.managed_by:
                raise ServiceError("InvalidInputException", f"Invalid standard identifier {arn}")
        for control_id in controls[lists[0]]:
            known_control(self.core, control_id)
        for custom in controls.get("SecurityControlCustomParameters", ()):
            apply_parameters(known_control(self.core, custom["SecurityControlId"]), custom.get("Parameters", {}), {})

    def update(self, call: Call, params: Params) -> Params:
        """Replace a policy's name, description or settings; where it is applied it is PENDING again."""
        self._require(call)
        old = self._policy(params["Identifier"])
        name = params.get("Name", old.name)
        self._refuse_name(name, old.id)
        settings = params.get("ConfigurationPolicy", old.settings)
        self._check(dict(settings))
        policy = replace(
            old,
            name=name,
            description=params.get("Description", old.description),
            settings=settings,
            updated_at=self.core.now(),
            revision=old.revision + ("ConfigurationPolicy" in params),
            reason=params.get("UpdatedReason", ""),
        )
        self.policies[old.id] = policy
        self.standings.changed()
        self.settle()
        return self._row(policy)

    def delete(self, call: Call, params: Params) -> Params:
        """Delete a policy that is applied to nothing."""
        self._require(call)
        policy = self._policy(params["Identifier"])
        if any(one.policy == policy.id for one in self.standings.applied.values()):
            raise ServiceError(
                "ResourceConflictException", f"Configuration policy {policy.id} is associated with targets"
            )
        del self.policies[policy.id]
        self.core.tags.pop(self._arn(policy.id), None)
        return {}

    def get(self, call: Call, params: Params) -> Params:
        """Give a policy."""
        self._require(call)
        return self._row(self._policy(params["Identifier"]))

    def _policy(self, identifier: str) -> Policy:
        policy_id = identifier.rpartition("/")[2] if identifier.startswith("arn:") else identifier
        if identifier.startswith("arn:") and identifier != self._arn(policy_id):
            raise ServiceError("ResourceNotFoundException", f"Configuration policy {identifier} does not exist")
        if policy_id not in self.policies:
            code = "ResourceNotFoundException" if _UUID.fullmatch(policy_id) else "InvalidInputException"
            raise ServiceError(code, f"Configuration policy {identifier} does not exist")
        return self.policies[policy_id]

    def _row(self, policy: Policy) -> Params:
        return self._summary(policy) | {
            "CreatedAt": policy.created_at,
            "ConfigurationPolicy": self._ordered(policy.settings),
        }

    def _summary(self, policy: Policy) -> Params:
        row: Params = {
            "Arn": self._arn(policy.id),
            "Id": policy.id,
            "Name": policy.name,
            "UpdatedAt": policy.updated_at,
        }
        return row | ({"Description": policy.description} if policy.description else {})

    def _ordered(self, value: Any) -> Any:
        if self.core.quirks.policy_list_order is PolicyListOrder.AS_SENT:
            return value
        if isinstance(value, Mapping):
            return {name: self._ordered(one) for name, one in value.items()}
        sortable = isinstance(value, list) and all(isinstance(one, str) for one in value)
        return sorted(value) if sortable else value

    def list_all(self, call: Call, params: Params) -> Params:
        """List the policies."""
        self._require(call)
        rows = [
            self._summary(one) | {"ServiceEnabled": bool(one.hub["ServiceEnabled"])}
            for one in sorted(self.policies.values(), key=lambda policy: (policy.created_at, policy.id))
        ]
        page, more = self.core.page(call, params, rows)
        return {"ConfigurationPolicySummaries": page, **more}

    # Associations

    def _revision(self, policy_id: str) -> int:
        return self.policies[policy_id].revision if policy_id in self.policies else 0

    def _node(self, target: Params) -> str:
        kinds = {"AccountId": ACCOUNT, "OrganizationalUnitId": UNIT, "RootId": ROOT}
        (name, node) = next(iter(target.items()))
        if self.core.organization.kind(node) != kinds[name]:
            raise ServiceError("ResourceNotFoundException", f"Target {node} does not exist in the organization")
        return str(node)

    def _identifier(self, params: Params) -> str:
        given_id = str(params["ConfigurationPolicyIdentifier"])
        return SELF_MANAGED if given_id == SELF_MANAGED else self._policy(given_id).id

    def associate(self, call: Call, params: Params) -> Params:
        """Apply a policy, or self-management, to a target; it takes effect after a while."""
        self._require(call)
        policy, node = self._identifier(params), self._node(params["Target"])
        self.standings.apply(node, policy)
        self.settle()
        row = self._association(node)
        if not row:
            raise ServiceError("InternalException", f"No association for {node}")
        return row

    def disassociate(self, call: Call, params: Params) -> Params:
        """Take a policy off a target, which then inherits, or keeps its settings as a self-managed one."""
        self._require(call)
        if "Target" not in params:
            raise ServiceError("InvalidInputException", "Target is required")
        policy, node = self._identifier(params), self._node(params["Target"])
        applied = self.standings.applied.get(node)
        if not applied or applied.policy != policy:
            raise ServiceError("ResourceNotFoundException", f"{node} has no association with {policy}")
        self.standings.withdraw(node)
        self.settle()
        return {}

    def _association(self, node: str) -> Params | None:
        """Give a target's association, applied or inherited; None if there is none at or above it."""
        source = self.standings.nearest(node)
        if not source:
            return self._unassociated(node)
        applied = self.standings.applied[source]
        status, message, at = self._state(node, source)
        as_arn = self.core.quirks.policy_id_form is PolicyIdForm.ARN and applied.policy != SELF_MANAGED
        return without_none(
            {
                "ConfigurationPolicyId": self._arn(applied.policy) if as_arn else applied.policy,
                "TargetId": node,
                "TargetType": self.core.organization.kind(node),
                "AssociationType": "APPLIED" if source == node else "INHERITED",
                "UpdatedAt": at,
                "AssociationStatus": status,
                "AssociationStatusMessage": message or None,
            }
        )

    def _unassociated(self, node: str) -> Params | None:
        if self.core.quirks.unassociated_target is UnassociatedTarget.NOT_FOUND:
            return None
        return {
            "ConfigurationPolicyId": SELF_MANAGED,
            "TargetId": node,
            "TargetType": self.core.organization.kind(node),
            "AssociationType": "INHERITED",
            "UpdatedAt": self.core.began,
            "AssociationStatus": SUCCESS,
        }

    def _state(self, node: str, source: str) -> tuple[str, str, datetime]:
        """Give status, message and time of a target's association: an account's own, or its accounts' together."""
        own = self.standings.accounts.get(node)
        if own:
            return own.status, own.message, own.at
        applied = self.standings.applied[source]
        below = [
            self.standings.accounts[account]
            for account in self.core.organization.accounts_under(node)
            if account in self.standings.accounts and self.standings.nearest(account) == source
        ]
        at = max([one.at for one in below], default=applied.at)
        if any(one.status == PENDING for one in below):
            return PENDING, "", at
        if not below and self.core.now() < applied.at + self.core.timing.policy_association:
            return PENDING, "", at
        failed = [one for one in below if one.status == FAILED]
        if failed and self.core.quirks.parent_of_failed is ParentOfFailed.FAILED:
            return FAILED, f"The association failed for {len(failed)} accounts", at
        return SUCCESS, "", at

    def get_association(self, call: Call, params: Params) -> Params:
        """Give a target's association."""
        self._require(call)
        node = self._node(params["Target"])
        found = self._association(node)
        if not found:
            raise ServiceError("ResourceNotFoundException", f"{node} has no configuration policy association")
        return found

    def batch_get_associations(self, call: Call, params: Params) -> Params:
        """Give many targets' associations; unknown targets come back unprocessed."""
        self._require(call)
        items = given(params, "ConfigurationPolicyAssociationIdentifiers")
        dropped = self.core.dropped(call, len(items))
        found: list[Params] = []
        failed: list[Params] = []
        for at, item in enumerate(items):
            code, row = ("LIMIT_EXCEEDED", None) if at in dropped else self._try(item.get("Target") or {})
            if row:
                found.append(row)
            else:
                reason = "Too many requests" if at in dropped else "The target has no association"
                failed.append(
                    {"ConfigurationPolicyAssociationIdentifiers": item, "ErrorCode": code, "ErrorReason": reason}
                )
        return {
            "ConfigurationPolicyAssociations": self.core.in_reply_order(found, lambda row: row["TargetId"]),
            "UnprocessedConfigurationPolicyAssociations": self.core.in_reply_order(
                failed, lambda row: str(row["ConfigurationPolicyAssociationIdentifiers"])
            ),
        }

    def _try(self, target: Params) -> tuple[str, Params | None]:
        if not target:
            return "INVALID_INPUT", None
        try:
            return "RESOURCE_NOT_FOUND", self._association(self._node(target))
        except ServiceError:
            return "RESOURCE_NOT_FOUND", None

    def list_associations(self, call: Call, params: Params) -> Params:
        """List the associations of all targets, applied and inherited."""
        self._require(call)
        filters = params.get("Filters", {})
        wanted = dict(filters)
        if "ConfigurationPolicyId" in wanted and wanted["ConfigurationPolicyId"] != SELF_MANAGED:
            policy = self._policy(wanted["ConfigurationPolicyId"]).id
            as_arn = self.core.quirks.policy_id_form is PolicyIdForm.ARN
            wanted["ConfigurationPolicyId"] = self._arn(policy) if as_arn else policy
        org = self.core.organization
        nodes = [self.core.spec.root, *sorted(org.ous), *sorted(org.accounts)]
        rows = [
            row
            for node in nodes
            if (row := self._association(node)) and all(row.get(name) == value for name, value in wanted.items())
        ]
        page, more = self.core.page(call, params, rows)
        return {"ConfigurationPolicyAssociationSummaries": page, **more}

    # Effect

    def settle(self) -> None:
        """Carry out the associations that are due."""
        if self.core.configuration.central:
            self.standings.settle(self._carry_out)

    def _carry_out(self, account: str, standing: Standing) -> str:
        """Put an account's hubs under its policy; gives why that fails, or ''."""
        if account in self.core.faults.policy_failures:
            return "Security Hub could not be configured in the account"
        if standing.policy in {"", SELF_MANAGED}:
            return ""
        if not self.core.is_active(account):
            return f"Account {account} is suspended"
        put_under(self.core, account, self.policies[standing.policy])
        return ""
