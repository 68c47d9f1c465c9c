from typing import Any

import pytest
from botocore.exceptions import ClientError

from hubposture.sandbox import FSBP, Quirks, Sandbox
from hubposture.sandbox.quirks import DisableDisabledStandard, EmptyPages, EnableEnabledStandard, UnavailableInListing
from sandbox.engine_world import (
    ADMIN,
    AWAY,
    CIS_ARN,
    FSBP_ARN,
    HOME,
    LAB,
    WEB,
    arn,
    code_of,
    hub,
    off,
    organization,
    state,
)

SUBSCRIPTION = f"arn:aws:securityhub:{HOME}:{WEB}:subscription/aws-foundational-security-best-practices/v/1.0.0"


def status(client: Any, standard: str = FSBP_ARN) -> tuple[str, str]:
    """Status and updatability of a standard; ('', '') where it is off."""
    for one in client.get_enabled_standards()["StandardsSubscriptions"]:
        if one["StandardsArn"] == standard:
            return one["StandardsStatus"], one["StandardsControlsUpdatable"]
    return "", ""


def test_a_hub_says_since_when_it_is_on_and_twice_is_a_conflict() -> None:
    client = hub(Sandbox(organization()))
    assert client.describe_hub()["HubArn"] == f"arn:aws:securityhub:{HOME}:{WEB}:hub/default"
    with pytest.raises(ClientError) as caught:
        client.enable_security_hub()
    assert code_of(caught) == "ResourceConflictException"


def test_where_the_hub_is_off_every_read_of_it_is_refused() -> None:
    client = hub(Sandbox(organization()), region="eu-west-1")
    for call in (client.describe_hub, client.get_enabled_standards, client.list_security_control_definitions):
        with pytest.raises(ClientError) as caught:
            call()
        assert code_of(caught) == "InvalidAccessException"
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 401


def test_turning_the_hub_on_brings_the_default_standards_and_off_forgets_them() -> None:
    sandbox = Sandbox(organization())
    client = hub(sandbox, region="eu-west-1")
    client.enable_security_hub(Tags={"team": "x"})
    found = [one["StandardsArn"] for one in client.get_enabled_standards()["StandardsSubscriptions"]]
    assert found == [
        arn(FSBP, "eu-west-1"),
        "arn:aws:securityhub:::ruleset/cis-aws-foundations-benchmark/v/1.2.0",
    ]
    assert client.list_tags_for_resource(ResourceArn=client.describe_hub()["HubArn"])["Tags"] == {"team": "x"}
    client.disable_security_hub()
    client.enable_security_hub(EnableDefaultStandards=False)
    assert client.get_enabled_standards()["StandardsSubscriptions"] == []


def test_enabling_a_standard_takes_time_and_disabling_forgets_which_controls_were_off() -> None:
    sandbox = Sandbox(organization())
    client = hub(sandbox)
    client.batch_update_standards_control_associations(StandardsControlAssociationUpdates=[off("S3.1")])
    client.batch_disable_standards(StandardsSubscriptionArns=[SUBSCRIPTION])
    assert status(client) == ("DELETING", "NOT_READY_FOR_UPDATES")
    sandbox.wait(11)
    assert status(client) == ("", "")
    reply = client.batch_enable_standards(StandardsSubscriptionRequests=[{"StandardsArn": FSBP_ARN}])
    assert [one["StandardsStatus"] for one in reply["StandardsSubscriptions"]] == ["PENDING"]
    sandbox.wait(21)
    assert status(client) == ("READY", "NOT_READY_FOR_UPDATES")
    sandbox.wait(10)
    assert status(client) == ("READY", "READY_FOR_UPDATES")
    assert state(client, "S3.1") == "ENABLED"
    assert state(client, "S3.9") == "ENABLED"


def test_without_a_recorder_a_standard_stays_incomplete_and_says_why() -> None:
    client = hub(Sandbox(organization()), account=LAB, region=AWAY)
    (found,) = client.get_enabled_standards()["StandardsSubscriptions"]
    assert found["StandardsStatus"] == "INCOMPLETE"
    assert found["StandardsStatusReason"]["StatusReasonCode"] == "NO_AVAILABLE_CONFIGURATION_RECORDER"


def test_service_managed_standards_are_read_only_and_other_accounts_subscriptions_are_not_found() -> None:
    client = hub(Sandbox(organization(), quotas=False))
    tower = arn("standards/service-managed-aws-control-tower/v/1.0.0")
    with pytest.raises(ClientError) as caught:
        client.batch_enable_standards(StandardsSubscriptionRequests=[{"StandardsArn": tower}])
    assert code_of(caught) == "AccessDeniedException"
    for wrong in (SUBSCRIPTION.replace(WEB, ADMIN), SUBSCRIPTION.replace(HOME, AWAY), FSBP_ARN):
        with pytest.raises(ClientError) as caught:
            client.batch_disable_standards(StandardsSubscriptionArns=[wrong])
        assert code_of(caught) == "InvalidInputException"


def test_enabling_what_is_on_and_disabling_what_is_off_follow_their_quirks() -> None:
    for value, shown in (
        (EnableEnabledStandard.NOTHING, "DISABLED"),
        (EnableEnabledStandard.ENABLES_CONTROLS, "ENABLED"),
    ):
        client = hub(Sandbox(organization(), quirks=Quirks(enable_enabled_standard=value)))
        client.batch_enable_standards(StandardsSubscriptionRequests=[{"StandardsArn": FSBP_ARN}])
        assert state(client, "S3.9") == shown
    pci = f"arn:aws:securityhub:{HOME}:{WEB}:subscription/pci-dss/v/4.0.1"
    ignoring = Quirks(disable_disabled_standard=DisableDisabledStandard.IGNORED)
    reply = hub(Sandbox(organization(), quirks=ignoring)).batch_disable_standards(StandardsSubscriptionArns=[pci])
    assert reply["StandardsSubscriptions"] == []
    with pytest.raises(ClientError):
        hub(Sandbox(organization())).batch_disable_standards(StandardsSubscriptionArns=[pci])


def test_definitions_are_paged_and_say_what_a_region_lacks() -> None:
    sandbox = Sandbox(organization(), quotas=False)
    client = hub(sandbox)
    pages = list(client.get_paginator("list_security_control_definitions").paginate())
    found = {one["SecurityControlId"]: one for page in pages for one in page["SecurityControlDefinitions"]}
    assert {len(page["SecurityControlDefinitions"]) for page in pages[:-1]} == {25}
    assert found.keys() == sandbox.core.catalogue.controls.keys()
    assert found["CloudFront.1"]["CurrentRegionAvailability"] == "UNAVAILABLE"
    options = found["IAM.7"]["ParameterDefinitions"]["MinimumPasswordLength"]["ConfigurationOptions"]
    assert options["Integer"]["DefaultValue"] == 8
    omitting = Sandbox(organization(), quirks=Quirks(unavailable_in_listing=UnavailableInListing.OMITTED))
    page = hub(omitting).list_security_control_definitions(StandardsArn=FSBP_ARN, MaxResults=100)
    assert all(one["CurrentRegionAvailability"] == "AVAILABLE" for one in page["SecurityControlDefinitions"])
    assert len(page["SecurityControlDefinitions"]) == 100


def test_a_control_the_target_does_not_know_is_neither_listed_nor_described() -> None:
    sandbox = Sandbox(organization(), quotas=False)
    client = hub(sandbox, region=AWAY)
    pages = client.get_paginator("list_security_control_definitions").paginate()
    assert "EC2.182" not in {one["SecurityControlId"] for page in pages for one in page["SecurityControlDefinitions"]}
    with pytest.raises(ClientError) as caught:
        client.get_security_control_definition(SecurityControlId="EC2.182")
    assert code_of(caught) == "ResourceNotFoundException"
    assert hub(sandbox).get_security_control_definition(SecurityControlId="EC2.182")


def test_a_token_of_another_operation_or_region_is_refused_and_pages_may_be_empty() -> None:
    sandbox = Sandbox(organization())
    token = hub(sandbox).list_security_control_definitions()["NextToken"]
    with pytest.raises(ClientError) as caught:
        hub(sandbox, region=AWAY).list_security_control_definitions(NextToken=token)
    assert code_of(caught) == "InvalidInputException"
    empty = hub(Sandbox(organization(), quirks=Quirks(empty_pages=EmptyPages.SOMETIMES)))
    first = empty.get_enabled_standards()
    assert first["StandardsSubscriptions"] == []
    assert len(empty.get_enabled_standards(NextToken=first["NextToken"])["StandardsSubscriptions"]) == 2


def test_the_older_view_of_a_standards_controls_agrees_and_writes_the_same_state() -> None:
    sandbox = Sandbox(organization(), quotas=False)
    client = hub(sandbox)
    pages = client.get_paginator("describe_standards_controls").paginate(StandardsSubscriptionArn=SUBSCRIPTION)
    rows = {one["ControlId"]: one for page in pages for one in page["Controls"]}
    assert (rows["S3.9"]["ControlStatus"], rows["S3.9"]["DisabledReason"]) == ("DISABLED", "too dear")
    with pytest.raises(ClientError):
        client.update_standards_control(
            StandardsControlArn=rows["S3.1"]["StandardsControlArn"], ControlStatus="DISABLED"
        )
    client.update_standards_control(
        StandardsControlArn=rows["S3.1"]["StandardsControlArn"], ControlStatus="DISABLED", DisabledReason="legacy"
    )
    assert state(client, "S3.1") == "DISABLED"
    assert state(client, "S3.1", CIS_ARN) == "ENABLED"
