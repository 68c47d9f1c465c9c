from typing import Any

import pytest
from botocore.exceptions import ClientError

from hubposture.sandbox import CIS_5, FSBP, Quirks, Sandbox
from hubposture.sandbox.quirks import (
    DisabledStandardRead,
    DuplicateItems,
    IdCasing,
    MissingControl,
    NotReadyWrite,
    PendingStandardRead,
    ReadLag,
    ReasonWhenEnabled,
    ReplyOrder,
    SameStateWrite,
    UnavailableWrite,
)
from sandbox.engine_world import (
    ADMIN,
    AWAY,
    CIS_ARN,
    FSBP_ARN,
    HOME,
    WEB,
    arn,
    code_of,
    declarative,
    hub,
    off,
    organization,
    pair,
    state,
    states,
)


def update(client: Any, *items: dict[str, str]) -> list[Any]:
    reply = client.batch_update_standards_control_associations(StandardsControlAssociationUpdates=list(items))
    return list(reply["UnprocessedAssociationUpdates"])


def detail(client: Any, control: str) -> Any:
    reply = client.batch_get_standards_control_associations(StandardsControlAssociationIds=[pair(control)])
    return reply["StandardsControlAssociationDetails"][0]


def test_a_control_goes_off_in_one_standard_of_one_target_and_nowhere_else() -> None:
    sandbox = Sandbox(organization())
    assert update(hub(sandbox), off("S3.1")) == []
    assert states(hub(sandbox), pair("S3.1"), pair("S3.1", CIS_ARN)) == {
        ("S3.1", FSBP_ARN): "DISABLED",
        ("S3.1", CIS_ARN): "ENABLED",
    }
    assert state(hub(sandbox, account=ADMIN), "S3.1") == "ENABLED"
    assert state(hub(sandbox, region=AWAY), "S3.1", arn(FSBP, AWAY)) == "ENABLED"


def test_what_the_world_switched_off_carries_its_reason() -> None:
    found = detail(hub(Sandbox(organization())), "S3.9")
    assert (found["AssociationStatus"], found["UpdatedReason"]) == ("DISABLED", "too dear")


def test_a_control_the_target_lacks_fails_alone_and_the_rest_of_the_batch_is_done() -> None:
    client = hub(Sandbox(organization()), region=AWAY)
    away = arn(FSBP, AWAY)
    (failed,) = update(client, off("EC2.182", away), off("S3.1", away))
    assert failed["StandardsControlAssociationUpdate"] == off("EC2.182", away)
    assert failed["ErrorCode"] == "NOT_FOUND"
    assert states(client, pair("EC2.182", away), pair("S3.1", away)) == {
        ("EC2.182", away): "NOT_FOUND",
        ("S3.1", away): "DISABLED",
    }


@pytest.mark.parametrize(
    ("standard", "code"),
    [
        (arn(FSBP, AWAY), "INVALID_INPUT"),
        ("arn:aws:securityhub:::ruleset/cis-aws-foundations-benchmark/v/1.2.0", "RESOURCE_NOT_FOUND"),
        (arn("standards/pci-dss/v/4.0.1"), "RESOURCE_NOT_FOUND"),
        (arn("standards/no-such/v/1.0.0"), "INVALID_INPUT"),
    ],
)
def test_another_regions_standard_and_one_that_is_off_are_told_apart(standard: str, code: str) -> None:
    client = hub(Sandbox(organization()))
    assert [one["ErrorCode"] for one in update(client, off("S3.1", standard))] == [code]
    assert state(client, "S3.1", standard) == code


def test_ids_are_found_in_any_case_and_by_the_targets_own_arn_only() -> None:
    client = hub(Sandbox(organization()))
    assert state(client, "S3.1") == "ENABLED"
    mine = f"arn:aws:securityhub:{HOME}:{WEB}:security-control/S3.1"
    theirs = f"arn:aws:securityhub:{HOME}:{ADMIN}:security-control/S3.1"
    reply = client.batch_get_security_controls(SecurityControlIds=["s3.1", mine, theirs])
    assert [one["SecurityControlId"] for one in reply["SecurityControls"]] == ["S3.1", "S3.1"]
    assert [one["SecurityControlId"] for one in reply["UnprocessedIds"]] == [theirs]


def test_one_controls_associations_are_listed_over_the_standards_that_are_on() -> None:
    client = hub(Sandbox(organization()))
    found = client.list_standards_control_associations(SecurityControlId="S3.1")["StandardsControlAssociationSummaries"]
    assert [one["StandardsArn"] for one in found] == [FSBP_ARN, CIS_ARN]
    assert found[1]["RelatedRequirements"] == ["CIS AWS Foundations Benchmark v5.0.0/2.1.4"]
    with pytest.raises(ClientError) as caught:
        client.list_standards_control_associations(SecurityControlId="S3.99999")
    assert code_of(caught) == "InvalidInputException"


def test_a_batch_holds_at_most_100_items() -> None:
    client = hub(Sandbox(organization()))
    with pytest.raises(ClientError) as caught:
        update(client, *[off(f"S3.{number}") for number in range(101)])
    assert code_of(caught) == "InvalidInputException"


def test_a_reason_of_blanks_only_is_refused_by_the_model() -> None:
    with pytest.raises(ClientError) as caught:
        update(hub(Sandbox(organization())), off("S3.1", reason="  "))
    assert code_of(caught) == "InvalidInputException"


def test_a_target_under_a_declarative_policy_takes_no_account_level_writes_and_its_other_region_does() -> None:
    sandbox = Sandbox(declarative())
    client = hub(sandbox)
    with pytest.raises(ClientError) as caught:
        update(client, off("S3.1"))
    assert code_of(caught) == "AccessDeniedException"
    with pytest.raises(ClientError) as caught:
        client.update_security_control(
            SecurityControlId="IAM.7", Parameters={"MinimumPasswordLength": {"ValueType": "DEFAULT"}}
        )
    assert code_of(caught) == "AccessDeniedException"
    assert state(client, "S3.1") == "ENABLED"
    assert update(hub(sandbox, region=AWAY), off("S3.1", arn(FSBP, AWAY))) == []


class TestQuirks:
    def test_replies_may_come_in_another_order(self) -> None:
        ids = ["S3.8", "S3.1", "S3.5"]
        orders = {}
        for value in ReplyOrder:
            client = hub(Sandbox(organization(), quirks=Quirks(reply_order=value)))
            reply = client.batch_get_standards_control_associations(
                StandardsControlAssociationIds=[pair(one) for one in ids]
            )
            orders[value] = [one["SecurityControlId"] for one in reply["StandardsControlAssociationDetails"]]
        assert orders == {
            ReplyOrder.AS_SENT: ids,
            ReplyOrder.REVERSED: ids[::-1],
            ReplyOrder.SORTED: sorted(ids),
        }

    def test_a_lagging_read_shows_the_state_before_the_write_for_a_while(self) -> None:
        sandbox = Sandbox(organization(), quirks=Quirks(read_lag=ReadLag.SECONDS_20))
        client = hub(sandbox)
        update(client, off("S3.1"))
        assert state(client, "S3.1") == "ENABLED"
        sandbox.wait(21)
        assert state(client, "S3.1") == "DISABLED"

    def test_a_missing_control_may_be_left_out_without_a_word(self) -> None:
        client = hub(Sandbox(organization(), quirks=Quirks(missing_control=MissingControl.ABSENT)), region=AWAY)
        assert states(client, pair("EC2.182", arn(FSBP, AWAY))) == {}
        reply = client.batch_get_security_controls(SecurityControlIds=["EC2.182"])
        assert (reply["SecurityControls"], reply["UnprocessedIds"]) == ([], [])

    def test_a_write_to_a_missing_control_may_be_ignored_silently(self) -> None:
        client = hub(Sandbox(organization(), quirks=Quirks(unavailable_write=UnavailableWrite.IGNORED)), region=AWAY)
        assert update(client, off("EC2.182", arn(FSBP, AWAY))) == []

    def test_ids_may_be_echoed_in_the_callers_casing(self) -> None:
        for value, shown in ((IdCasing.CATALOGUE, "S3.1"), (IdCasing.ECHOED, "s3.1")):
            client = hub(Sandbox(organization(), quirks=Quirks(id_casing=value)))
            reply = client.batch_get_security_controls(SecurityControlIds=["s3.1"])
            assert reply["SecurityControls"][0]["SecurityControlId"] == shown

    def test_a_disabled_standards_association_may_read_as_disabled(self) -> None:
        quirks = Quirks(disabled_standard_read=DisabledStandardRead.SHOWN_DISABLED)
        assert (
            state(hub(Sandbox(organization(), quirks=quirks)), "S3.1", arn("standards/pci-dss/v/4.0.1")) == "DISABLED"
        )

    def test_an_association_sent_twice_may_fail_the_call(self) -> None:
        items = [off("S3.1"), off("S3.1", reason="other")]
        assert update(hub(Sandbox(organization())), *items) == []
        client = hub(Sandbox(organization(), quirks=Quirks(duplicate_items=DuplicateItems.CALL_FAILS)))
        with pytest.raises(ClientError):
            update(client, *items)

    def test_the_reason_may_be_dropped_when_a_control_goes_on(self) -> None:
        on = {**pair("S3.9"), "AssociationStatus": "ENABLED", "UpdatedReason": "needed"}
        for value, shown in ((ReasonWhenEnabled.KEPT, "needed"), (ReasonWhenEnabled.DROPPED, None)):
            client = hub(Sandbox(organization(), quirks=Quirks(reason_when_enabled=value)))
            update(client, on)
            assert detail(client, "S3.9").get("UpdatedReason") == shown

    def test_writing_the_same_state_may_change_nothing(self) -> None:
        for value, shown in ((SameStateWrite.WRITES, "because"), (SameStateWrite.KEEPS, "too dear")):
            client = hub(Sandbox(organization(), quirks=Quirks(same_state_write=value)))
            update(client, off("S3.9"))
            assert detail(client, "S3.9")["UpdatedReason"] == shown

    @pytest.mark.parametrize("value", NotReadyWrite)
    def test_a_write_before_the_standard_is_ready_changes_nothing(self, value: NotReadyWrite) -> None:
        sandbox = Sandbox(organization(standards=(CIS_5,)), quirks=Quirks(not_ready_write=value))
        client = hub(sandbox)
        client.batch_enable_standards(StandardsSubscriptionRequests=[{"StandardsArn": FSBP_ARN}])
        if value is NotReadyWrite.CALL_FAILS:
            with pytest.raises(ClientError) as caught:
                update(client, off("S3.1"))
            assert code_of(caught) == "ResourceNotFoundException"
        else:
            assert [one["ErrorCode"] for one in update(client, off("S3.1"))] == ["RESOURCE_NOT_FOUND"]
        sandbox.wait(60)
        assert state(client, "S3.1") == "ENABLED"

    def test_associations_of_a_standard_that_is_not_ready_may_read_three_ways(self) -> None:
        seen = {}
        for value in PendingStandardRead:
            client = hub(Sandbox(organization(standards=()), quirks=Quirks(pending_standard_read=value)))
            client.batch_enable_standards(StandardsSubscriptionRequests=[{"StandardsArn": FSBP_ARN}])
            try:
                seen[value] = state(client, "S3.1")
            except ClientError as error:
                seen[value] = error.response["Error"]["Code"]
        assert seen == {
            PendingStandardRead.UNPROCESSED: "RESOURCE_NOT_FOUND",
            PendingStandardRead.CALL_FAILS: "ResourceNotFoundException",
            PendingStandardRead.SHOWN_ENABLED: "ENABLED",
        }
