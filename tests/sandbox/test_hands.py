"""Hands on the emulated world: what people do to findings and resources, and what comes of it."""

from collections import Counter
from typing import Any

import orjson
import pytest

from hubposture.sandbox import Quirks, Sandbox, population
from hubposture.sandbox.admin import Admin
from hubposture.sandbox.clock import START
from hubposture.sandbox.findings import FindingService
from hubposture.sandbox.findings_quirks import FindingQuirks
from hubposture.sandbox.population_inventory import Inventory
from hubposture.sandbox.quirks import FindingsLag
from hubposture.sandbox.wire import Request
from sandbox.engine_world import ADMIN, HOME, WEB, organization

LOGS = "arn:aws:s3:::acme-logs"


def made(*, quirks: Quirks | None = None) -> Sandbox:
    chosen = FindingQuirks.of(quirks or Quirks())
    service = FindingService(Inventory([], start=START), alive=False, quirks=chosen, empty_passes=False)
    sandbox = Sandbox(organization(), findings=service, quirks=quirks, quotas=False)
    sandbox.advance()
    return sandbox


def found(sandbox: Sandbox, resource: str = LOGS, **filters: str) -> list[dict[str, Any]]:
    client = sandbox.client("securityhub", account=ADMIN, region=HOME)
    wanted = {"ResourceId": resource, **filters}
    given = {name: [{"Value": value, "Comparison": "EQUALS"}] for name, value in wanted.items()}
    return list(client.get_findings(Filters=given, MaxResults=100)["Findings"])


def logs(sandbox: Sandbox, *failing: str) -> str:
    return sandbox.create_resource("AWS::S3::Bucket", WEB, resource=LOGS, tags={"team": "web"}, failing=failing)


def test_a_new_resource_fails_what_it_is_told_to_fail_and_nothing_else() -> None:
    sandbox = made()
    assert logs(sandbox, "s3.8", "S3.5") == LOGS
    assert LOGS in sandbox.resources(WEB, kind="AWS::S3::Bucket")
    assert {one["Compliance"]["SecurityControlId"] for one in found(sandbox, ComplianceStatus="FAILED")} == {
        "S3.8",
        "S3.5",
    }
    sandbox.wait(13 * 3600)
    failing = {one["Compliance"]["SecurityControlId"] for one in found(sandbox, ComplianceStatus="FAILED")}
    assert failing == {"S3.8", "S3.5"}
    assert len(found(sandbox, ComplianceStatus="PASSED")) > 5


def test_a_resource_is_broken_and_fixed_for_a_control_whatever_that_judges() -> None:
    sandbox = made()
    controls = {
        "S3.8": "AWS::S3::Bucket",
        "EC2.18": "AWS::EC2::SecurityGroup",
        "EC2.53": "AWS::EC2::SecurityGroup",
        "RDS.11": "AWS::RDS::DBInstance",
        "SecretsManager.4": "AWS::SecretsManager::Secret",
        "IAM.3": "AWS::IAM::User",
    }
    made_of = {control: sandbox.create_resource(kind, WEB, name=control) for control, kind in controls.items()}

    def statuses() -> dict[str, list[str]]:
        sandbox.wait(13 * 3600)
        return {
            control: [one["Compliance"]["Status"] for one in found(sandbox, it, ComplianceSecurityControlId=control)]
            for control, it in made_of.items()
        }

    assert statuses() == {control: ["PASSED"] for control in controls}
    for control, resource in made_of.items():
        sandbox.break_resource(resource, control)
    assert statuses() == {control: ["FAILED"] for control in controls}
    for control, resource in made_of.items():
        sandbox.fix_resource(resource, control)
    assert statuses() == {control: ["PASSED"] for control in controls}


def test_a_password_policy_is_broken_and_fixed_in_one_region() -> None:
    sandbox = made()
    policy = f"AWS::::Account:{WEB}"
    for change, status in ((sandbox.break_resource, "FAILED"), (sandbox.fix_resource, "PASSED")):
        change(policy, "IAM.7", account=WEB, region=HOME)
        sandbox.wait(13 * 3600)
        (one,) = found(sandbox, policy, ComplianceSecurityControlId="IAM.7", Region=HOME, RecordState="ACTIVE")
        assert one["Compliance"]["Status"] == status


def test_a_broken_resource_says_so_at_once_in_its_finding_and_in_the_queue_of_events() -> None:
    sandbox = made()
    logs(sandbox)
    sandbox.events.queue.clear()
    (finding,) = sandbox.break_resource(LOGS, "S3.8")
    (shown,) = found(sandbox, Id=finding)
    assert (shown["Compliance"]["Status"], shown["Workflow"]["Status"]) == ("FAILED", "NEW")
    told = [event["detail"]["findings"][0] for event in messages(sandbox)]
    assert [(one["Id"], one["Compliance"]["Status"]) for one in told] == [(finding, "FAILED")]


def messages(sandbox: Sandbox) -> list[dict[str, Any]]:
    sqs = sandbox.client("sqs", account=ADMIN, region=HOME)
    given = sqs.receive_message(QueueUrl=sandbox.events.url, MaxNumberOfMessages=10).get("Messages", [])
    return [orjson.loads(one["Body"]) for one in given]


def test_a_person_suppresses_by_subject_and_takes_it_back_by_id_and_history_knows_who() -> None:
    sandbox = made()
    logs(sandbox, "S3.8")
    subject = (WEB, HOME, "s3.8", LOGS)
    (finding,) = sandbox.person(subject, status="SUPPRESSED", note="known", fields={"a": "b"}, who="lee@example.com")
    (shown,) = found(sandbox, Id=finding)
    assert shown["Workflow"]["Status"] == "SUPPRESSED"
    assert (shown["Note"]["Text"], shown["Note"]["UpdatedBy"]) == ("known", "lee@example.com")
    assert shown["UserDefinedFields"] == {"a": "b"}
    client = sandbox.client("securityhub", account=ADMIN, region=HOME)
    newest = client.get_finding_history(FindingIdentifier={name: shown[name] for name in ("Id", "ProductArn")})[
        "Records"
    ][0]
    assert newest["UpdateSource"]["Identity"].endswith("/lee@example.com")
    assert sandbox.person(finding, status="NEW") == [finding]
    (shown,) = found(sandbox, Id=finding)
    assert (shown["Workflow"]["Status"], shown["Note"]["Text"]) == ("NEW", "known")


def test_what_a_person_does_is_seen_after_the_lag() -> None:
    sandbox = made(quirks=Quirks(findings_lag=FindingsLag.MINUTES_3))
    logs(sandbox, "S3.8")
    (finding,) = sandbox.person((WEB, HOME, "S3.8", LOGS), status="NOTIFIED")
    assert found(sandbox, Id=finding)[0]["Workflow"]["Status"] == "NEW"
    sandbox.wait(200)
    assert found(sandbox, Id=finding)[0]["Workflow"]["Status"] == "NOTIFIED"


def test_a_rule_of_somebody_acts_on_what_is_checked_from_then_on_and_not_after_it_is_gone() -> None:
    sandbox = made()
    logs(sandbox)
    rule = sandbox.add_rule("quiet logs", {"ResourceId": LOGS, "ComplianceStatus": "FAILED"}, note="by rule")
    (first,) = sandbox.break_resource(LOGS, "S3.8")
    (shown,) = found(sandbox, Id=first)
    assert (shown["Workflow"]["Status"], shown["Note"]["UpdatedBy"]) == ("SUPPRESSED", "quiet logs")
    sandbox.remove_rule(rule)
    (second,) = sandbox.break_resource(LOGS, "S3.5")
    assert found(sandbox, Id=second)[0]["Workflow"]["Status"] == "NEW"


def test_edited_tags_show_in_the_findings_and_a_deleted_resource_archives_them() -> None:
    sandbox = made()
    logs(sandbox, "S3.8")
    sandbox.events.queue.clear()
    sandbox.tag_resource(LOGS, {"team": "data"})
    (shown,) = found(sandbox, ComplianceSecurityControlId="S3.8")
    assert shown["Resources"][0]["Tags"] == {"team": "data"}
    assert messages(sandbox)
    sandbox.delete_resource(LOGS)
    assert {one["RecordState"] for one in found(sandbox)} == {"ARCHIVED"}
    assert LOGS not in sandbox.resources(WEB)


def test_what_is_not_there_is_said() -> None:
    sandbox = made()
    logs(sandbox)
    with pytest.raises(ValueError, match="no finding x"):
        sandbox.person("x", status="NEW")
    with pytest.raises(ValueError, match="0 resources arn:aws:s3:::other"):
        sandbox.break_resource("arn:aws:s3:::other", "S3.8")
    with pytest.raises(ValueError, match="no control nonsense"):
        sandbox.break_resource(LOGS, "nonsense")
    with pytest.raises(ValueError, match=r"EC2\.8 judges AWS::EC2::Instance"):
        sandbox.break_resource(LOGS, "EC2.8")
    with pytest.raises(TypeError, match="has no findings"):
        Sandbox(population.organization()).person("x")


def test_the_organization_has_one_forgotten_rule_that_suppresses_a_little() -> None:
    spec = population.organization()
    (rule,) = spec.automation_rules
    sandbox = Sandbox(spec, findings=population.findings(spec), quotas=False)
    sandbox.advance()
    client = sandbox.client("securityhub", account=spec.administrator, region=rule.region)
    (listed,) = client.list_automation_rules()["AutomationRulesMetadata"]
    assert (listed["RuleName"], listed["RuleStatus"]) == (rule.name, "ENABLED")
    test_account = next(one.id for one in spec.accounts if one.name == "web-test")
    by_rule = Counter(
        (one.account, one.region, one.body.control_id)
        for one in sandbox.findings.store  # type: ignore[union-attr]  # the protocol hides the store
        if any(entry.identity == listed["RuleArn"] for entry in one.history or ())
    )
    assert by_rule == {(test_account, rule.region, "S3.5"): 2}


def test_hands_are_reached_over_http_by_name_and_nothing_else_is() -> None:
    sandbox = made()
    admin = Admin(sandbox, rebuild=None, directory=None)

    def ask(name: str, **body: Any) -> tuple[int, Any]:
        headers = {"content-type": "application/json"}
        path = f"/_sandbox/hands/{name}"
        reply = admin.handle(Request(method="POST", path=path, query="", headers=headers, body=orjson.dumps(body)))
        return reply.status, orjson.loads(reply.body)

    made_here = ask("create_resource", kind="AWS::S3::Bucket", account=WEB, resource=LOGS, failing=["S3.8"])
    assert made_here == (200, LOGS)
    status, (finding,) = ask("person", finding=[WEB, HOME, "S3.8", LOGS], status="SUPPRESSED")
    assert status == 200
    assert found(sandbox, Id=finding)[0]["Workflow"]["Status"] == "SUPPRESSED"
    assert ask("fix_resource", resource=LOGS, control="S3.8") == (200, [finding])
    assert ask("break_resource", resource="nothing", control="S3.8")[0] == 400
    assert ask("remove_role", account=WEB, role="reader")[0] == 400
