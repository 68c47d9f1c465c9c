"""Tags, automation rules, insights and custom actions: kept as they are sent, so that a census can list them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from hubposture.sandbox.answers import Call, Params, ServiceError
from hubposture.sandbox.core import Core
from hubposture.sandbox.findings_record import uuid_of
from hubposture.sandbox.seams import Operation
from hubposture.sandbox.world import AutomationRuleSpec

Owner = tuple[str, str]
"""The account and Region that a rule, insight or action belongs to."""

MOST_RULES, MOST_INSIGHTS, MOST_ACTIONS = 100, 100, 50


class ExtraOperations:
    """Tags, automation rules of the first kind, insights and custom actions."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self.rules: dict[Owner, dict[str, Params]] = {}
        self.insights: dict[Owner, dict[str, Params]] = {}
        self.actions: dict[Owner, dict[str, Params]] = {}
        for rule in core.spec.automation_rules:
            self.put_rule(rule, core.began)

    def put_rule(self, rule: AutomationRuleSpec, at: datetime) -> str:
        """Let the administrator have a rule since a time; a rule of the same name and Region makes room. Gives its ARN."""
        administrator = self.core.organization.administrator
        partition = self.core.spec.partition
        home = f"arn:{partition}:securityhub:{rule.region}:{administrator}"
        arn = f"{home}:automation-rule/{uuid_of('rule', rule.region, rule.name)}"
        self.rules.setdefault((administrator, rule.region), {})[arn] = _rule(rule) | {
            "RuleArn": arn,
            "CreatedAt": at,
            "UpdatedAt": at,
            "CreatedBy": rule.created_by or f"arn:{partition}:iam::{administrator}:user/admin",
        }
        self.core.tags.setdefault(arn, {})
        return arn

    def operations(self) -> Mapping[str, Operation]:
        """Give the operations by name."""
        return {
            "TagResource": self.tag,
            "UntagResource": self.untag,
            "ListTagsForResource": self.list_tags,
            "CreateAutomationRule": self.create_rule,
            "ListAutomationRules": self.list_rules,
            "BatchGetAutomationRules": self.get_rules,
            "BatchUpdateAutomationRules": self.update_rules,
            "BatchDeleteAutomationRules": self.delete_rules,
            "CreateInsight": self.create_insight,
            "GetInsights": self.get_insights,
            "UpdateInsight": self.update_insight,
            "DeleteInsight": self.delete_insight,
            "CreateActionTarget": self.create_action,
            "DescribeActionTargets": self.describe_actions,
            "UpdateActionTarget": self.update_action,
            "DeleteActionTarget": self.delete_action,
        }

    def _own(self, store: dict[Owner, dict[str, Params]], call: Call) -> dict[str, Params]:
        return store.setdefault((call.account, call.region), {})

    def _found(self, store: dict[Owner, dict[str, Params]], call: Call, arn: str) -> Params:
        found = self._own(store, call).get(arn)
        if found is None:
            raise ServiceError("ResourceNotFoundException", f"{arn} does not exist")
        return found

    # Tags

    def _taggable(self, call: Call, arn: str) -> dict[str, str]:
        parts = arn.split(":", 5)
        if parts[3:5] != [call.region, call.account]:
            raise ServiceError("ResourceNotFoundException", f"{arn} does not exist in this account and Region")
        if arn == self.core.arn(call, "hub/default"):
            self.core.hub_of(call)
        elif arn not in self.core.tags:
            raise ServiceError("ResourceNotFoundException", f"{arn} does not exist")
        return self.core.tags.setdefault(arn, {})

    def tag(self, call: Call, params: Params) -> Params:
        """Add tags to a hub, a configuration policy or an automation rule."""
        self._taggable(call, params["ResourceArn"]).update(params["Tags"])
        return {}

    def untag(self, call: Call, params: Params) -> Params:
        """Take tags off."""
        tags = self._taggable(call, params["ResourceArn"])
        for key in params["TagKeys"]:
            tags.pop(key, None)
        return {}

    def list_tags(self, call: Call, params: Params) -> Params:
        """List the tags of a resource."""
        return {"Tags": dict(self._taggable(call, params["ResourceArn"]))}

    # Automation rules

    def _require_rule_rights(self, call: Call) -> None:
        self.core.hub_of(call)
        if call.account in self.core.members(call.region):
            raise ServiceError("AccessDeniedException", "Only the administrator manages automation rules")

    def create_rule(self, call: Call, params: Params) -> Params:
        """Make a rule for this Region."""
        self._require_rule_rights(call)
        rules = self._own(self.rules, call)
        if len(rules) >= MOST_RULES:
            raise ServiceError("LimitExceededException", f"The limit of {MOST_RULES} automation rules is reached")
        arn = self.core.arn(call, f"automation-rule/{self.core.new_id('rule')}")
        kept = {name: value for name, value in params.items() if name != "Tags"}
        now = self.core.now()
        rules[arn] = {"RuleStatus": "ENABLED", "IsTerminal": False} | kept
        rules[arn] |= {"RuleArn": arn, "CreatedAt": now, "UpdatedAt": now, "CreatedBy": call.principal.arn}
        self.core.tags[arn] = dict(params.get("Tags", {}))
        return {"RuleArn": arn}

    def list_rules(self, call: Call, params: Params) -> Params:
        """List the rules without criteria and actions, in the order they run."""
        self._require_rule_rights(call)
        rows = [
            {name: value for name, value in rule.items() if name not in {"Criteria", "Actions"}}
            for rule in self.in_order(call.account, call.region)
        ]
        page, more = self.core.page(call, params, rows)
        return {"AutomationRulesMetadata": page, **more}

    def in_order(self, account: str, region: str) -> list[Params]:
        """Give an account's rules in the order they run: by RuleOrder, then the earlier updated."""
        rules = self.rules.get((account, region), {}).values()
        return sorted(rules, key=lambda rule: (rule["RuleOrder"], rule["UpdatedAt"], rule["RuleArn"]))

    def get_rules(self, call: Call, params: Params) -> Params:
        """Give the rules asked for, in full."""
        self._require_rule_rights(call)
        rules = self._own(self.rules, call)
        wanted = params["AutomationRulesArns"]
        return {
            "Rules": [rules[arn] for arn in wanted if arn in rules],
            "UnprocessedAutomationRules": [_unprocessed_rule(arn) for arn in wanted if arn not in rules],
        }

    def update_rules(self, call: Call, params: Params) -> Params:
        """Change the members given of each rule named."""
        self._require_rule_rights(call)
        rules = self._own(self.rules, call)
        done, failed = [], []
        for item in params["UpdateAutomationRulesRequestItems"]:
            arn = item["RuleArn"]
            if arn in rules:
                rules[arn] = rules[arn] | item | {"UpdatedAt": self.core.now()}
                done.append(arn)
            else:
                failed.append(_unprocessed_rule(arn))
        return {"ProcessedAutomationRules": done, "UnprocessedAutomationRules": failed}

    def delete_rules(self, call: Call, params: Params) -> Params:
        """Delete rules; what they did stays done."""
        self._require_rule_rights(call)
        rules = self._own(self.rules, call)
        wanted = params["AutomationRulesArns"]
        done = [arn for arn in wanted if rules.pop(arn, None)]
        failed = [_unprocessed_rule(arn) for arn in wanted if arn not in done]
        return {"ProcessedAutomationRules": done, "UnprocessedAutomationRules": failed}

    # Insights

    def create_insight(self, call: Call, params: Params) -> Params:
        """Keep an insight."""
        self.core.hub_of(call)
        insights = self._own(self.insights, call)
        if len(insights) >= MOST_INSIGHTS:
            raise ServiceError("LimitExceededException", f"The limit of {MOST_INSIGHTS} insights is reached")
        arn = self.core.arn(call, f"insight/{call.account}/custom/{self.core.new_id('insight')}")
        insights[arn] = {"InsightArn": arn, **params}
        return {"InsightArn": arn}

    def get_insights(self, call: Call, params: Params) -> Params:
        """List the custom insights, or those asked for."""
        self.core.hub_of(call)
        insights = self._own(self.insights, call)
        wanted = params.get("InsightArns") or sorted(insights)
        page, more = self.core.page(call, params, [self._found(self.insights, call, arn) for arn in wanted])
        return {"Insights": page, **more}

    def update_insight(self, call: Call, params: Params) -> Params:
        """Change an insight."""
        self.core.hub_of(call)
        self._found(self.insights, call, params["InsightArn"]).update(params)
        return {}

    def delete_insight(self, call: Call, params: Params) -> Params:
        """Delete an insight."""
        self.core.hub_of(call)
        self._found(self.insights, call, params["InsightArn"])
        del self._own(self.insights, call)[params["InsightArn"]]
        return {"InsightArn": params["InsightArn"]}

    # Custom actions

    def create_action(self, call: Call, params: Params) -> Params:
        """Keep a custom action."""
        self.core.hub_of(call)
        actions = self._own(self.actions, call)
        arn = self.core.arn(call, f"action/custom/{params['Id']}")
        if arn in actions:
            raise ServiceError("ResourceConflictException", f"Action target {arn} exists")
        if len(actions) >= MOST_ACTIONS:
            raise ServiceError("LimitExceededException", f"The limit of {MOST_ACTIONS} action targets is reached")
        actions[arn] = {"ActionTargetArn": arn, "Name": params["Name"], "Description": params["Description"]}
        return {"ActionTargetArn": arn}

    def describe_actions(self, call: Call, params: Params) -> Params:
        """List the custom actions, or those asked for."""
        self.core.hub_of(call)
        wanted: Any = params.get("ActionTargetArns") or sorted(self._own(self.actions, call))
        page, more = self.core.page(call, params, [self._found(self.actions, call, arn) for arn in wanted])
        return {"ActionTargets": page, **more}

    def update_action(self, call: Call, params: Params) -> Params:
        """Change a custom action."""
        self.core.hub_of(call)
        self._found(self.actions, call, params["ActionTargetArn"]).update(params)
        return {}

    def delete_action(self, call: Call, params: Params) -> Params:
        """Delete a custom action."""
        self.core.hub_of(call)
        self._found(self.actions, call, params["ActionTargetArn"])
        del self._own(self.actions, call)[params["ActionTargetArn"]]
        return {"ActionTargetArn": params["ActionTargetArn"]}


def _rule(rule: AutomationRuleSpec) -> Params:
    update: Params = {"Workflow": {"Status": rule.status}}
    if rule.note:
        update["Note"] = {"Text": rule.note, "UpdatedBy": rule.name}
    return {
        "RuleStatus": "ENABLED",
        "RuleOrder": rule.order,
        "RuleName": rule.name,
        "Description": rule.description or rule.name,
        "IsTerminal": False,
        "Criteria": dict(rule.criteria),
        "Actions": [{"Type": "FINDING_FIELDS_UPDATE", "FindingFieldsUpdate": update}],
    }


def _unprocessed_rule(arn: str) -> Params:
    return {"RuleArn": arn, "ErrorCode": 404, "ErrorMessage": "The automation rule does not exist"}
