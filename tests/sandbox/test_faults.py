from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError

from hubposture.sandbox import Fault, Faults, Quirks, Sandbox
from hubposture.sandbox.clock import START
from hubposture.sandbox.findings import FindingService
from hubposture.sandbox.population_inventory import Inventory
from hubposture.sandbox.quirks import ThrottleError
from hubposture.sandbox.throttle import rate_of
from sandbox.engine_world import ADMIN, HOME, WEB, code_of, hub, off, organization, pair, state, states


def faulty(**settings: float) -> Sandbox:
    faults = Faults()
    faults.update(settings)
    return Sandbox(organization(), faults=faults, quotas=False)


def turn_off(sandbox: Sandbox, *controls: str) -> list[str]:
    reply = hub(sandbox).batch_update_standards_control_associations(
        StandardsControlAssociationUpdates=[off(one) for one in controls]
    )
    return [
        one["StandardsControlAssociationUpdate"]["SecurityControlId"] for one in reply["UnprocessedAssociationUpdates"]
    ]


def test_a_lost_answer_comes_after_the_write_and_a_reset_or_timeout_before_it() -> None:
    for fault, error, shown in (
        ("lost_answer", ConnectionClosedError, "DISABLED"),
        ("reset", ConnectionClosedError, "ENABLED"),
        ("timeout", ReadTimeoutError, "ENABLED"),
    ):
        sandbox = faulty(**{fault: 1.0})
        with pytest.raises(error):
            turn_off(sandbox, "S3.1")
        setattr(sandbox.faults, fault, 0.0)
        assert state(hub(sandbox), "S3.1") == shown


def test_server_errors_and_throttling_carry_their_codes() -> None:
    with pytest.raises(ClientError) as caught:
        hub(faulty(server_error=1.0)).describe_hub()
    assert (code_of(caught), caught.value.response["ResponseMetadata"]["HTTPStatusCode"]) == ("InternalException", 500)
    for value in ThrottleError:
        sandbox = Sandbox(organization(), faults=Faults(throttled=1.0), quirks=Quirks(throttle_error=value))
        with pytest.raises(ClientError) as caught:
            hub(sandbox).describe_hub()
        assert (code_of(caught), caught.value.response["ResponseMetadata"]["HTTPStatusCode"]) == (value, 429)


def test_in_a_partial_batch_exactly_the_items_that_come_back_are_not_done() -> None:
    sandbox = faulty(partial=0.5)
    controls = [one.id for one in sandbox.core.catalogue.members("standards/cis-aws-foundations-benchmark/v/5.0.0")]
    controls = [one for one in controls if one.startswith(("S3.", "IAM.", "RDS."))]
    lost = turn_off(sandbox, *controls)
    assert 0 < len(lost) < len(controls)
    sandbox.faults.partial = 0.0
    shown = states(hub(sandbox), *[pair(one) for one in controls])
    on = {control for (control, _), one in shown.items() if one == "ENABLED"}
    assert on == {
        one
        for one in lost
        if (one, pair(one)["StandardsArn"]) in shown and shown[one, pair(one)["StandardsArn"]] == "ENABLED"
    }
    assert all(value != "ENABLED" for (control, _), value in shown.items() if control not in lost)


def test_the_same_seed_strikes_the_same_calls_whatever_the_threads_do() -> None:
    def struck(threads: int) -> list[str]:
        sandbox = faulty(throttled=0.3, seed=5)
        accounts = [ADMIN, WEB] * 20

        def call(account: str) -> None:
            try:
                hub(sandbox, account=account).describe_hub()
            except ClientError:
                return

        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(call, accounts))
        return sorted(f"{one.account} {one.error}" for one in sandbox.calls.records)

    assert struck(1) == struck(8)
    assert 0 < sum("TooMany" in one for one in struck(1)) < 40


def test_a_script_strikes_the_call_of_that_number() -> None:
    sandbox = Sandbox(organization(), faults=Faults(script={2: Fault.LOST_ANSWER}))
    assert turn_off(sandbox, "S3.1") == []
    with pytest.raises(ConnectionClosedError):
        turn_off(sandbox, "S3.8")
    assert [state(hub(sandbox), one) for one in ("S3.1", "S3.8")] == ["DISABLED", "DISABLED"]


def test_accounts_regions_roles_and_links_can_be_broken_by_name() -> None:
    sandbox = Sandbox(organization())
    sandbox.faults.hub_off.add((WEB, HOME))
    with pytest.raises(ClientError) as caught:
        hub(sandbox).describe_hub()
    assert code_of(caught) == "InvalidAccessException"
    sandbox.faults.unlinked.add("us-east-1")
    assert sandbox.core.linked() == ()
    sandbox.faults.roles_missing.add((WEB, "reader"))
    sts = sandbox.client("sts", account=ADMIN, region=HOME)
    with pytest.raises(ClientError) as caught:
        sts.assume_role(
            RoleArn=f"arn:aws:iam::{WEB}:role/reader", RoleSessionName="test", ExternalId="secret-handshake"
        )
    assert code_of(caught) == "AccessDenied"
    sandbox.faults.suspended.add(ADMIN)
    with pytest.raises(ClientError):
        sts.get_caller_identity()


def test_settings_survive_a_round_trip_as_json_and_wrong_ones_are_named() -> None:
    faults = Faults(throttled=0.3, roles_missing={(WEB, "reader")}, script={3: Fault.RESET}, seed=4)
    other = Faults()
    faults.unprocessed, faults.poison = {"ConcurrentUpdateError": 0.5}, {"an id"}
    other.update(faults.as_mapping())
    assert other.as_mapping() == faults.as_mapping()
    assert other.script == {3: Fault.RESET}
    with pytest.raises(ValueError, match="no fault is called nonsense"):
        other.update({"nonsense": 1})
    with pytest.raises(ValueError, match="share from 0 to 1"):
        other.update({"reset": 7})


class TestQuotas:
    @pytest.mark.parametrize(
        ("operation", "burst"), [("DescribeHub", 30), ("GetFindings", 6), ("BatchEnableStandards", 1)]
    )
    def test_the_documented_rates(self, operation: str, burst: int) -> None:
        rate = rate_of("securityhub", operation)
        assert rate is not None
        assert rate[1] == burst

    def test_beyond_the_burst_calls_are_throttled_until_time_passes_and_other_targets_are_not(self) -> None:
        sandbox = Sandbox(organization())
        web = hub(sandbox)
        for _ in range(30):
            web.describe_hub()
        with pytest.raises(ClientError) as caught:
            web.describe_hub()
        assert code_of(caught) == "TooManyRequestsException"
        assert hub(sandbox, account=ADMIN).describe_hub()
        assert hub(sandbox, region="us-east-1").describe_hub()
        sandbox.wait(0.1)
        assert web.describe_hub()
        with pytest.raises(ClientError):
            web.describe_hub()

    def test_organizations_has_quotas_of_its_own(self) -> None:
        org = Sandbox(organization()).client("organizations", account=ADMIN, region=HOME)
        org.list_roots()
        org.list_roots()
        with pytest.raises(ClientError) as caught:
            org.list_roots()
        assert code_of(caught) == "TooManyRequestsException"


def test_the_calls_are_recorded_with_role_account_and_region_and_can_be_forgotten() -> None:
    sandbox = Sandbox(organization())
    hub(sandbox, role="writer").batch_update_standards_control_associations(
        StandardsControlAssociationUpdates=[off("S3.1")]
    )
    hub(sandbox, account=ADMIN, role="reader").describe_hub()
    assert sandbox.calls.by_role() == {
        "writer": frozenset({"securityhub:BatchUpdateStandardsControlAssociations"}),
        "reader": frozenset({"securityhub:DescribeHub"}),
    }
    assert [(one.account, one.region, one.write) for one in sandbox.calls.records] == [
        (WEB, HOME, True),
        (ADMIN, HOME, False),
    ]
    sandbox.calls.clear()
    assert not sandbox.calls.records
    assert len(sandbox.calls.trail) == 1


def updated(sandbox: Sandbox, resources: int = 40) -> tuple[dict[str, Any], list[str]]:
    """The answer to one BatchUpdateFindings of many findings, and which of them are suppressed afterwards."""
    ids = [sandbox.create_resource("AWS::S3::Bucket", WEB, name=f"{at}", failing=["S3.8"]) for at in range(resources)]
    client = hub(sandbox, account=ADMIN)
    wanted = {"ComplianceSecurityControlId": [{"Value": "S3.8", "Comparison": "EQUALS"}]}
    named = [
        {name: one[name] for name in ("Id", "ProductArn")} for one in client.get_findings(Filters=wanted)["Findings"]
    ]
    assert len(named) == len(ids)
    answer = client.batch_update_findings(FindingIdentifiers=named, Workflow={"Status": "SUPPRESSED"})
    after = client.get_findings(Filters=wanted)["Findings"]
    return answer, [one["Id"] for one in after if one["Workflow"]["Status"] == "SUPPRESSED"]


def living(**settings: Any) -> Sandbox:
    service = FindingService(Inventory([], start=START), alive=False, empty_passes=False)
    sandbox = Sandbox(organization(), findings=service, quotas=False)
    sandbox.faults.update(settings)
    return sandbox


def test_findings_that_come_back_with_a_code_are_not_updated_and_all_others_are() -> None:
    codes = {"ConcurrentUpdateError": 0.2, "FindingSizeExceeded": 0.2}
    answer, done = updated(living(unprocessed=codes, partial=0.1))
    left = {one["FindingIdentifier"]["Id"]: one["ErrorCode"] for one in answer["UnprocessedFindings"]}
    assert set(left.values()) == {*codes, "InternalFailure"}
    assert sorted(done) == sorted(one["Id"] for one in answer["ProcessedFindings"])
    assert not left.keys() & set(done)
    assert len(left) + len(done) == 40


def test_findings_that_an_answer_forgets_or_names_twice_are_updated() -> None:
    answer, done = updated(living(unnamed=0.3, named_twice=0.3))
    processed = {one["Id"] for one in answer["ProcessedFindings"]}
    twice = {one["FindingIdentifier"]["Id"] for one in answer["UnprocessedFindings"]}
    assert len(done) == 40
    assert twice
    assert twice < processed
    assert 0 < len(processed) < 40


def test_a_finding_may_make_a_whole_call_invalid() -> None:
    sandbox = living()
    updated(sandbox, 3)
    poison = hub(sandbox, account=ADMIN).get_findings()["Findings"][0]
    sandbox.faults.poison = {poison["Id"]}
    with pytest.raises(ClientError) as caught:
        hub(sandbox, account=ADMIN).batch_update_findings(
            FindingIdentifiers=[{name: poison[name] for name in ("Id", "ProductArn")}], Workflow={"Status": "NEW"}
        )
    assert code_of(caught) == "InvalidInputException"
