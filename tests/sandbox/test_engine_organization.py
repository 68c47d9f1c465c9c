from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from hubposture.sandbox import AccountSpec, Keys, Quirks, Sandbox, TargetSpec
from hubposture.sandbox.quirks import EmptyPages
from sandbox.engine_world import (
    ADMIN,
    AWAY,
    HOME,
    LAB,
    MANAGEMENT,
    OLD,
    PROD,
    ROOT,
    WEB,
    WORK,
    central,
    code_of,
    declarative,
    hub,
    off,
    organization,
    state,
)


def client(sandbox: Sandbox, service: str, account: str = ADMIN, role: str = "") -> Any:
    return sandbox.client(service, account=account, region=HOME, role=role)


def assume(
    sandbox: Sandbox, account: str, role: str = "reader", *, caller: str = ADMIN, external_id: str = "secret-handshake"
) -> Any:
    return client(sandbox, "sts", caller).assume_role(
        RoleArn=f"arn:aws:iam::{account}:role/{role}", RoleSessionName="test", ExternalId=external_id
    )["Credentials"]


def with_keys(sandbox: Sandbox, keys: Any, service: str = "securityhub", *, token: str | None = None) -> Any:
    from hubposture.sandbox.models import session

    made = session().create_client(
        service,
        region_name=HOME,
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"] if token is None else token or None,
    )
    return sandbox.connect(made)


class TestIdentity:
    def test_an_assumed_role_acts_in_its_account_until_it_expires(self) -> None:
        sandbox = Sandbox(organization())
        keys = assume(sandbox, WEB)
        assert with_keys(sandbox, keys, "sts").get_caller_identity()["Account"] == WEB
        found = with_keys(sandbox, keys)
        assert found.describe_hub()["HubArn"].split(":")[4] == WEB
        sandbox.clock.advance(timedelta(hours=1))
        with pytest.raises(ClientError) as caught:
            found.describe_hub()
        assert code_of(caught) == "ExpiredTokenException"

    @pytest.mark.parametrize(
        ("account", "role", "caller", "external_id"),
        [
            (LAB, "reader", ADMIN, "secret-handshake"),
            (OLD, "reader", ADMIN, "secret-handshake"),
            ("999999999999", "reader", ADMIN, "secret-handshake"),
            (WEB, "nobody", ADMIN, "secret-handshake"),
            (WEB, "reader", LAB, "secret-handshake"),
            (WEB, "reader", ADMIN, "wrong"),
        ],
    )
    def test_a_role_that_is_missing_untrusting_or_given_the_wrong_external_id_cannot_be_assumed(
        self, account: str, role: str, caller: str, external_id: str
    ) -> None:
        with pytest.raises(ClientError) as caught:
            assume(Sandbox(organization()), account, role, caller=caller, external_id=external_id)
        assert code_of(caught) == "AccessDenied"

    def test_a_role_may_do_what_its_patterns_allow_and_no_more(self) -> None:
        sandbox = Sandbox(organization())
        reader = hub(sandbox, role="reader")
        assert state(reader, "S3.1") == "ENABLED"
        with pytest.raises(ClientError, match="not authorized to perform: securityhub:BatchUpdateStandards"):
            reader.batch_update_standards_control_associations(StandardsControlAssociationUpdates=[off("S3.1")])
        assert state(reader, "S3.1") == "ENABLED"

    def test_keys_that_are_unknown_or_without_their_token_are_refused(self) -> None:
        sandbox = Sandbox(organization())
        keys = assume(sandbox, WEB)
        with pytest.raises(ClientError) as caught:
            with_keys(sandbox, keys, token="").describe_hub()
        assert code_of(caught) == "UnrecognizedClientException"
        with pytest.raises(ClientError):
            with_keys(sandbox, {**keys, "AccessKeyId": "AKIAUNKNOWN000000000"}).describe_hub()
        assert sandbox.keys(WEB) == Keys(WEB, "sandbox")

    def test_a_region_that_is_not_opted_in_or_closed_by_a_service_control_policy_refuses(self) -> None:
        sandbox = Sandbox(organization(targets=(TargetSpec(account=WEB, region=AWAY, closed=True),)))
        with pytest.raises(ClientError) as caught:
            hub(sandbox, region="me-south-1").describe_hub()
        assert code_of(caught) == "UnrecognizedClientException"
        with pytest.raises(ClientError, match="service control policy"):
            hub(sandbox, region=AWAY).describe_hub()


class TestOrganizations:
    def test_the_tree_reads_the_same_from_the_management_account_and_the_administrator(self) -> None:
        sandbox = Sandbox(organization())
        for caller in (MANAGEMENT, ADMIN):
            org = client(sandbox, "organizations", caller)
            accounts = {one["Id"]: one for one in org.list_accounts()["Accounts"]}
            assert sorted(accounts) == [MANAGEMENT, ADMIN, WEB, LAB, OLD]
            assert (accounts[OLD]["Status"], accounts[WEB]["Name"]) == ("SUSPENDED", "web")
            assert org.list_parents(ChildId=WEB)["Parents"] == [{"Id": PROD, "Type": "ORGANIZATIONAL_UNIT"}]
            units = org.list_organizational_units_for_parent(ParentId=ROOT)["OrganizationalUnits"]
            assert [one["Id"] for one in units] == [WORK]
            assert org.list_children(ParentId=WORK, ChildType="ACCOUNT")["Children"][0]["Id"] == LAB
            assert [one["Id"] for one in org.list_accounts_for_parent(ParentId=PROD)["Accounts"]] == [WEB]
            assert org.list_tags_for_resource(ResourceId=WEB)["Tags"] == [{"Key": "team", "Value": "web"}]
            assert org.list_roots()["Roots"][0]["Id"] == ROOT

    def test_a_member_may_describe_the_organization_and_list_nothing(self) -> None:
        org = client(Sandbox(organization()), "organizations", WEB)
        assert org.describe_organization()["Organization"]["MasterAccountId"] == MANAGEMENT
        with pytest.raises(ClientError) as caught:
            org.list_accounts()
        assert code_of(caught) == "AccessDeniedException"

    def test_lists_hold_20_at_most_and_pages_may_be_empty(self) -> None:
        sandbox = Sandbox(organization(), quirks=Quirks(empty_pages=EmptyPages.SOMETIMES))
        org = client(sandbox, "organizations")
        assert org.list_accounts()["Accounts"] == []
        pages = org.get_paginator("list_accounts").paginate(PaginationConfig={"PageSize": 2})
        assert [len(page["Accounts"]) for page in pages] == [0, 2, 2, 1]
        with pytest.raises(ClientError) as caught:
            org.list_accounts(MaxResults=21)
        assert code_of(caught) == "InvalidInputException"

    def test_the_effective_declarative_policy_is_the_nearest_and_only_where_one_is(self) -> None:
        org = client(Sandbox(declarative()), "organizations")
        kind = "SECURITYHUB_CSPM_POLICY"
        found = org.describe_effective_policy(PolicyType=kind, TargetId=WEB)["EffectivePolicy"]
        assert found["TargetId"] == WEB
        assert HOME in found["PolicyContent"]
        with pytest.raises(ClientError) as caught:
            org.describe_effective_policy(PolicyType=kind, TargetId=LAB)
        assert code_of(caught) == "EffectivePolicyNotFoundException"

    def test_security_hubs_delegated_administrator_is_listed_by_both_services(self) -> None:
        sandbox = Sandbox(organization())
        org = client(sandbox, "organizations", MANAGEMENT)
        found = org.list_delegated_administrators(ServicePrincipal="securityhub.amazonaws.com")
        assert [one["Id"] for one in found["DelegatedAdministrators"]] == [ADMIN]
        listed = hub(sandbox, account=MANAGEMENT).list_organization_admin_accounts()
        assert listed["AdminAccounts"] == [{"AccountId": ADMIN, "Status": "ENABLED"}]
        with pytest.raises(ClientError):
            hub(sandbox).list_organization_admin_accounts()

    def test_moving_and_tagging_an_account_changes_what_everyone_reads(self) -> None:
        sandbox = Sandbox(organization())
        org = client(sandbox, "organizations", MANAGEMENT)
        org.move_account(AccountId=WEB, SourceParentId=PROD, DestinationParentId=WORK)
        org.tag_resource(ResourceId=WEB, Tags=[{"Key": "stage", "Value": "prod"}])
        assert org.list_parents(ChildId=WEB)["Parents"][0]["Id"] == WORK
        assert len(org.list_tags_for_resource(ResourceId=WEB)["Tags"]) == 2


class TestHubOrganization:
    def test_members_are_listed_with_their_status_and_the_administrator_is_not_one(self) -> None:
        admin = hub(Sandbox(organization()), account=ADMIN)
        assert [one["AccountId"] for one in admin.list_members()["Members"]] == [MANAGEMENT, WEB, LAB]
        everyone = {
            one["AccountId"]: one["MemberStatus"] for one in admin.list_members(OnlyAssociated=False)["Members"]
        }
        assert everyone[OLD] == "AccountSuspended"
        assert (
            admin.get_members(AccountIds=[WEB, "999999999999"])["UnprocessedAccounts"][0]["AccountId"] == "999999999999"
        )

    def test_a_member_names_its_administrator_and_one_that_was_let_go_has_none(self) -> None:
        sandbox = Sandbox(organization())
        assert hub(sandbox).get_administrator_account()["Administrator"]["AccountId"] == ADMIN
        hub(sandbox, account=ADMIN).disassociate_members(AccountIds=[WEB])
        assert "Administrator" not in hub(sandbox).get_administrator_account()
        hub(sandbox, account=ADMIN).create_members(AccountDetails=[{"AccountId": WEB}])
        assert "Administrator" in hub(sandbox).get_administrator_account()

    def test_the_aggregator_links_regions_and_members_cannot_change_it(self) -> None:
        sandbox = Sandbox(organization())
        admin = hub(sandbox, account=ADMIN)
        (found,) = admin.list_finding_aggregators()["FindingAggregators"]
        assert admin.get_finding_aggregator(**found)["Regions"] == [AWAY]
        with pytest.raises(ClientError) as caught:
            hub(sandbox).update_finding_aggregator(**found, RegionLinkingMode="NO_REGIONS")
        assert code_of(caught) == "AccessDeniedException"
        admin.update_finding_aggregator(**found, RegionLinkingMode="ALL_REGIONS")
        assert sandbox.core.linked() == ("eu-west-1", AWAY)
        with pytest.raises(ClientError) as caught:
            admin.update_finding_aggregator(**found, RegionLinkingMode="NO_REGIONS", Regions=[AWAY])
        assert code_of(caught) == "InvalidInputException"

    def test_local_configuration_goes_over_to_central_and_back(self) -> None:
        sandbox = Sandbox(organization())
        admin = hub(sandbox, account=ADMIN)
        wanted = {"ConfigurationType": "CENTRAL"}
        with pytest.raises(ClientError) as caught:
            admin.update_organization_configuration(AutoEnable=True, OrganizationConfiguration=wanted)
        assert code_of(caught) == "InvalidInputException"
        admin.update_organization_configuration(
            AutoEnable=False, AutoEnableStandards="NONE", OrganizationConfiguration=wanted
        )
        assert admin.describe_organization_configuration()["OrganizationConfiguration"]["Status"] == "PENDING"
        sandbox.wait(11)
        found = admin.describe_organization_configuration()
        assert found["OrganizationConfiguration"] == {"ConfigurationType": "CENTRAL", "Status": "ENABLED"}
        admin.update_organization_configuration(
            AutoEnable=True, OrganizationConfiguration={"ConfigurationType": "LOCAL"}
        )
        assert admin.describe_organization_configuration()["AutoEnable"] is True
        with pytest.raises(ClientError) as caught:
            hub(sandbox).describe_organization_configuration()
        assert code_of(caught) == "InvalidAccessException"

    def test_an_account_that_joins_gets_what_local_configuration_or_its_policy_says(self) -> None:
        new = AccountSpec(id="666666666666", name="new", email="n@example.com", ou=PROD)
        for auto, standards in ((True, 2), (False, None)):
            sandbox = Sandbox(organization())
            hub(sandbox, account=ADMIN).update_organization_configuration(AutoEnable=auto)
            sandbox.put_account(new)
            if standards:
                found = hub(sandbox, account=new.id).get_enabled_standards()["StandardsSubscriptions"]
                assert [one["StandardsStatus"] for one in found] == ["PENDING"] * standards
            else:
                with pytest.raises(ClientError):
                    hub(sandbox, account=new.id).describe_hub()
        sandbox = Sandbox(central())
        sandbox.put_account(new)
        sandbox.wait(1)
        sandbox.wait(50)
        assert len(hub(sandbox, account=new.id).get_enabled_standards()["StandardsSubscriptions"]) == 1


class TestOtherServices:
    def test_alias_contacts_regions_and_recorders_come_from_the_same_world(self) -> None:
        sandbox = Sandbox(organization())
        assert client(sandbox, "iam").list_account_aliases()["AccountAliases"] == ["acme-security"]
        assert client(sandbox, "iam", WEB).list_account_aliases()["AccountAliases"] == []
        contact = client(sandbox, "account").get_alternate_contact(AlternateContactType="SECURITY", AccountId=WEB)
        assert contact["AlternateContact"]["EmailAddress"] == "lee@example.com"
        with pytest.raises(ClientError) as caught:
            client(sandbox, "account", WEB).get_alternate_contact(AlternateContactType="BILLING")
        assert code_of(caught) == "ResourceNotFoundException"
        regions = client(sandbox, "account", WEB).list_regions()["Regions"]
        assert [one["RegionName"] for one in regions] == [HOME, "eu-west-1", AWAY]
        assert len(client(sandbox, "ec2", WEB).describe_regions()["Regions"]) == 3
        lab = sandbox.client("config", account=LAB, region=AWAY)
        assert lab.describe_configuration_recorder_status()["ConfigurationRecordersStatus"][0]["recording"] is False

    def test_cloudtrail_tells_who_changed_a_control_and_when(self) -> None:
        sandbox = Sandbox(organization())
        hub(sandbox, role="writer").batch_update_standards_control_associations(
            StandardsControlAssociationUpdates=[off("S3.1", reason="on purpose")]
        )
        name = "BatchUpdateStandardsControlAssociations"
        lookup = [{"AttributeKey": "EventName", "AttributeValue": name}]
        (event,) = client(sandbox, "cloudtrail", WEB).lookup_events(LookupAttributes=lookup)["Events"]
        assert "assumed-role/writer" in event["CloudTrailEvent"]
        assert "on purpose" in event["CloudTrailEvent"]
        assert client(sandbox, "cloudtrail", LAB).lookup_events()["Events"] == []
