"""Automation rules of others, by Region: those that are on and set the workflow status, in the order they run."""

from typing import Any

import pytest

from aws.sandboxed import ADMINISTRATOR, HOME, LINKED, LOOSE, WEB, Stage, stage
from aws.scripted import Asked, Refused, standing
from hubposture.aws.census import AwsCensus
from hubposture.aws.pool import Pool
from hubposture.aws.retry import Patience
from hubposture.aws.rules import AwsRules, criteria_of
from hubposture.errors import RemoteError, RemoteRefused
from hubposture.waivers.decision import ForeignRule

CRITERIA = {"AwsAccountId": [{"Value": WEB, "Comparison": "EQUALS"}]}


def make(
    here: Stage, name: str, *, order: int = 5, region: str = HOME, status: str = "SUPPRESSED", on: bool = True
) -> str:
    set_ = {"Workflow": {"Status": status}} if status else {"Severity": {"Label": "LOW"}}
    hub = here.sandbox.client("securityhub", account=ADMINISTRATOR, region=region)
    made = hub.create_automation_rule(
        RuleName=name,
        RuleOrder=order,
        Description="of somebody else",
        RuleStatus="ENABLED" if on else "DISABLED",
        Criteria=CRITERIA,
        Actions=[{"Type": "FINDING_FIELDS_UPDATE", "FindingFieldsUpdate": set_}],
    )
    here.sandbox.wait(1)
    return str(made["RuleArn"])


def read(here: Stage, *regions: str) -> dict[str, Any]:
    return dict(AwsRules(here.gateway, Pool(3)).rules(regions))


def test_rules_that_set_the_status_are_read_in_each_region_in_the_order_they_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    here = stage(monkeypatch)
    last, first = make(here, "last", order=9), make(here, "first", order=2)
    second = make(here, "second", order=2, status="NOTIFIED")
    make(here, "off", on=False)
    make(here, "severity alone", status="")
    there = make(here, "there", region=LINKED)
    found = read(here, HOME, LINKED, LOOSE)
    assert [one.arn for one in found[HOME]] == [first, second, last]
    assert found[HOME][1] == ForeignRule(second, "second", HOME, 2, "NOTIFIED", CRITERIA)
    assert [one.arn for one in found[LINKED]] == [there]
    assert found[LOOSE] == ()


def test_a_hundred_rules_are_read_in_two_calls_a_region(monkeypatch: pytest.MonkeyPatch) -> None:
    here = stage(monkeypatch)
    for at in range(100):
        make(here, f"rule {at}", order=at + 1)
    here.sandbox.calls.clear()
    assert len(read(here, HOME)[HOME]) == 100
    assert (here.calls("ListAutomationRules"), here.calls("BatchGetAutomationRules")) == (1, 1)


def test_a_region_that_fails_is_one_error_and_stops_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    here = stage(monkeypatch)
    rule = make(here, "here")
    here.sandbox.faults.hub_off = {(ADMINISTRATOR, LINKED)}
    found = read(here, HOME, LINKED)
    assert [one.arn for one in found[HOME]] == [rule]
    assert isinstance(found[LINKED], RemoteRefused)
    assert LINKED in str(found[LINKED])


def listing(unprocessed: dict[str, Any] | None) -> Any:
    """The rules of a hub that lists two, `a` and `b`, and gives only the first."""
    rule = {"RuleArn": "a", "RuleName": "a", "RuleOrder": 1, "RuleStatus": "ENABLED", "Criteria": {}}
    rule["Actions"] = [{"FindingFieldsUpdate": {"Workflow": {"Status": "SUPPRESSED"}}}]
    left = [] if unprocessed is None else [{"RuleArn": "b", **unprocessed}]

    def answer(asked: Asked) -> Any:
        if asked.operation == "ListAutomationRules":
            return {"AutomationRulesMetadata": [{"RuleArn": "a"}, {"RuleArn": "b"}]}
        return {"Rules": [rule], "UnprocessedAutomationRules": left}

    with standing(answer) as here:
        ((_, found),) = AwsRules(here.gateway, Pool(1)).rules([HOME])
    return found


def test_a_rule_that_is_deleted_meanwhile_is_left_out() -> None:
    assert [one.arn for one in listing({"ErrorCode": 404, "ErrorMessage": "gone"})] == ["a"]


@pytest.mark.parametrize("unprocessed", [None, {"ErrorCode": 500, "ErrorMessage": "broken"}])
def test_a_rule_that_cannot_be_read_makes_its_region_unknown(unprocessed: dict[str, Any] | None) -> None:
    found = listing(unprocessed)
    assert isinstance(found, RemoteError)
    assert "b" in str(found)


def test_a_reader_that_may_not_read_rules_is_told_which_action_it_needs() -> None:
    def answer(asked: Asked) -> Any:
        if asked.operation == "ListAutomationRules":
            raise Refused("AccessDeniedException", 403)
        return {}

    with standing(answer, patience=Patience(tries=1)) as here:
        ((_, found),) = AwsRules(here.gateway, Pool(1)).rules([HOME])
    assert "securityhub:ListAutomationRules" in str(found)


def test_a_census_says_what_a_rule_does_and_to_what(monkeypatch: pytest.MonkeyPatch) -> None:
    here = stage(monkeypatch)
    make(here, "quiet web")
    make(here, "severity alone", status="", on=False)
    ((_, found),) = AwsCensus(here.gateway, Pool(1)).automation([HOME])
    assert not isinstance(found, RemoteError)
    details = {one.name: one.detail for one in found}
    assert details["quiet web"].endswith(f"sets SUPPRESSED where AwsAccountId EQUALS {WEB}")
    assert "sets Severity where" in details["severity alone"]


def test_criteria_are_told_in_words_and_long_ones_are_cut() -> None:
    said = criteria_of(
        {
            "Criteria": {
                "ResourceTags": [{"Key": "env", "Value": "dev", "Comparison": "EQUALS"}],
                "ResourceId": [{"Value": f"r{at}", "Comparison": "PREFIX"} for at in range(5)],
                "UpdatedAt": [{"DateRange": {"Value": 3, "Unit": "DAYS"}}],
                "Confidence": [{"Gte": 80.0}],
            }
        }
    )
    assert said == (
        "Confidence Gte 80.0 and ResourceId PREFIX r0 or PREFIX r1 or PREFIX r2 or 2 more and "
        "ResourceTags EQUALS env dev and UpdatedAt DateRange Value 3 Unit DAYS"
    )
