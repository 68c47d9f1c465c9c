"""The CloudFormation templates as such: valid, apart, and trusting nobody by default."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from yaml_text import load_template

TEMPLATES = sorted((Path(__file__).parents[2] / "deploy" / "cloudformation").glob("*.yaml"))
ROLES = [path for path in TEMPLATES if path.stem.startswith(("administrator-", "member-"))]


def names(paths: list[Path]) -> list[str]:
    return [path.stem for path in paths]


def test_cfn_lint_finds_nothing() -> None:
    program = Path(sys.executable).with_name("cfn-lint")
    done = subprocess.run(
        [program, "--include-checks", "I", "--", *TEMPLATES], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_readers_and_writers_are_templates_of_their_own() -> None:
    assert names(TEMPLATES) == [
        "administrator-reader",
        "administrator-writer",
        "events",
        "guardrail",
        "history",
        "member-reader",
        "member-writer",
        "pipeline",
        "service",
    ]


def role(path: Path) -> dict[str, Any]:
    properties = load_template(path.read_text())["Resources"]["Role"]["Properties"]
    assert isinstance(properties, dict)
    return properties


@pytest.mark.parametrize("path", ROLES, ids=names(ROLES))
def test_a_role_trusts_only_who_is_named_and_asks_for_the_external_id(path: Path) -> None:
    template = load_template(path.read_text())
    assert "Default" not in template["Parameters"]["TrustedPrincipal"]
    assert template["Parameters"]["ExternalId"]["Default"] == ""
    (statement,) = role(path)["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"] == {"AWS": {"Ref": "TrustedPrincipal"}}
    condition, asked, otherwise = statement["Condition"]["If"]
    assert condition == "AsksForExternalId"
    assert asked == {"StringEquals": {"sts:ExternalId": {"Ref": "ExternalId"}}}
    assert otherwise == {"Ref": "AWS::NoValue"}


@pytest.mark.parametrize("path", ROLES, ids=names(ROLES))
def test_a_role_is_called_as_the_settings_expect(path: Path) -> None:
    template = load_template(path.read_text())
    prefix = "" if path.stem.startswith("administrator") else "member-"
    assert template["Parameters"]["RoleName"]["Default"] == f"hubposture-{path.stem.removeprefix(prefix)}"


def test_no_action_is_a_pattern() -> None:
    actions = [(path.stem, one) for path in TEMPLATES for one in actions_in(load_template(path.read_text()))]
    assert {stem for stem, _ in actions} == {path.stem for path in TEMPLATES}
    assert [one for one in actions if "*" in one[1]] == []


def actions_in(node: Any) -> Iterator[str]:
    """Every action that a statement anywhere in a template names."""
    if isinstance(node, dict):
        for name, value in node.items():
            if name == "Action":
                yield from [value] if isinstance(value, str) else value
            else:
                yield from actions_in(value)
    elif isinstance(node, list):
        for one in node:
            yield from actions_in(one)


def test_the_writing_pipeline_trusts_the_protected_environment_alone() -> None:
    resources = load_template((TEMPLATES[0].parent / "pipeline.yaml").read_text())["Resources"]
    subject = "token.actions.githubusercontent.com:sub"

    def trusted(name: str) -> Any:
        (statement,) = resources[name]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
        return statement["Condition"]["StringEquals"][subject]

    assert trusted("Writer") == {"Sub": "repo:${Repository}:environment:${Environment}"}
    assert trusted("Reader") == [
        {"Sub": "repo:${Repository}:pull_request"},
        {"Sub": "repo:${Repository}:ref:refs/heads/${Branch}"},
    ]


@pytest.mark.parametrize(
    ("repository", "fits"),
    [
        ("octo-org@123/base.line@456", True),
        ("octo-org/base.line", True),
        ("octo-org/*", False),
        ("octo-org", False),
        ("octo-org@x/base", False),
    ],
)
def test_a_repository_is_named_as_in_the_tokens_subject_and_never_by_a_pattern(repository: str, fits: bool) -> None:
    parameters = load_template((TEMPLATES[0].parent / "pipeline.yaml").read_text())["Parameters"]
    assert (re.fullmatch(parameters["Repository"]["AllowedPattern"], repository) is not None) == fits


def test_the_reading_pipeline_cannot_become_a_writer() -> None:
    resources = load_template((TEMPLATES[0].parent / "pipeline.yaml").read_text())["Resources"]
    (policy,) = resources["Reader"]["Properties"]["Policies"]
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert statement["Action"] == "sts:AssumeRole"
    assert all("Reader" in one["Sub"] for one in statement["Resource"])


def test_past_the_guardrail_only_the_roles_named_suppress_or_write_rules() -> None:
    template = load_template((TEMPLATES[0].parent / "guardrail.yaml").read_text())
    properties = template["Resources"]["Policy"]["Properties"]
    assert properties["Type"] == "SERVICE_CONTROL_POLICY"
    suppresses, newer, archives, rules = properties["Content"]["Statement"]
    others = {"aws:PrincipalArn": {"Ref": "Allowed"}}
    key = "securityhub:ASFFSyntaxPath/Workflow.Status"
    assert suppresses["Condition"] == {
        "StringEquals": {key: {"If": ["DeniesResolving", ["RESOLVED", "SUPPRESSED"], ["SUPPRESSED"]]}},
        "ArnNotLike": others,
    }
    assert newer["Condition"]["ArnNotLike"] == others
    assert "Condition" not in archives
    condition, denied, otherwise = rules["If"]
    assert (condition, otherwise) == ("DeniesRules", {"Ref": "AWS::NoValue"})
    assert denied["Condition"] == {"ArnNotLike": others}
    statements = [suppresses, newer, archives, denied]
    assert {one["Effect"] for one in statements} == {"Deny"}
    assert {one["Resource"] for one in statements} == {"*"}


def test_only_the_rule_sends_to_the_queue_and_only_over_tls() -> None:
    resources = load_template((TEMPLATES[0].parent / "events.yaml").read_text())["Resources"]
    sends, plain = resources["Sending"]["Properties"]["PolicyDocument"]["Statement"]
    assert (sends["Effect"], sends["Action"]) == ("Allow", "sqs:SendMessage")
    assert sends["Principal"] == {"Service": "events.amazonaws.com"}
    assert sends["Condition"] == {"ArnEquals": {"aws:SourceArn": {"GetAtt": "Rule.Arn"}}}
    assert (plain["Effect"], plain["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})


def test_the_reader_takes_messages_of_this_queue_and_of_no_other() -> None:
    resources = load_template((TEMPLATES[0].parent / "events.yaml").read_text())["Resources"]
    (statement,) = resources["Reading"]["Properties"]["PolicyDocument"]["Statement"]
    assert statement["Resource"] == {"GetAtt": "Queue.Arn"}
    assert resources["Reading"]["Properties"]["RoleName"] == {"Ref": "ReaderRoleName"}


def test_the_queue_is_the_one_the_rule_feeds_and_gets_every_imported_finding() -> None:
    rule = load_template((TEMPLATES[0].parent / "events.yaml").read_text())["Resources"]["Rule"]["Properties"]
    assert rule["EventPattern"] == {
        "source": ["aws.securityhub"],
        "detail-type": ["Security Hub Findings - Imported"],
    }
    (target,) = rule["Targets"]
    assert target["Arn"] == {"GetAtt": "Queue.Arn"}
