"""What docs/access.md shows is taken, and its tables and answers are those of the code."""

import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.model import ServiceModel

from hubposture.access.actions import ABOUT, Action
from hubposture.access.people import ROLES, People
from hubposture.access.schema import ATTRIBUTES
from hubposture.access.things import Placed, Places, Subject
from hubposture.cedar.access import CedarAccess
from hubposture.cedar.check import read_rules
from hubposture.render import text
from hubposture.settings.access import AccessSettings
from hubposture.verbs.access_check import check_access
from hubposture.views import access as view

TEXT = (Path(__file__).parents[2] / "docs" / "access.md").read_text(encoding="utf-8")


def blocks(kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", TEXT, re.DOTALL)


def test_the_settings_that_are_shown_are_settings() -> None:
    found, service = (
        AccessSettings.model_validate_json(json.dumps(tomllib.loads(shown)["access"])) for shown in blocks("toml")
    )
    assert service.enforce
    assert service.services
    kim = found.people.named("kim@example.com")
    assert (kim.groups, kim.accounts) == (("analyst", "team-web"), ("111122223333",))


def test_nothing_is_wrong_with_the_rules_that_are_shown() -> None:
    people = People({"x": ["web-leads", "contractors"]})
    for shown in blocks("cedar"):
        found = check_access(read_rules(shown, "access.cedar"), people=people)
        assert [one for one in found if one.level != "note"] == []


def test_the_answers_that_are_shown_are_given() -> None:
    places = Places({"111111111111": Placed("team-web", frozenset({("/", "r-1"), ("/Sandbox", "ou-1")}))})
    rules = CedarAccess(read_rules(blocks("cedar")[0], "access.cedar"), places)
    kim = People({"kim@example.com": ["analyst"]}).named("kim@example.com")
    asked = re.findall(r"access explain kim@example.com suppress (\S+)\n", TEXT)
    assert len(asked) == 2
    for arn, shown in zip(asked, blocks("text"), strict=True):
        kind = "AwsS3Bucket" if ":s3:" in arn else "AwsEc2Instance"
        subject = Subject("s" * 32, "111111111111", control="x.1", severity="LOW", resource=arn, resource_type=kind)
        answer = view.Answer(subject, rules.explained(kim, Action.SUPPRESS, subject))
        assert text.render(view.explained(kim, Action.SUPPRESS, arn, [answer]), width=120, colour=False) == shown


@pytest.mark.parametrize("action", list(Action))
def test_every_action_is_in_the_table(action: Action) -> None:
    assert f"| `{action}` | {ABOUT[action].meaning} | {', '.join(ABOUT[action].kinds)} |" in TEXT


def test_every_role_and_attribute_is_in_a_table() -> None:
    assert all(f"| `{role}` | {meaning} |" in TEXT for role, meaning in ROLES.items())
    for kind, names in ATTRIBUTES.items():
        assert f"| `{kind}` | {', '.join(f'`{name}`' for name in names) or '-'} |" in TEXT


def test_the_statements_deny_operations_that_there_are() -> None:
    (shown,) = blocks("json")
    policy: Mapping[str, Any] = json.loads(shown)
    session = boto3.session.Session()._session
    model = ServiceModel(session.get_component("data_loader").load_service_model("securityhub", "service-2"))
    named: list[str] = []
    for statement in policy["Statement"]:
        assert statement["Effect"] == "Deny"
        actions = statement["Action"]
        named += [actions] if isinstance(actions, str) else actions
    assert {one.removeprefix("securityhub:") for one in named} <= set(model.operation_names)
    keys = {key for one in policy["Statement"] for key in one.get("Condition", {}).get("StringEquals", {})}
    assert keys == {"securityhub:ASFFSyntaxPath/Workflow.Status", "securityhub:OCSFSyntaxPath/StatusId"}
