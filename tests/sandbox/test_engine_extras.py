import pytest
from botocore.exceptions import ClientError

from hubposture.sandbox import Sandbox
from sandbox.engine_world import ADMIN, AWAY, HOME, WEB, code_of, hub, organization

RULE = {
    "RuleOrder": 5,
    "RuleName": "quiet",
    "Description": "made by hand",
    "Criteria": {"SeverityLabel": [{"Value": "LOW", "Comparison": "EQUALS"}]},
    "Actions": [{"Type": "FINDING_FIELDS_UPDATE", "FindingFieldsUpdate": {"Workflow": {"Status": "SUPPRESSED"}}}],
}


def test_rules_belong_to_a_region_and_run_by_their_order() -> None:
    sandbox = Sandbox(organization())
    admin = hub(sandbox, account=ADMIN)
    late = admin.create_automation_rule(**RULE)["RuleArn"]
    early = admin.create_automation_rule(**{**RULE, "RuleOrder": 1}, Tags={"by": "x"})["RuleArn"]
    listed = admin.list_automation_rules()["AutomationRulesMetadata"]
    assert [one["RuleArn"] for one in listed] == [early, late]
    assert hub(sandbox, account=ADMIN, region=AWAY).list_automation_rules()["AutomationRulesMetadata"] == []
    assert [one["RuleArn"] for one in sandbox.estate.automation_rules(WEB, HOME)] == [early, late]
    admin.batch_update_automation_rules(
        UpdateAutomationRulesRequestItems=[{"RuleArn": early, "RuleStatus": "DISABLED"}]
    )
    assert [one["RuleArn"] for one in sandbox.estate.automation_rules(WEB, HOME)] == [late]
    reply = admin.batch_delete_automation_rules(AutomationRulesArns=[late, late.replace("rule/", "rule/x")])
    assert (reply["ProcessedAutomationRules"], len(reply["UnprocessedAutomationRules"])) == ([late], 1)
    assert admin.batch_get_automation_rules(AutomationRulesArns=[early])["Rules"][0]["Criteria"] == RULE["Criteria"]


def test_members_have_no_say_in_rules() -> None:
    with pytest.raises(ClientError) as caught:
        hub(Sandbox(organization())).create_automation_rule(**RULE)
    assert code_of(caught) == "AccessDeniedException"


def test_insights_and_custom_actions_are_kept_listed_and_deleted() -> None:
    client = hub(Sandbox(organization()), account=ADMIN)
    insight = client.create_insight(Name="open", Filters={}, GroupByAttribute="ResourceId")["InsightArn"]
    assert [one["InsightArn"] for one in client.get_insights()["Insights"]] == [insight]
    client.update_insight(InsightArn=insight, Name="closed")
    assert client.get_insights(InsightArns=[insight])["Insights"][0]["Name"] == "closed"
    client.delete_insight(InsightArn=insight)
    assert client.get_insights()["Insights"] == []
    action = client.create_action_target(Name="Send", Description="x", Id="send")["ActionTargetArn"]
    with pytest.raises(ClientError) as caught:
        client.create_action_target(Name="Send", Description="x", Id="send")
    assert code_of(caught) == "ResourceConflictException"
    client.update_action_target(ActionTargetArn=action, Name="Other")
    assert client.describe_action_targets()["ActionTargets"][0]["Name"] == "Other"
    client.delete_action_target(ActionTargetArn=action)
    with pytest.raises(ClientError) as caught:
        client.describe_action_targets(ActionTargetArns=[action])
    assert code_of(caught) == "ResourceNotFoundException"
    with pytest.raises(ClientError):
        client.create_action_target(Name="a name of more than twenty letters", Description="x", Id="a")
