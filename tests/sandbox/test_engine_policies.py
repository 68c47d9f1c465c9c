from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st

from hubposture.sandbox import FSBP, Quirks, Sandbox
from hubposture.sandbox.quirks import (
    AdministratorUnderPolicy,
    AssociationStart,
    BatchUnderPolicy,
    CentralWithDeclarative,
    ParametersUnderPolicy,
    ParentOfFailed,
    PolicyIdForm,
    PolicyNameTwice,
    UnassociatedTarget,
)
from sandbox.engine_world import (
    ADMIN,
    AWAY,
    CIS_ARN,
    FOREIGN,
    FSBP_ARN,
    HOME,
    LAB,
    MANAGEMENT,
    OLD,
    PROD,
    ROOT,
    WEB,
    WORK,
    arn,
    central,
    code_of,
    declarative,
    hub,
    off,
    organization,
    state,
)

SELF = "SELF_MANAGED_SECURITY_HUB"
REFUSAL = "This account is currently associated with a central configuration policy"


def admin(sandbox: Sandbox) -> Any:
    return hub(sandbox, account=ADMIN)


def settings_of(*disabled: str, standards: tuple[str, ...] = (FSBP_ARN,), **parameters: int) -> dict[str, Any]:
    controls: dict[str, Any] = {"DisabledSecurityControlIdentifiers": list(disabled)}
    if parameters:
        values = {name: {"ValueType": "CUSTOM", "Value": {"Integer": one}} for name, one in parameters.items()}
        controls["SecurityControlCustomParameters"] = [{"SecurityControlId": "IAM.7", "Parameters": values}]
    return {
        "SecurityHub": {
            "ServiceEnabled": True,
            "EnabledStandardIdentifiers": list(standards),
            "SecurityControlsConfiguration": controls,
        }
    }


def make(client: Any, name: str, config: dict[str, Any]) -> str:
    return str(client.create_configuration_policy(Name=name, ConfigurationPolicy=config)["Id"])


def target(node: str) -> dict[str, str]:
    if node.startswith("ou-"):
        return {"OrganizationalUnitId": node}
    return {"RootId": node} if node.startswith("r-") else {"AccountId": node}


def associate(client: Any, policy: str, node: str) -> Any:
    return client.start_configuration_policy_association(ConfigurationPolicyIdentifier=policy, Target=target(node))


def disassociate(client: Any, policy: str, node: str) -> Any:
    return client.start_configuration_policy_disassociation(ConfigurationPolicyIdentifier=policy, Target=target(node))


def association(client: Any, node: str) -> tuple[str, str, str]:
    found = client.get_configuration_policy_association(Target=target(node))
    return found["ConfigurationPolicyId"], found["AssociationType"], found["AssociationStatus"]


def test_the_foreign_policy_holds_from_the_start_in_home_and_linked_regions() -> None:
    sandbox = Sandbox(central())
    assert association(admin(sandbox), PROD) == (FOREIGN, "APPLIED", "SUCCESS")
    assert association(admin(sandbox), WEB) == (FOREIGN, "INHERITED", "SUCCESS")
    assert association(admin(sandbox), LAB) == (SELF, "APPLIED", "SUCCESS")
    for region in (HOME, AWAY):
        assert state(hub(sandbox, region=region), "Macie.1", arn(FSBP, region)) == "DISABLED"
        assert state(hub(sandbox, region=region), "S3.9", arn(FSBP, region)) == "ENABLED"
    (control,) = hub(sandbox).batch_get_security_controls(SecurityControlIds=["IAM.7"])["SecurityControls"]
    assert control["Parameters"]["MinimumPasswordLength"] == {"ValueType": "CUSTOM", "Value": {"Integer": 16}}


def test_global_resource_controls_are_on_in_the_home_region_only() -> None:
    sandbox = Sandbox(central())
    assert state(hub(sandbox), "IAM.7") == "ENABLED"
    assert state(hub(sandbox, region=AWAY), "IAM.7", arn(FSBP, AWAY)) == "DISABLED"
    # CloudFront.1 does not exist in the home Region: the linked Region that has it runs it.
    assert state(hub(sandbox, region=AWAY), "CloudFront.1", arn(FSBP, AWAY)) == "ENABLED"


def test_a_policy_takes_effect_when_its_association_is_due_and_replaces_what_was_there() -> None:
    sandbox = Sandbox(central(), quotas=False)
    client = admin(sandbox)
    hub(sandbox, account=LAB).batch_update_standards_control_associations(
        StandardsControlAssociationUpdates=[off("S3.1")]
    )
    policy = make(client, "ours", settings_of("S3.8", standards=(FSBP_ARN, CIS_ARN)))
    assert associate(client, policy, LAB)["AssociationStatus"] == "PENDING"
    assert state(hub(sandbox, account=LAB), "S3.8") == "ENABLED"
    sandbox.wait(46)
    assert association(client, LAB) == (policy, "APPLIED", "SUCCESS")
    lab = hub(sandbox, account=LAB)
    assert [state(lab, one) for one in ("S3.8", "S3.1", "S3.9")] == ["DISABLED", "ENABLED", "ENABLED"]


def test_application_beats_inheritance_and_the_closest_parent_is_inherited_from() -> None:
    sandbox = Sandbox(central(), quotas=False)
    client = admin(sandbox)
    far, near = make(client, "far", settings_of("S3.1")), make(client, "near", settings_of("S3.8"))
    associate(client, far, ROOT)
    associate(client, near, WORK)
    sandbox.wait(46)
    assert association(client, MANAGEMENT)[:2] == (far, "INHERITED")
    assert association(client, OLD)[:2] == (near, "INHERITED")
    assert association(client, WEB)[:2] == (FOREIGN, "INHERITED")
    assert association(client, LAB)[:2] == (SELF, "APPLIED")
    disassociate(client, FOREIGN, PROD)
    sandbox.wait(46)
    assert association(client, WEB) == (near, "INHERITED", "SUCCESS")
    assert [state(hub(sandbox), one) for one in ("S3.8", "Macie.1")] == ["DISABLED", "ENABLED"]


def test_disassociating_leaves_what_was_set_and_the_account_manages_itself() -> None:
    sandbox = Sandbox(central())
    client = admin(sandbox)
    disassociate(client, FOREIGN, PROD)
    sandbox.wait(46)
    assert state(hub(sandbox), "Macie.1") == "DISABLED"
    hub(sandbox).batch_update_standards_control_associations(StandardsControlAssociationUpdates=[off("S3.1")])
    assert state(hub(sandbox), "S3.1") == "DISABLED"
    with pytest.raises(ClientError) as caught:
        association(client, WEB)
    assert code_of(caught) == "ResourceNotFoundException"
    shown = Sandbox(organization(central=True), quirks=Quirks(unassociated_target=UnassociatedTarget.SELF_MANAGED))
    assert association(admin(shown), WEB) == (SELF, "INHERITED", "SUCCESS")


def test_a_centrally_managed_account_is_refused_every_account_level_write_and_a_self_managed_one_is_not() -> None:
    sandbox = Sandbox(central(), quotas=False)
    web = hub(sandbox)
    parameters = {"MinimumPasswordLength": {"ValueType": "CUSTOM", "Value": {"Integer": 20}}}
    writes = (
        lambda: web.batch_update_standards_control_associations(StandardsControlAssociationUpdates=[off("S3.1")]),
        lambda: web.batch_enable_standards(StandardsSubscriptionRequests=[{"StandardsArn": CIS_ARN}]),
        web.disable_security_hub,
        lambda: web.update_security_control(SecurityControlId="IAM.7", Parameters=parameters),
    )
    for write in writes:
        with pytest.raises(ClientError, match=REFUSAL) as caught:
            write()
        assert code_of(caught) == "AccessDeniedException"
    assert state(web, "S3.1") == "ENABLED"
    hub(sandbox, account=LAB).update_security_control(SecurityControlId="IAM.7", Parameters=parameters)
    assert hub(sandbox, region="eu-west-1").enable_security_hub(), "a Region that is not linked is not governed"


def test_the_quirks_of_refusals() -> None:
    items = Sandbox(central(), quirks=Quirks(batch_under_policy=BatchUnderPolicy.ITEMS_FAIL))
    reply = hub(items).batch_update_standards_control_associations(StandardsControlAssociationUpdates=[off("S3.1")])
    assert [one["ErrorCode"] for one in reply["UnprocessedAssociationUpdates"]] == ["ACCESS_DENIED"]
    parameters = {"MinimumPasswordLength": {"ValueType": "DEFAULT"}}
    allowed = Sandbox(central(), quirks=Quirks(parameters_under_policy=ParametersUnderPolicy.ALLOWED))
    hub(allowed).update_security_control(SecurityControlId="IAM.7", Parameters=parameters)
    for value in AdministratorUnderPolicy:
        sandbox = Sandbox(central(), quirks=Quirks(administrator_under_policy=value))
        associate(admin(sandbox), FOREIGN, ADMIN)
        sandbox.wait(46)
        if value is AdministratorUnderPolicy.DENIED:
            with pytest.raises(ClientError, match=REFUSAL):
                admin(sandbox).update_security_control(SecurityControlId="IAM.7", Parameters=parameters)
        else:
            admin(sandbox).update_security_control(SecurityControlId="IAM.7", Parameters=parameters)


def test_only_the_administrator_in_the_home_region_under_central_configuration_manages_policies() -> None:
    with pytest.raises(ClientError) as caught:
        hub(Sandbox(central())).list_configuration_policies()
    assert code_of(caught) == "AccessDeniedException"
    with pytest.raises(ClientError) as caught:
        hub(Sandbox(central()), account=ADMIN, region=AWAY).list_configuration_policies()
    assert code_of(caught) == "InvalidAccessException"
    with pytest.raises(ClientError) as caught:
        admin(Sandbox(organization())).list_configuration_policies()
    assert code_of(caught) == "AccessDeniedException"
    disabled = Quirks(central_with_declarative=CentralWithDeclarative.DISABLED)
    spec = central(declarative=declarative().declarative)
    with pytest.raises(ClientError):
        admin(Sandbox(spec, quirks=disabled)).list_configuration_policies()
    found = admin(Sandbox(spec, quirks=disabled)).describe_organization_configuration()
    assert found["OrganizationConfiguration"] == {"ConfigurationType": "CENTRAL", "Status": "DISABLED"}


def test_at_most_20_policies_and_one_name_each_unless_the_quirk_allows_it() -> None:
    client = admin(Sandbox(central(), quotas=False))
    with pytest.raises(ClientError) as caught:
        make(client, "platform", settings_of())
    assert code_of(caught) == "ResourceConflictException"
    for number in range(19):
        make(client, f"p-{number}", settings_of())
    with pytest.raises(ClientError) as caught:
        make(client, "one-too-many", settings_of())
    assert code_of(caught) == "LimitExceededException"
    found = client.list_configuration_policies(MaxResults=15)
    assert len(found["ConfigurationPolicySummaries"]) == 15
    assert len(client.list_configuration_policies(NextToken=found["NextToken"])["ConfigurationPolicySummaries"]) == 5
    allowed = Sandbox(central(), quirks=Quirks(policy_name_twice=PolicyNameTwice.ALLOWED))
    assert make(admin(allowed), "platform", settings_of())


@pytest.mark.parametrize(
    "config",
    [
        {"SecurityHub": {}},
        {"SecurityHub": {"ServiceEnabled": False, "EnabledStandardIdentifiers": [FSBP_ARN]}},
        {"SecurityHub": {"ServiceEnabled": True, "EnabledStandardIdentifiers": []}},
        settings_of("S3.99999"),
        settings_of(standards=(arn(FSBP, AWAY),)),
        settings_of(standards=(arn("standards/service-managed-aws-control-tower/v/1.0.0"),)),
        settings_of(MinimumPasswordLength=100_000),
        settings_of(NoSuchParameter=1),
    ],
)
def test_settings_that_contradict_themselves_or_name_the_unknown_are_refused(config: dict[str, Any]) -> None:
    with pytest.raises(ClientError) as caught:
        make(admin(Sandbox(central())), "wrong", config)
    assert code_of(caught) == "InvalidInputException"


def test_an_update_applies_the_new_settings_again_and_a_policy_in_use_is_not_deleted() -> None:
    sandbox = Sandbox(central(), quotas=False)
    client = admin(sandbox)
    client.update_configuration_policy(
        Identifier=FOREIGN, ConfigurationPolicy=settings_of("S3.8"), UpdatedReason="new rule"
    )
    assert association(client, WEB)[2] == "PENDING"
    sandbox.wait(46)
    assert [state(hub(sandbox), one) for one in ("S3.8", "Macie.1")] == ["DISABLED", "ENABLED"]
    (control,) = hub(sandbox).batch_get_security_controls(SecurityControlIds=["IAM.7"])["SecurityControls"]
    assert control["Parameters"]["MinimumPasswordLength"]["ValueType"] == "DEFAULT"
    with pytest.raises(ClientError) as caught:
        client.delete_configuration_policy(Identifier=FOREIGN)
    assert code_of(caught) == "ResourceConflictException"
    disassociate(client, FOREIGN, PROD)
    client.delete_configuration_policy(Identifier=FOREIGN)
    with pytest.raises(ClientError) as caught:
        client.get_configuration_policy(Identifier=FOREIGN)
    assert code_of(caught) == "ResourceNotFoundException"


def test_a_policy_that_turns_the_service_off_skips_the_administrator() -> None:
    sandbox = Sandbox(central(), quotas=False)
    policy = make(admin(sandbox), "none", {"SecurityHub": {"ServiceEnabled": False}})
    associate(admin(sandbox), policy, ROOT)
    sandbox.wait(46)
    assert admin(sandbox).describe_hub()
    with pytest.raises(ClientError) as caught:
        hub(sandbox, account=MANAGEMENT).describe_hub()
    assert code_of(caught) == "InvalidAccessException"


def test_a_suspended_account_fails_and_its_unit_says_so_or_not() -> None:
    for value in ParentOfFailed:
        sandbox = Sandbox(central(), quirks=Quirks(parent_of_failed=value))
        associate(admin(sandbox), FOREIGN, WORK)
        sandbox.wait(46)
        found = admin(sandbox).get_configuration_policy_association(Target=target(OLD))
        assert found["AssociationStatus"] == "FAILED"
        assert "suspended" in found["AssociationStatusMessage"]
        assert association(admin(sandbox), WORK)[2] == value


def test_an_account_that_moves_stands_under_the_policy_of_its_new_place() -> None:
    sandbox = Sandbox(central())
    sandbox.move_account(MANAGEMENT, PROD)
    assert association(admin(sandbox), MANAGEMENT) == (FOREIGN, "INHERITED", "PENDING")
    sandbox.wait(46)
    assert state(hub(sandbox, account=MANAGEMENT), "Macie.1") == "DISABLED"


def test_a_region_that_is_linked_later_comes_under_the_policies() -> None:
    sandbox = Sandbox(central())
    client = admin(sandbox)
    found = client.list_finding_aggregators()["FindingAggregators"][0]["FindingAggregatorArn"]
    client.update_finding_aggregator(
        FindingAggregatorArn=found, RegionLinkingMode="SPECIFIED_REGIONS", Regions=[AWAY, "eu-west-1"]
    )
    sandbox.wait(46)
    assert hub(sandbox, region="eu-west-1").get_enabled_standards()["StandardsSubscriptions"]
    sandbox.wait(46)
    assert state(hub(sandbox, region="eu-west-1"), "Macie.1", arn(FSBP, "eu-west-1")) == "DISABLED"


def test_associations_are_listed_with_filters_and_read_in_batches_with_unknown_targets_unprocessed() -> None:
    client = admin(Sandbox(central(), quirks=Quirks(policy_id_form=PolicyIdForm.ARN)))
    listed = client.list_configuration_policy_associations()["ConfigurationPolicyAssociationSummaries"]
    assert [(one["TargetId"], one["AssociationType"]) for one in listed] == [
        (PROD, "APPLIED"),
        (WEB, "INHERITED"),
        (LAB, "APPLIED"),
    ]
    assert listed[0]["ConfigurationPolicyId"].endswith(f":{ADMIN}:configuration-policy/{FOREIGN}")
    found = client.list_configuration_policy_associations(
        Filters={"ConfigurationPolicyId": FOREIGN, "AssociationType": "INHERITED"}
    )
    assert [one["TargetId"] for one in found["ConfigurationPolicyAssociationSummaries"]] == [WEB]
    reply = client.batch_get_configuration_policy_associations(
        ConfigurationPolicyAssociationIdentifiers=[{"Target": target(WEB)}, {"Target": target("999999999999")}]
    )
    assert [one["TargetId"] for one in reply["ConfigurationPolicyAssociations"]] == [WEB]
    assert len(reply["UnprocessedConfigurationPolicyAssociations"]) == 1


def test_an_association_may_succeed_at_once() -> None:
    sandbox = Sandbox(central(), quirks=Quirks(association_start=AssociationStart.SUCCESS))
    assert associate(admin(sandbox), FOREIGN, LAB)["AssociationStatus"] == "SUCCESS"


def test_tags_tell_our_policies_from_foreign_ones() -> None:
    sandbox = Sandbox(central())
    client = admin(sandbox)
    made = client.create_configuration_policy(Name="ours", ConfigurationPolicy=settings_of(), Tags={"by": "us"})
    assert client.list_tags_for_resource(ResourceArn=made["Arn"])["Tags"] == {"by": "us"}
    foreign = client.get_configuration_policy(Identifier=FOREIGN)["Arn"]
    assert client.list_tags_for_resource(ResourceArn=foreign)["Tags"] == {"team": "platform"}
    client.untag_resource(ResourceArn=foreign, TagKeys=["team"])
    client.tag_resource(ResourceArn=foreign, Tags={"a": "b"})
    assert client.list_tags_for_resource(ResourceArn=foreign)["Tags"] == {"a": "b"}


NODES = (ROOT, WORK, PROD, WEB, LAB, MANAGEMENT)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(NODES), st.sampled_from(["S3.1", "S3.8", SELF, ""])), max_size=8))
def test_whatever_is_associated_in_whatever_order_the_nearest_policy_decides(steps: list[tuple[str, str]]) -> None:
    sandbox = Sandbox(organization(central=True), quotas=False)
    client = admin(sandbox)
    policies = {control: make(client, control, settings_of(control)) for control in ("S3.1", "S3.8")} | {SELF: SELF}
    applied: dict[str, str] = {}
    for node, wanted in steps:
        if wanted:
            associate(client, policies[wanted], node)
            applied[node] = wanted
        elif node in applied:
            disassociate(client, policies[applied.pop(node)], node)
    sandbox.wait(46)
    sandbox.wait(46)
    org = sandbox.core.organization
    for account in (WEB, LAB, MANAGEMENT):
        nearest = next((applied[one] for one in org.ancestry(account) if one in applied), "")
        if nearest in {"S3.1", "S3.8"}:
            assert state(hub(sandbox, account=account), nearest) == "DISABLED"
            assert association(client, account)[0] == policies[nearest]
