"""The policies that leave hubposture as the only way to write to Security Hub say what they mean, and leave nothing out."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.session import get_session as session

from yaml_text import load_template

DEPLOY = Path(__file__).parents[2] / "deploy"
SCP = DEPLOY / "policies" / "scp-only-hubposture.json"
PEOPLE = DEPLOY / "policies" / "iam-people.json"
READS = ("Get", "List", "Describe", "BatchGet")
LONGEST_SCP = 5_120

LEFT: dict[str, str] = {
    "AcceptAdministratorInvitation": "an account without a hub has nothing to get past",
    "AcceptInvitation": "as above, by its older name",
    "BatchUpdateFindingsV2": "its action is BatchUpdateFindings",
    "CancelExportJobV2": "exports change no finding",
    "CreateActionTarget": "custom actions send events and change nothing",
    "CreateAggregatorV2": "of the newer Security Hub, which does not judge controls",
    "CreateConnector": "connectors of the newer Security Hub",
    "CreateConnectorV2": "connectors of the newer Security Hub",
    "CreateFindingAggregator": "there is one already; more are refused",
    "CreateInsight": "a question, no change",
    "CreateMembers": "brings accounts in",
    "DeclineInvitations": "an account without a hub has nothing to get past",
    "DeleteActionTarget": "custom actions send events and change nothing",
    "DeleteAggregatorV2": "of the newer Security Hub",
    "DeleteConnector": "connectors of the newer Security Hub",
    "DeleteConnectorV2": "connectors of the newer Security Hub",
    "DeleteInsight": "a question, no change",
    "DeleteInvitations": "an account without a hub has nothing to get past",
    "DisableOrganizationAdminAccount": "the management account's, which no service control policy binds",
    "DisableSecurityHubFeatureV2": "of the newer Security Hub",
    "EnableOrganizationAdminAccount": "the management account's, which no service control policy binds",
    "EnableSecurityHub": "brings accounts in",
    "EnableSecurityHubFeatureV2": "of the newer Security Hub",
    "EnableSecurityHubV2": "of the newer Security Hub",
    "GenerateRecommendedPolicyV2": "makes a text",
    "InviteMembers": "brings accounts in",
    "RegisterConnectorV2": "connectors of the newer Security Hub",
    "StartExportJobV2": "exports change no finding",
    "TagResource": "tags of rules and policies",
    "UntagResource": "tags of rules and policies",
    "UpdateActionTarget": "custom actions send events and change nothing",
    "UpdateAggregatorV2": "of the newer Security Hub",
    "UpdateConnector": "connectors of the newer Security Hub",
    "UpdateConnectorV2": "connectors of the newer Security Hub",
    "UpdateInsight": "a question, no change",
}
"""Writes that the policy does not deny, and why."""


def statements(path: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(path.read_text())["Statement"]
    return found


def actions(statement: dict[str, Any]) -> list[str]:
    return list(statement.get("Action") or statement["NotAction"])


def operations(service: str) -> set[str]:
    return set(session().get_service_model(service).operation_names)


def denied() -> dict[str, list[str]]:
    """Every action that the policy denies, with the roles that may."""
    return {
        one: statement["Condition"]["ArnNotLike"]["aws:PrincipalArn"]
        for statement in statements(SCP)
        for one in actions(statement)
    }


def test_every_write_to_security_hub_is_denied_or_left_for_a_reason() -> None:
    writes = {one for one in operations("securityhub") if not one.startswith(READS)}
    mine = {one.removeprefix("securityhub:") for one in denied() if one.startswith("securityhub:")}
    assert mine | LEFT.keys() == writes
    assert mine & LEFT.keys() == set()


def test_every_action_that_is_denied_exists_and_none_is_a_pattern() -> None:
    for action in denied():
        service, _, operation = action.partition(":")
        assert operation in operations(service), action


def test_the_policy_fits_and_everything_in_it_denies_with_a_way_out_for_emergencies() -> None:
    assert len(json.dumps(json.loads(SCP.read_text()), separators=(",", ":"))) < LONGEST_SCP
    found = statements(SCP)
    assert len({one["Sid"] for one in found}) == len(found)
    for one in found:
        assert one.keys() == {"Sid", "Effect", "Action", "Resource", "Condition"}
        assert one["Effect"] == "Deny"
        assert "arn:aws:iam::*:role/break-glass" in one["Condition"]["ArnNotLike"]["aws:PrincipalArn"]


def allowed(template: str) -> Iterator[str]:
    resources = load_template((DEPLOY / "cloudformation" / f"{template}.yaml").read_text())["Resources"]
    for resource in resources.values():
        properties = resource["Properties"]
        own = [properties] if resource["Type"] == "AWS::IAM::RolePolicy" else properties.get("Policies", [])
        for statement in (one for policy in own for one in policy["PolicyDocument"]["Statement"]):
            if statement["Effect"] == "Allow":
                yield from [statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"]


@pytest.mark.parametrize(
    ("template", "role"),
    [
        ("member-writer", "arn:aws:iam::*:role/hubposture-writer"),
        ("administrator-writer", "arn:aws:iam::111122223333:role/hubposture-administrator-writer"),
    ],
)
def test_what_hubposture_may_write_is_not_denied_to_it(template: str, role: str) -> None:
    roles = denied()
    stopped = [one for one in allowed(template) if one in roles and role not in roles[one]]
    assert stopped == []


def test_roles_that_may_cannot_be_made_by_anybody() -> None:
    (guard,) = [one for one in statements(SCP) if one["Sid"] == "NobodyBecomesHubposture"]
    named = {
        role.rpartition("/")[2]
        for one in statements(SCP)
        if one["Sid"] != guard["Sid"]
        for role in one["Condition"]["ArnNotLike"]["aws:PrincipalArn"]
    }
    guarded = [one.rpartition("/")[2] for one in guard["Resource"]]
    assert {
        one for one in named if not any(one == each or one.startswith(each.removesuffix("*")) for each in guarded)
    } == set()
    assert {"iam:CreateRole", "iam:UpdateAssumeRolePolicy"} <= set(guard["Action"])


def test_people_may_look_and_keep_questions_and_nothing_else() -> None:
    look, deny = statements(PEOPLE)
    reads = {f"securityhub:{one}*" for one in READS}
    assert (look["Effect"], set(look["Action"])) == ("Allow", reads)
    assert deny["Effect"] == "Deny"
    kept = set(deny["NotAction"]) - reads
    assert kept == {f"securityhub:{one}Insight" for one in ("Create", "Delete", "Update")}
    assert {one.removeprefix("securityhub:") for one in kept} <= operations("securityhub")


def test_the_statements_in_the_docs_are_those_that_are_shipped() -> None:
    text = (DEPLOY.parent / "docs" / "broker.md").read_text(encoding="utf-8")
    assert "deploy/policies/scp-only-hubposture.json" in text
    assert "deploy/policies/iam-people.json" in text
    for one in statements(SCP):
        assert f"`{one['Sid']}`" in text, one["Sid"]
